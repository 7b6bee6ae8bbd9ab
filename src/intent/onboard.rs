//! Setting up: the ways to a first credential, and what of them is there already. Pure.
//!
//! [`CHOICES`] is the one table: a row is a value of `--auth-choice`, a line of the dialogue's menu,
//! and the flag for its key. Logins of other programs come from their own ([`crate::catalog::tools`]).
//! What a choice comes to, as edits, is in [`crate::intent::setup`].

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::providers::PROVIDERS;
use crate::catalog::tools::{Offered, Tool};
use crate::policy::health;
use crate::policy::resolve::{self, Candidate, Route, Verdict};
use crate::world::World;
use std::sync::LazyLock;

/// A way to a credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnboardChoice {
    /// The value of `--auth-choice`.
    pub word: &'static str,
    /// Other spellings of it.
    pub also: &'static [&'static str],
    /// For a menu.
    pub label: &'static str,
    /// The provider; empty for none.
    pub provider: &'static str,
    /// How the credential is had.
    pub way: CredentialMethod,
    /// The flag that names a key of it, without dashes; `-file` behind it names a file.
    pub flag: Option<&'static str>,
    /// The default model that goes with it, and when it is set.
    pub model: Option<(&'static str, SetModel)>,
    /// What the gateway has to know of a provider that is not built in.
    pub endpoint: Option<&'static CustomEndpoint>,
}

/// How a credential is had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialMethod {
    /// An API key, kept in the auth store.
    Key,
    /// An API key, kept in `$STATE/.env`, as the gateway's own set-up does for this provider.
    DotenvKey,
    /// A token that was made before.
    Token,
    /// `claude setup-token`, run here.
    SetupToken,
    /// The login of another program on this machine.
    Login(Tool),
    /// A login with the provider itself, made here.
    SignIn,
    /// A login that zirkabot cannot make; this is how.
    Elsewhere(&'static str),
    /// Nothing to do with credentials; this is why not.
    NotOurs(&'static str),
    /// None is wanted.
    Skip,
}

/// When a choice sets the default model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetModel {
    /// Whoever chooses this provider means its model.
    Always,
    /// Only if the default model has no credential.
    IfNeeded,
}

/// What the gateway has to know of a provider that is not built in; name and context of the model
/// are in the catalogue.
#[derive(Debug)]
pub(crate) struct CustomEndpoint {
    /// Address of the API.
    pub url: &'static str,
    /// Its protocol.
    pub api: &'static str,
    /// Whether the model reasons.
    pub reasoning: bool,
    /// Most tokens of an answer.
    pub answer: i64,
}

const NONE: OnboardChoice = OnboardChoice {
    word: "",
    also: &[],
    label: "",
    provider: "",
    way: CredentialMethod::Skip,
    flag: None,
    model: None,
    endpoint: None,
};

const MINIMAX: CustomEndpoint = CustomEndpoint {
    url: "https://api.minimax.io/anthropic",
    api: "anthropic-messages",
    reasoning: false,
    answer: 8192,
};
const MOONSHOT: CustomEndpoint = CustomEndpoint {
    url: "https://api.moonshot.ai/v1",
    api: "openai-completions",
    reasoning: false,
    answer: 8192,
};
const KIMI_CODE: CustomEndpoint = CustomEndpoint {
    url: "https://api.kimi.com/coding/v1",
    api: "openai-completions",
    reasoning: true,
    answer: 32_768,
};
const SYNTHETIC: CustomEndpoint = CustomEndpoint {
    url: "https://api.synthetic.new/anthropic",
    api: "anthropic-messages",
    reasoning: false,
    answer: 65_536,
};

const OPUS: Option<(&str, SetModel)> = Some(("anthropic/claude-opus-4-5", SetModel::IfNeeded));

/// All ways, in the order of the menu.
pub(crate) static CHOICES: LazyLock<Vec<OnboardChoice>> = LazyLock::new(|| {
    let behind = |word| Tool::ALL.into_iter().filter(move |tool| tool.row().choice.after == word);
    OWN.iter().flat_map(|row| std::iter::once(*row).chain(behind(row.word).map(login))).collect()
});

/// The login of another program.
fn login(tool: Tool) -> OnboardChoice {
    let row = tool.row();
    let Offered { word, label, model, .. } = row.choice;
    let model = model.map(|model| (model, SetModel::IfNeeded));
    OnboardChoice { word, label, provider: row.provider, way: CredentialMethod::Login(tool), model, ..NONE }
}

