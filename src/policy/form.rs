//! The one judge of secrets: what a text is that stands where a secret should, and whether it can be
//! one. Pure; its tables are `catalog/secrets.rs` and the prefixes in `catalog/providers.rs`.
//!
//! Everybody asks here, at every door: what is pasted, what stands in a variable, a `.env` file, the
//! config or a store, what is borrowed, captured, answered by a server, seen by the service, or handed
//! out. [`judge`] says what is wrong; [`bared`] what is left when all is taken off that may surround a
//! secret. No text is quoted but the name in a reference, which no secret looks like.

pub(crate) mod clean;
mod encoded;
mod kind;
mod shape;
mod sound;

pub(crate) use shape::{character, trimmed, variable_of};
pub(crate) use sound::TELLING;

use crate::catalog::hosts;
use crate::catalog::kind::Kind;
use crate::catalog::prefix::PrefixKind;
use crate::catalog::providers;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::Credential;
use zeroize::Zeroizing;

/// Shortest text that is taken for a secret if it stands twice in a row, in bytes.
const TWICE: usize = 32;

/// The place in which a secret stands.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// Normalised provider.
    pub provider: &'a str,
    /// What kind of credential it is there.
    pub kind: Kind,
    /// Who gets it.
    pub endpoint: Endpoint,
}

/// Who gets a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The vendor, who knows the form of its secrets.
    Vendor,
    /// A service of the user's own, or before the vendor's: it may take any token.
    Own,
    /// The same on this machine or beside it, where a word stands for a key that nobody asks for.
    Local,
}

/// What sort of thing is wrong with a text; who tells what to do goes by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Nothing but white space.
    Blank,
    /// Something around it that can be taken off.
    Around,
    /// A name that another program resolves, or a text that it decrypts.
    Reference,
    /// An example that was never filled in, or a secret that is shown in part only.
    Placeholder,
    /// The address of a page, the path of a file, or a document.
    Elsewhere,
    /// Two things in one: another assignment, another secret, the same once more.
    Joined,
    /// A character inside that none has: a quotation mark, white space, what cannot be seen.
    Inside,
    /// Written in another alphabet once more.
    Encoded,
    /// A part is missing.
    Half,
    /// A part may be missing.
    Perhaps,
    /// Shorter than any secret of a known provider.
    Short,
    /// Of another kind, or another vendor's.
    Kind,
    /// Not in the form of this vendor's, as far as it is known.
    Unheard,
}

/// What is wrong with a text that stands where a secret should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The sort of thing.
    pub sort: Sort,
    /// As the end of a sentence about the secret.
    what: String,
    /// What it is instead, if it is of another kind.
    pub wrong: Option<WrongKind>,
}

/// A secret that is of another kind, or of another vendor, than its place says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongKind {
    /// Whose secret it is: a provider; or what it is altogether.
    pub of: &'static str,
    /// What it is, if it is a provider's.
    pub is: Option<PrefixKind>,
    /// Whether it works all the same: Anthropic's own two kinds are told apart by the gateway.
    pub works: bool,
}

impl WrongKind {
    /// What it is, with its article.
    pub fn name(&self) -> String {
        let of = self.of;
        match self.is {
            None => of.to_owned(),
            Some(PrefixKind::ApiKey) => format!("an API key of {of}"),
            Some(PrefixKind::Bearer) if of == "anthropic" => format!("a setup-token or access token of {of}"),
            Some(PrefixKind::Bearer) => format!("an access token of {of}"),
            Some(PrefixKind::Refresh) => format!("a refresh token of {of}, which is not a credential itself"),
            Some(PrefixKind::Admin) => format!("an admin key of {of}, which cannot be used for models"),
            Some(PrefixKind::Session) => {
                format!("a browser session of {of}, which programs cannot use")
            }
        }
    }
}

impl Flaw {
    fn new(sort: Sort, what: impl Into<String>) -> Self {
        Self { sort, what: what.into(), wrong: None }
    }

