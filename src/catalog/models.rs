//! The models that are known without asking anybody: the default models of the product, and those
//! that have short names.
//!
//! To add one: a row in [`CATALOGUE`], sorted by provider and id. It is no list of all models that
//! there are: a model that is not here can be used all the same. What the config's own
//! `models.providers` list is put beside it by [`crate::policy::models::known`].

/// A known model.
#[derive(Debug)]
pub(crate) struct ModelRow {
    /// Normalised provider.
    pub provider: &'static str,
    /// Model id of that provider.
    pub id: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Whether it takes pictures too.
    pub images: bool,
    /// How many tokens it can look at; `None` if that is not known or differs.
    pub context: Option<u32>,
    /// Short name that it has where it is listed, unless it is given another.
    pub alias: Option<&'static str>,
    /// A shortened id that means it, in lower case.
    pub short: Option<&'static str>,
}

const fn text(provider: &'static str, id: &'static str, name: &'static str) -> ModelRow {
    ModelRow { provider, id, name, images: false, context: None, alias: None, short: None }
}

const fn images(provider: &'static str, id: &'static str, name: &'static str) -> ModelRow {
    ModelRow { images: true, ..text(provider, id, name) }
}

impl ModelRow {
    const fn of(self, context: u32) -> Self {
        Self { context: Some(context), ..self }
    }

    const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    const fn short(self, short: &'static str) -> Self {
        Self { short: Some(short), ..self }
    }

    /// `provider/model`.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.provider, self.id)
    }
}

/// All known models, sorted by provider and id.
#[rustfmt::skip]
pub(crate) const CATALOGUE: &[ModelRow] = &[
    images("anthropic", "claude-opus-4-5", "Claude Opus 4.5").of(200_000).alias("opus").short("opus-4.5"),
    images("anthropic", "claude-sonnet-4-5", "Claude Sonnet 4.5").of(200_000).alias("sonnet").short("sonnet-4.5"),
    images("google", "gemini-3-flash-preview", "Gemini 3 Flash").of(1_048_576).alias("gemini-flash").short("gemini-3-flash"),
    images("google", "gemini-3-pro-preview", "Gemini 3 Pro").of(1_048_576).alias("gemini").short("gemini-3-pro"),
    text("kimi-code", "kimi-for-coding", "Kimi for Coding").of(262_144),
    text("minimax", "MiniMax-M2.1", "MiniMax M2.1").of(204_800),
    text("minimax", "MiniMax-M2.1-lightning", "MiniMax M2.1 Lightning").of(204_800),
    text("moonshot", "kimi-k2-0905-preview", "Kimi K2 0905").of(262_144),
    images("openai", "gpt-5-mini", "GPT-5 mini").of(400_000).alias("gpt-mini"),
    images("openai", "gpt-5.2", "GPT-5.2").of(400_000).alias("gpt"),
    images("openai-codex", "gpt-5.2", "GPT-5.2 (Codex login)"),
    images("opencode", "claude-opus-4-5", "Claude Opus 4.5 (OpenCode Zen)").of(200_000),
    text("openrouter", "auto", "OpenRouter auto"),
    text("synthetic", "hf:MiniMaxAI/MiniMax-M2.1", "MiniMax M2.1 (Synthetic)").of(192_000),
    images("vercel-ai-gateway", "anthropic/claude-opus-4.5", "Claude Opus 4.5 (Vercel)").of(200_000),
    text("zai", "glm-4.7", "GLM-4.7").of(204_800),
];

/// Whose models begin with a name, and who has them under that name; by this it is known of models that are
/// not in the catalogue whose they are not.
const FAMILIES: &[(&[&str], &[&str])] = &[
    (&["claude-"], &["anthropic"]),
    (&["chatgpt-", "codex-", "gpt-", "o1", "o3", "o4-"], &["openai", "openai-codex"]),
    (&["gemini-", "gemma-"], &["google", "google-gemini-cli"]),
    (&["grok-"], &["xai"]),
    (&["chatglm", "glm-"], &["zai"]),
    (&["kimi-", "moonshot-"], &["moonshot", "kimi-code"]),
    (&["codestral-", "devstral-", "magistral-", "ministral-", "mistral-", "pixtral-"], &["mistral"]),
    (&["abab", "minimax-"], &["minimax"]),
];

/// Who has the models that are named like this; none if that is not known.
pub(crate) fn owners(id: &str) -> Option<&'static [&'static str]> {
    let id = id.to_lowercase();
    let is_it = |(names, _): &&(&[&str], _)| names.iter().any(|name| id.starts_with(name));
    FAMILIES.iter().find(is_it).map(|(_, owners)| *owners)
}

/// Whether a provider has its own models only, and no others'.
pub(crate) fn has_only_its_own(provider: &str) -> bool {
    FAMILIES.iter().any(|(_, owners)| owners.contains(&provider))
}

/// The row of a model.
pub(crate) fn find(provider: &str, id: &str) -> Option<&'static ModelRow> {
    CATALOGUE.iter().find(|row| row.provider == provider && row.id == id)
}

#[cfg(test)]
mod tests {
    use crate::catalog::models::*;
    use crate::catalog::providers;

    #[test]
    fn table_is_sorted_and_its_providers_are_known() {
        assert!(CATALOGUE.is_sorted_by_key(|row| (row.provider, row.id)));
        for row in CATALOGUE {
            assert!(providers::find(row.provider).is_some(), "{}", row.key());
        }
    }

    #[test]
    fn models_are_of_their_families() {
        for (_, owners) in FAMILIES {
            assert!(owners.iter().all(|owner| providers::find(owner).is_some()), "{owners:?}");
        }
        for row in CATALOGUE.iter().filter(|row| has_only_its_own(row.provider)) {
            assert!(owners(row.id).is_some_and(|all| all.contains(&row.provider)), "{}", row.key());
        }
        assert_eq!(owners("GPT-6"), Some(&["openai", "openai-codex"][..]));
        assert_eq!(owners("llama-4"), None);
        assert!(!has_only_its_own("openrouter"));
    }

    #[test]
    fn a_short_name_means_one_model() {
        let aliases: Vec<_> = CATALOGUE.iter().filter_map(|row| row.alias).collect();
        let unique: std::collections::BTreeSet<_> = aliases.iter().collect();
        assert_eq!(unique.len(), aliases.len());
    }

    #[test]
    fn the_model_of_an_empty_config_is_known() {
        assert!(CATALOGUE.iter().any(|row| row.key() == crate::config::defaults::DEFAULT));
    }
}
