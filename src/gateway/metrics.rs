//! Figures for Prometheus. Labels come from closed sets and from the config; what is too much is counted, not
//! kept.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Most series of all counters together.
const SERIES: usize = 2_000;

/// Upper bounds of the histograms, in seconds.
const BOUNDS: &[f64] = &[0.000_1, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0, 120.0];

/// What is counted: name, help, labels.
const COUNTERS: &[(&str, &str, &[&str])] = &[
    ("requests_total", "Requests, by result.", &["endpoint", "provider", "outcome"]),
    ("attempts_total", "Requests to providers, by response.", &["provider", "profile", "status"]),
    ("failovers_total", "Requests retried with another credential or model.", &["provider", "reason", "to"]),
    ("stream_ends_total", "Responses, by result.", &["how"]),
    ("auth_failures_total", "Rejected requests.", &["why"]),
    ("refreshes_total", "Login renewals.", &["provider", "result"]),
    ("reloads_total", "Reloads of config and credentials.", &[]),
    ("series_dropped_total", "Counts dropped for lack of room.", &[]),
];

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// All figures.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    counts: BTreeMap<(&'static str, Vec<String>), u64>,
    own: Histogram,
    first: Histogram,
    /// Answers that are on their way.
    pub(super) open: i64,
}

impl Histogram {
    fn add(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (bucket, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= *bound);
        }
    }

    fn text(&self, out: &mut String, name: &str, help: &str) {
        let _ =
            writeln!(out, "# HELP zirkabot_gateway_{name} {help}\n# TYPE zirkabot_gateway_{name} histogram");
        for (bucket, bound) in self.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(out, "zirkabot_gateway_{name}_bucket{{le=\"{bound}\"}} {bucket}");
        }
        let _ = writeln!(out, "zirkabot_gateway_{name}_bucket{{le=\"+Inf\"}} {}", self.count);
        let _ = writeln!(out, "zirkabot_gateway_{name}_sum {}", self.sum);
        let _ = writeln!(out, "zirkabot_gateway_{name}_count {}", self.count);
    }
}

impl Metrics {
    /// Counts one more.
    pub(super) fn count(&mut self, name: &'static str, labels: &[&str]) {
        let key = (name, labels.iter().map(|label| (*label).to_owned()).collect());
        if self.counts.len() >= SERIES && !self.counts.contains_key(&key) {
            *self.counts.entry(("series_dropped_total", Vec::new())).or_default() += 1;
            return;
        }
        *self.counts.entry(key).or_default() += 1;
    }

    /// Notes how long was needed here, and until the first byte of the answer was there.
    pub(super) fn times(&mut self, own: Duration, first: Duration) {
        self.own.add(own);
        self.first.add(first);
    }

    /// As Prometheus reads them; `gauges` are figures of the moment, name, help and value.
    pub(super) fn text(&self, gauges: &[(&str, &str, i64)]) -> String {
        let mut out = String::new();
        for (name, help, labels) in COUNTERS {
            let _ = writeln!(
                out,
                "# HELP zirkabot_gateway_{name} {help}\n# TYPE zirkabot_gateway_{name} counter"
            );
            for ((_, values), count) in self.counts.iter().filter(|((own, _), _)| own == name) {
                let pair = |(label, value): (&&str, &String)| format!("{label}=\"{}\"", escaped(value));
                let pairs: Vec<_> = labels.iter().zip(values).map(pair).collect();
                let set = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
                let _ = writeln!(out, "zirkabot_gateway_{name}{set} {count}");
            }
        }
        self.own.text(&mut out, "own_seconds", "Time spent in the gateway, without the providers.");
        self.first.text(&mut out, "first_byte_seconds", "Time to the first byte of the response.");
        for (name, help, value) in
            gauges.iter().chain([&("streams_open", "Responses in progress.", self.open)])
        {
            let _ =
                writeln!(out, "# HELP zirkabot_gateway_{name} {help}\n# TYPE zirkabot_gateway_{name} gauge");
            let _ = writeln!(out, "zirkabot_gateway_{name} {value}");
        }
        let _ = writeln!(
            out,
            "# HELP zirkabot_gateway_build_info Which version runs.\n# TYPE zirkabot_gateway_build_info gauge\n\
             zirkabot_gateway_build_info{{version=\"{}\"}} 1",
            env!("CARGO_PKG_VERSION")
        );
        out
    }
}

fn escaped(text: &str) -> String {
    crate::sys::visible::visible(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use crate::gateway::metrics::*;

    #[test]
    fn what_is_too_much_is_counted() {
        let mut metrics = Metrics::default();
        for n in 0..SERIES + 5 {
            metrics.count("requests_total", &["messages", &format!("p{n}"), "200"]);
        }
        metrics.times(Duration::from_millis(2), Duration::from_millis(40));
        let text = metrics.text(&[("config_good", "Whether the config can be read.", 1)]);
        assert!(text.contains("zirkabot_gateway_series_dropped_total 5\n"), "{text}");
        assert!(text.contains("zirkabot_gateway_own_seconds_bucket{le=\"0.005\"} 1\n"), "{text}");
        assert!(text.contains("zirkabot_gateway_config_good 1\n"), "{text}");
    }
}
