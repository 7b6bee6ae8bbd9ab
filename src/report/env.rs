//! `zirkabot env`: each variable with all places that set it, what became of each, and what the
//! service sees instead. Values of settings are shown, all others are labels.

use crate::catalog::called::{near_miss, var_for};
use crate::catalog::providers::PROVIDERS;
use crate::config::CredentialSource;
use crate::report::style::{Sign, Style, Tone};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Env, Fate, settings};
use crate::world::label::Labels;
use crate::world::observe::service::{Run, Service};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// What is shown of a value that is empty or white space.
const EMPTY: &str = "empty";

/// Which views are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Views {
    /// This process.
    pub here: bool,
    /// The service.
    pub service: bool,
}

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// Name of the service's unit, or label; null if it was not looked at.
    pub service: Option<String>,
    /// Whether the service may get variables that cannot be seen from here.
    pub opaque: bool,
    /// The variables, by name.
    pub variables: Vec<VariableBody>,
}

/// A variable.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VariableBody {
    /// Its name.
    pub name: String,
    /// The providers that it serves.
    pub providers: Vec<&'static str>,
    /// How this process sees it; null if that was not asked for.
    pub here: Option<ViewBody>,
    /// How the service sees it; null if that was not asked for.
    pub service: Option<ViewBody>,
    /// What differs, in words.
    pub notes: Vec<String>,
}

/// A variable in one view.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ViewBody {
    /// Its value: of a setting as it is, else a label; null if it is not set.
    pub value: Option<String>,
    /// Where this value stands.
    pub place: Option<String>,
    /// All places that set it, in the order in which they are read.
    pub places: Vec<PlaceBody>,
}

/// One place that sets a variable.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlaceBody {
    /// The place, with the line where it is a file.
    pub place: String,
    /// The value there, as in `value` above.
    pub value: String,
    /// `wins`, `shadowed`, `blocked` or `filled`.
    pub fate: &'static str,
    /// The place that decides that, if it is another one.
    pub by: Option<String>,
}

