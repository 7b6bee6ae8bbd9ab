//! How the name of a model is written: what none can be like, and which one is plainly meant. Pure.

use crate::catalog::models::{self as catalogue, CATALOGUE};
use crate::catalog::nearest::{folded, is_folded, respelt};
use crate::catalog::providers;
use crate::config::Desired;
use crate::config::defaults::DEFAULT;
use crate::doc::redact::is_secret_like;

/// Signs in which a name is put by mistake.
const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

/// What a text is that can be the name of no model, as the end of "this is …"; blanks around do no harm.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let parts = || text.split('/').map(str::trim);
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let half =
        text.split_once('/').is_some_and(|(named, id)| named.trim().is_empty() || id.trim().is_empty());
    let faults = [
        (text.is_empty(), "empty"),
        (half, "half of one"),
        (parts().any(str::is_empty), "a name with an empty part"),
        (text.contains(QUOTES), "a name with quotes in it"),
        (parts().any(|part| part.contains(is_blank)), "a name with a blank in it"),
    ];
    faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, what)| what)
}

/// The [`fault`] of a text, unless the config's own provider has a model of just this id, whatever it is like.
pub(crate) fn fault_in(desired: &Desired, text: &str) -> Option<&'static str> {
    fault(text).filter(|_| !is_listed(desired, text))
}

/// Whether the config's own provider lists it.
pub(crate) fn is_listed(desired: &Desired, text: &str) -> bool {
    let Some((named, id)) = text.trim().split_once('/') else { return false };
    let own = desired.provider(&providers::normalise(named));
    own.is_some_and(|own| own.models.iter().any(|own| own.id == id.trim()))
}

/// The name without what only surrounds it and its parts.
pub(crate) fn tidied(text: &str) -> String {
    let bare = text.replace(QUOTES, " ");
    bare.split('/').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// The model that is plainly meant by a text that has a [`fault`]; none if that cannot be told.
pub(crate) fn meant(desired: &Desired, text: &str) -> Option<String> {
    if is_secret_like(text) {
        return None;
    }
    let tidy = tidied(text);
    let found = match tidy.split_once('/') {
        Some((named, id)) => {
            let provider = providers::normalise(named);
            let known = ids(desired, &provider);
            let same = || respelt(id, known.iter().map(String::as_str)).map(str::to_owned);
            let id = if fault(id).is_some() { same()? } else { id.to_owned() };
            format!("{}/{id}", named.trim())
        }
        None => of_all(&tidy)?,
    };
    (fault(&found).is_none() && found != text).then_some(found)
}

/// The ids of the models of a provider that are known.
pub(crate) fn ids(desired: &Desired, provider: &str) -> Vec<String> {
    let own =
        desired.provider(provider).into_iter().flat_map(|own| own.models.iter().map(|own| own.id.clone()));
    let rows = CATALOGUE.iter().filter(|row| row.provider == provider && !desired.only_own_providers);
    own.chain(rows.map(|row| row.id.to_owned())).collect()
}

/// The known model that is called so, with or without its provider, however it is spelt: of several the one of
/// whose family it is.
fn of_all(text: &str) -> Option<String> {
    let wanted = folded(text);
    let is_it = |row: &&catalogue::ModelRow| {
        [row.id.to_owned(), row.name.to_owned(), row.key()].iter().any(|name| is_folded(name, &wanted))
    };
    let found: Vec<_> = CATALOGUE.iter().filter(is_it).collect();
    if let Some(default) = found.iter().find(|row| row.key() == DEFAULT) {
        return Some(default.key());
    }
    let own = |row: &&&catalogue::ModelRow| {
        catalogue::owners(row.id).is_some_and(|owners| owners.first() == Some(&row.provider))
    };
    match found[..] {
        [one] => Some(one.key()),
        _ => found.iter().find(own).map(|row| row.key()),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::model_name::*;

    #[test]
    fn names_that_none_can_have_are_told_with_what_is_meant() {
        for (text, what, means) in [
            ("", "empty", None),
            ("  ", "empty", None),
            ("anthropic/", "half of one", None),
            ("/gpt-5-mini", "half of one", Some("openai/gpt-5-mini")),
            ("/gpt-5.2", "half of one", Some("openai/gpt-5.2")),
            ("/claude-opus-4-5", "half of one", Some("anthropic/claude-opus-4-5")),
            ("/x", "half of one", None),
            ("anthropic//claude-opus-4-5", "a name with an empty part", Some("anthropic/claude-opus-4-5")),
            ("openrouter/a//b", "a name with an empty part", Some("openrouter/a/b")),
            ("anthropic/x/", "a name with an empty part", Some("anthropic/x")),
            ("anthropic/claude opus 4.5", "a name with a blank in it", Some("anthropic/claude-opus-4-5")),
            ("Claude Opus 4.5", "a name with a blank in it", Some("anthropic/claude-opus-4-5")),
            ("anthropic claude-opus-4-5", "a name with a blank in it", Some("anthropic/claude-opus-4-5")),
            ("lab/my model", "a name with a blank in it", None),
            ("\"zai/glm-4.7\"", "a name with quotes in it", Some("zai/glm-4.7")),
        ] {
            assert_eq!(fault(text), Some(what), "{text}");
            assert_eq!(meant(&Desired::default(), text).as_deref(), means, "{text}");
        }
        for fine in
            ["opus", " zai/glm-4.7 ", "zai / glm-4.7", "synthetic/hf:a/b", "openrouter/x:free", "a/b@c"]
        {
            assert_eq!(fault(fine), None, "{fine}");
        }
    }
}
