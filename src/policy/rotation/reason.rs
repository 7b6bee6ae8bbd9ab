//! Why a request failed, by its status, its code, or its words. Pure. What is none of these reasons
//! says nothing about the credential. [`PHRASES`] is the one table of what providers and the gateway say
//! when something is wrong, also for the findings that explain it.

use self::FailureReason::{Auth, Billing, Format, RateLimit, Timeout};

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureReason {
    /// Too many requests, or the limit is used up.
    RateLimit,
    /// No credit, or a plan that is not paid.
    Billing,
    /// The credential is not accepted.
    Auth,
    /// No answer in time.
    Timeout,
    /// The provider does not understand the request.
    Format,
    /// The model has too much to do: nothing that another credential would change.
    Overloaded,
    /// A fault of the provider: nothing that another credential would change.
    Server,
    /// The credential is good for another program only.
    Scope,
    /// What a subscription has beyond its limits is used up.
    Overage,
}

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonHint {
    /// This reason.
    Because(FailureReason),
    /// Something that would be the same with any credential: a picture that is too large.
    NoFailover,
    /// Nothing that is known.
    Unknown,
}

/// A piece of a message, or a status that stands in it by itself.
#[derive(Debug)]
pub struct Phrase {
    /// In lower case.
    pub text: &'static str,
    /// Why a request failed of which this is said.
    pub reason: Option<FailureReason>,
    /// The code of the rule that explains it.
    pub code: Option<&'static str>,
}

/// All phrases. Of those with a code the first that a message holds counts, so what is more exact stands
/// before what is more common.
pub static PHRASES: &[Phrase] = &[
    row("only authorized for use with claude code", None, Some("credential/claude-code-only")),
    row("oauth authentication is currently not supported", Some(Auth), Some("credential/claude-code-only")),
    row("oauth authentication is not supported", Some(Auth), Some("credential/claude-code-only")),
    row("token has expired", Some(Auth), Some("expiry/expired")),
    row("token is expired", Some(Auth), Some("expiry/expired")),
    row("token expired", Some(Auth), Some("expiry/expired")),
    row("expired token", Some(Auth), Some("expiry/expired")),
    row("expired_token", Some(Auth), Some("expiry/expired")),
    row("token refresh failed", Some(Auth), Some("expiry/expired")),
    row("failed to refresh", Some(Auth), Some("expiry/expired")),
    row("invalid_grant", None, Some("expiry/expired")),
    row("credit balance", Some(Billing), Some("cooldown/billing-disabled")),
    row("insufficient credits", Some(Billing), Some("cooldown/billing-disabled")),
    row("insufficient_quota", Some(RateLimit), Some("cooldown/billing-disabled")),
    row("insufficient balance", None, Some("cooldown/billing-disabled")),
    row("exceeded your current quota", Some(RateLimit), Some("cooldown/billing-disabled")),
    row("out of extra usage", Some(Billing), Some("cooldown/billing-disabled")),
    row("payment required", Some(Billing), Some("cooldown/billing-disabled")),
    row("rate limit", Some(RateLimit), Some("cooldown/rate-limited")),
    row("rate_limit", Some(RateLimit), Some("cooldown/rate-limited")),
    row("too many requests", Some(RateLimit), Some("cooldown/rate-limited")),
    row("resource_exhausted", Some(RateLimit), Some("cooldown/rate-limited")),
    row("overloaded", Some(RateLimit), Some("cooldown/rate-limited")),
    row("in cooldown", None, Some("cooldown/rate-limited")),
    row("no credentials found", Some(Auth), Some("credential/missing")),
    row("no api key found", Some(Auth), Some("credential/missing")),
    row("no available auth profile", None, Some("credential/missing")),
    row("run claude setup-token", None, Some("claude/not-logged-in")),
    row("missing env var", None, Some("config/missing-variable")),
    row("unrecognized key", None, Some("config/unknown-key")),
    row("read-only file system", None, Some("files/not-writable")),
    row("eacces", None, Some("files/not-writable")),
    row("invalid bearer token", None, Some("credential/wrong-kind")),
    row("invalid x-api-key", Some(Auth), Some("credential/malformed")),
    row("incorrect api key", Some(Auth), Some("credential/malformed")),
    row("invalid api key", Some(Auth), Some("credential/malformed")),
    row("invalid_api_key", Some(Auth), Some("credential/malformed")),
    row("api key not valid", None, Some("credential/malformed")),
    row("authentication_error", Some(Auth), Some("credential/malformed")),
    row("402", Some(Billing), Some("cooldown/billing-disabled")),
    row("429", Some(RateLimit), Some("cooldown/rate-limited")),
    row("529", Some(RateLimit), Some("cooldown/rate-limited")),
    row("ratelimit", Some(RateLimit), None),
    row("quota", Some(RateLimit), None),
    row("usage limit", Some(RateLimit), None),
    row("resource has been exhausted", Some(RateLimit), None),
    row("invalid request format", Some(Format), None),
    row("string should match pattern", Some(Format), None),
    row("tool_use.id", Some(Format), None),
    row("tool_use_id", Some(Format), None),
    row("insufficient credit", Some(Billing), None),
    row("out of credits", Some(Billing), None),
    row("plans & billing", Some(Billing), None),
    row("timeout", Some(Timeout), None),
    row("timed out", Some(Timeout), None),
    row("deadline exceeded", Some(Timeout), None),
    row("408", Some(Timeout), None),
    row("invalid token", Some(Auth), None),
    row("invalid_token", Some(Auth), None),
    row("authentication", Some(Auth), None),
    row("unauthorized", Some(Auth), None),
    row("unauthorised", Some(Auth), None),
    row("forbidden", Some(Auth), None),
    row("access denied", Some(Auth), None),
    row("expired", Some(Auth), None),
    row("refresh failed", Some(Auth), None),
    row("re-authenticate", Some(Auth), None),
    row("401", Some(Auth), None),
    row("403", Some(Auth), None),
];

