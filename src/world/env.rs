//! The environment as layers, each with the rule by which it fills what is missing.
//!
//! Order and rules are those of the gateway: the process; `./.env` and `$STATE/.env`, which
//! respect a variable that exists even if it is empty; then secrets in files of their own, the config's `env`
//! block and the login shell, for which a blank variable counts as missing.
//!
//! The working directory is not trusted: whoever can make a file in a directory does not thereby choose the
//! credentials of all who work in it. `./.env` is a layer of its own kind: it holds values of providers'
//! variables and nothing else, is asked neither for settings nor for `${…}`, and counts for nothing until
//! somebody says so ([`Env::trust_cwd`]).

use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::config::EnvEntry;
use crate::config::gateway::PORT_VARIABLE;
use crate::doc::{DocId, Docs, Loc};
use crate::sys::secret::Secret;
use std::collections::BTreeMap;

/// Variables that choose places and behaviour, and are no secrets: their values may be shown.
pub(crate) fn settings() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().copied().chain(Tool::vars())
}

const SETTINGS: &[&str] = &[
    "PI_CODING_AGENT_DIR",
    "ZIRKABOT_AGENT_DIR",
    "ZIRKABOT_CONFIG_PATH",
    "ZIRKABOT_DEFER_SHELL_ENV_FALLBACK",
    "ZIRKABOT_GATEWAY_PORT",
    "ZIRKABOT_LAUNCHD_LABEL",
    "ZIRKABOT_LOAD_SHELL_ENV",
    "ZIRKABOT_OAUTH_DIR",
    "ZIRKABOT_PROFILE",
    "ZIRKABOT_SHELL_ENV_TIMEOUT_MS",
    "ZIRKABOT_STATE_DIR",
    "ZIRKABOT_SYSTEMD_UNIT",
];

/// When a layer may set a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fills {
    /// Only if no earlier layer has it at all.
    Unset,
    /// Also if it is blank so far.
    Blank,
}

/// The variables that one source sets.
#[derive(Debug)]
struct Layer {
    doc: DocId,
    fills: Fills,
    values: BTreeMap<String, (Secret, Option<Loc>)>,
    /// What the same source sets before, to be set again: of a file, the lines that do not count.
    earlier: Vec<(String, Secret, Loc)>,
    /// Whether it is trusted, if it is that of the working directory.
    cwd: Option<bool>,
}

/// All layers, first choice first.
#[derive(Debug, Default)]
pub struct Env {
    layers: Vec<Layer>,
}

/// A variable in one layer.
#[derive(Debug)]
pub struct Binding<'a> {
    /// Who sets it.
    pub doc: DocId,
    /// Where.
    pub loc: Option<Loc>,
    /// To what.
    pub value: &'a Secret,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// This is the variable's value.
    Wins,
    /// This earlier layer has it.
    Shadowed(DocId),
    /// This earlier layer has it, empty, and that blocks this one.
    Blocked(DocId),
    /// Blank, and a later layer fills it.
    Filled(DocId),
    /// The working directory is not asked.
    Untrusted,
}

impl Env {
    /// Adds the process environment.
    pub fn push_process(&mut self, doc: DocId, vars: &BTreeMap<String, Secret>) {
        let values = vars.iter().map(|(name, value)| (name.clone(), (value.clone(), None))).collect();
        self.push(doc, Fills::Unset, values);
    }

    fn push(&mut self, doc: DocId, fills: Fills, values: BTreeMap<String, (Secret, Option<Loc>)>) {
        self.layers.push(Layer { doc, fills, values, earlier: Vec::new(), cwd: None });
    }

    /// Adds what a service manager gives to the service; each value with its place, if it has one.
    pub(super) fn push_given(&mut self, doc: DocId, values: BTreeMap<String, (Secret, Option<Loc>)>) {
        self.push(doc, Fills::Unset, values);
    }

    /// Adds a `.env` file that is trusted.
    pub fn push_dotenv(&mut self, docs: &Docs, doc: DocId) {
        let values = of_dotenv(docs, doc);
        let earlier = earlier(docs, doc, &values);
        self.layers.push(Layer { doc, fills: Fills::Unset, values, earlier, cwd: None });
    }

