//! The actual state: every credential that any source holds, with its origin, losers too.
//!
//! States facts and judges nothing: whether a credential is fresh, well-formed or chosen is for
//! `health.rs` and `resolve.rs`. Pure; `sources` does the reading.

mod end;

use crate::catalog::kind::Kind;
use crate::catalog::tools::{OtherWay, Tool};
use crate::config::secret_ref::SecretRef;
use crate::doc::{Doc, DocId, Loc, State};
use crate::sys::Millis;
use crate::sys::digest::fingerprint;
use crate::sys::secret::Secret;
pub use crate::world::actual::end::{EndForm, Expiry, Terms};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a value was seen: document, key, and bytes if it has text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The document; says the source and the file.
    pub doc: DocId,
    /// The variable or key, for people.
    pub key: String,
    /// The place in the text, if there is a text.
    pub loc: Option<Loc>,
}

/// A credential with all that is recorded beside it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Normalised provider.
    pub provider: String,
    /// Its kind.
    pub kind: Kind,
    /// The API key, token or access token; may be blank.
    pub secret: Secret,
    /// The refresh token, if there is a non-blank one.
    pub refresh: Option<Secret>,
    /// When it ends.
    pub expires: Expiry,
    /// Where the expiry stands.
    pub expires_loc: Option<Loc>,
    /// Account, for display.
    pub email: Option<String>,
    /// Account id, which some providers need beside the token.
    pub account: Option<String>,
    /// Project that requests name beside the token, where its provider has such.
    pub project: Option<String>,
    /// On what terms it can be used.
    pub terms: Terms,
    /// Where the secret stands.
    pub origin: Origin,
}

/// What stands in the place of an order and is no list of texts, so that nothing reads it.
#[derive(Clone, Debug)]
pub struct UnreadOrder {
    /// The provider, as written; none if it is about all orders.
    pub provider: Option<String>,
    /// What stands there instead, if that is a text.
    pub text: Option<String>,
    /// Where.
    pub loc: Loc,
}

/// An agent's auth store.
#[derive(Clone, Debug)]
pub struct Store {
    /// Whose it is.
    pub agent: String,
    /// The agent's directory.
    pub dir: PathBuf,
    /// The file; may be absent or broken.
    pub doc: DocId,
    /// Its profiles, in file order.
    pub profiles: Vec<Stored>,
    /// Per-agent orders, by normalised provider.
    pub orders: Vec<crate::config::Order>,
    /// What stands among its orders and is none.
    pub unread_orders: Vec<UnreadOrder>,
    /// What is recorded about use, by profile id.
    pub usage: Vec<(String, Usage)>,
}

/// A profile of a store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Profile id.
    pub id: String,
    /// Where the id stands.
    pub loc: Loc,
    /// Normalised provider; of the id's first part where none is recorded.
    pub provider: String,
    /// What is stored, or why it cannot be used.
    pub held: Held,
    /// Fields that are not read as they stand.
    pub misnamed: Vec<Misnamed>,
    /// Where its secret is instead, if it holds none itself.
    pub reference: Option<SecretRef>,
}

/// A field of a record that the gateway does not read as it stands.
#[derive(Clone, Debug)]
pub struct Misnamed {
    /// The name that is read.
    pub reads: &'static str,
    /// What is there instead.
    pub fault: FieldFault,
    /// Where that stands.
    pub loc: Loc,
}

/// What there is in the place of a field that is read.
#[derive(Clone, Debug)]
pub enum FieldFault {
    /// It has another name.
    Name {
        /// Its name.
        has: String,
        /// Whether something that holds nothing stands under the name that is read.
        in_the_way: bool,
    },
    /// It says a word that is not read, for one that is.
    Word {
        /// The word.
        has: String,
        /// The one that is read.
        reads: String,
    },
    /// It is not there, but the rest says it: this.
    Absent(String),
}

impl Misnamed {
    /// Whether there is no credential without it.
    pub fn is_vital(&self) -> bool {
        !matches!(self.reads, "expires" | "refresh")
    }

    /// What it has, if anything, and what is read instead.
    pub fn pair(&self) -> (Option<&str>, &str) {
        match &self.fault {
            FieldFault::Name { has, .. } => (Some(has), self.reads),
            FieldFault::Word { has, reads } => (Some(has), reads),
            FieldFault::Absent(_) => (None, self.reads),
        }
    }
}

