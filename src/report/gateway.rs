//! `/status.json` of `zirkabot gateway`: who is used next and why, what rests, what expires, what came of the last
//! requests, and what their errors mean. The verdicts are those of `models status` and `auth why`.

use crate::checks;
use crate::doc::redact::without_addresses;
use crate::pipeline::serving::{Moment, Next, Outlook, Rest, Served, Withheld};
use crate::policy::advice;
use crate::policy::resolve::{Candidate, Route};
use crate::policy::status::ProviderStatus;
use crate::policy::talk;
use crate::report::error_json::ErrorBody;
use crate::report::json::{self, ProfileBody};
use crate::report::why::{self, CandidateBody, OrderBody};
use crate::report::words::Words;
use crate::sys::Millis;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// Most credentials of a provider that are listed.
const MOST: usize = 50;

/// Most credentials that are named as passed over.
const PASSED: usize = 3;

/// How a gateway is. Instants are in milliseconds since the epoch.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GatewayDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The version of the program.
    pub version: &'static str,
    /// Now.
    pub now: Millis,
    /// Since when it runs.
    pub since: Millis,
    /// The agent for whom requests come that name none.
    pub agent: String,
    /// Whether it serves requests.
    pub ready: bool,
    /// Whether it is about to stop.
    pub draining: bool,
    /// The config.
    pub config: ConfigBody,
    /// Providers, those in use first.
    pub providers: Vec<ProviderBody>,
    /// Models that rest, the first to end first.
    pub model_rests: Vec<RestBody>,
    /// What came of the last requests, the newest first; at most 50.
    pub outcomes: Vec<OutcomeBody>,
    /// What the reasons of these outcomes and rests mean.
    pub explanations: Vec<ExplanationBody>,
}

/// The config of a gateway.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigBody {
    /// Whether it can be gone by; else the last one that was good is.
    pub good: bool,
    /// Why not.
    pub error: Option<ErrorBody>,
    /// Since when that is seen.
    pub bad_since: Option<Millis>,
    /// When the files were read that count now; they are read again when they change.
    pub read_at: Millis,
    /// When it was told to read everything again, by SIGHUP.
    pub reloaded_at: Option<Millis>,
    /// Settings that were changed since its start, and count after the next one.
    pub outdated: Vec<&'static str>,
}

/// A provider.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderBody {
    /// Its id.
    pub provider: String,
    /// Whether a model in use is of it, or the config names it.
    pub relevant: bool,
    /// Whether it can be used: `yes`, `limited`, `no` or `unknown`, as in `canUse` of `auth why`.
    pub can_use: &'static str,
    /// The credential for the next request; null if there is none.
    pub next: Option<String>,
    /// Why that one, or why none, in words.
    pub because: String,
    /// Until when all of them rest, if they do.
    pub rests_until: Option<Millis>,
    /// Where the order comes from.
    pub order: OrderBody,
    /// Its credentials, in the order in which they are tried; at most 50.
    pub credentials: Vec<CredentialBody>,
}

/// A credential, as `auth why` has it, and what the gateway knows of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialBody {
    /// What `auth why` says.
    #[serde(flatten)]
    pub why: CandidateBody,
    /// Its state in one word, as in `models status`.
    pub state: &'static str,
    /// Why it is not used for requests, although it could be: it is a login.
    pub withheld: Option<&'static str>,
    /// Whether it rests because it is disabled.
    pub disabled: bool,
    /// Why it rests, in a word.
    pub rest_reason: Option<String>,
    /// When it expires.
    pub expires_at: Option<Millis>,
    /// Whether nobody said so: a setup-token lasts a year.
    pub expires_assumed: bool,
    /// Whether it is renewed without a person.
    pub refreshable: bool,
    /// Until when it can be, if that is recorded.
    pub refreshable_until: Option<Millis>,
}

/// A model that rests.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct RestBody {
    /// The credential for which it rests, or the provider if it does for all.
    pub who: String,
    /// The model.
    pub model: String,
    /// Until when.
    pub until: Millis,
    /// Why, in a word.
    pub reason: &'static str,
}

/// What came of a request: nothing that was in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct OutcomeBody {
    /// When its answer began.
    pub at: Millis,
    /// Its number, as in the log.
    pub id: u64,
    /// What was asked for.
    pub endpoint: &'static str,
    /// Of which provider; empty if it came to none.
    pub provider: String,
    /// The credential by which it was answered, or the last that was tried.
    pub profile: String,
    /// The model.
    pub model: String,
    /// What the client got.
    pub status: u16,
    /// How often it was tried.
    pub attempts: usize,
    /// How it ended, in a word: `ok`, or one that `explanations` has.
    pub reason: &'static str,
    /// Milliseconds until the answer began.
    pub ms: u64,
}