    /// Adds the `.env` of a working directory, of which only the variables of providers are taken. Until
    /// [`Env::trust_cwd`] it counts for nothing.
    pub(crate) fn push_cwd(&mut self, docs: &Docs, doc: DocId) {
        let mut values = of_dotenv(docs, doc);
        values.retain(|name, _| providers::is_var(name));
        let earlier = earlier(docs, doc, &values);
        self.layers.push(Layer { doc, fills: Fills::Unset, values, earlier, cwd: Some(false) });
    }

    /// Has the `.env` of the working directory count as the other layers.
    pub(crate) fn trust_cwd(&mut self) {
        for layer in &mut self.layers {
            layer.cwd = layer.cwd.map(|_| true);
        }
    }

    /// The `.env` of the working directory, whether it is trusted, and the variables that it sets; none if it
    /// was refused.
    pub(crate) fn cwd(&self) -> Option<(DocId, bool, impl Iterator<Item = &str>)> {
        let own = self.layers.iter().find_map(|layer| Some((layer, layer.cwd?)));
        own.map(|(layer, trusted)| (layer.doc, trusted, layer.values.keys().map(String::as_str)))
    }

    /// Adds values that lie in files of their own; each is named by its place.
    pub(super) fn push_files(&mut self, doc: DocId, values: BTreeMap<String, (Secret, Option<Loc>)>) {
        self.push(doc, Fills::Blank, values);
    }

    /// The variables of providers for which `<NAME>_FILE` is set, by whoever has a say in where things are.
    pub(crate) fn names_of_files(&self) -> Vec<String> {
        let trusted = self.layers.iter().filter(|layer| layer.cwd.is_none());
        let names = trusted.flat_map(|layer| layer.values.keys());
        let stems = names.filter_map(|name| name.strip_suffix("_FILE"));
        let mut stems: Vec<String> =
            stems.filter(|stem| providers::is_var(stem)).map(str::to_owned).collect();
        stems.sort();
        stems.dedup();
        stems
    }

    /// Adds the config's `env` block.
    pub fn push_config(&mut self, doc: DocId, entries: &[EnvEntry]) {
        let entry = |entry: &EnvEntry| (entry.name.clone(), (entry.value.clone(), Some(entry.loc)));
        let values: BTreeMap<_, _> = entries.iter().map(entry).collect();
        self.push(doc, Fills::Blank, values);
    }

    /// Adds what the login shell exports; blank values are left out.
    pub fn push_shell(&mut self, doc: DocId, vars: Vec<(String, Secret)>) {
        let vars = vars.into_iter().filter(|(_, value)| !value.is_blank());
        let values = vars.map(|(name, value)| (name, (value, None))).collect();
        self.push(doc, Fills::Blank, values);
    }

    /// Has what one look at a file says stand where another look at the same file has it, if both say the same: a
    /// unit may name `$STATE/.env` too.
    pub(super) fn merge(&mut self, docs: &Docs, first: DocId, same: DocId) {
        let known = of_dotenv(docs, same);
        let is_same = |name: &String, value: &Secret| known.get(name).is_some_and(|(own, _)| own == value);
        let mut merged: Vec<String> = Vec::new();
        for layer in &mut self.layers {
            for (name, (value, loc)) in &mut layer.values {
                if loc.is_some_and(|loc| loc.doc == first) && is_same(name, value) {
                    *loc = known.get(name).and_then(|(_, loc)| *loc);
                    merged.push(name.clone());
                }
            }
        }
        for layer in self.layers.iter_mut().filter(|layer| layer.doc == same) {
            layer.values.retain(|name, _| !merged.contains(name));
        }
    }