const fn row(text: &'static str, reason: Option<FailureReason>, code: Option<&'static str>) -> Phrase {
    Phrase { text, reason, code }
}

/// Whether it is a status, which counts only where it stands by itself.
pub fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The reasons in the order in which they are looked for.
const LOOKED_FOR: [FailureReason; 5] = [RateLimit, Format, Billing, Timeout, Auth];

impl FailureReason {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Billing => "billing",
            Self::Auth => "auth",
            Self::Timeout => "timeout",
            Self::Format => "format",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
            Self::Scope => "scope",
            Self::Overage => "overage",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::RateLimit => "its limit is reached",
            Self::Billing => "it is not paid for",
            Self::Auth => "it was rejected",
            Self::Timeout => "no answer in time",
            Self::Format => "the request was not understood",
            Self::Overloaded => "the model is overloaded",
            Self::Server => "the provider failed",
            Self::Scope => "it is valid for another program only",
            Self::Overage => "its extra usage is used up",
        }
    }

    /// Whether it is the credential that is to rest.
    pub fn is_of_credential(self) -> bool {
        !matches!(self, Self::Overloaded | Self::Server)
    }

    /// By the status of an answer.
    pub fn of_status(status: u16) -> Option<Self> {
        let status = status.to_string();
        PHRASES.iter().find(|phrase| phrase.text == status)?.reason
    }

    /// By the code of an error, such as `ETIMEDOUT`.
    pub fn of_code(code: &str) -> Option<Self> {
        let codes = ["ETIMEDOUT", "ESOCKETTIMEDOUT", "ECONNRESET", "ECONNABORTED"];
        codes.iter().any(|known| code.eq_ignore_ascii_case(known)).then_some(Self::Timeout)
    }
}

