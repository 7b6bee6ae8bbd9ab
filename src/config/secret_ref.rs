//! References to secrets that are kept elsewhere, as openclaw writes them: `{ source, provider, id }` in the place of a
//! secret, or beside it as `keyRef` and `tokenRef`. What one refers to is found in `policy`.

use crate::doc::{Loc, Node, Value};

/// A reference to a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRef {
    /// What kind of place it is: `env`, `file`, `exec` or `store`.
    pub source: String,
    /// Which of these places, as `secrets.providers` names it.
    pub provider: String,
    /// The secret there.
    pub id: String,
    /// Where the reference stands.
    pub loc: Loc,
}

impl SecretRef {
    /// Reads one; none if it is none.
    pub(crate) fn of(node: &Node) -> Option<Self> {
        let text = |name: &str| node.get(name).and_then(Node::as_str).map(str::to_owned);
        matches!(node.value, Value::Object(_)).then_some(())?;
        Some(Self {
            source: text("source")?,
            provider: text("provider").unwrap_or_else(|| "default".to_owned()),
            id: text("id")?,
            loc: node.loc,
        })
    }

    /// What it refers to, for sentences.
    pub fn in_words(&self) -> String {
        match self.source.as_str() {
            "env" => format!("the variable {}", self.id),
            source => format!("{} of the {source} provider {}", self.id, self.provider),
        }
    }

    /// The entry of its provider in `secrets.providers`, if that is of its kind.
    pub(crate) fn entry<'n>(&self, root: Option<&'n Node>) -> Option<&'n Node> {
        let entry = root?.get("secrets")?.get("providers")?.get(&self.provider)?;
        (entry.get("source").and_then(Node::as_str) == Some(self.source.as_str())).then_some(entry)
    }
}