    /// Every layer that sets `name`, in order, with its fate; of a file that sets it more than once the last
    /// line first, because that one counts.
    pub fn bindings(&self, name: &str) -> Vec<Binding<'_>> {
        self.fates(name, self.layers.iter())
    }

    fn fates<'e>(&'e self, name: &str, layers: impl Iterator<Item = &'e Layer>) -> Vec<Binding<'e>> {
        let mut found: Vec<Binding<'e>> = Vec::new();
        let mut current: Option<usize> = None;
        for layer in layers {
            let Some((value, loc)) = layer.values.get(name) else { continue };
            let (at, doc) = (found.len(), loc.map_or(layer.doc, |loc| loc.doc));
            let fate = match current {
                _ if layer.cwd == Some(false) => Fate::Untrusted,
                None => Fate::Wins,
                Some(over) => {
                    let (over, blank) = (found[over].doc, found[over].value.is_blank());
                    match (blank, layer.fills) {
                        (true, Fills::Blank) if !value.is_blank() => Fate::Wins,
                        (true, _) if !value.is_blank() => Fate::Blocked(over),
                        _ => Fate::Shadowed(over),
                    }
                }
            };
            if fate == Fate::Wins {
                if let Some(over) = current {
                    found[over].fate = Fate::Filled(doc);
                }
                current = Some(at);
            }
            found.push(Binding { doc, loc: *loc, value, fate });
            let last = value;
            for (_, value, loc) in layer.earlier.iter().filter(|(own, ..)| own == name) {
                let fate = match fate {
                    Fate::Untrusted => Fate::Untrusted,
                    _ if last.is_blank() && !value.is_blank() => Fate::Blocked(doc),
                    _ => Fate::Shadowed(doc),
                };
                found.push(Binding { doc, loc: Some(*loc), value, fate });
            }
        }
        found
    }

    /// Whether a file says of a variable just what the process has: then the process has it from there, by
    /// `EnvironmentFile=` of a unit or by a shell that read the file.
    pub(crate) fn is_from(&self, file: DocId, name: &str, value: &Secret) -> bool {
        let own = |binding: &Binding<'_>| binding.doc == file && binding.value == value;
        self.bindings(name).iter().find(|binding| binding.doc == file).is_some_and(own)
    }

    /// The variable's value, blank or not.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        won(self.bindings(name))
    }

    /// Whether the variable has a value that is not blank.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_blank())
    }

    /// The variable as what is set elsewhere names it: `${NAME}` in the config, a flag of the command line.
    /// The working directory has no say in it.
    pub fn named(&self, name: &str) -> Option<&Secret> {
        won(self.fates(name, self.layers.iter().filter(|layer| layer.cwd.is_none())))
    }

    /// The variable as a plain setting; never for credentials. The working directory has no say in it.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.named(name).map(|value| value.expose().clone())
    }

    /// The port that the gateway is to have.
    pub fn gateway_port(&self) -> Option<u16> {
        self.setting(PORT_VARIABLE)?.trim().parse().ok()
    }

    /// Whether the variable says yes: 1, true, yes, on.
    pub fn is_truthy(&self, name: &str) -> bool {
        self.setting(name).is_some_and(|text| is_yes(&text))
    }
}

/// The value that counts.
fn won(bindings: Vec<Binding<'_>>) -> Option<&Secret> {
    bindings.into_iter().find(|binding| binding.fate == Fate::Wins).map(|binding| binding.value)
}

/// The variables of a `.env` file, each with its place.
fn of_dotenv(docs: &Docs, doc: DocId) -> BTreeMap<String, (Secret, Option<Loc>)> {
    let members = docs.get(doc).root.as_ref().map(crate::doc::Node::members).unwrap_or_default();
    let entry = |member: &crate::doc::Member| {
        Some((member.key.clone(), (member.node.as_secret()?.clone(), Some(member.node.loc))))
    };
    members.iter().filter_map(entry).collect()
}

/// The lines of a `.env` file that set one of the variables before the line that counts.
fn earlier(
    docs: &Docs,
    doc: DocId,
    values: &BTreeMap<String, (Secret, Option<Loc>)>,
) -> Vec<(String, Secret, Loc)> {
    let members = docs.get(doc).root.as_ref().map(crate::doc::Node::members).unwrap_or_default();
    let counts = |name: &str, loc: Loc| values.get(name).is_none_or(|(_, last)| *last == Some(loc));
    let entry = |member: &crate::doc::Member| {
        let (name, loc) = (member.key.clone(), member.node.loc);
        (!counts(&name, loc)).then_some((name, member.node.as_secret()?.clone(), loc))
    };
    members.iter().filter_map(entry).collect()
}