    /// As the end of a sentence about the secret: "is a placeholder, not a secret".
    pub fn label(&self) -> &str {
        &self.what
    }

    /// Whether it cannot work. What is only unheard of, or in the place of another kind of the same
    /// vendor, may.
    pub fn is_fatal(&self) -> bool {
        !matches!(self.sort, Sort::Unheard | Sort::Perhaps) && self.wrong.is_none_or(|wrong| !wrong.works)
    }

    /// Whether it is of another kind than its place says, rather than malformed.
    pub fn is_wrong_kind(&self) -> bool {
        self.sort == Sort::Kind
    }

    /// The state of a credential that has it, in a word or two.
    pub fn word(&self) -> &'static str {
        if self.is_wrong_kind() { "wrong kind" } else { "malformed" }
    }
}

impl<'a> Slot<'a> {
    /// The place of a secret of a normalised provider that is used as it is in the tables.
    pub fn new(provider: &'a str, kind: Kind) -> Self {
        let known = providers::find(provider).is_some();
        Self { provider, kind, endpoint: if known { Endpoint::Vendor } else { Endpoint::Own } }
    }

    /// The same in a world, whose config may lead elsewhere.
    pub fn of(world: &World, provider: &'a str, kind: Kind) -> Self {
        let own = world.desired.provider(provider).and_then(|own| own.base_url.as_deref());
        let slot = Self::new(provider, kind);
        match own {
            Some(url) if hosts::is_local(url) => Self { endpoint: Endpoint::Local, ..slot },
            Some(url) if hosts::foreign(provider, url).is_some() => Self { endpoint: Endpoint::Own, ..slot },
            _ => slot,
        }
    }
}

/// What is wrong with a text as the secret of a place, if anything.
pub fn judge(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    let flaw = shape::flaw(text, slot)?;
    if flaw.sort == Sort::Blank || flaw.wrong.is_some_and(|wrong| wrong.works) {
        return Some(flaw);
    }
    // Around a good one is all that is wrong.
    let repairable = matches!(flaw.sort, Sort::Inside | Sort::Joined | Sort::Kind | Sort::Unheard)
        || flaw.sort == Sort::Placeholder && text.starts_with('<');
    // A command has blanks, or is no longer than a name.
    let quoted = |inner: &str| {
        flaw.sort == Sort::Reference && text.starts_with('`') && inner.len() >= TWICE && !inner.contains(' ')
    };
    let inner = bared(text, slot)
        .filter(|inner| (repairable || is_whole(inner) || quoted(inner)) && text.contains(&**inner));
    Some(inner.map_or(flaw, |inner| Flaw::new(Sort::Around, shape::around(text, &inner))))
}

/// Whether it has a known beginning and exactly the length of one that begins so.
fn is_whole(secret: &str) -> bool {
    providers::prefix_of(secret).is_some_and(|(_, prefix)| prefix.length.is_exactly(secret.len()))
}

/// The secret in a text that is a good one if something is taken off or out that is none of it: what stands
/// around it, the same once more, what nobody sees, the ends of lines; or if it is decoded.
pub(crate) fn bared(text: &str, slot: Slot<'_>) -> Option<Zeroizing<String>> {
    let fits =
        |inner: &str| shape::flaw(inner, slot).is_none_or(|flaw| flaw.wrong.is_some_and(|wrong| wrong.works));
    let inner = clean::edged(text);
    if inner != text && fits(inner) {
        return Some(Zeroizing::new(inner.to_owned()));
    }
    // The same twice is one.
    let half = inner.get(..inner.len() / 2).filter(|half| half.len() >= TWICE && half.repeat(2) == inner);
    let apart = || {
        let mut words =
            inner.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
        let first = words.next().filter(|first| first.len() >= TWICE)?;
        words.all(|word| word == first).then_some(first)
    };
    if let Some(half) = half.or_else(apart).filter(|half| fits(half)) {
        return Some(Zeroizing::new(half.to_owned()));
    }
    let seen = clean::seen(inner, false);
    if *seen != inner && fits(clean::edged(&seen)) {
        return Some(Zeroizing::new(clean::edged(&seen).to_owned()));
    }
    // Of what is longer than known, nobody can tell whether it is one.
    let joined = clean::seen(inner, true);
    if *joined != inner && is_whole(&joined) && fits(&joined) {
        return Some(joined);
    }
    encoded::decoded(inner).map(|decoded| decoded.secret).filter(|secret| fits(secret))
}