/// What a reason means.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ExplanationBody {
    /// The reason.
    pub reason: String,
    /// What it means.
    pub text: String,
    /// What to do about it.
    pub fix: Option<&'static str>,
    /// The code of which `zirkabot explain` says more.
    pub code: Option<&'static str>,
}

/// The document as text. No address of a person stands in it in full.
pub(crate) fn text(moment: &Moment<'_>) -> String {
    let mut document = serde_json::to_value(document(moment)).unwrap_or_default();
    shorten(&mut document);
    json::text(&document)
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_addresses(text),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// What all parts of the document are made of.
struct Teller<'m> {
    moment: &'m Moment<'m>,
    labels: Labels,
    words: Words<'m>,
    /// The health of all profiles.
    health: Vec<ProfileBody>,
}

fn document(moment: &Moment<'_>) -> GatewayDocument {
    let world = moment.world;
    let agent = moment.status.agents.first();
    let id = agent.map_or("", |agent| agent.agent.as_str());
    let teller = Teller {
        moment,
        labels: Labels::new(world),
        words: Words { world, warn: moment.status.warn_within },
        health: json::profiles(world, moment.status, id),
    };
    let of = |outlook: &Outlook| {
        let own = agent?.providers.iter().find(|own| own.provider == outlook.provider)?;
        Some(teller.provider(id, own, outlook))
    };
    let providers: Vec<ProviderBody> = moment.outlooks.iter().filter_map(of).collect();
    let error = moment.fault.map(|(why, _)| ErrorBody::from(&why.clone().into()));
    GatewayDocument {
        schema_version: 1,
        version: env!("CARGO_PKG_VERSION"),
        now: world.now,
        since: moment.since,
        agent: teller.labels.name(id),
        ready: moment.ready,
        draining: moment.draining,
        config: ConfigBody {
            good: error.is_none(),
            error: error.map(|why| why.map(|text| teller.labels.scrub(&text))),
            bad_since: moment.fault.map(|(_, since)| *since),
            read_at: moment.read,
            reloaded_at: moment.reloaded,
            outdated: moment.outdated.clone(),
        },
        explanations: explanations(moment, &providers),
        providers,
        model_rests: moment.models.iter().map(|own| rest(&teller.labels, own)).collect(),
        outcomes: moment.served.iter().map(|served| outcome(&teller.labels, served)).collect(),
    }
}

