//! The JSON Schemas that are published in `schemas/`: draft 7 without references, because that
//! is what editors complete from. All are made from the types and tables that the program uses.

pub(crate) mod auth_store;

use crate::report::{
    apply_json, doctor_json, env, error_json, explain, export, gateway, handout, history, hosts, json, list,
    models, monitor, onboard_json, order, plan_json, probe, refresh, rotation, service, session, undo, usage,
    why,
};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// All schemas, by file name.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("aliases.schema.json", of::<models::AliasesDocument>("zirkabot models aliases list --json")),
        ("apply.schema.json", of::<apply_json::ApplyDocument>("zirkabot apply --json")),
        ("auth-profiles.schema.json", of::<auth_store::AuthStore>("zirkabot auth store")),
        ("config.schema.json", crate::config::schema::config()),
        ("doctor.schema.json", of::<doctor_json::DoctorDocument>("zirkabot doctor --json")),
        ("env.schema.json", of::<env::EnvDocument>("zirkabot env --json")),
        (
            "error.schema.json",
            of::<error_json::ErrorDocument>("zirkabot: a command that could not do its work"),
        ),
        ("explain.schema.json", of::<explain::RulesDocument>("zirkabot explain --json")),
        ("export.schema.json", of::<export::ExportDocument>("zirkabot export --json")),
        ("fallbacks.schema.json", of::<models::FallbacksDocument>("zirkabot models fallbacks list --json")),
        ("gateway.schema.json", of::<gateway::GatewayDocument>("/status.json of zirkabot gateway")),
        ("handout.schema.json", of::<handout::HandoutDocument>("zirkabot models auth print --format json")),
        ("history.schema.json", of::<history::HistoryDocument>("zirkabot history --json")),
        ("hosts.schema.json", of::<hosts::HostsDocument>("zirkabot status --host HOST --json")),
        ("list.schema.json", of::<list::ListDocument>("zirkabot models auth list --json")),
        ("models.schema.json", of::<models::ModelsDocument>("zirkabot models list --json")),
        ("message.schema.json", of::<monitor::MessageDocument>("message of zirkabot monitor")),
        ("monitor.schema.json", of::<monitor::MonitorDocument>("zirkabot monitor --json")),
        ("onboard.schema.json", of::<onboard_json::OnboardDocument>("zirkabot onboard --json")),
        ("order.schema.json", of::<order::OrderDocument>("zirkabot models auth order get --json")),
        ("plan.schema.json", of::<plan_json::PlanDocument>("zirkabot plan --json")),
        ("refresh.schema.json", of::<refresh::RefreshDocument>("zirkabot models auth refresh --json")),
        ("rotation.schema.json", of::<rotation::RotationDocument>("zirkabot models auth report --json")),
        ("service.schema.json", of::<service::ServiceDocument>("zirkabot service status --json")),
        ("session-list.schema.json", of::<session::SessionsDocument>("zirkabot session list --json")),
        ("session-model.schema.json", of::<session::ChatDocument>("zirkabot session model --json")),
        ("session-show.schema.json", of::<session::SessionDocument>("zirkabot session show --json")),
        ("status.schema.json", of::<json::StatusDocument>("zirkabot models status --json")),
        ("usage.schema.json", of::<usage::UsageDocument>("zirkabot models usage --json")),
        ("test.schema.json", of::<probe::TestDocument>("zirkabot models auth test --json")),
        ("undo.schema.json", of::<undo::UndoDocument>("zirkabot undo --json")),
        ("value.schema.json", of::<Value>("zirkabot config get --json")),
        ("validation.schema.json", of::<json::ValidationDocument>("zirkabot config validate --json")),
        ("why.schema.json", of::<why::WhyDocument>("zirkabot models auth why --json")),
    ]
}

/// Which of the schemas describe what a command prints with `--json`: one of these, or `error`, if it
/// could not do its work. A command is named by its words behind `zirkabot`; what writes may print a plan.
pub const COMMANDS: &[(&str, &[&str])] = &[
    ("adopt", &["apply", "plan"]),
    ("apply", &["apply"]),
    ("config get", &["value"]),
    ("config schema", &["apply", "plan"]),
    ("config set", &["apply", "plan"]),
    ("config unset", &["apply", "plan"]),
    ("config validate", &["validation"]),
    ("doctor", &["doctor"]),
    ("env", &["env"]),
    ("explain", &["explain"]),
    ("export", &["export", "plan"]),
    ("history", &["history"]),
    ("models", &["status"]),
    ("models aliases add", &["apply", "plan"]),
    ("models aliases list", &["aliases"]),
    ("models aliases remove", &["apply", "plan"]),
    ("models auth cooldown clear", &["rotation"]),
    ("models auth list", &["list"]),
    ("models auth logout", &["apply", "plan"]),
    ("models auth order clear", &["apply", "plan"]),
    ("models auth order get", &["order"]),
    ("models auth order set", &["apply", "plan"]),
    ("models auth paste-token", &["apply", "plan"]),
    ("models auth print", &["handout"]),
    ("models auth refresh", &["refresh"]),
    ("models auth remove", &["apply", "plan"]),
    ("models auth report", &["rotation"]),
    ("models auth test", &["test"]),
    ("models auth why", &["why"]),
    ("models fallbacks add", &["apply", "plan"]),
    ("models fallbacks clear", &["apply", "plan"]),
    ("models fallbacks list", &["fallbacks"]),
    ("models fallbacks remove", &["apply", "plan"]),
    ("models image-fallbacks add", &["apply", "plan"]),
    ("models image-fallbacks clear", &["apply", "plan"]),
    ("models image-fallbacks list", &["fallbacks"]),
    ("models image-fallbacks remove", &["apply", "plan"]),
    ("models list", &["models"]),
    ("models set", &["apply", "plan"]),
    ("models set-image", &["apply", "plan"]),
    ("models status", &["status", "hosts"]),
    ("models usage", &["usage"]),
    ("monitor", &["monitor"]),
    ("monitor install", &["apply", "plan"]),
    ("monitor uninstall", &["apply", "plan"]),
    ("onboard", &["onboard", "plan"]),
    ("plan", &["plan"]),
    ("service install", &["apply", "plan"]),
    ("service plan", &["plan"]),
    ("service status", &["service"]),
    ("service uninstall", &["apply", "plan"]),
    ("session list", &["session-list"]),
    ("session model", &["session-model", "plan"]),
    ("session reset", &["apply", "plan"]),
    ("session show", &["session-show"]),
    ("undo", &["undo"]),
];

fn of<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(title));
    schema.to_value()
}
