//! The table of model providers: the one home of what is known about each.
//!
//! To add one: a row in [`PROVIDERS`], sorted by id. Nothing else names a provider's variables,
//! prefixes or aliases. The variables and their order are those that the gateway reads.

use crate::catalog::kind::Kind;
use crate::catalog::prefix::Length::{Least, Of, Unknown};
use crate::catalog::prefix::{Prefix, PrefixKind, api, bearer, other};
use crate::catalog::secrets::OTHERS;
use crate::catalog::wire::Wire;
use crate::sys::Millis;
use crate::sys::time::MINUTE;
use std::sync::LazyLock;

/// A model vendor.
#[derive(Debug)]
pub struct Provider {
    /// Normalised id.
    pub id: &'static str,
    /// Other spellings of the id, lower case.
    pub aliases: &'static [&'static str],
    /// What people call it, lower case; the gateway does not know these.
    pub called: &'static [&'static str],
    /// Environment variables that hold a credential, first choice first.
    pub vars: &'static [Var],
    /// Variables of which people think that they do; the gateway reads none of them.
    pub near: &'static [&'static str],
    /// Public beginnings of this vendor's secrets, longest first.
    pub prefixes: &'static [Prefix],
    /// How all its secrets begin that have none of these, as those of other vendors do, too; with the fewest
    /// bytes of a whole one.
    pub shared: Option<(&'static str, usize)>,
    /// Whether every secret of this vendor begins in one of these ways.
    pub closed: bool,
    /// Other ways in, which are not one secret in one variable; any of them will do.
    pub ambient: &'static [Ambient],
    /// The header that takes an API key, where that is not `Authorization: Bearer`.
    pub key_header: Option<&'static str>,
    /// The scope without which no model answers a login, where logins say what they are for.
    pub scope: Option<&'static str>,
    /// How a login is renewed, where zirkabot can.
    pub renewal: Option<Renewal>,
    /// How a credential is exchanged for what requests carry, where they do not carry it itself.
    pub exchange: Option<Exchange>,
    /// Whether its logins and tokens are those of a subscription, good for the vendor's own programs first.
    pub subscription: bool,
    /// Where its models answer, for the gateway; empty if they do not answer to a plain request.
    pub address: &'static str,
    /// What is spoken there.
    pub wires: &'static [Wire],
    /// What is fetched to learn whether a credential works: it costs nothing, and is not answered without one.
    /// A path before which the address stands as before those of requests, or from the root of its host; empty
    /// if there is none.
    pub question: &'static str,
    /// Headers that go with every question.
    pub asks_with: &'static [(&'static str, &'static str)],
    /// One that goes with a login or token.
    pub login_asks_with: Option<(&'static str, &'static str)>,
    /// The header that names the account of a login.
    pub account_header: Option<&'static str>,
    /// How a person gets a credential, as the end of "get one: …".
    pub how: &'static str,
}

/// How a login of a provider is renewed with its refresh token (RFC 6749, section 6).
#[derive(Clone, Copy, Debug)]
pub struct Renewal {
    /// The token endpoint.
    pub url: &'static str,
    /// Who asks.
    pub client: Client,
    /// Whether the request is JSON; else it is a form.
    pub json: bool,
    /// How much earlier than it is the end is written down, in milliseconds.
    pub early: Millis,
    /// How long after now the end that is written down is at least, in milliseconds.
    pub least: Millis,
    /// Whether every 400 means that a person has to log in again.
    pub strict: bool,
}

/// How a stored credential is exchanged, at use, for a short-lived token.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// Where it is asked for.
    pub url: &'static str,
    /// How such tokens begin.
    pub token: &'static str,
    /// Headers without which neither this nor a model is answered. They say who we are; those that a client sends
    /// itself stay.
    pub with: &'static [(&'static str, &'static str)],
}