/// All ways but for logins of other programs, in the order of the menu.
#[rustfmt::skip]
const OWN: &[OnboardChoice] = &[
    OnboardChoice { word: "apiKey", also: &["anthropic-api-key"], label: "Anthropic", provider: "anthropic", way: CredentialMethod::Key, flag: Some("anthropic-api-key"), model: OPUS, ..NONE },
    OnboardChoice { word: "setup-token", also: &["oauth"], label: "Anthropic, with a Claude subscription", provider: "anthropic", way: CredentialMethod::SetupToken, model: OPUS, ..NONE },
    OnboardChoice { word: "token", label: "Anthropic, with a setup-token from another machine", provider: "anthropic", way: CredentialMethod::Token, model: OPUS, ..NONE },
    OnboardChoice { word: "openai-api-key", label: "OpenAI", provider: "openai", way: CredentialMethod::DotenvKey, flag: Some("openai-api-key"), model: Some(("openai/gpt-5.2", SetModel::IfNeeded)), ..NONE },
    OnboardChoice { word: "gemini-api-key", label: "Google Gemini", provider: "google", way: CredentialMethod::Key, flag: Some("gemini-api-key"), model: Some(("google/gemini-3-pro-preview", SetModel::Always)), ..NONE },
    OnboardChoice { word: "openrouter-api-key", label: "OpenRouter", provider: "openrouter", way: CredentialMethod::Key, flag: Some("openrouter-api-key"), model: Some(("openrouter/auto", SetModel::Always)), ..NONE },
    OnboardChoice { word: "ai-gateway-api-key", label: "Vercel AI Gateway", provider: "vercel-ai-gateway", way: CredentialMethod::Key, flag: Some("ai-gateway-api-key"), model: Some(("vercel-ai-gateway/anthropic/claude-opus-4.5", SetModel::Always)), ..NONE },
    OnboardChoice { word: "zai-api-key", label: "Z.AI", provider: "zai", way: CredentialMethod::Key, flag: Some("zai-api-key"), model: Some(("zai/glm-4.7", SetModel::Always)), ..NONE },
    OnboardChoice { word: "moonshot-api-key", label: "Moonshot", provider: "moonshot", way: CredentialMethod::Key, flag: Some("moonshot-api-key"), model: Some(("moonshot/kimi-k2-0905-preview", SetModel::Always)), endpoint: Some(&MOONSHOT), ..NONE },
    OnboardChoice { word: "kimi-code-api-key", label: "Kimi Code", provider: "kimi-code", way: CredentialMethod::Key, flag: Some("kimi-code-api-key"), model: Some(("kimi-code/kimi-for-coding", SetModel::Always)), endpoint: Some(&KIMI_CODE), ..NONE },
    OnboardChoice { word: "minimax-api", also: &["minimax-cloud"], label: "MiniMax", provider: "minimax", way: CredentialMethod::Key, flag: Some("minimax-api-key"), model: Some(("minimax/MiniMax-M2.1", SetModel::Always)), endpoint: Some(&MINIMAX) },
    OnboardChoice { word: "minimax-api-lightning", label: "MiniMax, the faster model", provider: "minimax", way: CredentialMethod::Key, flag: Some("minimax-api-key"), model: Some(("minimax/MiniMax-M2.1-lightning", SetModel::Always)), endpoint: Some(&MINIMAX), ..NONE },
    OnboardChoice { word: "synthetic-api-key", label: "Synthetic", provider: "synthetic", way: CredentialMethod::Key, flag: Some("synthetic-api-key"), model: Some(("synthetic/hf:MiniMaxAI/MiniMax-M2.1", SetModel::Always)), endpoint: Some(&SYNTHETIC), ..NONE },
    OnboardChoice { word: "opencode-zen", label: "OpenCode Zen", provider: "opencode", way: CredentialMethod::Key, flag: Some("opencode-zen-api-key"), model: Some(("opencode/claude-opus-4-5", SetModel::Always)), ..NONE },
    OnboardChoice { word: "openai-codex", label: "OpenAI Codex, with a ChatGPT subscription", provider: "openai-codex", way: CredentialMethod::SignIn, ..NONE },
    OnboardChoice { word: "chutes", label: "Chutes, with a login", provider: "chutes", way: CredentialMethod::SignIn, ..NONE },
    OnboardChoice { word: "github-copilot", label: "GitHub Copilot", provider: "github-copilot", way: CredentialMethod::SignIn, ..NONE },
    OnboardChoice { word: "copilot-proxy", provider: "copilot-proxy", way: CredentialMethod::Elsewhere("log in through the Copilot proxy"), ..NONE },
    OnboardChoice { word: "google-antigravity", provider: "google-antigravity", way: CredentialMethod::Elsewhere("log in through the Antigravity plugin of the gateway"), ..NONE },
    OnboardChoice { word: "minimax", provider: "minimax", way: CredentialMethod::NotOurs("it is for models on this machine, which need no credential"), ..NONE },
    OnboardChoice { word: "skip", label: "None", ..NONE },
];

/// The row of a value of `--auth-choice`, whatever the case of its letters.
pub(crate) fn find(word: &str) -> Option<&'static OnboardChoice> {
    let is_it = |name: &&str| name.eq_ignore_ascii_case(word.trim());
    CHOICES.iter().find(|row| is_it(&row.word) || row.also.iter().any(is_it))
}

