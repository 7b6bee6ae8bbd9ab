//! The environment as layers, each with the rule by which it fills what is missing.
//!
//! Order and rules are those of the gateway: the process; `./.env` and `$STATE/.env`, which
//! respect a variable that exists even if it is empty; then the config's `env` block and the
//! login shell, for which a blank variable counts as missing.

use crate::catalog::tools::Tool;
use crate::config::EnvEntry;
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
}

impl Env {
    /// Adds the process environment.
    pub fn push_process(&mut self, doc: DocId, vars: &BTreeMap<String, Secret>) {
        let values = vars.iter().map(|(name, value)| (name.clone(), (value.clone(), None))).collect();
        self.layers.push(Layer { doc, fills: Fills::Unset, values });
    }

    /// Adds what a service manager gives to the service; each value with its place, if it has one.
    pub(super) fn push_given(&mut self, doc: DocId, values: BTreeMap<String, (Secret, Option<Loc>)>) {
        self.layers.push(Layer { doc, fills: Fills::Unset, values });
    }

    /// Adds a `.env` file.
    pub fn push_dotenv(&mut self, docs: &Docs, doc: DocId) {
        let members = docs.get(doc).root.as_ref().map(crate::doc::Node::members).unwrap_or_default();
        let entry = |member: &crate::doc::Member| {
            Some((member.key.clone(), (member.node.as_secret()?.clone(), Some(member.node.loc))))
        };
        self.layers.push(Layer {
            doc,
            fills: Fills::Unset,
            values: members.iter().filter_map(entry).collect(),
        });
    }

    /// Adds the config's `env` block.
    pub fn push_config(&mut self, doc: DocId, entries: &[EnvEntry]) {
        let entry = |entry: &EnvEntry| (entry.name.clone(), (entry.value.clone(), Some(entry.loc)));
        let values: BTreeMap<_, _> = entries.iter().map(entry).collect();
        self.layers.push(Layer { doc, fills: Fills::Blank, values });
    }

    /// Adds what the login shell exports; blank values are left out.
    pub fn push_shell(&mut self, doc: DocId, vars: Vec<(String, Secret)>) {
        let vars = vars.into_iter().filter(|(_, value)| !value.is_blank());
        let values = vars.map(|(name, value)| (name, (value, None))).collect();
        self.layers.push(Layer { doc, fills: Fills::Blank, values });
    }

    /// Every layer that sets `name`, in order, with its fate.
    pub fn bindings(&self, name: &str) -> Vec<Binding<'_>> {
        let mut found: Vec<Binding<'_>> = Vec::new();
        let mut current: Option<usize> = None;
        for layer in &self.layers {
            let Some((value, loc)) = layer.values.get(name) else { continue };
            let at = found.len();
            let fate = match current {
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
                    found[over].fate = Fate::Filled(layer.doc);
                }
                current = Some(at);
            }
            let doc = loc.map_or(layer.doc, |loc| loc.doc);
            found.push(Binding { doc, loc: *loc, value, fate });
        }
        found
    }

    /// The variable's value, blank or not.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.bindings(name)
            .into_iter()
            .find(|binding| binding.fate == Fate::Wins)
            .map(|binding| binding.value)
    }

    /// Whether the variable has a value that is not blank.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_blank())
    }

    /// The variable as a plain setting; never for credentials.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.expose().clone())
    }

    /// Whether the variable says yes: 1, true, yes, on.
    pub fn is_truthy(&self, name: &str) -> bool {
        self.setting(name).is_some_and(|text| is_yes(&text))
    }
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
            env.layers.push(Layer { doc: DocId(at as u32), fills, values });
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
}