/// Who asks for a renewal.
#[derive(Clone, Copy, Debug)]
pub enum Client {
    /// A public client with this id.
    Public(&'static str),
    /// The client that the login was made for: recorded beside it as `clientId`, else in the first
    /// variable; its secret, if it has one, in the second.
    Own(&'static str, &'static str),
}

/// A variable that holds a credential.
#[derive(Debug)]
pub struct Var {
    /// Its name.
    pub name: &'static str,
    /// What it is meant to hold.
    pub kind: Kind,
}

/// A way in that rests on the surroundings (cloud login) rather than on one secret.
#[derive(Debug)]
pub struct Ambient {
    /// What it is called in a report.
    pub label: &'static str,
    /// Each group must have at least one non-blank variable.
    pub vars: &'static [&'static [&'static str]],
    /// A file that must exist: named by this variable, else at this place under the home.
    pub file: Option<(&'static str, &'static str)>,
}

const fn key(name: &'static str) -> Var {
    Var { name, kind: Kind::ApiKey }
}

const fn token(name: &'static str) -> Var {
    Var { name, kind: Kind::Token }
}

const NOTHING: Provider = Provider {
    id: "",
    aliases: &[],
    called: &[],
    vars: &[],
    near: &[],
    prefixes: &[],
    shared: None,
    closed: false,
    ambient: &[],
    key_header: None,
    scope: None,
    renewal: None,
    exchange: None,
    subscription: false,
    address: "",
    wires: &[],
    question: "",
    asks_with: &[],
    login_asks_with: None,
    account_header: None,
    how: "",
};

/// What most token endpoints have in common.
pub(crate) const FORM: Renewal =
    Renewal { url: "", client: Client::Public(""), json: false, early: 0, least: 0, strict: false };

/// All known providers, sorted by id.
#[rustfmt::skip]
pub const PROVIDERS: &[Provider] = &[
    Provider {
        id: "amazon-bedrock",
        called: &["amazon", "amazon-aws", "aws", "aws-bedrock", "bedrock"],
        near: &["AWS_BEDROCK_API_KEY", "BEDROCK_API_KEY"],
        ambient: &[
            Ambient { label: "AWS bearer token", vars: &[&["AWS_BEARER_TOKEN_BEDROCK"]], file: None },
            Ambient { label: "AWS access key", vars: &[&["AWS_ACCESS_KEY_ID"], &["AWS_SECRET_ACCESS_KEY"]], file: None },
            Ambient { label: "AWS profile", vars: &[&["AWS_PROFILE"]], file: None },
            Ambient { label: "AWS web identity", vars: &[&["AWS_WEB_IDENTITY_TOKEN_FILE"], &["AWS_ROLE_ARN"]], file: None },
            Ambient { label: "AWS container role", vars: &[&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]], file: None },
            Ambient { label: "AWS credentials file", vars: &[], file: Some(("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")) },
            Ambient { label: "AWS config file", vars: &[], file: Some(("AWS_CONFIG_FILE", ".aws/config")) },
        ],
        how: "aws configure",
        ..NOTHING
    },
    Provider {
        id: "anthropic",
        called: &["anthropic-ai", "anthropic-api", "anthropic-claude", "claude", "claude-ai", "claude-anthropic", "claude-api", "claude-code"],
        near: &["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_KEY", "ANTHROPIC_TOKEN", "CLAUDE_API_KEY", "CLAUDE_KEY"],
        // The last one is what `claude setup-token` tells people to export.
        vars: &[token("ANTHROPIC_OAUTH_TOKEN"), key("ANTHROPIC_API_KEY"), token("CLAUDE_CODE_OAUTH_TOKEN")],
        prefixes: &[other("sk-ant-admin01-", PrefixKind::Admin), api("sk-ant-api03-", Of(&[108])), bearer("sk-ant-oat01-", Of(&[108])),
            other("sk-ant-ort01-", PrefixKind::Refresh), other("sk-ant-sid01-", PrefixKind::Session), other("sk-ant-sid02-", PrefixKind::Session)],
        closed: true,
        key_header: Some("x-api-key"),
        scope: Some("user:inference"),
        renewal: Some(Renewal {
            url: "https://console.anthropic.com/v1/oauth/token",
            client: Client::Public("9d1c250a-e61b-44d9-88ed-5944d1962f5e"),
            json: true,
            early: 5 * MINUTE,
            ..FORM
        }),
        subscription: true, address: "https://api.anthropic.com", wires: &[Wire::Messages], question: "models?limit=1", asks_with: &[("anthropic-version", "2023-06-01")], login_asks_with: Some(("anthropic-beta", "oauth-2025-04-20")), how: "create an API key in the Anthropic Console (console.anthropic.com)",
        ..NOTHING
    },
    Provider { id: "cerebras", called: &["cerebras-ai"], near: &["CEREBRAS_KEY"], vars: &[key("CEREBRAS_API_KEY")], prefixes: &[api("csk-", Of(&[52]))], closed: true, address: "https://api.cerebras.ai/v1", wires: &[Wire::Chat], question: "models", how: "create a key at cloud.cerebras.ai", ..NOTHING },
    Provider {
        id: "chutes",
        vars: &[token("CHUTES_OAUTH_TOKEN"), key("CHUTES_API_KEY")],
        prefixes: &[Prefix { text: "cpk_", is: PrefixKind::ApiKey, length: Unknown, more: "." }],
        renewal: Some(Renewal {
            url: "https://api.chutes.ai/idp/token",
            client: Client::Own("CHUTES_CLIENT_ID", "CHUTES_CLIENT_SECRET"),
            early: 5 * MINUTE,
            least: MINUTE / 2,
            ..FORM
        }),
        address: "https://llm.chutes.ai/v1", wires: &[Wire::Chat], how: "create a key at chutes.ai",
        ..NOTHING
    },
    Provider { id: "copilot-proxy", how: "log in through the Copilot proxy", ..NOTHING },
    Provider { id: "deepgram", vars: &[key("DEEPGRAM_API_KEY")], address: "https://api.deepgram.com", how: "create a key at console.deepgram.com", ..NOTHING },
    Provider {
        id: "github-copilot",
        called: &["copilot", "gh-copilot", "github"],
        near: &["COPILOT_API_KEY", "COPILOT_TOKEN", "GITHUB_COPILOT_TOKEN"],
        vars: &[token("COPILOT_GITHUB_TOKEN"), token("GH_TOKEN"), token("GITHUB_TOKEN")],
        prefixes: &[bearer("github_pat_", Least(93)), bearer("ghp_", Least(40)), bearer("gho_", Least(40)), bearer("ghu_", Least(40)), bearer("ghs_", Least(40))],
        exchange: Some(Exchange {
            url: "https://api.github.com/copilot_internal/v2/token",
            token: "tid=",
            with: &[("Editor-Version", concat!("zirkabot/", env!("CARGO_PKG_VERSION")))],
        }),
        address: "https://api.githubcopilot.com", wires: &[Wire::Chat, Wire::Responses, Wire::Embeddings],
        how: "gh auth token",
        ..NOTHING
    },
    Provider { id: "google", called: &["aistudio", "gemini", "gemini-api", "google-ai", "google-ai-studio", "google-gemini", "google-genai", "googleai"], near: &["GEMINI_KEY", "GOOGLE_AI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"], vars: &[key("GEMINI_API_KEY")], prefixes: &[api("AIza", Of(&[39]))], key_header: Some("x-goog-api-key"), address: "https://generativelanguage.googleapis.com", question: "/v1beta/models?pageSize=1", how: "create a key at aistudio.google.com", ..NOTHING },
    Provider { id: "google-antigravity", called: &["antigravity"], how: "log in through the Antigravity plugin", ..NOTHING },
    Provider { id: "google-gemini-cli", called: &["gemini-cli"], address: "https://cloudcode-pa.googleapis.com", how: "log in with the Gemini CLI: gemini", ..NOTHING },
    Provider {
        id: "google-vertex",
        called: &["google-vertex-ai", "vertex", "vertex-ai"],
        ambient: &[Ambient {
            label: "gcloud adc",
            vars: &[&["GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"], &["GOOGLE_CLOUD_LOCATION"]],
            file: Some(("GOOGLE_APPLICATION_CREDENTIALS", ".config/gcloud/application_default_credentials.json")),
        }],
        how: "gcloud auth application-default login, then set GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION",
        ..NOTHING
    },
    Provider { id: "groq", called: &["groq-cloud", "groqcloud"], near: &["GROQ_KEY", "GROQ_TOKEN"], vars: &[key("GROQ_API_KEY")], prefixes: &[api("gsk_", Of(&[56]))], closed: true, address: "https://api.groq.com/openai/v1", wires: &[Wire::Chat, Wire::Responses], question: "models", how: "create a key at console.groq.com", ..NOTHING },
    Provider { id: "kimi-code", called: &["kimi-coding", "kimi-for-coding", "kimicode"], near: &["KIMI_CODE_API_KEY", "KIMI_CODING_API_KEY"], vars: &[key("KIMICODE_API_KEY")], prefixes: &[api("sk-kimi-", Unknown)], address: "https://api.kimi.com/coding/v1", wires: &[Wire::Chat], question: "models", how: "create a key at kimi.com", ..NOTHING },
    Provider { id: "minimax", called: &["minimax-ai", "minimaxi"], near: &["MINIMAX_KEY", "MINIMAX_TOKEN"], vars: &[key("MINIMAX_API_KEY")], address: "https://api.minimax.io/v1", wires: &[Wire::Chat], how: "create a key at platform.minimax.io", ..NOTHING },
    Provider { id: "mistral", called: &["mistral-ai", "mistralai"], near: &["MISTRALAI_API_KEY", "MISTRAL_KEY"], vars: &[key("MISTRAL_API_KEY")], address: "https://api.mistral.ai/v1", wires: &[Wire::Chat, Wire::Embeddings], question: "models", how: "create a key at console.mistral.ai", ..NOTHING },
    Provider { id: "moonshot", called: &["kimi", "kimi-k2", "moonshot-ai", "moonshotai"], near: &["KIMI_API_KEY", "MOONSHOT_KEY"], vars: &[key("MOONSHOT_API_KEY")], address: "https://api.moonshot.ai/v1", wires: &[Wire::Chat], question: "models", how: "create a key at platform.moonshot.ai", ..NOTHING },
    Provider { id: "openai", called: &["chat-gpt", "chatgpt", "gpt", "oai", "open-ai"], near: &["CHATGPT_API_KEY", "OPENAI_API_TOKEN", "OPENAI_KEY", "OPENAI_TOKEN", "OPEN_AI_API_KEY"], vars: &[key("OPENAI_API_KEY")], prefixes: &[api("sk-proj-", Of(&[56, 132, 164])), api("sk-svcacct-", Of(&[59, 135, 167])), other("sk-admin-", PrefixKind::Admin)], shared: Some(("sk-", 51)), closed: true, address: "https://api.openai.com/v1", wires: &[Wire::Chat, Wire::Responses, Wire::Embeddings], question: "models", how: "create a key at platform.openai.com", ..NOTHING },
    Provider {
        id: "openai-codex",
        called: &["codex", "openai-chatgpt"],
        prefixes: &[other("rt_", PrefixKind::Refresh)],
        renewal: Some(Renewal {
            url: "https://auth.openai.com/oauth/token",
            client: Client::Public("app_EMoamEEZ73f0CkXaXp7hrann"),
            ..FORM
        }),
        subscription: true, address: "https://chatgpt.com/backend-api/codex", wires: &[Wire::Responses], question: "/backend-api/wham/usage", account_header: Some("ChatGPT-Account-Id"), how: "codex login",
        ..NOTHING
    },
    Provider { id: "opencode", called: &["zen"], near: &["OPENCODE_KEY", "ZEN_API_KEY"], aliases: &["opencode-zen"], vars: &[key("OPENCODE_API_KEY"), key("OPENCODE_ZEN_API_KEY")], address: "https://opencode.ai/zen/v1", wires: &[Wire::Messages, Wire::Chat, Wire::Responses], how: "create a key at opencode.ai", ..NOTHING },
    Provider { id: "openrouter", called: &["open-router", "openrouter.ai"], near: &["OPENROUTER_KEY", "OPENROUTER_TOKEN", "OPEN_ROUTER_API_KEY"], vars: &[key("OPENROUTER_API_KEY")], prefixes: &[api("sk-or-v1-", Of(&[73]))], closed: true, address: "https://openrouter.ai/api/v1", wires: &[Wire::Messages, Wire::Chat, Wire::Responses, Wire::Embeddings], question: "key", how: "create a key at openrouter.ai", ..NOTHING },
    Provider {
        id: "qwen-portal",
        called: &["qwen-cli", "qwen-code", "qwen-oauth"],
        near: &["QWEN_API_KEY"],
        aliases: &["qwen"],
        vars: &[token("QWEN_OAUTH_TOKEN"), key("QWEN_PORTAL_API_KEY")],
        renewal: Some(Renewal {
            url: "https://chat.qwen.ai/api/v1/oauth2/token",
            client: Client::Public("f0304373b74a44d2b584a3fb70ca9e56"),
            strict: true,
            ..FORM
        }),
        address: "https://portal.qwen.ai/v1", wires: &[Wire::Chat], how: "log in with the Qwen CLI: qwen",
        ..NOTHING
    },
    Provider { id: "synthetic", vars: &[key("SYNTHETIC_API_KEY")], prefixes: &[api("syn_", Unknown)], address: "https://api.synthetic.new/openai/v1", wires: &[Wire::Chat], how: "create a key at synthetic.new", ..NOTHING },
    Provider { id: "vercel-ai-gateway", called: &["ai-gateway", "vercel", "vercel-ai"], near: &["AI_GATEWAY_KEY", "VERCEL_AI_GATEWAY_API_KEY"], vars: &[key("AI_GATEWAY_API_KEY")], prefixes: &[api("vck_", Unknown)], address: "https://ai-gateway.vercel.sh/v1", wires: &[Wire::Messages, Wire::Chat, Wire::Embeddings], question: "credits", how: "create a key at vercel.com/ai-gateway", ..NOTHING },
    Provider { id: "xai", called: &["grok", "x-ai", "x.ai"], near: &["GROK_API_KEY", "XAI_KEY", "X_AI_API_KEY"], vars: &[key("XAI_API_KEY")], prefixes: &[api("xai-", Of(&[84]))], closed: true, address: "https://api.x.ai/v1", wires: &[Wire::Chat, Wire::Responses], question: "models", how: "create a key at console.x.ai", ..NOTHING },
    Provider { id: "zai", called: &["bigmodel", "chatglm", "glm", "zhipu", "zhipuai"], near: &["BIGMODEL_API_KEY", "GLM_API_KEY", "ZHIPUAI_API_KEY", "ZHIPU_API_KEY"], aliases: &["z.ai", "z-ai"], vars: &[key("ZAI_API_KEY"), key("Z_AI_API_KEY")], address: "https://api.z.ai/api/paas/v4", wires: &[Wire::Chat], question: "models", how: "create a key at z.ai", ..NOTHING },
];

/// Providers that run another program, which has its own login.
const CLI_BACKENDS: &[&str] = &["claude-cli", "codex-cli"];

/// The id as the tables have it: trimmed, lower case, aliases resolved.
pub fn normalise(id: &str) -> String {
    let id = id.trim().to_lowercase();
    PROVIDERS.iter().find(|row| row.aliases.contains(&id.as_str())).map_or(id, |row| row.id.to_owned())
}

/// The row of a normalised id; `None` for a provider of the user's own.
pub fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.binary_search_by(|row| row.id.cmp(id)).ok().map(|at| &PROVIDERS[at])
}

