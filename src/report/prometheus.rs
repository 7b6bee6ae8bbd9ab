//! The status as metrics, in the text format that Prometheus reads: for the textfile collector of
//! its node exporter. Times are in seconds, as its guidelines want. No secret is in a label.

use crate::checks::finding::Severity;
use crate::pipeline::Looked;
use crate::policy::health::HealthWord;
use crate::policy::status::{ProfileStatus, ProviderStatus, Status};
use crate::policy::talk::{self, Can};
use crate::report::{Form, StatusForm, TextForm};
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::actual::Expiry;
use crate::world::label::Labels;
use std::fmt::Write;

/// All states, each a sample of its own.
const STATES: [HealthWord; 5] =
    [HealthWord::Ok, HealthWord::Static, HealthWord::Expiring, HealthWord::Expired, HealthWord::Missing];

/// All severities.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

/// Its row.
pub(super) const FORM: StatusForm = Form {
    name: "prometheus",
    help: "Metrics for the textfile collector of Prometheus' node exporter",
    text: TextForm::Own(metrics),
};

/// The status as metrics. `code` is what `--check` ends with.
fn metrics(Looked { world, status, findings }: &Looked, code: u8) -> String {
    let labels = Labels::new(world);
    let mut page = MetricsText::default();
    page.metric(
        "zirkabot_check_code",
        "Exit code of `models status --check`: 0 OK, 1 expired or missing, 2 expiring.",
    );
    page.sample(&[], f64::from(code));
    page.metric(
        "zirkabot_provider_usable",
        "Whether the agent has a credential for the provider that can be used now.",
    );
    // What cannot be told is neither.
    for (agent, provider) in providers(status).filter(|(_, provider)| !provider.hidden) {
        let (can, _) = talk::about(world, status, provider);
        let usable = if matches!(can, Can::Yes | Can::Limited) { 1.0 } else { 0.0 };
        let (name, relevant) = (labels.name(&provider.provider), provider.relevant.to_string());
        page.sample(&[("agent", agent.to_owned()), ("provider", name), ("relevant", relevant)], usable);
    }
    credentials(&mut page, world, &profiles(&labels, status));
    page.metric("zirkabot_findings", "Number of findings, by severity.");
    for severity in SEVERITIES {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        page.sample(
            &[("severity", severity.as_str().to_owned())],
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)),
        );
    }
    page.metric("zirkabot_last_run_timestamp_seconds", "When this was written.");
    #[expect(clippy::cast_precision_loss, reason = "numbers are floats in this format")]
    page.sample(&[], world.now as f64 / 1000.0);
    page.metric("zirkabot_build_info", "The version that wrote this.");
    page.sample(&[("version", env!("CARGO_PKG_VERSION").to_owned())], 1.0);
    page.text
}

/// What is known of each credential.
fn credentials(
    page: &mut MetricsText,
    world: &World,
    profiles: &[(Vec<(&'static str, String)>, &ProfileStatus)],
) {
    page.metric("zirkabot_credential_expiry_timestamp_seconds", "When the credential expires, if recorded.");
    for (pairs, profile) in profiles {
        let Some(Expiry::At { at, .. }) = profile.credential().map(|credential| credential.expires) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "numbers are floats in this format")]
        page.sample(pairs, at as f64 / 1000.0);
    }
    page.metric(
        "zirkabot_credential_state",
        "The state of the credential: 1 for the one it is in, 0 for the others.",
    );
    for (pairs, profile) in profiles {
        for state in STATES {
            let pairs = [&pairs[..], &[("state", state.as_str().to_owned())]].concat();
            page.sample(&pairs, if profile.word == state { 1.0 } else { 0.0 });
        }
    }
    page.metric(
        "zirkabot_credential_verified_timestamp_seconds",
        "When the provider last accepted the credential, if it was tested.",
    );
    for (pairs, profile) in profiles {
        let asked = profile.credential().and_then(|credential| world.asked(credential));
        let Some(at) = asked.and_then(|asked| asked.verified) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "numbers are floats in this format")]
        page.sample(pairs, at as f64 / 1000.0);
    }
}

fn providers(status: &Status) -> impl Iterator<Item = (&str, &ProviderStatus)> {
    status.agents.iter().flat_map(|own| own.providers.iter().map(|provider| (own.agent.as_str(), provider)))
}

/// The profiles, each with what tells it from all others, and what it is.
fn profiles<'s>(
    labels: &Labels,
    status: &'s Status,
) -> Vec<(Vec<(&'static str, String)>, &'s ProfileStatus)> {
    let mut found = Vec::new();
    for (agent, provider) in providers(status) {
        for profile in &provider.profiles {
            let kind = profile.credential().map_or("none", |credential| credential.kind.as_str());
            let pairs = vec![
                ("agent", agent.to_owned()),
                ("provider", labels.name(&provider.provider)),
                ("profile", labels.name(profile.id())),
                ("kind", kind.to_owned()),
                ("relevant", profile.relevant.to_string()),
            ];
            found.push((pairs, profile));
        }
    }
    found
}

/// The text as it grows.
#[derive(Default)]
pub(super) struct MetricsText {
    text: String,
    name: &'static str,
}

impl MetricsText {
    /// Begins a metric; all of ours are gauges.
    pub(super) fn metric(&mut self, name: &'static str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge");
        self.name = name;
    }

    /// Adds a sample of it.
    pub(super) fn sample(&mut self, pairs: &[(&str, String)], value: f64) {
        let escaped = |text: &str| visible(text).replace('\\', "\\\\").replace('"', "\\\"");
        let pairs: Vec<String> =
            pairs.iter().map(|(key, text)| format!("{key}=\"{}\"", escaped(text))).collect();
        let pairs = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
        let _ = writeln!(self.text, "{}{pairs} {value}", self.name);
    }

    /// All of it.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}
