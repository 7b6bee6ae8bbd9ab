//! Names of models that their provider does not know, and what was probably meant. Pure.

use crate::catalog::called::called;
use crate::catalog::nearest::{respelt, slip};
use crate::catalog::providers;
use crate::config::{Desired, model_name};
use crate::policy::models::{Model, known, resolve};

/// What is wrong with the name of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Its provider does not have it; these models of others are called so.
    Elsewhere(Vec<Model>),
    /// It is the name of this provider, of which these models are known.
    Provider(String, Vec<Model>),
    /// It is this model, in other letters or with other signs between them.
    Respelt(Model),
    /// It is a letter away from this one; it may be a new model all the same.
    Near(Model),
}

/// What is wrong with `text`, which leads to `model`, if that is seen by itself.
pub(crate) fn of(desired: &Desired, text: &str, model: &Model) -> Option<Slip> {
    let text = text.trim();
    if model_name::fault_in(desired, text).is_some() || known::find(desired, model).is_some() {
        return None;
    }
    let others = known::elsewhere(desired, text, model);
    if !others.is_empty() {
        return Some(Slip::Elsewhere(others));
    }
    let is_bare = text.eq_ignore_ascii_case(&model.id);
    if !is_bare && !text.contains('/') {
        // A short name leads to whatever the config says.
        return None;
    }
    let of_provider = |provider: String| Slip::Provider(provider.clone(), of_provider(desired, &provider));
    if is_bare && let Some(provider) = provider(desired, text) {
        return Some(of_provider(provider));
    }
    let listed = desired.provider(&model.provider).is_some_and(|own| !own.models.is_empty());
    if model.id == model.provider && (listed || providers::find(&model.provider).is_some()) {
        return Some(of_provider(model.provider.clone()));
    }
    // With another sign between provider and model.
    let (named, id) = text.split_once(':').filter(|_| is_bare).unwrap_or_default();
    if let Some(provider) = provider(desired, named) {
        let written = format!("{provider}/{id}");
        return resolve(desired, &written).map(Slip::Respelt);
    }
    let ids = model_name::ids(desired, &model.provider);
    let of = |id: &str| Model { provider: model.provider.clone(), id: id.to_owned() };
    if let Some(id) = respelt(&model.id, ids.iter().map(String::as_str)) {
        return Some(Slip::Respelt(of(id)));
    }
    near(&model.id, &ids).map(|id| Slip::Near(of(id)))
}

/// The provider that a name is one of.
fn provider(desired: &Desired, name: &str) -> Option<String> {
    let id = providers::normalise(name);
    let is_known = providers::find(&id).is_some() || desired.provider(&id).is_some();
    if is_known { Some(id) } else { called(&id).map(str::to_owned) }
}

/// The models of a provider that are known.
pub(crate) fn of_provider(desired: &Desired, provider: &str) -> Vec<Model> {
    let known = known::all(desired).into_iter().map(|known| known.model);
    known.filter(|model| model.provider == provider).collect()
}

/// The id that another one is but for a single letter, which is not one more at its end.
fn near<'i>(id: &str, ids: &'i [String]) -> Option<&'i str> {
    let is_more = |known: &str| id.to_lowercase().starts_with(&known.to_lowercase());
    let found = slip(id, ids.iter().map(String::as_str).filter(|known| !is_more(known)))?;
    (strsim::damerau_levenshtein(&id.to_lowercase(), &found.to_lowercase()) == 1).then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::config::defaults::DEFAULT;
    use crate::policy::models::slips::*;

    #[test]
    fn names_that_are_no_models_are_known_as_such() {
        let model = |key: &str| {
            let (provider, id) = key.split_once('/').unwrap();
            Model { provider: provider.to_owned(), id: id.to_owned() }
        };
        let said = |text: &str| {
            let desired = Desired::default();
            match of(&desired, text, &resolve(&desired, text).unwrap()) {
                None => String::new(),
                Some(Slip::Elsewhere(others)) => format!("elsewhere {}", others[0].key()),
                Some(Slip::Provider(id, known)) => format!("{id} {}", known.len()),
                Some(Slip::Respelt(meant)) => meant.key(),
                Some(Slip::Near(meant)) => format!("near {}", meant.key()),
            }
        };
        for (text, expected) in [
            ("anthropic", "anthropic 2"),
            ("Anthropic", "anthropic 2"),
            ("anthropic/anthropic", "anthropic 2"),
            ("claude", "anthropic 2"),
            ("groq", "groq 0"),
            ("openai", "openai 2"),
            ("anthropic:claude-opus-4-5", DEFAULT),
            ("claude:opus-4.5", DEFAULT),
            ("anthropic/claude-opus-4.5", DEFAULT),
            ("anthropic/Claude_Opus_4_5", DEFAULT),
            ("claude-opus-4.5", DEFAULT),
            ("openai/gpt-5-2", "openai/gpt-5.2"),
            ("anthropic/claude-opsu-4-5", "near anthropic/claude-opus-4-5"),
            // What there may be.
            ("anthropic/claude-opus-4-6", ""),
            ("anthropic/claude-opus-4.6", ""),
            ("openai/gpt-5-nano", ""),
            ("zai/glm-4.7v", ""),
            ("openrouter/auto", ""),
            ("openrouter/anthropic/claude-opus-4.5", ""),
            ("anthropic/opus-4.5", ""),
            ("lab/anything", ""),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
        assert_eq!(of(&Desired::default(), "fast", &model("openai/gpt-9")), None);
    }
}
