//! Whose a secret is and of what kind, by its beginning: what this vendor's do not look like.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, Prefix, PrefixKind, Provider};
use crate::catalog::secrets::OTHERS;
use crate::policy::form::{Endpoint, Flaw, Slot, Sort, WrongKind};

/// Shortest secret of a known provider, in bytes.
pub(super) const SHORTEST: usize = 16;

/// What this vendor's secrets do not look like.
pub(super) fn of_vendor(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    if let Some(flaw) = kind(text, slot) {
        return Some(flaw);
    }
    if text.len() < SHORTEST {
        return Some(Flaw::new(Sort::Short, "is too short to be a secret of this provider"));
    }
    let row = providers::find(slot.provider)?;
    if let Some((row, prefix)) = providers::prefix_of(text) {
        return of_prefix(text, (row, prefix), slot.kind);
    }
    // A login's tokens have no form that is known.
    if slot.kind == Kind::OAuth {
        return None;
    }
    if row.closed && text.contains('#') {
        return Some(Flaw::new(
            Sort::Elsewhere,
            "is the code of a login, which belongs into the program that asked for it",
        ));
    }
    let is_jwt = text.starts_with("eyJ") && text.matches('.').count() == 2;
    if is_jwt && !takes_any_token(row) {
        let what = format!("is a JSON Web Token, as logins have them; {} takes none", row.id);
        return Some(Flaw::new(Sort::Unheard, what));
    }
    let what = format!("does not begin as secrets of {} do ({})", row.id, beginnings(row));
    row.closed.then(|| Flaw::new(Sort::Unheard, what))
}

/// Whether a provider's secrets may begin anyhow.
fn takes_any_token(row: &Provider) -> bool {
    let usable = || row.prefixes.iter().filter(|prefix| prefix.is.kind().is_some());
    let bearer = usable().any(|prefix| prefix.is == PrefixKind::Bearer);
    let token = row.vars.iter().any(|var| var.kind == Kind::Token);
    usable().next().is_none() || (token && !bearer)
}

/// What is wrong with a text that begins as a known kind does.
fn of_prefix(text: &str, (row, prefix): (&Provider, &Prefix), kind: Kind) -> Option<Flaw> {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || prefix.more.contains(c);
    if let Some(at) = text.find(|c| !fine(c)) {
        let c = text[at..].chars().next()?;
        let what = format!(
            "has a `{c}` at character {}, which no such key or token has",
            text[..at].chars().count() + 1
        );
        return Some(Flaw::new(Sort::Inside, what));
    }
    // A program wrote a login down, and nobody copied it by hand.
    if kind != Kind::OAuth && text.len() < prefix.least {
        let is = if prefix.is == PrefixKind::ApiKey { "an API key" } else { "a token" };
        let what = format!(
            "begins like {is} of {} (`{}…`), but is cut off after {} characters",
            row.id,
            prefix.text,
            text.len()
        );
        return Some(Flaw::new(Sort::Half, what));
    }
    None
}

/// How the usable secrets of a provider begin.
fn beginnings(row: &Provider) -> String {
    let usable = row.prefixes.iter().filter(|prefix| prefix.is.kind().is_some());
    usable.map(|prefix| format!("`{}…`", prefix.text)).collect::<Vec<_>>().join(", ")
}

/// What a secret really is, if its beginning says something else than its place.
pub(super) fn kind(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    let vendor = slot.endpoint == Endpoint::Vendor;
    let wrong = match providers::prefix_of(text) {
        Some((row, prefix)) => {
            // A provider of the user's own may stand for another one.
            let foreign = row.id != slot.provider && vendor;
            let is = prefix.is.kind();
            let fits = is.is_some_and(|is| (is == Kind::ApiKey) == (slot.kind == Kind::ApiKey));
            let works = !foreign && is.is_some();
            (foreign || !fits).then_some(WrongKind { of: row.id, is: Some(prefix.is), works })
        }
        // A login's tokens have no form that is known.
        None if vendor && slot.kind != Kind::OAuth => {
            let own = |of: &str| slot.provider.starts_with("google") && of.starts_with("Google");
            let other = OTHERS
                .iter()
                .find(|(begin, _)| text.starts_with(begin))
                .map(|(_, of)| *of)
                .filter(|of| !own(of));
            let closed = providers::find(slot.provider).is_some_and(|row| row.closed);
            let loose = closed && text.starts_with("sk-") && !text.starts_with("sk-ant-");
            other.or(loose.then_some("another vendor")).map(|of| WrongKind { of, is: None, works: false })
        }
        None => None,
    }?;
    Some(Flaw { sort: Sort::Kind, what: format!("is {}", wrong.name()), wrong: Some(wrong) })
}