/// Whether a setting says yes.
pub(crate) fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

#[cfg(test)]
mod tests {
    use crate::world::env::*;

    /// Layers in order: process, ./.env, $STATE/.env, config block, login shell; `None` = not set.
    fn fates(values: [Option<&str>; 5]) -> Vec<Fate> {
        let mut env = Env::default();
        for (at, value) in values.into_iter().enumerate() {
            let fills = if at < 3 { Fills::Unset } else { Fills::Blank };
            let values = value.map(|text| ("K".to_owned(), (Secret::from(text), None))).into_iter().collect();
            env.push(DocId(at as u32), fills, values);
        }
        env.bindings("K").into_iter().map(|binding| binding.fate).collect()
    }

    #[test]
    fn precedence_and_blank_versus_empty() {
        use Fate::{Blocked, Filled, Shadowed, Wins};
        let d = DocId;
        for (values, expected) in [
            (
                [Some("a"), Some("b"), Some("c"), Some("d"), Some("e")],
                vec![Wins, Shadowed(d(0)), Shadowed(d(0)), Shadowed(d(0)), Shadowed(d(0))],
            ),
            ([None, Some("b"), Some("c"), None, None], vec![Wins, Shadowed(d(1))]),
            ([None, None, Some("c"), Some("d"), None], vec![Wins, Shadowed(d(2))]),
            ([None, None, None, Some("d"), Some("e")], vec![Wins, Shadowed(d(3))]),
            ([None, None, None, None, Some("e")], vec![Wins]),
            // Set but empty: a `.env` file does not fill it, the config block does.
            ([Some(""), Some("b"), None, None, None], vec![Wins, Blocked(d(0))]),
            ([Some(""), Some("b"), Some("c"), None, None], vec![Wins, Blocked(d(0)), Blocked(d(0))]),
            ([Some(" "), None, None, Some("d"), None], vec![Filled(d(3)), Wins]),
            ([Some(""), Some("b"), None, Some("d"), None], vec![Filled(d(3)), Blocked(d(0)), Wins]),
            ([None, Some(""), Some("c"), None, Some("e")], vec![Filled(d(4)), Blocked(d(1)), Wins]),
            ([Some(""), None, None, None, None], vec![Wins]),
            ([Some(""), Some(""), None, None, None], vec![Wins, Shadowed(d(0))]),
        ] {
            assert_eq!(fates(values), expected, "{values:?}");
        }
    }

    #[test]
    fn the_working_directory_counts_only_where_somebody_says_so() {
        // In order: the process, ./.env, $STATE/.env, the config block.
        for (trusted, values, got, named) in [
            (false, [None, Some("b"), Some("c"), None], Some("c"), Some("c")),
            (false, [None, Some("b"), None, None], None, None),
            (false, [None, Some(""), Some("c"), None], Some("c"), Some("c")),
            (false, [Some("a"), Some("b"), None, None], Some("a"), Some("a")),
            (true, [None, Some("b"), Some("c"), None], Some("b"), Some("c")),
            (true, [None, Some(""), Some("c"), None], Some(""), Some("c")),
            (true, [None, Some(" "), None, Some("d")], Some("d"), Some("d")),
            (true, [None, Some("b"), None, None], Some("b"), None),
        ] {
            let mut env = Env::default();
            for (at, value) in values.into_iter().enumerate() {
                let fills = if at < 3 { Fills::Unset } else { Fills::Blank };
                let value = value.map(|text| ("K".to_owned(), (Secret::from(text), None)));
                let (doc, values) = (DocId(at as u32), value.into_iter().collect());
                let (earlier, cwd) = (Vec::new(), (at == 1).then_some(trusted));
                env.layers.push(Layer { doc, fills, values, earlier, cwd });
            }
            let text = |value: Option<&Secret>| value.map(|value| value.expose().clone());
            assert_eq!(text(env.get("K")).as_deref(), got, "{trusted} {values:?}");
            assert_eq!(text(env.named("K")).as_deref(), named, "{trusted} {values:?}");
            assert_eq!(env.setting("K").as_deref(), named, "{trusted} {values:?}");
        }
    }
}
