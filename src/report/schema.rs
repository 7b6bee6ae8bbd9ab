//! The JSON Schemas that are published in `schemas/`: draft 7 without references, because that
//! is what editors complete from. All are made from the types and tables that the program uses.

pub mod auth_store;
use crate::report::apply_json::ApplyDocument;
use crate::report::doctor_json::DoctorDocument;
use crate::report::env::EnvDocument;
use crate::report::handout::HandoutDocument;
use crate::report::history::HistoryDocument;
use crate::report::json::StatusDocument;
use crate::report::list::ListDocument;
use crate::report::models::{AliasesDocument, FallbacksDocument, ModelsDocument};
use crate::report::monitor::{MessageDocument, MonitorDocument};
use crate::report::onboard_json::OnboardDocument;
use crate::report::order::OrderDocument;
use crate::report::plan_json::PlanDocument;
use crate::report::refresh::RefreshDocument;
use crate::report::rotation::RotationDocument;
use crate::report::schema::auth_store::AuthStore;
use crate::report::service::ServiceDocument;
use crate::report::session::{ChatDocument, SessionDocument, SessionsDocument};
use crate::report::undo::UndoDocument;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

/// All schemas, by file name.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("aliases.schema.json", of::<AliasesDocument>("zirkabot models aliases list --json")),
        ("apply.schema.json", of::<ApplyDocument>("zirkabot apply --json")),
        ("auth-profiles.schema.json", of::<AuthStore>("zirkabot auth store")),
        ("config.schema.json", crate::config::schema::config()),
        ("doctor.schema.json", of::<DoctorDocument>("zirkabot doctor --json")),
        ("env.schema.json", of::<EnvDocument>("zirkabot env --json")),
        ("fallbacks.schema.json", of::<FallbacksDocument>("zirkabot models fallbacks list --json")),
        ("handout.schema.json", of::<HandoutDocument>("zirkabot models auth print --format json")),
        ("history.schema.json", of::<HistoryDocument>("zirkabot history --json")),
        ("list.schema.json", of::<ListDocument>("zirkabot models auth list --json")),
        ("models.schema.json", of::<ModelsDocument>("zirkabot models list --json")),
        ("message.schema.json", of::<MessageDocument>("message of zirkabot monitor")),
        ("monitor.schema.json", of::<MonitorDocument>("zirkabot monitor --json")),
        ("onboard.schema.json", of::<OnboardDocument>("zirkabot onboard --json")),
        ("order.schema.json", of::<OrderDocument>("zirkabot models auth order get --json")),
        ("plan.schema.json", of::<PlanDocument>("zirkabot plan --json")),
        ("refresh.schema.json", of::<RefreshDocument>("zirkabot models auth refresh --json")),
        ("rotation.schema.json", of::<RotationDocument>("zirkabot models auth report --json")),
        ("service.schema.json", of::<ServiceDocument>("zirkabot service status --json")),
        ("session-list.schema.json", of::<SessionsDocument>("zirkabot session list --json")),
        ("session-model.schema.json", of::<ChatDocument>("zirkabot session model --json")),
        ("session-show.schema.json", of::<SessionDocument>("zirkabot session show --json")),
        ("status.schema.json", of::<StatusDocument>("zirkabot models status --json")),
        ("undo.schema.json", of::<UndoDocument>("zirkabot undo --json")),
    ]
}

fn of<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(title));
    schema.to_value()
}
