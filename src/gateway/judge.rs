//! What the words of judgements mean, for people who look at the gateway's page. The judgements are made in
//! [`crate::policy::rotation::judge`].

use crate::pipeline::serving::Meaning;
use crate::policy::rotation::FailureReason;

/// What the words of judgements mean that are no reason of [`FailureReason`], and a message by which more is found.
const WORDS: &[(&str, &str)] = &[
    ("permission", "the credential cannot use this model"),
    ("unknown_model", "the provider does not know this model"),
    ("refused", "the provider rejects the request itself; another credential would not help"),
    ("unreachable", "the provider could not be reached, or closed the connection before it answered"),
    ("cut", "the provider aborted its answer before it started"),
    ("address", "the address of this provider is unknown; set models.providers.*.baseUrl"),
];

/// The same for reasons: a message as providers write it.
const MESSAGES: &[(FailureReason, &str)] = &[
    (FailureReason::RateLimit, "rate_limit"),
    (FailureReason::Billing, "payment required"),
    (FailureReason::Auth, "authentication_error"),
    (FailureReason::Timeout, ""),
    (FailureReason::Overloaded, "overloaded"),
    (FailureReason::Server, ""),
    (FailureReason::Scope, "only authorized for use with claude code"),
    (FailureReason::Overage, "out of extra usage"),
];

/// What a word of a judgement means.
pub(super) fn meaning(word: &str) -> Option<Meaning> {
    let reason = MESSAGES.iter().find(|(reason, _)| reason.as_str() == word);
    let reason = reason.map(|(reason, message)| Meaning { text: reason.label(), message });
    let other = || WORDS.iter().find(|(own, _)| *own == word);
    reason.or_else(|| other().map(|(_, text)| Meaning { text, message: "" }))
}
