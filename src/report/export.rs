//! What an export is about: the credentials in it, those that are not and why, and how it is taken up. No secret.

use crate::catalog::kind::Kind;
use crate::pipeline::Done;
use crate::policy::targets::pick::{LeftOut, Picked, Reason, pick};
use crate::policy::targets::{ExportJob, Pick};
use crate::report::apply_json::{self, ApplyDocument};
use crate::report::words::Words;
use crate::sys::quote::shell_word;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// For what.
    pub target: &'static str,
    /// The file or directory.
    pub out: String,
    /// The credentials that are exported, in the order of providers and of use.
    pub exported: Vec<ExportedBody>,
    /// Those that are not.
    pub left_out: Vec<LeftOutBody>,
    /// What became of each file.
    pub applied: ApplyDocument,
}

/// A credential that is exported.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedBody {
    /// The provider.
    pub provider: String,
    /// Profile id, variable, or what else it is.
    pub name: String,
    /// `api_key`, `token` or `oauth`.
    pub kind: &'static str,
    /// Its place in the order of its provider, from 1.
    pub order: usize,
    /// When it ends, in milliseconds since the epoch; null if that is not known.
    pub expires_at: Option<i64>,
}

/// A credential that is not exported.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LeftOutBody {
    /// The provider.
    pub provider: String,
    /// Profile id, variable, or what else it is.
    pub name: String,
    /// Why, as a sentence.
    pub why: String,
}

/// What was exported as a document.
pub(crate) fn document(world: &World, job: &ExportJob, done: &Done) -> ExportDocument {
    let (labels, Picked { picks, left_out }) = (Labels::new(world), pick(world, job));
    let exported = |pick: &Pick| ExportedBody {
        provider: pick.export.provider.clone(),
        name: labels.name(&pick.export.candidate.name),
        kind: pick.export.credential.kind.as_str(),
        order: pick.order,
        expires_at: pick.export.expires(),
    };
    let left = |left: &LeftOut| LeftOutBody {
        provider: left.provider.clone(),
        name: labels.name(&left.candidate.name),
        why: labels.scrub(&why(world, left)),
    };
    ExportDocument {
        schema_version: 1,
        target: job.target.name,
        out: job.out.display().to_string(),
        exported: picks.iter().map(exported).collect(),
        left_out: left_out.iter().map(left).collect(),
        applied: apply_json::apply(world, done),
    }
}

/// What a person should know who exports: sentences.
pub(crate) fn notes(world: &World, job: &ExportJob) -> Vec<String> {
    let Picked { picks, left_out } = pick(world, job);
    let labels = Labels::new(world);
    let left = |left: &LeftOut| {
        let text = format!(
            "{} of {} was skipped: {}",
            labels.name(&left.candidate.name),
            left.provider,
            why(world, left)
        );
        labels.scrub(&text)
    };
    let mut notes: Vec<String> = left_out.iter().map(left).collect();
    if picks.iter().any(|pick| pick.export.credential.kind != Kind::ApiKey) {
        notes.push(
            "login tokens expire and are personal: export again before they expire, and do not share them"
                .to_owned(),
        );
    }
    notes
}

/// The same for who gets nothing of what was asked for.
pub(crate) fn instead(world: &World, job: &ExportJob) -> Vec<String> {
    if pick(world, job).lacks(job).is_none() { Vec::new() } else { notes(world, job) }
}

/// How the export is taken up.
pub(crate) fn then(job: &ExportJob) -> String {
    let then = job.target.then.replace("{}", &shell_word(&job.out.display().to_string()));
    let then = if job.encrypt { then.replace("LoadCredential=", "LoadCredentialEncrypted=") } else { then };
    format!("Then: {then}\n")
}

fn why(world: &World, left: &LeftOut) -> String {
    match &left.why {
        Reason::Unusable => {
            Words { world, warn: world.warn_within(None) }.reason(&left.candidate, &left.order)
        }
        Reason::Token => match left.candidate.credential.as_ref().map(|credential| credential.kind) {
            Some(Kind::OAuth) => {
                "it is a login, which is not exported; --with-access-tokens exports its access token"
            }
            _ => "it is a personal subscription token; --with-access-tokens exports it anyway",
        }
        .to_owned(),
        Reason::Theirs => "it is another program's login, which that program renews itself".to_owned(),
        Reason::Never => "gateway.subscriptions is \"never\"".to_owned(),
        Reason::Over => "its access token has expired; `zirkabot models auth refresh` renews it".to_owned(),
        Reason::HandedOver(program) => format!(
            "it was handed over by `{program}`, so it should not be on disk; --with-handed-over writes it anyway"
        ),
        Reason::NotTaken(lack) => (*lack).to_owned(),
    }
}