/// Whether the provider stands for another program that has a login of its own.
pub fn is_cli_backend(id: &str) -> bool {
    CLI_BACKENDS.contains(&id)
}

/// The variables of a provider; none for one of the user's own.
pub fn vars(id: &str) -> &'static [Var] {
    find(id).map_or(&[], |row| row.vars)
}

/// Whether a variable of exactly this name holds a credential of a provider.
pub(crate) fn is_var(name: &str) -> bool {
    PROVIDERS.iter().flat_map(|row| row.vars).any(|var| var.name == name)
}

/// The provider that a variable is about, and the variable; the case of letters does not matter.
pub fn of_var(name: &str) -> Option<(&'static Provider, &'static Var)> {
    let vars = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(move |var| (row, var)));
    vars.into_iter().find(|(_, var)| var.name.eq_ignore_ascii_case(name))
}

/// All public prefixes of secrets.
pub(crate) fn prefixes() -> impl Iterator<Item = &'static Prefix> {
    PROVIDERS.iter().flat_map(|row| row.prefixes)
}

/// The public prefix of a secret, with its provider, if it has a known one; the longest wins.
pub fn prefix_of(secret: &str) -> Option<(&'static Provider, &'static Prefix)> {
    PROVIDERS
        .iter()
        .flat_map(|row| row.prefixes.iter().map(move |prefix| (row, prefix)))
        .filter(|(_, prefix)| {
            // The first letter tells most of them apart.
            prefix.text.as_bytes().first() == secret.as_bytes().first() && secret.starts_with(prefix.text)
        })
        .max_by_key(|(_, prefix)| prefix.text.len())
}