/// The variables that are wanted: those named, else all known ones that are set somewhere, or `all`
/// known ones; of `provider` only.
pub(crate) fn names(world: &World, named: &[String], provider: Option<&str>, all: bool) -> Vec<String> {
    if !named.is_empty() {
        return named.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    for row in PROVIDERS.iter().filter(|row| provider.is_none_or(|only| only == row.id)) {
        let ambient = row.ambient.iter().flat_map(|way| way.vars.iter().copied().flatten().copied());
        let files = row.ambient.iter().filter_map(|way| Some(way.file?.0));
        known.extend(row.vars.iter().map(|var| var.name).chain(ambient).chain(files).map(str::to_owned));
    }
    if provider.is_none() {
        known.extend(settings().map(str::to_owned));
        known.extend(world.desired.references.iter().map(|(_, name)| name.clone()));
        known.extend(PROVIDERS.iter().flat_map(|row| row.near).map(|name| (*name).to_owned()));
        known.extend(world.desired.env.iter().map(|entry| entry.name.clone()));
        let from = world.desired.profiles.iter().filter_map(|profile| match &profile.from {
            CredentialSource::Env(name) => Some(name.clone()),
            _ => None,
        });
        known.extend(from);
    }
    let service = world.service.as_ref().map(|service| &service.env);
    let is_set = |env: &Env, name: &str| !env.bindings(name).is_empty();
    let set = |name: &String| is_set(&world.env, name) || service.is_some_and(|env| is_set(env, name));
    known.into_iter().filter(|name| all && near_miss(name).is_none() || set(name)).collect()
}

/// The variables as a document.
pub(crate) fn document(world: &World, names: &[String], views: Views) -> EnvDocument {
    let labels = Labels::new(world);
    let service = world.service.as_ref().filter(|_| views.service);
    EnvDocument {
        schema_version: 1,
        service: service.map(|service| service.name.clone()),
        opaque: service.is_some_and(|service| service.opaque),
        variables: names.iter().map(|name| variable(world, &labels, name, views)).collect(),
    }
}

fn variable(world: &World, labels: &Labels, name: &str, views: Views) -> VariableBody {
    let service = world.service.as_ref().filter(|_| views.service);
    let serves = |row: &&crate::catalog::providers::Provider| row.vars.iter().any(|var| var.name == name);
    VariableBody {
        name: labels.name(name),
        providers: PROVIDERS.iter().filter(serves).map(|row| row.id).collect(),
        here: views.here.then(|| view(world, labels, &world.env, name)),
        service: service.map(|service| view(world, labels, &service.env, name)),
        notes: other_name(world, name)
            .into_iter()
            .chain(service.map(|service| notes(world, service, name)).unwrap_or_default())
            .collect(),
    }
}

fn view(world: &World, labels: &Labels, env: &Env, name: &str) -> ViewBody {
    let bindings = env.bindings(name);
    let place = |binding: &Binding<'_>| world.at(binding.doc, binding.loc);
    let winner = bindings.iter().find(|binding| binding.fate == Fate::Wins);
    ViewBody {
        value: winner.map(|binding| shown(labels, name, binding.value)),
        place: winner.map(place),
        places: bindings
            .iter()
            .map(|binding| PlaceBody {
                place: place(binding),
                value: shown(labels, name, binding.value),
                fate: fate(binding.fate).0,
                by: fate(binding.fate).1.map(|doc| world.doc_name(doc)),
            })
            .collect(),
    }
}

fn fate(fate: Fate) -> (&'static str, Option<crate::doc::DocId>) {
    match fate {
        Fate::Wins => ("wins", None),
        Fate::Shadowed(by) => ("shadowed", Some(by)),
        Fate::Blocked(by) => ("blocked", Some(by)),
        Fate::Filled(by) => ("filled", Some(by)),
        Fate::Untrusted => ("untrusted", None),
    }
}

/// A value that may be shown.
fn shown(labels: &Labels, name: &str, value: &Secret) -> String {
    match () {
        () if value.is_blank() => EMPTY.to_owned(),
        () if settings().any(|known| known == name) => labels.name(value.expose()),
        () => labels.of(value),
    }
}

/// Which variable the gateway reads in the place of one that it does not.
fn other_name(world: &World, name: &str) -> Option<String> {
    let row = near_miss(name)?;
    let read = var_for(row, world.env.get(name).map_or("", |value| value.expose().as_str()))?;
    Some(format!("the gateway does not read it; for {} it reads {read}", row.id))
}

/// What differs between here and the service, and between the service and its running process.
fn notes(world: &World, service: &Service, name: &str) -> Vec<String> {
    let set = |env: &Env| env.get(name).filter(|value| !value.is_blank()).cloned();
    let (here, there) = (set(&world.env), set(&service.env));
    let mut notes = Vec::new();
    match (&here, &there) {
        (Some(_), None) if service.opaque => {
            notes.push("it is unknown whether the service sees it".to_owned());
        }
        (Some(_), None) => {
            let doctor = world.paths.command("doctor --only env/service-blind");
            notes
                .push(format!("the service does not see it; if it is needed, `{doctor}` makes it available"));
        }
        // What a definition tells the gateway of itself is meant for it alone.
        (None, Some(_)) if settings().any(|known| known == name) => {}
        (None, Some(_)) => notes.push("only the service sees it".to_owned()),
        (Some(here), Some(there)) if here != there => {
            notes.push("the service sees a different value".to_owned());
        }
        _ => {}
    }
    if !service.opaque
        && there.is_none()
        && service.credentials.iter().any(|credential| credential.name == name)
    {
        notes.push(format!("systemd passes it to the service as a file, {}", service.why_not_read()));
    }
    if let Some(Run { env: Some(running), active: true, .. }) = &service.run
        && let Some(given) = service.given.iter().find(|given| given.name == name)
        && given.known
        && running.get(name) != Some(&given.value)
    {
        notes.push("the running process has a different value: restart it".to_owned());
    }
    notes
}

/// The variables for a person.
pub(crate) fn text(world: &World, names: &[String], views: Views, style: Style) -> String {
    let document = document(world, names, views);
    let mut out = String::new();
    for variable in &document.variables {
        if !out.is_empty() {
            out.push('\n');
        }
        let serves = match variable.providers.as_slice() {
            [] => String::new(),
            ids => style.paint(Tone::Quiet, &format!("  for {}", ids.join(", "))),
        };
        out.push_str(&format!("{}{serves}\n", style.paint(Tone::Strong, &style.text(&variable.name))));
        let both = variable.here.is_some() && variable.service.is_some();
        for (label, view) in [("here", &variable.here), ("service", &variable.service)] {
            if let Some(view) = view {
                out.push_str(&rows(if both { label } else { "" }, view, style));
            }
        }
        for note in &variable.notes {
            out.push_str(&format!("  {} {}\n", style.sign(Sign::Soon), style.wrap(note, 4, 4)));
        }
    }
    if document.variables.is_empty() {
        out.push_str("No relevant variable is set.\n");
    }
    if document.opaque {
        let text = "The service may get more variables than are visible here.";
        out.push_str(&format!("\n{}\n", style.wrap(text, 0, 0)));
    }
    out
}

fn rows(label: &str, view: &ViewBody, style: Style) -> String {
    let label = if label.is_empty() { String::new() } else { format!("{label:<9}") };
    if view.places.is_empty() {
        return format!("  {label}{}\n", style.paint(Tone::Quiet, "· not set"));
    }
    let blank = " ".repeat(label.chars().count());
    let mut out = String::new();
    for (at, place) in view.places.iter().enumerate() {
        let (sign, tone) = match (place.fate, place.value.as_str()) {
            ("wins", EMPTY) => ("!", Tone::Soon),
            ("wins", _) => ("✓", Tone::Good),
            _ => ("·", Tone::Quiet),
        };
        let why = match (place.fate, &place.by) {
            (fate @ ("shadowed" | "blocked"), Some(by)) if place.place.starts_with(by.as_str()) => {
                let what = if fate == "blocked" { "to nothing" } else { "again" };
                format!(", not used: a later line sets it {what}")
            }
            ("shadowed", Some(by)) => format!(", not used: {by} sets it"),
            ("blocked", Some(by)) => format!(", not used: it is set to nothing in {by}"),
            ("filled", Some(by)) => format!(", filled by {by}"),
            ("untrusted", _) => ", not used: the working directory is not trusted".to_owned(),
            _ => String::new(),
        };
        let text = style.text(&format!("{}  {}{why}", place.place, place.value));
        let text = style.wrap(&text, 4 + blank.len(), 6);
        out.push_str(&format!(
            "  {}{} {text}\n",
            if at == 0 { &label } else { &blank },
            style.paint(tone, sign)
        ));
    }
    out
}
