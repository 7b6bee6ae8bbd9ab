//! What a provider's answer says of a credential, and for how long that means something. Pure. Whom to ask, and
//! how, is in [`targets`]; nothing here is recorded as a failure of use.

pub(crate) mod targets;

use crate::catalog::kind::Kind;
use crate::policy::resolve::{Candidate, Resolution, Route, Verdict};
use crate::policy::rotation::FailureReason;
use crate::policy::rotation::judge::{self, Answer, Effect, Said};
use crate::sys::Millis;
use crate::sys::http::{Response, Unanswered};
use crate::sys::time::{DAY, MINUTE};
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::asked::{Asked, Came};

/// How long it means something that a provider was not reached, in milliseconds.
const PASSING: Millis = 10 * MINUTE;

/// How long a bill counts as not paid, in milliseconds: somebody may have paid it since.
const UNPAID: Millis = DAY;

/// What is counted of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Headroom {
    /// How many requests are left.
    pub(crate) left: u64,
    /// Of how many, if that is said.
    pub(crate) of: Option<u64>,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    /// In one word.
    pub(crate) came: Came,
    /// Until when, if the provider says so.
    pub(crate) until: Option<Millis>,
    /// Why it is no success: a status, and the provider's own word for it; nothing else of what it says.
    pub(crate) why: Option<String>,
    /// The account or organisation.
    pub(crate) account: Option<String>,
    /// What is left of its limit of requests.
    pub(crate) headroom: Option<Headroom>,
}

impl Judged {
    fn new(came: Came, why: Option<String>) -> Self {
        Self { came, until: None, why, account: None, headroom: None }
    }
}

/// Reads the answer to a question about a credential of this kind.
pub(crate) fn judge(answer: &Result<Response, Unanswered>, kind: Kind, now: Millis) -> Judged {
    match answer {
        Ok(answer) => of_answer(answer, kind, now),
        Err(why) => {
            let came = match why {
                Unanswered::Address | Unanswered::InClear | Unanswered::NoHttp => Came::Address,
                Unanswered::Offline | Unanswered::Invalid(_) | Unanswered::TooLarge => Came::Unknown,
                _ => Came::Unreachable,
            };
            Judged::new(came, Some(why.to_string()))
        }
    }
}

fn of_answer(answer: &Response, kind: Kind, now: Millis) -> Judged {
    let body = answer.body.expose();
    let is_json = serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|value| !value.is_null());
    if (200..300).contains(&answer.status) && is_json {
        return Judged {
            account: account(answer),
            headroom: headroom(answer),
            ..Judged::new(Came::Works, None)
        };
    }
    let said = Said::of(body, now);
    let why = Some(words(answer.status, &said));
    let says = |words: &[&str]| words.iter().any(|word| said.words.contains(word));
    // A key that may do some things only is not asked by this whether it may talk.
    if matches!(answer.status, 401 | 403) && says(&["missing scopes", "insufficient permissions"]) {
        return Judged::new(Came::Unknown, why);
    }
    if said.kind == "insufficient_quota" {
        return Judged::new(Came::Billing, why);
    }
    let header = |name: &str| answer.header(name);
    let judged = judge::judge(&Answer { status: answer.status, header: &header, said: &said, kind, now });
    let came = match (judged.effect, answer.status) {
        (Effect::Failed(reason, until), _) => {
            let came = match reason {
                FailureReason::Auth => Came::Refused,
                FailureReason::Scope => Came::Scope,
                FailureReason::Billing => Came::Billing,
                FailureReason::RateLimit | FailureReason::Overage => Came::Limited,
                _ => Came::Unreachable,
            };
            let until = until.filter(|_| came == Came::Limited);
            return Judged { until, headroom: headroom(answer), ..Judged::new(came, why) };
        }
        (Effect::Model(_), _) | (_, 500..) => Came::Unreachable,
        (Effect::ModelFor(_), _) => Came::Unknown,
        (_, 404) if judged.word == "unknown_model" => Came::Unknown,
        (_, 200..400 | 404 | 405 | 410) => Came::Address,
        _ => Came::Unknown,
    };
    Judged::new(came, why)
}

/// The status, and the provider's word for it where it is one.
fn words(status: u16, said: &Said) -> String {
    let tame = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_word = (1..=40).contains(&said.kind.len()) && said.kind.chars().all(tame);
    match said.kind.as_str() {
        kind if is_word => format!("it answered {status}, {kind}"),
        _ if (200..300).contains(&status) => "its answer is not that of a provider".to_owned(),
        _ => format!("it answered {status}"),
    }
}

/// Who is asking, as far as the provider says it: what looks like the id of an organisation.
fn account(answer: &Response) -> Option<String> {
    let id = answer.header("anthropic-organization-id").or(answer.header("openai-organization"))?;
    let tame = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    ((1..=64).contains(&id.len()) && id.chars().all(tame)).then(|| id.to_owned())
}

/// What is left of a limit of requests.
fn headroom(answer: &Response) -> Option<Headroom> {
    let number = |name: &str| answer.header(name)?.trim().parse().ok();
    [
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-limit"),
        ("x-ratelimit-remaining-requests", "x-ratelimit-limit-requests"),
        ("x-ratelimit-remaining", "x-ratelimit-limit"),
    ]
    .into_iter()
    .find_map(|(left, of)| Some(Headroom { left: number(left)?, of: number(of) }))
}