impl Teller<'_> {
    fn provider(&self, agent: &str, own: &ProviderStatus, outlook: &Outlook) -> ProviderBody {
        let (can, because) = talk::about(self.moment.world, self.moment.status, own);
        let document = why::why_json(self.moment.world, &own.resolution, (agent, Some((own, can, because))));
        let candidates = own.resolution.candidates.iter().zip(document.candidates).take(MOST);
        let credentials: Vec<CredentialBody> =
            candidates.map(|(candidate, why)| self.credential(own, outlook, candidate, why)).collect();
        let next = match &outlook.next {
            Next::Uses(name) => Some(self.labels.name(name)),
            Next::Rests(_) | Next::Withheld | Next::Nothing => None,
        };
        ProviderBody {
            because: self.labels.scrub(&self.because(own, outlook, (next.as_deref(), &credentials))),
            provider: document.provider,
            relevant: own.relevant,
            can_use: document.can_use,
            next,
            rests_until: match outlook.next {
                Next::Rests(until) => Some(until),
                _ => None,
            },
            order: document.order,
            credentials,
        }
    }

    fn credential(
        &self,
        own: &ProviderStatus,
        outlook: &Outlook,
        candidate: &Candidate,
        mut why: CandidateBody,
    ) -> CredentialBody {
        let now = self.moment.world.now;
        // A rest that is not in the store, or not yet.
        let kept = outlook.rests.iter().find(|rest| rest.who == candidate.name && why.verdict != "unusable");
        if let Some(rest) = kept.filter(|rest| Some(rest.until) > why.rests_until) {
            why.reason = format!("it is cooling down until {}", self.words.when(rest.until));
            (why.rests_until, why.verdict) = (Some(rest.until), "resting");
        }
        let is_profile = candidate.route == Route::Profile;
        let stored = own.profiles.iter().find(|stored| is_profile && stored.id() == candidate.name);
        let provider = self.labels.name(&own.provider);
        let is_it = |body: &&ProfileBody| is_profile && body.profile == why.name && body.provider == provider;
        let health = self.health.iter().find(is_it);
        let usage = stored.map(|stored| &stored.usage).filter(|_| why.rests_until.is_some());
        let disabled = usage.is_some_and(|usage| usage.disabled_until > now);
        let recorded = || {
            let usage = usage?;
            let most = || usage.counts.iter().max_by_key(|(_, count)| **count).map(|(word, _)| word.clone());
            usage.disabled_reason.clone().filter(|_| disabled).or_else(most)
        };
        let rest_reason = kept.map(|rest| rest.reason.to_owned()).or_else(recorded);
        let is_login = why.kind.is_some_and(|kind| kind != "api_key");
        let withheld = outlook.withheld.filter(|_| is_login && why.verdict != "unusable");
        CredentialBody {
            state: self.words.state(candidate).1,
            withheld: withheld.map(withheld_words),
            disabled,
            rest_reason: rest_reason.filter(|word| (self.moment.means)(word).is_some()),
            expires_at: health.and_then(|health| health.expires_at),
            expires_assumed: health.is_some_and(|health| health.expires_assumed),
            refreshable: stored.is_some_and(|stored| stored.renews),
            refreshable_until: health.and_then(|health| health.refreshable_until),
            why,
        }
    }

    /// Why the next one is the next, or why there is none.
    fn because(
        &self,
        own: &ProviderStatus,
        outlook: &Outlook,
        (next, credentials): (Option<&str>, &[CredentialBody]),
    ) -> String {
        match outlook.next {
            Next::Uses(_) => {
                // What rests is moved behind what can be used.
                let at = credentials.iter().position(|own| Some(own.why.name.as_str()) == next).unwrap_or(0);
                let passed =
                    |(n, own): &(usize, &CredentialBody)| *n < at || *n > at && own.why.verdict == "resting";
                let passed = credentials.iter().enumerate().filter(passed).map(|(_, own)| own);
                let one = |own: &CredentialBody| {
                    format!("{} ({})", own.why.name, own.withheld.unwrap_or(&own.why.reason))
                };
                let mut named: Vec<String> = passed.map(one).collect();
                let more = named.len().saturating_sub(PASSED);
                named.truncate(PASSED);
                let more = if more > 0 { format!(", and {more} more") } else { String::new() };
                match named.is_empty() {
                    true => "it is the first in the order".to_owned(),
                    false => format!("it is the first usable one; not now: {}{more}", named.join(", ")),
                }
            }
            Next::Rests(until) => {
                format!("all are cooling down, the first until {}", self.words.when(until))
            }
            Next::Withheld => withheld_words(outlook.withheld.unwrap_or(Withheld::Subscription)).to_owned(),
            Next::Nothing => format!(
                "there is no usable credential; to get one: {}",
                advice::get(self.moment.world, &own.provider)
            ),
        }
    }
}

fn withheld_words(withheld: Withheld) -> &'static str {
    match withheld {
        Withheld::Subscription => {
            "a subscription login is for its owner's own programs; see gateway.subscriptions"
        }
        Withheld::Elsewhere => {
            "a login is sent to its provider's own hosts only, and models.providers has another host"
        }
    }
}

fn rest(labels: &Labels, own: &Rest) -> RestBody {
    RestBody {
        who: labels.name(&own.who),
        model: own.model.as_deref().map(|model| labels.name(model)).unwrap_or_default(),
        until: own.until,
        reason: own.reason,
    }
}

fn outcome(labels: &Labels, served: &Served) -> OutcomeBody {
    OutcomeBody {
        at: served.at,
        id: served.id,
        endpoint: served.endpoint,
        provider: labels.scrub(&served.provider),
        profile: labels.scrub(&served.profile),
        model: labels.scrub(&served.model),
        status: served.status,
        attempts: served.attempts,
        reason: served.reason,
        ms: served.millis,
    }
}

/// What each reason means that occurs: by the table of what answers mean, else as the client was told.
fn explanations(moment: &Moment<'_>, providers: &[ProviderBody]) -> Vec<ExplanationBody> {
    let served = moment.served.iter().map(|served| served.reason);
    let models = moment.models.iter().map(|rest| rest.reason);
    let rests =
        providers.iter().flat_map(|own| &own.credentials).filter_map(|own| own.rest_reason.as_deref());
    let words: BTreeSet<&str> =
        served.chain(models).chain(rests).filter(|word| !["", "ok"].contains(word)).collect();
    let explained = words.into_iter().filter_map(|word| {
        let reason = word.to_owned();
        if let Some(meaning) = (moment.means)(word) {
            let rule = checks::of_message(meaning.message);
            let (fix, code) = (rule.map(|rule| rule.fix), rule.map(|rule| rule.code));
            return Some(ExplanationBody { reason, text: meaning.text.to_owned(), fix, code });
        }
        let told = moment.served.iter().find(|served| served.reason == word && !served.why.is_empty())?;
        Some(ExplanationBody { reason, text: told.why.clone(), fix: None, code: None })
    });
    explained.collect()
}
