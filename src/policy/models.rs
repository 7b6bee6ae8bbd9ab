//! Model references: which models an agent uses, and so which providers. Pure.
//!
//! [`catalogue`] is the table of models that are known by themselves; [`known`] puts those of the
//! config beside them.

pub(crate) mod known;
pub(crate) mod reference;
pub(crate) mod slips;

use crate::catalog::{models as catalogue, providers};
use crate::config::defaults::DEFAULT;
use crate::config::{Desired, ModelUse, Text, model_name};
use crate::doc::Loc;

/// A model of a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Model {
    /// Normalised provider.
    pub provider: String,
    /// Model id of that provider.
    pub id: String,
}

impl Model {
    /// `provider/model`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.provider, self.id)
    }
}

/// What a model is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelRole {
    /// The first choice.
    Default,
    /// What is tried next.
    Fallback,
    /// The first choice for pictures.
    Image,
    /// What is tried next for pictures.
    ImageFallback,
}

impl ModelRole {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Default => "the default model",
            Self::Fallback => "a fallback model",
            Self::Image => "the image model",
            Self::ImageFallback => "an image fallback model",
        }
    }
}

/// A model in use.
#[derive(Clone, Debug)]
pub struct Used {
    /// What for.
    pub role: ModelRole,
    /// The model, aliases resolved.
    pub model: Model,
    /// As written; `None` for the built-in default.
    pub written: Option<String>,
    /// Where it is written.
    pub loc: Option<Loc>,
}

/// The provider of a model that is named without one.
pub(crate) fn default_provider() -> String {
    split(DEFAULT).provider
}

/// All models that `agent` uses; the default one first.
pub(crate) fn in_use(desired: &Desired, agent: &str) -> Vec<Used> {
    let own = desired.agents.iter().find(|config| config.id == agent).map(|config| &config.models);
    let defaults = &desired.defaults;
    let pick = |of: fn(&ModelUse) -> Option<&Text>| own.and_then(of).or_else(|| of(defaults));
    let primary = pick(|models| models.primary.as_ref());
    let fallbacks = own.and_then(|models| models.fallbacks.as_ref()).or(defaults.fallbacks.as_ref());
    let image = pick(|models| models.image.as_ref());

    let mut used = vec![match primary.and_then(|text| used(desired, ModelRole::Default, text)) {
        Some(used) => used,
        None => Used { role: ModelRole::Default, model: split(DEFAULT), written: None, loc: None },
    }];
    let rest = fallbacks.into_iter().flatten().map(|text| (ModelRole::Fallback, text));
    let rest = rest.chain(image.map(|text| (ModelRole::Image, text)));
    let rest = rest.chain(defaults.image_fallbacks.iter().map(|text| (ModelRole::ImageFallback, text)));
    used.extend(rest.filter_map(|(role, text)| crate::policy::models::used(desired, role, text)));
    used
}

fn used(desired: &Desired, role: ModelRole, text: &Text) -> Option<Used> {
    // What can be no model leads to no provider; the first one stands for what is meant.
    if role != ModelRole::Default && model_name::fault_in(desired, &text.text).is_some() {
        return None;
    }
    let model = resolve(desired, &text.text)?;
    Some(Used { role, model, written: Some(text.text.clone()), loc: Some(text.loc) })
}

/// The model that `text` means: `provider/model`, an alias, or a model of the default provider.
/// `None` if a part is empty.
pub(crate) fn resolve(desired: &Desired, text: &str) -> Option<Model> {
    let text = text.trim();
    if let Some((provider, id)) = text.split_once('/') {
        let (provider, id) = (providers::normalise(provider), id.trim());
        return (!provider.is_empty() && !id.is_empty()).then(|| model(provider, id));
    }
    let alias = aliases(desired).into_iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text));
    match alias {
        Some((_, model)) => Some(model),
        None => (!text.is_empty()).then(|| model(default_provider(), text)),
    }
}

/// All short names with their models, in file order.
pub(crate) fn aliases(desired: &Desired) -> Vec<(String, Model)> {
    let one = |allowed: &crate::config::Allowed| {
        let (provider, id) = allowed.key.text.split_once('/')?;
        let model = model(providers::normalise(provider), id.trim());
        let built_in = || catalogue::find(&model.provider, &model.id)?.alias.map(str::to_owned);
        // An explicit empty alias switches the built-in one off.
        let alias = allowed.alias.clone().or_else(built_in).filter(|alias| !alias.trim().is_empty())?;
        Some((alias.trim().to_owned(), model))
    };
    desired.allowed.iter().filter_map(one).collect()
}

fn model(provider: String, id: &str) -> Model {
    let short = |row: &&catalogue::ModelRow| row.short.is_some_and(|short| short.eq_ignore_ascii_case(id));
    let full = catalogue::CATALOGUE.iter().filter(|row| row.provider == provider).find(short);
    Model { id: full.map_or(id, |row| row.id).to_owned(), provider }
}

fn split(key: &str) -> Model {
    let (provider, id) = key.split_once('/').unwrap_or(("anthropic", key));
    Model { provider: provider.to_owned(), id: id.to_owned() }
}

#[cfg(test)]
mod tests {
    use crate::config::Allowed;
    use crate::doc::DocId;
    use crate::policy::models::*;

    fn desired() -> Desired {
        let loc = Loc::new(DocId(0), 0..0);
        let allowed = |key: &str, alias: Option<&str>| Allowed {
            key: Text { text: key.to_owned(), loc },
            alias: alias.map(str::to_owned),
        };
        Desired {
            allowed: vec![
                allowed("openai/gpt-5.2", None),
                allowed("anthropic/claude-opus-4-5", Some("")),
                allowed("Z.AI/glm-4.7", Some("GLM")),
            ],
            ..Desired::default()
        }
    }

    #[test]
    fn references_are_resolved() {
        for (text, key) in [
            ("openai/gpt-5", Some("openai/gpt-5")),
            ("Z.ai/glm", Some("zai/glm")),
            ("openrouter/anthropic/claude", Some("openrouter/anthropic/claude")),
            ("anthropic/Opus-4.5", Some("anthropic/claude-opus-4-5")),
            ("google/gemini-3-pro", Some("google/gemini-3-pro-preview")),
            ("gpt", Some("openai/gpt-5.2")),
            ("glm", Some("zai/glm-4.7")),
            ("opus", Some("anthropic/opus")),
            ("claude-x", Some("anthropic/claude-x")),
            ("/x", None),
            ("x/", None),
            (" ", None),
        ] {
            assert_eq!(resolve(&desired(), text).map(|model| model.key()).as_deref(), key, "{text}");
        }
    }

    #[test]
    fn nothing_configured_means_the_built_in_default() {
        let used = in_use(&Desired::default(), "main");
        assert_eq!(used.len(), 1);
        assert_eq!(used[0].model.key(), DEFAULT);
    }
}
