//! How much of limits and subscriptions is used: bars for a person, a document, and metrics. No secret, and nothing
//! of what a provider says but numbers, instants and plain names.

use crate::report::probe::{ProbeBody, ProbesBody, WindowBody};
use crate::report::prometheus::MetricsText;
use crate::report::style::{Sign, Style, Tone};
use crate::report::{Form, json};
use crate::sys::Millis;
use crate::sys::time::{date, short};
use schemars::JsonSchema;
use serde::Serialize;

/// The whole document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The exit code.
    pub exit_code: u8,
    /// What was asked, and what was told.
    pub usage: ProbesBody,
}

/// What is shown, and how.
pub(crate) struct UsageReport {
    /// What was asked, and what was told.
    pub(crate) body: ProbesBody,
    /// Now, in milliseconds since the epoch.
    pub(crate) now: Millis,
    /// The exit code.
    pub(crate) code: u8,
    /// The terminal.
    pub(crate) style: Style,
}

/// How it is shown.
pub(crate) type UsageStyle = Form<fn(UsageReport) -> String>;

/// The forms of `models usage --format`.
pub(crate) const FORMS: &[UsageStyle] = &[
    Form { name: "text", help: "Bars, for a person", text: bars },
    Form { name: "json", help: "One JSON document", text: document },
    Form {
        name: "prometheus",
        help: "Metrics for the textfile collector of Prometheus' node exporter",
        text: metrics,
    },
];

/// How many columns a bar has.
const BAR: usize = 20;

fn document(UsageReport { body, code, .. }: UsageReport) -> String {
    json::text(&UsageDocument { schema_version: 1, exit_code: code, usage: body })
}

fn bars(UsageReport { body, now, style, .. }: UsageReport) -> String {
    let mut out = String::new();
    for result in &body.results {
        let gap = if out.is_empty() { "" } else { "\n" };
        out.push_str(&format!("{gap}{}", style.signed(sign(result), &head(result))));
        let rows: Vec<_> = result.windows.iter().map(|window| row(window, now)).collect();
        out.push_str(&style.columns(&rows));
    }
    if body.results.is_empty() {
        out.push_str("There is no credential of a provider in use.\n");
    }
    out
}

fn sign(result: &ProbeBody) -> Sign {
    let most = result.windows.iter().map(|window| window.used_percent).fold(0.0, f64::max);
    match result.outcome {
        "works" if result.windows.is_empty() => Sign::Rest,
        "works" | "limited" if most >= 100.0 => Sign::Bad,
        "works" if most >= 80.0 => Sign::Soon,
        "works" => Sign::Good,
        "limited" => Sign::Soon,
        "not_asked" => Sign::Rest,
        "refused" | "scope" | "billing" | "address" => Sign::Bad,
        _ => Sign::Unknown,
    }
}

fn head(result: &ProbeBody) -> String {
    let plan = result.plan.as_ref().map_or_else(String::new, |plan| format!(", plan {plan}"));
    let name = format!("{} ({}{plan})", result.label, result.provider);
    let why = result.error.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    match result.outcome {
        "works" if result.windows.is_empty() => format!("{name}: the provider reports no limits"),
        "works" => name,
        "not_asked" => format!("{name}{why}"),
        outcome => format!("{name}: {outcome}{why}"),
    }
}

fn row(window: &WindowBody, now: Millis) -> [(Tone, String); 4] {
    let tone = match window.used_percent {
        used if used >= 100.0 => Tone::Bad,
        used if used >= 80.0 => Tone::Soon,
        _ => Tone::Good,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 20")]
    let full = (window.used_percent.clamp(0.0, 100.0) * BAR as f64 / 100.0).round() as usize;
    let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
    let left = window.left.zip(window.limit).map(|(left, limit)| format!(" ({left} of {limit} left)"));
    let resets = window.resets_at.map_or_else(String::new, |at| match at - now {
        left if left <= 0 => "resets now".to_owned(),
        left => format!("resets in {}, {}", short(left), date(at)),
    });
    let used = format!("{:.0}% used{}", window.used_percent.floor(), left.unwrap_or_default());
    [(Tone::Plain, format!("  {}", window.name)), (tone, bar), (tone, used), (Tone::Quiet, resets)]
}

fn metrics(UsageReport { body, .. }: UsageReport) -> String {
    let mut page = MetricsText::default();
    let all = || {
        body.results.iter().flat_map(|result| {
            let pairs = |window: &WindowBody| {
                [
                    ("provider", result.provider.clone()),
                    ("credential", result.label.clone()),
                    ("window", window.name.clone()),
                ]
            };
            result.windows.iter().map(move |window| (pairs(window), window))
        })
    };
    page.metric("zirkabot_usage_ratio", "Used share of a limit: 1 is all of it.");
    for (pairs, window) in all() {
        page.sample(&pairs, window.used_percent / 100.0);
    }
    page.metric("zirkabot_usage_reset_timestamp_seconds", "When the limit resets.");
    for (pairs, window) in all() {
        let Some(at) = window.resets_at else { continue };
        #[expect(clippy::cast_precision_loss, reason = "numbers are floats in this format")]
        page.sample(&pairs, at as f64 / 1000.0);
    }
    page.metric("zirkabot_usage_reported", "Whether the provider reported usage for the credential.");
    for result in &body.results {
        let pairs = [("provider", result.provider.clone()), ("credential", result.label.clone())];
        page.sample(&pairs, if result.windows.is_empty() { 0.0 } else { 1.0 });
    }
    page.into_text()
}
