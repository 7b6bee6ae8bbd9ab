//! What providers said when they were asked: text and JSON, with the field names that scripts know from the
//! gateway's own tool. No secret, and nothing of what a provider says but its status and its own word for it.

use crate::pipeline::probe::{CONCURRENCY, ProbeResult, Probed};
use crate::policy::probe::targets::{MAX_TOKENS, NotAsked, ProbeRequest, source};
use crate::policy::usage::Window;
use crate::report::style::{Sign, Style};
use crate::report::words::count;
use crate::sys::Millis;
use crate::sys::time::short;
use crate::world::World;
use crate::world::asked::Came;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The document of `models auth test`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The exit code.
    pub exit_code: u8,
    /// What was asked, and what came of it.
    pub probes: ProbesBody,
}

/// What was asked, and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbesBody {
    /// When it began, in milliseconds since the epoch.
    pub started_at: Millis,
    /// When it ended.
    pub finished_at: Millis,
    /// How long it took, in milliseconds.
    pub duration_ms: Millis,
    /// How many credentials were looked at.
    pub total_targets: usize,
    /// How it was asked.
    pub options: ProbeOptions,
    /// One for each credential, by provider and label.
    pub results: Vec<ProbeBody>,
}

/// How it was asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeOptions {
    /// The only provider, if one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The only profiles, if any were named.
    pub profile_ids: Vec<String>,
    /// Longest time for one question.
    pub timeout_ms: Millis,
    /// How many were asked at once.
    pub concurrency: usize,
    /// How many tokens an answer had at most; 0 where no model was asked.
    pub max_tokens: u32,
}

/// What came of asking about one credential.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProbeBody {
    /// Its provider.
    pub provider: String,
    /// The model that was asked, or would have been, as `provider/model`.
    pub model: Option<String>,
    /// Its profile, if it is one.
    pub profile_id: Option<String>,
    /// Its name: a profile, a variable, or another.
    pub label: String,
    /// `profile`, `env` or `models.json`.
    pub source: &'static str,
    /// `api_key`, `token` or `oauth`.
    pub mode: &'static str,
    /// `ok`, `auth`, `rate_limit`, `billing`, `timeout`, `format`, `unknown` or `no_model`, as the gateway's own tool
    /// says it.
    pub status: &'static str,
    /// `works`, `refused`, `scope`, `billing`, `limited`, `unreachable`, `address`, `unknown` or `not_asked`.
    pub outcome: &'static str,
    /// Why it is no success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long the answer took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Millis>,
    /// Until when a limit is used up, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// The account or organisation, where the provider tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How many requests are left of the limit, where the provider tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_left: Option<u64>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_limit: Option<u64>,
    /// What the subscription is called, where the provider tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Limits, and how much of each is used, where the provider tells.
    pub windows: Vec<WindowBody>,
}

/// A limit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowBody {
    /// What it is called: `5 hours`, `7 days`, `requests`.
    pub name: String,
    /// How much of it is used, in percent.
    pub used_percent: f64,
    /// How much is left, where it is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<f64>,
    /// Of how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// When it begins anew, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<Millis>,
}

/// What was asked, as a body. `provider` is the only one, if one was named.
pub(crate) fn body(
    world: &World,
    probed: &Probed,
    wanted: ProbeRequest<'_>,
    provider: Option<&str>,
) -> ProbesBody {
    let labels = Labels::new(world);
    let mut results: Vec<ProbeBody> = probed.results.iter().map(|result| one(&labels, result)).collect();
    results.sort_by(|a, b| (&a.provider, &a.label).cmp(&(&b.provider, &b.label)));
    ProbesBody {
        started_at: probed.started,
        finished_at: probed.started + probed.took,
        duration_ms: probed.took,
        total_targets: results.len(),
        options: ProbeOptions {
            provider: provider.map(|name| labels.name(name)),
            profile_ids: wanted.only.iter().map(|name| labels.name(name)).collect(),
            timeout_ms: wanted.limit,
            concurrency: CONCURRENCY,
            max_tokens: if wanted.full { MAX_TOKENS } else { 0 },
        },
        results,
    }
}

fn window(labels: &Labels, window: &Window) -> WindowBody {
    WindowBody {
        name: labels.scrub(&window.name),
        used_percent: window.used,
        left: window.left.map(|(left, _)| left),
        limit: window.left.map(|(_, limit)| limit),
        resets_at: window.resets,
    }
}

