//! Why a request failed, by its status, its code, or its words. Pure. What is none of these reasons
//! says nothing about the credential.

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

/// Words that say what went wrong, in the order in which they are looked for.
const WORDS: &[(FailureReason, &[&str])] = &[
    (
        FailureReason::RateLimit,
        &[
            "rate limit",
            "rate_limit",
            "ratelimit",
            "too many requests",
            "quota",
            "usage limit",
            "resource_exhausted",
            "resource has been exhausted",
        ],
    ),
    (FailureReason::RateLimit, &["overloaded"]),
    (
        FailureReason::Format,
        &[
            "invalid request format",
            "string should match pattern",
            "tool_use.id",
            "tool_use_id",
            "messages.1.content.1.tool_use.id",
        ],
    ),
    (
        FailureReason::Billing,
        &[
            "payment required",
            "insufficient credits",
            "insufficient credit",
            "credit balance",
            "out of credits",
            "plans & billing",
        ],
    ),
    (FailureReason::Timeout, &["timeout", "timed out", "deadline exceeded", "context deadline exceeded"]),
    (
        FailureReason::Auth,
        &[
            "invalid api key",
            "invalid_api_key",
            "invalid x-api-key",
            "incorrect api key",
            "invalid token",
            "invalid_token",
            "authentication",
            "unauthorized",
            "unauthorised",
            "forbidden",
            "access denied",
            "expired",
            "token has expired",
            "no credentials found",
            "no api key found",
            "failed to refresh",
            "refresh failed",
            "re-authenticate",
        ],
    ),
];

/// Numbers that say it, where they stand by themselves.
const NUMBERS: &[(FailureReason, &[&str])] = &[
    (FailureReason::RateLimit, &["429"]),
    (FailureReason::Billing, &["402"]),
    (FailureReason::Timeout, &["408"]),
    (FailureReason::Auth, &["401", "403"]),
];

impl FailureReason {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Billing => "billing",
            Self::Auth => "auth",
            Self::Timeout => "timeout",
            Self::Format => "format",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::RateLimit => "its limit is used up",
            Self::Billing => "it is not paid for",
            Self::Auth => "it was not accepted",
            Self::Timeout => "there was no answer in time",
            Self::Format => "the request was not understood",
        }
    }

    /// By the status of an answer.
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            402 => Some(Self::Billing),
            429 => Some(Self::RateLimit),
            401 | 403 => Some(Self::Auth),
            408 => Some(Self::Timeout),
            _ => None,
        }
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
        for (reason, known) in WORDS {
            let number =
                NUMBERS.iter().filter(|(of, _)| of == reason).flat_map(|(_, numbers)| numbers.iter());
            let is_number = number.into_iter().any(|number| words.contains(number));
            if is_number || known.iter().any(|known| lower.contains(known)) {
                return Self::Because(*reason);
            }
        }
        Self::Unknown
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::rotation::reason::FailureReason::{Auth, Billing, Format, RateLimit, Timeout};
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
            (529, None),
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