/// How well-known secrets begin that are of several vendors.
const OTHER_PREFIXES: &[&str] = &["Bearer", "eyJ", "sk-", "sk_"];

/// How secrets begin, all that are known: by this, what may not be shown is known by its looks. None is
/// the beginning of another.
pub fn secret_prefixes() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let own = PROVIDERS.iter().flat_map(|row| row.prefixes.iter().map(|prefix| prefix.text));
        let others = OTHERS.iter().map(|(begin, _)| *begin);
        let all: Vec<&str> = OTHER_PREFIXES.iter().copied().chain(own).chain(others).collect();
        // The first letter tells most of them apart.
        let goes_on = |text: &str, other: &str| {
            other.len() < text.len()
                && other.as_bytes().first() == text.as_bytes().first()
                && text.starts_with(other)
        };
        let is_first = |text: &&str| !all.iter().any(|other| goes_on(text, other));
        all.iter().copied().filter(is_first).collect()
    });
    &ALL
}

/// Endings of names of variables that hold a secret.
const SECRET_ENDINGS: &[&str] = &["_API_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_KEY"];

/// Whether a variable of this name holds a credential: by the table, or by how its name ends.
pub fn is_secret_var(name: &str) -> bool {
    let known = PROVIDERS.iter().flat_map(|row| row.vars).any(|var| var.name == name);
    known || SECRET_ENDINGS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use crate::catalog::providers::*;

    #[test]
    fn table_is_sorted_and_every_row_says_how_to_get_a_credential() {
        assert!(PROVIDERS.is_sorted_by_key(|row| row.id));
        for row in PROVIDERS {
            assert!(!row.how.is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn spellings_are_normalised() {
        for (given, id) in [
            (" Z.AI ", "zai"),
            ("z-ai", "zai"),
            ("opencode-zen", "opencode"),
            ("Qwen", "qwen-portal"),
            ("gemini", "gemini"),
        ] {
            assert_eq!(normalise(given), id);
        }
    }

    #[test]
    fn longest_prefix_names_the_kind() {
        let is = |secret| prefix_of(secret).map(|(row, prefix)| (row.id, prefix.is));
        assert_eq!(is("sk-ant-oat01-abc"), Some(("anthropic", PrefixKind::Bearer)));
        assert_eq!(is("sk-ant-api03-abc"), Some(("anthropic", PrefixKind::ApiKey)));
        assert_eq!(is("sk-or-v1-abc"), Some(("openrouter", PrefixKind::ApiKey)));
        assert_eq!(is("whatever"), None);
    }
}