/// What was said of a candidate, if that still means something.
pub(crate) fn said_of<'w>(world: &'w World, candidate: &Candidate) -> Option<&'w Asked> {
    let credential: &Credential = candidate.credential.as_ref()?;
    // Of one that is over another is asked for next.
    let is_over = credential.expires.at().is_some_and(|at| at <= world.now);
    let asked = world.asked(credential).filter(|_| !is_over)?;
    let passing = asked.at.saturating_add(PASSING) > world.now;
    let stands = match asked.came {
        Came::Works | Came::Refused | Came::Scope => true,
        Came::Billing => asked.at.saturating_add(UNPAID) > world.now,
        Came::Limited => asked.until.map_or(passing, |until| until > world.now),
        Came::Unreachable | Came::Address => passing,
        Came::Unknown => false,
    };
    stands.then_some(asked)
}

/// Whether a provider has said that a candidate is of no use.
pub(crate) fn is_useless(world: &World, candidate: &Candidate) -> bool {
    let said = said_of(world, candidate).map(|asked| asked.came);
    matches!(said, Some(Came::Refused | Came::Scope | Came::Billing))
}

/// Whether all is of no use that would be tried: what is chosen, and the profiles behind it.
pub(crate) fn is_refused(world: &World, resolution: &Resolution) -> bool {
    let Some(chosen) = resolution.chosen() else { return false };
    let behind = |candidate: &&Candidate| {
        candidate.verdict == Verdict::Later
            && candidate.route == Route::Profile
            && chosen.route == Route::Profile
            && candidate.fatal().is_none()
    };
    let tried = || std::iter::once(chosen).chain(resolution.candidates.iter().filter(behind));
    tried().all(|candidate| is_useless(world, candidate))
}

#[cfg(test)]
mod tests {
    use crate::policy::probe::*;
    use crate::sys::secret::Secret;

    const NOW: Millis = 1_800_000_000_000;

    fn of(status: u16, headers: &[(&str, &str)], body: &str) -> Judged {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let body = Secret::new(body.as_bytes().to_vec());
        judge(&Ok(Response { status, headers, body }), Kind::ApiKey, NOW)
    }

    fn error(kind: &str, words: &str) -> String {
        serde_json::json!({"type": "error", "error": {"type": kind, "message": words}}).to_string()
    }

    #[test]
    fn each_answer_means_one_thing() {
        for (status, body, came) in [
            (200, "{\"data\": []}".to_owned(), Came::Works),
            (200, "<html>log in</html>".to_owned(), Came::Address),
            (200, String::new(), Came::Address),
            (302, String::new(), Came::Address),
            (404, "<html>".to_owned(), Came::Address),
            (404, error("not_found_error", "model: x"), Came::Unknown),
            (401, error("authentication_error", "invalid x-api-key"), Came::Refused),
            (400, error("", "API key not valid. Please pass a valid API key."), Came::Refused),
            (400, error("", "Incorrect API key provided: gsk***"), Came::Refused),
            (403, error("permission_error", "forbidden"), Came::Refused),
            (403, error("", "Missing scopes: api.model.read"), Came::Unknown),
            (401, error("", "You have insufficient permissions for this operation."), Came::Unknown),
            (400, error("", "only authorized for use with Claude Code"), Came::Scope),
            (402, String::new(), Came::Billing),
            (429, error("insufficient_quota", "You exceeded your current quota"), Came::Billing),
            (429, String::new(), Came::Limited),
            (400, error("", "You're out of extra usage."), Came::Limited),
            (529, error("overloaded_error", "Overloaded"), Came::Unreachable),
            (500, String::new(), Came::Unreachable),
            (408, String::new(), Came::Unreachable),
            (422, error("invalid_request_error", "messages"), Came::Unknown),
        ] {
            assert_eq!(of(status, &[], &body).came, came, "{status} {body}");
        }
        for (why, came) in [
            (Unanswered::TimedOut, Came::Unreachable),
            (Unanswered::Tls, Came::Unreachable),
            (Unanswered::Refused, Came::Unreachable),
            (Unanswered::NoHttp, Came::Address),
            (Unanswered::InClear, Came::Address),
            (Unanswered::Offline, Came::Unknown),
        ] {
            assert_eq!(judge(&Err(why.clone()), Kind::ApiKey, NOW).came, came, "{why}");
        }
    }

    #[test]
    fn what_is_told_besides_is_kept_and_nothing_of_what_it_says() {
        let well = of(
            200,
            &[
                ("anthropic-organization-id", "11-22"),
                ("anthropic-ratelimit-requests-remaining", "49"),
                ("anthropic-ratelimit-requests-limit", "50"),
            ],
            "{}",
        );
        assert_eq!(well.account.as_deref(), Some("11-22"));
        assert_eq!(well.headroom, Some(Headroom { left: 49, of: Some(50) }));
        assert_eq!(of(429, &[("retry-after", "7")], "").until, Some(NOW + 7_000));
        let said = of(401, &[("openai-organization", "a b")], &error("authentication_error", "CANARY"));
        assert_eq!(said.why.as_deref(), Some("it answered 401, authentication_error"));
        assert_eq!(of(401, &[], &error("sk-CANARY", "")).why.as_deref(), Some("it answered 401"));
        assert_eq!(of(200, &[("openai-organization", "a b")], "{}").account, None);
    }
}