/// The row whose key goes with a provider, if there is one.
pub(crate) fn key_of(provider: &str) -> Option<&'static OnboardChoice> {
    CHOICES.iter().find(|row| {
        row.provider == provider && matches!(row.way, CredentialMethod::Key | CredentialMethod::DotenvKey)
    })
}

/// Something on this machine that could be used.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// What it is.
    pub there: Existing,
    /// Its provider.
    pub provider: String,
    /// The credential as it would be tried.
    pub candidate: Candidate,
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The login of another program.
    Login(Tool),
    /// A variable that the gateway as a service may not see.
    Variable(String),
    /// A profile in the auth store.
    Profile(String),
}

/// All that is on this machine and could be used by `agent`: logins, variables, stored profiles.
pub(crate) fn offers(world: &World, agent: &str) -> Vec<Offer> {
    let mut all = Vec::new();
    for tool in Tool::ALL {
        let provider = tool.row().provider;
        let candidates = resolve::resolve(world, agent, provider).candidates;
        let own = candidates.into_iter().find(|candidate| candidate.name == tool.row().profile);
        let own =
            own.filter(|candidate| crate::world::login(world, tool).is_some() && is_fine(world, candidate));
        all.extend(own.map(|candidate| Offer {
            there: Existing::Login(tool),
            provider: provider.to_owned(),
            candidate,
        }));
    }
    for row in PROVIDERS {
        for candidate in resolve::resolve(world, agent, row.id).candidates {
            let there = match candidate.route {
                Route::Env if !is_lasting(world, &candidate) => Existing::Variable(candidate.name.clone()),
                Route::Profile if Tool::of_profile(&candidate.name).is_none() => {
                    Existing::Profile(candidate.name.clone())
                }
                _ => continue,
            };
            if is_fine(world, &candidate) {
                all.push(Offer { there, provider: row.id.to_owned(), candidate });
            }
        }
    }
    all
}

/// Whether a candidate works, or would if it were first.
fn is_fine(world: &World, candidate: &Candidate) -> bool {
    let Some(credential) = &candidate.credential else { return false };
    let judged = matches!(
        candidate.verdict,
        Verdict::Chosen | Verdict::Later | Verdict::Unusable(resolve::Why::LeftOut | resolve::Why::NotSynced)
    );
    let renews = health::is_refreshable(&world.desired, credential, world.now);
    let over = credential.expires.at().is_some_and(|at| at <= world.now) && !renews;
    judged && !over && candidate.fatal().is_none() && health::lacking_scope(credential).is_none()
}

/// Whether a candidate stays when the shell is closed, so that a gateway started by anybody has it.
pub(crate) fn is_lasting(world: &World, candidate: &Candidate) -> bool {
    let kind = world.doc(candidate.origin.doc).kind;
    match candidate.route {
        Route::Ambient => true,
        Route::Profile => kind == DocKind::Store,
        Route::Env | Route::Config => {
            matches!(kind, DocKind::StateDotenv | DocKind::Config | DocKind::Include)
        }
    }
}

/// The credential with which `agent` can talk, if that is settled: its default model has one that
/// stays.
pub(crate) fn settled(world: &World, agent: &str) -> Option<Candidate> {
    let model = crate::policy::models::in_use(&world.desired, agent).into_iter().next()?.model;
    let resolution = resolve::resolve(world, agent, &model.provider);
    resolution.chosen().filter(|chosen| is_fine(world, chosen) && is_lasting(world, chosen)).cloned()
}

/// Kinds of credentials that a way leads to.
pub(crate) fn kind(way: CredentialMethod) -> Kind {
    match way {
        CredentialMethod::Key | CredentialMethod::DotenvKey => Kind::ApiKey,
        _ => Kind::Token,
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::providers;
    use crate::intent::onboard::*;

    #[test]
    fn every_value_is_found_by_each_of_its_spellings_and_by_no_other() {
        let mut words: Vec<&str> =
            CHOICES.iter().flat_map(|row| row.also.iter().copied().chain([row.word])).collect();
        for word in &words {
            assert!(find(&word.to_uppercase()).is_some(), "{word}");
        }
        let all = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), all, "a spelling stands twice");
        assert!(find("frobnicate").is_none());
    }

    #[test]
    fn every_tool_has_its_place_in_the_menu() {
        for tool in Tool::ALL {
            assert_eq!(find(tool.row().choice.word).map(|row| row.way), Some(CredentialMethod::Login(tool)));
        }
    }

    #[test]
    fn every_key_goes_to_a_known_provider_whose_model_is_its_own() {
        for row in CHOICES
            .iter()
            .filter(|row| matches!(row.way, CredentialMethod::Key | CredentialMethod::DotenvKey))
        {
            let vars = providers::vars(row.provider);
            assert!(vars.iter().any(|var| var.kind == Kind::ApiKey), "{}", row.word);
            assert!(row.flag.is_some() && !row.label.is_empty(), "{}", row.word);
            let model = row.model.map(|(model, _)| model).unwrap_or_default();
            assert!(model.starts_with(&format!("{}/", row.provider)), "{}", row.word);
        }
    }
}
