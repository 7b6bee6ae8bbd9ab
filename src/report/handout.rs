//! A credential that is handed out, in the forms in which others take it. The one report that shows
//! a secret, because that is what was asked for.

use crate::policy::export::Export;
use crate::policy::resolve::{self, Route};
use crate::report::words::Words;
use crate::report::{Form, json};
use crate::sys::quote::shell_word;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole document. It holds the secret.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HandoutDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// For which agent.
    pub agent: String,
    /// The provider.
    pub provider: String,
    /// Profile id, variable, or what else it is.
    pub name: String,
    /// `api_key`, `token` or `oauth`.
    pub kind: &'static str,
    /// The secret.
    pub secret: String,
    /// The project that requests name beside it, if its provider has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// When it ends, in milliseconds since the epoch; null if that is not known.
    pub expires_at: Option<i64>,
    /// The header by which the provider takes it.
    pub header: HeaderBody,
    /// The variables by which programs take it.
    pub env: BTreeMap<&'static str, String>,
}

/// A header.
#[derive(Serialize, JsonSchema)]
pub(crate) struct HeaderBody {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// A form in which a credential is printed, for an agent; no text if no variable is known for it.
pub(crate) type ExportForm = Form<fn(&Export, &str) -> Option<String>>;

/// The forms in which a credential is printed: `models auth print --format`.
pub(crate) const FORMS: &[ExportForm] = &[
    Form { name: "raw", help: "The secret alone", text: raw },
    Form { name: "header", help: "The header by which the provider takes it", text: header },
    Form { name: "env", help: "Variables, one a line, as NAME=value", text: env },
    Form { name: "export", help: "Commands that export them, for sh, bash and zsh", text: export },
    Form { name: "fish", help: "The same for fish", text: fish },
    Form { name: "powershell", help: "The same for PowerShell", text: powershell },
    Form { name: "json", help: "One JSON document with all of these", text: document },
];

/// What requests carry, and a line break.
fn raw(handout: &Export, _: &str) -> Option<String> {
    Some(format!("{}\n", handout.token().expose()))
}

/// `Name: value`.
fn header(handout: &Export, _: &str) -> Option<String> {
    let (name, value) = handout.header();
    Some(format!("{name}: {}\n", value.expose()))
}

/// Whether a form is for a program that takes a variable.
pub(crate) fn is_for_variables(form: &ExportForm) -> bool {
    matches!(form.name, "env" | "export" | "fish" | "powershell")
}

/// A line for each variable, of its name and the value; none if no variable is known.
fn lines(handout: &Export, line: &dyn Fn(&str, &str) -> String) -> Option<String> {
    let (names, _) = handout.variables();
    let value = handout.credential.secret.expose();
    (!names.is_empty()).then(|| names.iter().map(|name| line(name, value)).collect())
}

/// `NAME=value`.
fn env(handout: &Export, _: &str) -> Option<String> {
    lines(handout, &|name, value| format!("{name}={}\n", shell_word(value)))
}

fn export(handout: &Export, _: &str) -> Option<String> {
    lines(handout, &|name, value| format!("export {name}={}\n", shell_word(value)))
}

fn fish(handout: &Export, _: &str) -> Option<String> {
    let quoted = |value: &str| value.replace('\\', r"\\").replace('\'', r"\'");
    lines(handout, &|name, value| format!("set -gx {name} '{}'\n", quoted(value)))
}

fn powershell(handout: &Export, _: &str) -> Option<String> {
    lines(handout, &|name, value| format!("$env:{name} = '{}'\n", value.replace('\'', "''")))
}

/// All of it.
fn document(handout: &Export, agent: &str) -> Option<String> {
    let (name, value) = handout.header();
    let (names, _) = handout.variables();
    let secret = handout.credential.secret.expose();
    let document = HandoutDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        provider: handout.provider.clone(),
        name: handout.candidate.name.clone(),
        kind: handout.credential.kind.as_str(),
        secret: handout.token().expose().clone(),
        project_id: handout.credential.project.clone(),
        expires_at: handout.expires(),
        header: HeaderBody { name, value: value.expose().clone() },
        env: names.into_iter().map(|name| (name, secret.clone())).collect(),
    };
    Some(json::with_secret(&document))
}

/// Which one it is, and what became of those before it, for a person; no secret.
pub(crate) fn why(world: &World, agent: &str, handout: &Export) -> String {
    let resolution = resolve::resolve(world, agent, &handout.provider);
    let (labels, words) = (Labels::new(world), Words { world, warn: world.warn_within(None) });
    let before = resolution.candidates.iter().take_while(|candidate| {
        candidate.name != handout.candidate.name || candidate.origin != handout.candidate.origin
    });
    let mut text = String::new();
    for candidate in before.filter(|candidate| candidate.listed || candidate.route == Route::Env) {
        let why = words.reason(candidate, &resolution.order);
        text.push_str(&format!("not {}: {why}\n", labels.name(&candidate.name)));
    }
    let place = world.at(handout.candidate.origin.doc, handout.candidate.origin.loc);
    let name = labels.name(&handout.candidate.name);
    text.push_str(&format!("agent {agent} uses {name} for {}, from {place}\n", handout.provider));
    labels.scrub(&text)
}
