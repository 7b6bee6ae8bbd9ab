//! What people call a provider and its variables, where the gateway calls them otherwise. The names stand in
//! the rows of [`PROVIDERS`].

use crate::catalog::kind::Kind;
use crate::catalog::nearest::{folded, is_folded};
use crate::catalog::providers::{PROVIDERS, Provider, find, prefix_of};

/// The provider that people mean by a name that is none of its ids; lower case. What stands between the letters
/// does not matter.
pub(crate) fn called(name: &str) -> Option<&'static str> {
    // Nobody means another one by the id of one.
    if find(name).is_some() {
        return None;
    }
    let wanted = folded(name);
    let is_it = |row: &&Provider| {
        let mut names = row.called.iter().chain(row.aliases).chain([&row.id]);
        names.any(|own| is_folded(own, &wanted))
    };
    PROVIDERS.iter().find(is_it).filter(|_| !wanted.is_empty()).map(|row| row.id)
}

/// Vendors that the gateway does not know as providers, and those that serve their models; by letters and digits.
const SERVED: &[(&[&str], &[&str])] = &[
    (&["deepseek"], &["openrouter"]),
    (&["hf", "huggingface"], &["synthetic", "openrouter"]),
    (&["llama", "meta", "metaai", "metallama"], &["groq", "openrouter", "cerebras"]),
    (&["cohere", "nvidia", "perplexity", "together", "togetherai", "fireworks"], &["openrouter"]),
];

/// The providers that serve the models of a vendor which is none itself.
pub(crate) fn served_by(name: &str) -> &'static [&'static str] {
    let wanted = folded(name);
    SERVED.iter().find(|(names, _)| names.contains(&wanted.as_str())).map_or(&[], |(_, by)| by)
}

/// The provider of which people think that its credential goes into this variable, which the gateway does not
/// read.
pub(crate) fn near_miss(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|row| row.near.contains(&name))
}

/// The variable that takes this secret of the provider: of its kind, else the first for keys.
pub(crate) fn var_for(row: &Provider, secret: &str) -> Option<&'static str> {
    let kind = prefix_of(secret.trim()).and_then(|(_, prefix)| prefix.is.kind()).unwrap_or(Kind::ApiKey);
    let var = row.vars.iter().find(|var| var.kind == kind).or(row.vars.first());
    let ambient = || row.ambient.iter().flat_map(|way| way.vars).flat_map(|group| *group).copied().next();
    var.map(|var| var.name).or_else(ambient)
}

#[cfg(test)]
mod tests {
    use crate::catalog::called::*;
    use crate::catalog::providers::{is_cli_backend, normalise, of_var};

    #[test]
    fn what_people_call_a_provider_is_no_id_of_another() {
        let mut seen = std::collections::BTreeSet::new();
        for row in PROVIDERS {
            assert!(row.called.is_sorted() && row.near.is_sorted(), "{}", row.id);
            for name in row.called {
                let is_new = seen.insert(*name) && find(&normalise(name)).is_none() && !is_cli_backend(name);
                assert!(is_new && called(name) == Some(row.id), "{name}");
            }
            for name in row.near {
                assert!(seen.insert(*name) && of_var(name).is_none(), "{name}");
            }
        }
    }

    #[test]
    fn signs_between_the_letters_do_not_matter_and_vendors_are_no_providers() {
        for (name, id) in [
            ("open ai", "openai"),
            ("OpenAI", "openai"),
            ("aws_bedrock", "amazon-bedrock"),
            ("amazon", "amazon-bedrock"),
            ("anthropic-claude", "anthropic"),
            ("google gemini", "google"),
        ] {
            assert_eq!(called(name), Some(id), "{name}");
        }
        for (names, by) in SERVED {
            for name in *names {
                assert!(folded(name) == *name && called(name).is_none() && find(name).is_none(), "{name}");
            }
            assert!(by.iter().all(|id| find(id).is_some()), "{by:?}");
        }
        assert_eq!(called("openai"), None);
        assert_eq!(served_by("Hugging-Face"), ["synthetic", "openrouter"]);
    }

    #[test]
    fn a_secret_has_the_variable_of_its_kind() {
        for (provider, secret, name) in [
            ("anthropic", "sk-ant-oat01-x", Some("ANTHROPIC_OAUTH_TOKEN")),
            ("anthropic", "sk-ant-api03-x", Some("ANTHROPIC_API_KEY")),
            ("google", "AIza", Some("GEMINI_API_KEY")),
            ("github-copilot", "whatever", Some("COPILOT_GITHUB_TOKEN")),
            ("amazon-bedrock", "x", Some("AWS_BEARER_TOKEN_BEDROCK")),
            ("copilot-proxy", "x", None),
        ] {
            assert_eq!(find(provider).and_then(|row| var_for(row, secret)), name, "{provider}");
        }
        assert_eq!(near_miss("GOOGLE_API_KEY").map(|row| row.id), Some("google"));
        assert!(near_miss("GEMINI_API_KEY").is_none());
    }
}
