//! `status --host`: how things are on several machines, a line a machine, for people and as JSON. What the machines
//! say is somebody else's text: only known fields of their documents are read, and each is one line.

use crate::doc::redact::redact;
use crate::report::style::{Sign, Style, Tone};
use crate::report::words::count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostsDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The worst of the hosts: 0 if all is OK, 1 if something is expired or missing, or a host did not answer, 2 if
    /// something is expiring.
    pub exit_code: u8,
    /// As they were named.
    pub hosts: Vec<HostBody>,
}

/// One machine.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HostBody {
    /// As it was named.
    pub host: String,
    /// `ok`, `expiring`, `broken`, or `unreachable` if nothing was told.
    pub state: &'static str,
    /// What `models status --check` answered there, if it did.
    pub exit_code: Option<u8>,
    /// `yes`, `no` or `unknown`, as it says there.
    pub can_talk: Option<String>,
    /// The worst that is wrong there, or why it told nothing.
    pub message: Option<String>,
    /// What mends it, if it is a command that is run there.
    pub fix: Option<String>,
}

/// What is read of a status there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answered {
    can_talk: String,
    #[serde(default)]
    findings: Vec<FindingThere>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FindingThere {
    severity: String,
    message: String,
    fix: Option<FixThere>,
}

#[derive(Debug, Deserialize)]
struct FixThere {
    command: Option<String>,
}

impl HostBody {
    /// What a machine answered: the exit code and the document.
    pub(crate) fn answered(host: &str, code: u8, answer: Answered) -> Self {
        let Answered { can_talk, findings } = answer;
        let can_talk = redact(can_talk);
        let rank = |severity: &str| ["info", "warning", "error"].iter().position(|known| *known == severity);
        let worst = findings.into_iter().filter(|finding| finding.severity != "info");
        // Of several that are as bad, the first.
        let worst = worst.rev().max_by_key(|finding| rank(&finding.severity));
        // What is fine is judged there.
        let state = match code {
            0 => "ok",
            2 => "expiring",
            _ => "broken",
        };
        let fix = worst.as_ref().and_then(|finding| finding.fix.as_ref()?.command.clone()).map(redact);
        let message = worst.map(|finding| redact(finding.message)).filter(|_| state != "ok");
        let (can_talk, exit_code) = (Some(can_talk), Some(code));
        Self {
            host: host.to_owned(),
            state,
            exit_code,
            can_talk,
            fix: fix.filter(|_| message.is_some()),
            message,
        }
    }

    /// A machine that told nothing, and why.
    pub(crate) fn silent(host: &str, why: String) -> Self {
        let (exit_code, can_talk, fix) = (None, None, None);
        Self { host: host.to_owned(), state: "unreachable", exit_code, can_talk, message: Some(why), fix }
    }
}

/// A line a machine, and how many are as they should be.
pub(crate) fn text(document: &HostsDocument, style: Style) -> String {
    let longest = document.hosts.iter().map(|host| host.host.chars().count()).max().unwrap_or_default();
    let mut out = String::new();
    for host in &document.hosts {
        let sign = match host.state {
            "ok" => Sign::Good,
            "expiring" => Sign::Soon,
            "unreachable" => Sign::Unknown,
            _ => Sign::Bad,
        };
        let word = match host.can_talk.as_deref() {
            Some("yes" | "limited") => "can talk",
            Some("no") => "cannot talk",
            Some(_) => "it is unknown whether it can talk",
            None => "no answer",
        };
        let why = host.message.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let name = style.paint(Tone::Strong, &format!("{:<longest$}", host.host));
        let indent = longest + 4;
        let said = style.wrap(&format!("{word}{why}"), indent, indent);
        out.push_str(&format!("{} {name}  {said}\n", style.sign(sign)));
        if let Some(fix) = &host.fix {
            let fix = style.wrap(&format!("there: `{fix}`"), indent, indent + 2);
            out.push_str(&format!("{}{fix}\n", " ".repeat(indent)));
        }
    }
    let fine = document.hosts.iter().filter(|host| host.state == "ok").count();
    out.push_str(&format!("\n{fine} of {} OK\n", count(document.hosts.len(), "host")));
    out
}