/// The secret of known form that a text holds once, with what was taken off or out, as the end of a sentence.
pub(crate) fn taken_off(text: &str, slot: Slot<'_>) -> Option<(Zeroizing<String>, String)> {
    let flaw = judge(text, slot)?;
    let inner =
        bared(text, slot).filter(|_| matches!(flaw.sort, Sort::Around | Sort::Inside | Sort::Encoded))?;
    let once = text.matches(&**inner).count() < 2 && providers::prefix_of(&inner).is_some();
    once.then_some((inner, flaw.what))
}

/// Whether a value of a variable is of no use to a provider, whoever has it.
pub(crate) fn is_useless(world: &World, of: (&str, &str), value: &Secret) -> bool {
    of_value(world, of, value).is_some_and(|flaw| flaw.is_fatal())
}

/// Whether a value of a variable is a reference that a secrets program resolves.
pub(crate) fn is_reference(world: &World, of: (&str, &str), value: &Secret) -> bool {
    of_value(world, of, value).is_some_and(|flaw| flaw.sort == Sort::Reference)
}

/// What is wrong with a value of a variable of a provider.
fn of_value(world: &World, (provider, name): (&str, &str), value: &Secret) -> Option<Flaw> {
    let row = providers::vars(provider).iter().find(|var| var.name == name);
    let slot = Slot::of(world, provider, row.map_or(Kind::ApiKey, |var| var.kind));
    judge(trimmed(value.expose()), slot)
}

/// Whether it is a token as `claude setup-token` prints it.
pub(crate) fn is_setup_token(secret: &Secret) -> bool {
    let row = providers::prefix_of(secret.expose().trim());
    row.is_some_and(|(row, prefix)| row.id == "anthropic" && prefix.is == PrefixKind::Bearer)
}

/// What is wrong with a credential's secret. A login without an access token gets one on use.
pub fn of(world: &World, credential: &Credential) -> Option<Flaw> {
    let slot = Slot::of(world, &credential.provider, credential.kind);
    let flaw = judge(credential.secret.expose(), slot)?;
    let renewed = credential.kind == Kind::OAuth && credential.refresh.as_ref().is_some_and(is_token);
    let renews = flaw.sort == Sort::Blank && renewed;
    (!renews).then_some(flaw)
}

/// Whether a refresh token, whose form nobody knows, can be one: it is no reference, mark or example.
pub(crate) fn is_token(token: &Secret) -> bool {
    let slot = Slot { provider: "", kind: Kind::OAuth, endpoint: Endpoint::Own };
    let text = token.expose();
    // From what has no signs nothing can be taken off.
    let flaw = if sound::is_plain(text) { shape::flaw(text, slot) } else { judge(text, slot) };
    flaw.is_none_or(|flaw| flaw.sort == Sort::Kind)
}

/// Whether a variable of the surroundings, such as a cloud login's, holds something.
pub(crate) fn is_filled(value: &Secret) -> bool {
    let slot = Slot { provider: "", kind: Kind::ApiKey, endpoint: Endpoint::Own };
    let empty = [Sort::Blank, Sort::Reference, Sort::Placeholder];
    judge(value.expose(), slot).is_none_or(|flaw| !empty.contains(&flaw.sort))
}

#[cfg(test)]
mod tests;