impl ReasonHint {
    /// By the words of an error.
    pub fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        if lower.contains("image") && (lower.contains("dimension") || lower.contains("max allowed size")) {
            return Self::NoFailover;
        }
        if let Some(reason) = words.iter().find_map(|word| FailureReason::of_code(word)) {
            return Self::Because(reason);
        }
        let holds = |text: &str| if is_number(text) { words.contains(&text) } else { lower.contains(text) };
        let said: Vec<_> = PHRASES.iter().filter(|phrase| holds(phrase.text)).collect();
        let is_said = |reason: &FailureReason| said.iter().any(|phrase| phrase.reason == Some(*reason));
        LOOKED_FOR.into_iter().find(is_said).map_or(Self::Unknown, Self::Because)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::rotation::reason::*;

    /// Texts as providers write them.
    const TEXTS: &[(FailureReason, &[&str])] = &[
        (
            RateLimit,
            &[
                "rate limit exceeded",
                "Rate_Limit_Error: slow down",
                "429 Too Many Requests",
                "HTTP 429",
                "529 {\"type\":\"error\"}",
                "You exceeded your current quota, please check your plan",
                "Claude usage limit reached",
                "RESOURCE_EXHAUSTED",
                "Resource has been exhausted (e.g. check quota).",
                "overloaded_error",
                "The model is overloaded. Please try again later.",
                "rate limit hit, request timed out",
                "quota exceeded: payment required",
                "401 after rate limit",
            ],
        ),
        (
            Format,
            &[
                "invalid request format",
                "messages.1: String should match pattern '^[a-z]+$'",
                "tool_use.id: invalid",
                "unexpected tool_use_id in 402",
            ],
        ),
        (
            Billing,
            &[
                "402 Payment Required",
                "status=402",
                "insufficient credits",
                "400 You're out of extra usage. Add more at claude.ai/settings/usage and keep going.",
                "Your credit balance is too low to access the API",
                "go to Plans & Billing to upgrade",
                "out of credits; token expired",
            ],
        ),
        (
            Timeout,
            &[
                "request timed out",
                "Timeout awaiting response",
                "context deadline exceeded",
                "read ETIMEDOUT",
                "ECONNRESET",
                "408",
                "timeout: unauthorized",
            ],
        ),
        (
            Auth,
            &[
                "invalid api key",
                "Incorrect API key provided",
                "invalid x-api-key",
                "invalid token",
                "authentication_error",
                "Unauthorized",
                "403 Forbidden",
                "OAuth token has expired",
                "credentials expired",
                "401",
                "No credentials found for profile",
                "no API key found for provider",
                "OAuth token refresh failed",
                "failed to refresh",
            ],
        ),
    ];

    #[test]
    fn a_status_has_its_reason() {
        for (status, reason) in [
            (402, Some(FailureReason::Billing)),
            (429, Some(FailureReason::RateLimit)),
            (401, Some(FailureReason::Auth)),
            (403, Some(FailureReason::Auth)),
            (408, Some(FailureReason::Timeout)),
            (200, None),
            (400, None),
            (404, None),
            (500, None),
            (503, None),
            (529, Some(FailureReason::RateLimit)),
        ] {
            assert_eq!(FailureReason::of_status(status), reason, "{status}");
        }
    }

    #[test]
    fn words_have_their_reason() {
        for (reason, texts) in TEXTS {
            for text in *texts {
                assert_eq!(ReasonHint::of(text), ReasonHint::Because(*reason), "{text}");
            }
        }
        for text in [
            "image dimensions exceed max allowed size: 8000 pixels",
            "400 image exceeds max allowed size, rate limit",
        ] {
            assert_eq!(ReasonHint::of(text), ReasonHint::NoFailover, "{text}");
        }
        for text in
            ["", "something else", "port 4290", "id 14010", "server error 500", "model not found", "🦀"]
        {
            assert_eq!(ReasonHint::of(text), ReasonHint::Unknown, "{text}");
        }
    }
}
