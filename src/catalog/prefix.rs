//! What the beginning of a secret says: what it is, and how long a whole one is. The rows stand with their
//! provider, in `providers.rs`.

use crate::catalog::kind::Kind;

/// A public beginning of a secret; may be shown.
#[derive(Debug)]
pub struct Prefix {
    /// The text.
    pub text: &'static str,
    /// What such a secret is.
    pub is: PrefixKind,
    /// How long a whole one is.
    pub length: Length,
    /// Characters that it may hold beside letters, digits, `-` and `_`.
    pub more: &'static str,
}

/// How long a whole secret is, in bytes, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Nobody says.
    Unknown,
    /// None is shorter.
    Least(usize),
    /// Each has one of these, the shortest first.
    Of(&'static [usize]),
}

/// What a prefix says about a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrefixKind {
    /// An API key.
    ApiKey,
    /// A long-lived token of `claude setup-token`, or an OAuth access token: both start alike.
    Bearer,
    /// An OAuth refresh token: never usable as a credential by itself.
    Refresh,
    /// A key that administers an organisation: no model answers it.
    Admin,
    /// What a browser holds after signing in to a web page: no program can use it.
    Session,
}

impl PrefixKind {
    /// The kind of credential that it is, if it can be used by itself.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::ApiKey => Some(Kind::ApiKey),
            Self::Bearer => Some(Kind::Token),
            Self::Refresh | Self::Admin | Self::Session => None,
        }
    }
}

impl Length {
    /// Fewest bytes of a whole one.
    pub fn least(self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::Least(least) => least,
            Self::Of(all) => all.first().copied().unwrap_or_default(),
        }
    }

    /// Whether it is certain of so many bytes that nothing is missing, and nothing too much.
    pub fn is_exactly(self, bytes: usize) -> bool {
        matches!(self, Self::Of(all) if all.contains(&bytes))
    }
}

pub(super) const fn api(text: &'static str, length: Length) -> Prefix {
    Prefix { text, is: PrefixKind::ApiKey, length, more: "" }
}

pub(super) const fn bearer(text: &'static str, length: Length) -> Prefix {
    Prefix { text, is: PrefixKind::Bearer, length, more: "" }
}

pub(super) const fn other(text: &'static str, is: PrefixKind) -> Prefix {
    Prefix { text, is, length: Length::Unknown, more: "" }
}