fn one(labels: &Labels, ProbeResult { target, came, usage }: &ProbeResult) -> ProbeBody {
    let judged = came.as_ref().ok().map(|(judged, _)| judged);
    let (status, outcome) = match came {
        Ok((judged, _)) => words(judged.came),
        Err(NotAsked::NoModel) => ("no_model", "not_asked"),
        Err(_) => ("unknown", "not_asked"),
    };
    let headroom = judged.and_then(|judged| judged.headroom);
    let (name, provider) = (labels.name(&target.candidate.name), labels.name(&target.credential.provider));
    let model = target.model.as_ref();
    let error = match came {
        Ok((judged, _)) => judged.why.clone(),
        Err(why) => Some(why.as_str().to_owned()),
    };
    ProbeBody {
        model: model.map(|model| labels.name(&format!("{}/{model}", target.credential.provider))),
        profile_id: (source(target.candidate.route) == "profile").then(|| name.clone()),
        label: name,
        source: source(target.candidate.route),
        mode: target.credential.kind.as_str(),
        status,
        outcome,
        error: error.map(|why| labels.scrub(&why)),
        latency_ms: came.as_ref().ok().map(|(_, took)| *took),
        until: judged.and_then(|judged| judged.until),
        account: judged.and_then(|judged| judged.account.as_ref()).map(|account| labels.scrub(account)),
        requests_left: headroom.map(|headroom| headroom.left),
        requests_limit: headroom.and_then(|headroom| headroom.of),
        plan: usage.plan.as_ref().map(|plan| labels.scrub(plan)),
        windows: usage.windows.iter().map(|own| window(labels, own)).collect(),
        provider,
    }
}

/// The word of the gateway's own tool, and ours.
fn words(came: Came) -> (&'static str, &'static str) {
    match came {
        Came::Works => ("ok", "works"),
        Came::Refused => ("auth", "refused"),
        Came::Scope => ("auth", "scope"),
        Came::Billing => ("billing", "billing"),
        Came::Limited => ("rate_limit", "limited"),
        Came::Unreachable => ("timeout", "unreachable"),
        Came::Address => ("unknown", "address"),
        Came::Unknown => ("format", "unknown"),
    }
}

/// The same as a section of a longer text.
pub(crate) fn section(body: &ProbesBody, now: Millis, style: Style) -> String {
    format!("\nAuth probes\n{}", text(body, now, style))
}

/// The same for a person: a line for each, and how many.
pub(crate) fn text(body: &ProbesBody, now: Millis, style: Style) -> String {
    let line = |result: &ProbeBody| {
        let sign = match result.outcome {
            "works" => Sign::Good,
            "refused" | "scope" | "billing" | "address" => Sign::Bad,
            "limited" => Sign::Soon,
            "not_asked" => Sign::Rest,
            _ => Sign::Unknown,
        };
        style.signed(sign, &format!("{} ({}) {}", result.label, result.provider, said(result, now)))
    };
    let mut out: String = body.results.iter().map(line).collect();
    out.push_str(&match body.results.len() {
        0 => "Nothing was tested: no provider in use has a credential.\n".to_owned(),
        number => format!("{} in {}\n", count(number, "credential"), latency(body.duration_ms)),
    });
    out
}

fn said(result: &ProbeBody, now: Millis) -> String {
    let why = result.error.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    let text = match result.outcome {
        "works" => "works, verified just now".to_owned(),
        "refused" => format!("was rejected{why}"),
        "scope" => format!("is valid for another program only{why}"),
        "billing" => format!("is not paid for{why}"),
        "limited" => {
            let until = result.until.map_or_else(String::new, |until| format!(" for {}", short(until - now)));
            format!("has reached its limit{until}{why}")
        }
        "unreachable" => format!("gave no answer{why}"),
        "address" => format!("something other than the provider answered{why}"),
        "not_asked" => return result.error.clone().unwrap_or_default(),
        _ => format!("unknown{why}"),
    };
    let took = result.latency_ms.map(latency).into_iter();
    let left = result.requests_left.map(|left| match result.requests_limit {
        Some(of) => format!("{left} of {of} requests left"),
        None => format!("{left} requests left"),
    });
    let account = result.account.as_ref().map(|account| format!("account {account}"));
    let more: Vec<String> = took.chain(left).chain(account).collect();
    if more.is_empty() { text } else { format!("{text} ({})", more.join(", ")) }
}

/// Milliseconds, or seconds with one decimal.
fn latency(millis: Millis) -> String {
    if millis < 1_000 { format!("{millis}ms") } else { format!("{:.1}s", millis as f64 / 1_000.0) }
}