/// What a profile of a store holds.
#[derive(Clone, Debug)]
pub enum Held {
    /// A credential; its secret may be blank.
    Credential(Box<Credential>),
    /// An unknown type, kept as it is.
    UnknownType(Loc),
    /// Not a table, or without a provider.
    Broken(Loc),
}

impl Stored {
    /// The credential, if it is one.
    pub fn credential(&self) -> Option<&Credential> {
        match &self.held {
            Held::Credential(credential) => Some(credential),
            _ => None,
        }
    }
}

/// What a store records about the use of a profile. Instants are 0 where nothing is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Last use that worked.
    pub last_used: Millis,
    /// Failures in a row.
    pub errors: u64,
    /// Failures by what they were, as they are called in the store.
    pub counts: BTreeMap<String, u64>,
    /// Last failure.
    pub last_failure: Millis,
    /// Resting until then after a failure.
    pub cooldown_until: Millis,
    /// Disabled until then after a billing failure.
    pub disabled_until: Millis,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// The refresh token that the server refused to take, by its mark, and when.
    pub refused: Option<(u64, Millis)>,
    /// Instants that are not recorded as milliseconds.
    pub odd: Vec<OddInstant>,
    /// Where the record stands.
    pub loc: Option<Loc>,
}

/// An instant of a record of use that is not a number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddInstant {
    /// Its name.
    pub field: &'static str,
    /// The instant with its form, if it can be no other; else it is none.
    pub read: Option<(Millis, EndForm)>,
    /// Where it stands.
    pub loc: Loc,
}

impl Usage {
    /// When the profile may be used again; 0 if it may be used.
    pub fn unusable_until(&self, now: Millis) -> Millis {
        let until = self.cooldown_until.max(self.disabled_until);
        if until > now { until } else { 0 }
    }

    /// Refusals recorded: authentication and format failures.
    pub fn refusals(&self) -> u64 {
        ["auth", "format"].iter().filter_map(|kind| self.counts.get(*kind)).sum()
    }
}

impl Store {
    /// The stored profile of this id.
    pub fn profile(&self, id: &str) -> Option<&Stored> {
        self.profiles.iter().find(|stored| stored.id == id)
    }

    /// The recorded use of a profile.
    pub fn usage(&self, id: &str) -> Usage {
        self.usage.iter().rev().find(|(of, _)| of == id).map(|(_, usage)| usage.clone()).unwrap_or_default()
    }

    /// The store's own order for a provider.
    pub fn order(&self, provider: &str) -> Option<&crate::config::Order> {
        self.orders.iter().rev().find(|order| order.provider == provider)
    }
}

/// What another program's login looked like.
#[derive(Clone, Debug)]
pub struct Borrowed {
    /// Which program.
    pub tool: Tool,
    /// Its document.
    pub doc: DocId,
    /// What was found.
    pub found: LoginState,
    /// Whether the program is installed; none if that was not looked for.
    pub installed: Option<bool>,
}

/// What was found in another program's store.
#[derive(Clone, Debug)]
pub enum LoginState {
    /// No file, and nothing in the Keychain.
    Absent,
    /// The file is fine but holds no login: logged out, or an API-key user.
    LoggedOut,
    /// The program gets in another way, of which nobody else can make use. Where that stands.
    Elsewhere(OtherWay, Loc),
    /// A login whose token is blank or not text, or whose expiry is missing.
    Blank(Option<Loc>),
    /// It could not be read or parsed, in words.
    Unreadable(String),
    /// A login.
    Login(Box<Credential>),
}

/// A credential in an older layout, to be imported.
#[derive(Clone, Debug)]
pub struct Legacy {
    /// The agent into whose store it belongs.
    pub agent: String,
    /// Profile id that it gets.
    pub id: String,
    /// The credential.
    pub credential: Credential,
    /// Whether every field of it is known, so that nothing is lost by importing it.
    pub complete: bool,
}

/// Whether a document is a store that can be read, or a store that is not there yet.
pub fn is_store(doc: &Doc) -> bool {
    let profiles = doc.root.as_ref().and_then(|root| root.get("profiles")).map(|node| &node.value);
    doc.state == State::Absent || matches!(profiles, Some(crate::doc::Value::Object(_)))
}

/// When the server refused this refresh token of a profile, if the store says so.
pub fn refused_at(store: &Store, profile: &str, token: &Secret) -> Option<Millis> {
    let (of, at) = store.usage(profile).refused?;
    (format!("{of:016x}") == fingerprint(token)).then_some(at)
}
