//! Whose a secret is and of what kind, by its beginning: what this vendor's do not look like.

use crate::catalog::kind::Kind;
use crate::catalog::prefix::{Length, Prefix, PrefixKind};
use crate::catalog::providers::{self, Provider};
use crate::catalog::secrets::{ALIKE, OTHERS};
use crate::policy::form::{Endpoint, Flaw, Slot, Sort, WrongKind};

/// Shortest secret of a known provider, in bytes.
pub(super) const SHORTEST: usize = 16;

/// What this vendor's secrets do not look like.
pub(super) fn of_vendor(text: &str, slot: Slot<'_>) -> Option<Flaw> {
    let of_another = kind(text, slot);
    let works = of_another.as_ref().is_some_and(|flaw| !flaw.is_fatal());
    if of_another.is_some() && !works {
        return of_another;
    }
    if text.len() < SHORTEST {
        return Some(Flaw::new(Sort::Short, "is too short for a secret of this provider"));
    }
    let row = providers::find(slot.provider)?;
    if let Some((row, prefix)) = providers::prefix_of(text) {
        let own = of_prefix(text, (row, prefix), slot.kind);
        return if own.as_ref().is_some_and(Flaw::is_fatal) { own } else { of_another.or(own) };
    }
    // A login's tokens have no form that is known.
    if slot.kind == Kind::OAuth {
        return None;
    }
    if row.closed && text.contains('#') {
        return Some(Flaw::new(
            Sort::Elsewhere,
            "is an authorization code, which belongs to the program that asked for it",
        ));
    }
    if let Some(prefix) = headless(text, row, slot.kind) {
        let what = format!(
            "lacks its beginning: it has the length of the rest of {} of {} (`{}…`)",
            article(prefix),
            row.id,
            prefix.text
        );
        return Some(Flaw::new(Sort::Half, what));
    }
    if is_in_other_letters(text, row) {
        let what = "begins like one, but with different upper and lower case";
        return Some(Flaw::new(Sort::Half, what));
    }
    if let Some((begin, least)) = row.shared.filter(|(begin, _)| text.starts_with(begin)) {
        let what = format!(
            "is cut off after {} characters: a key of {} (`{begin}…`) has at least {least}",
            text.len(),
            row.id
        );
        return (text.len() < least).then(|| Flaw::new(Sort::Half, what));
    }
    let what = format!("does not begin like a secret of {} ({})", row.id, beginnings(row));
    row.closed.then(|| Flaw::new(Sort::Unheard, what))
}

/// Whether it begins as secrets of a provider do but for the case of letters.
fn is_in_other_letters(text: &str, row: &Provider) -> bool {
    row.prefixes.iter().any(|prefix| {
        text.get(..prefix.text.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.text))
    })
}

/// Fewest characters of a beginning by which it is known.
const TAIL: usize = 3;

/// The kind of secret whose beginning, or the first part of it, a text lacks to be a whole one.
fn headless(text: &str, row: &'static Provider, kind: Kind) -> Option<&'static Prefix> {
    let usable = || row.prefixes.iter().filter(|prefix| prefix.is.kind().is_some());
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let lacks = |prefix: &Prefix, at: usize| {
        let tail = prefix.text.get(at..).unwrap_or_default();
        let told = tail.len() >= TAIL || tail.is_empty() && row.closed;
        told && text.starts_with(tail) && prefix.length.is_exactly(text.len() + at)
    };
    let found = |prefix: &&Prefix| (1..=prefix.text.len()).any(|at| lacks(prefix, at));
    let own = usable().filter(|prefix| prefix.is.kind() == Some(kind)).find(found);
    own.or_else(|| usable().find(found)).filter(|_| text.chars().all(fine))
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
        let what = format!("has an invalid `{c}` at character {}", text[..at].chars().count() + 1);
        return Some(Flaw::new(Sort::Inside, what));
    }
    // A program wrote a login down, and nobody copied it by hand.
    if kind == Kind::OAuth { None } else { of_length(text.len(), row, prefix) }
}

/// What is wrong with the length of a secret that begins as a known kind does.
fn of_length(length: usize, row: &Provider, prefix: &Prefix) -> Option<Flaw> {
    let all = if let Length::Of(all) = prefix.length { all } else { &[] };
    let whole = all.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let (is, of, begin, least) = (article(prefix), row.id, prefix.text, prefix.length.least());
    if length < least {
        let rest = match all {
            [_] => format!(" of {whole} characters"),
            _ => format!(" characters, and the shortest have {least}"),
        };
        let what = format!("begins like {is} of {of} (`{begin}…`), but is cut off after {length}{rest}");
        return Some(Flaw::new(Sort::Half, what));
    }
    // Vendors may make longer ones some day.
    let is_between = all.last().is_some_and(|longest| length < *longest) && !all.contains(&length);
    let what = format!(
        "has {length} characters, but {is} of {of} (`{begin}…`) has {whole} characters: it may be cut off"
    );
    is_between.then(|| Flaw::new(Sort::Perhaps, what))
}

/// What a secret of known form is, with its article.
pub(super) fn article(prefix: &Prefix) -> &'static str {
    if prefix.is == PrefixKind::ApiKey { "an API key" } else { "a token" }
}

/// How the usable secrets of a provider begin.
fn beginnings(row: &Provider) -> String {
    let usable = row.prefixes.iter().filter(|prefix| prefix.is.kind().is_some());
    let all = usable.map(|prefix| prefix.text).chain(row.shared.map(|(begin, _)| begin));
    all.map(|begin| format!("`{begin}…`")).collect::<Vec<_>>().join(", ")
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
            foreign(text, slot).map(|of| WrongKind { of, is: None, works: false })
        }
        None => None,
    }?;
    Some(Flaw { sort: Sort::Kind, what: format!("is {}", wrong.name()), wrong: Some(wrong) })
}

/// What a secret is that no provider here has.
fn foreign(text: &str, slot: Slot<'_>) -> Option<&'static str> {
    // Logins at Google have tokens of its logins.
    let own = |what: &str| {
        slot.provider.starts_with("google") && slot.kind != Kind::ApiKey && what.contains("Google")
    };
    let row = OTHERS.iter().chain(ALIKE).find(|(begin, _)| text.starts_with(begin));
    if let Some((_, what)) = row {
        return Some(*what).filter(|what| !own(what));
    }
    let provider = providers::find(slot.provider)?;
    let parts: Vec<&str> = text.split('.').collect();
    if text.starts_with("eyJ") && matches!(parts.len(), 3 | 5) && !takes_any_token(provider) {
        return Some("a JSON Web Token, as used by logins");
    }
    if is_of_telegram(text) {
        return Some("a Telegram bot token");
    }
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if matches!(*lengths, [23..=28, 6, 27..=60]) && text.starts_with(['M', 'N', 'O']) {
        return Some("a Discord bot token");
    }
    let loose = provider.closed
        && provider.shared.is_none()
        && text.starts_with("sk-")
        && !text.starts_with("sk-ant-");
    loose.then_some("a key of another vendor")
}

/// Whether it is the number of a bot, a colon, and 35 characters.
fn is_of_telegram(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.strip_prefix("bot").unwrap_or(text).split_once(':').is_some_and(|(bot, token)| {
        bot.len() >= 6
            && bot.chars().all(|c| c.is_ascii_digit())
            && token.len() >= 30
            && token.chars().all(fine)
    })
}
