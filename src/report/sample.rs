//! Small worlds for the tests of reports.

use crate::change::advice::Advice;
use crate::checks::finding::{CheckImpact, CheckInput, Evidence, Finding, Rule, Severity, Sink};
use crate::policy::status::{self, Options, Status};
use crate::sys::fake::Fake;
use crate::sys::secret::Secret;
use crate::sys::{Host, Millis};
use crate::world::World;
use crate::world::observe::{Agents, Depth, observe};
use std::path::PathBuf;

/// 2026-11-22 14:03 UTC.
pub(crate) const NOW: Millis = 1_795_356_180_000;

/// A token of Claude Code, a fake one.
pub(crate) const OAT: &str = "sk-ant-oat01-CANARY000000000000000000000000000000000000000000000000000000000000000000000000000000000000000AA";

/// An API key, a fake one.
pub(crate) const API: &str = "sk-ant-api03-CANARY0000000000000000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The main agent's store.
pub(crate) const STORE: &str = "/home/u/.zirkabot/agents/main/agent/auth-profiles.json";

/// A machine without variables.
pub(crate) fn host() -> Host {
    Host {
        offline: true,
        env: Default::default(),
        cwd: PathBuf::from("/srv/work"),
        home: PathBuf::from("/home/u"),
        now: NOW,
        uid: 1000,
        pid: 1,
        command: "".into(),
        patience: None,
        program: PathBuf::from("/usr/local/bin/zirkabot"),
        root: "/".into(),
        macos: false,
        keychain: None,
        stdin_tty: false,
        stdout_tty: false,
        stderr_tty: false,
        columns: None,
    }
}

/// The world of these variables and files.
pub(crate) fn world(vars: &[(&str, &str)], files: &[(&str, &str)]) -> World {
    world_of(&Agents::Default, vars, files)
}

/// The world of these variables and files, for some agents.
pub(crate) fn world_of(agents: &Agents, vars: &[(&str, &str)], files: &[(&str, &str)]) -> World {
    let mut host = host();
    host.env = vars.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value))).collect();
    observe(&Fake::new(host, files), agents, None, Depth::Status, false)
}

/// Its status.
pub(crate) fn status(world: &World) -> Status {
    status::of(world, &Options::default())
}

/// A store with one token of Claude Code that ends `left` from now.
pub(crate) fn token_store(left: Millis) -> String {
    let expires = NOW + left;
    format!(
        "{{\n  \"version\": 1,\n  \"profiles\": {{\n    \"anthropic:claude-cli\": {{\n      \"type\": \"token\",\n      \
         \"provider\": \"anthropic\",\n      \"token\": \"{OAT}\",\n      \"expires\": {expires}\n    }}\n  }}\n}}\n"
    )
}

fn nothing(_: &CheckInput<'_>, _: &mut Sink<'_>) {}

const fn rule(code: &'static str, severity: Severity, what: &'static str) -> Rule {
    Rule {
        code,
        severity,
        what,
        why: "The bot cannot talk.",
        fix: "Run `claude setup-token`.",
        check: nothing,
    }
}

/// A rule for what is over.
pub(crate) static EXPIRED: Rule = rule("expiry/expired", Severity::Error, "a credential has expired");

/// A rule for what is not there.
pub(crate) static MISSING: Rule =
    rule("credential/missing", Severity::Error, "nothing to use for a provider");

/// A rule for what is only worth knowing.
pub(crate) static DUPLICATE: Rule = rule("credential/duplicate", Severity::Info, "one secret | two places");

/// A finding of `rule`.
pub(crate) fn finding(
    rule: &'static Rule,
    subject: &str,
    message: &str,
    advice: impl Into<Advice>,
) -> Finding {
    Finding {
        rule,
        severity: rule.severity,
        subject: subject.to_owned(),
        agent: Some("main".to_owned()),
        message: message.to_owned(),
        evidence: Vec::new(),
        advice: Some(advice.into()),
        repair: None,
        counts: if rule.severity == Severity::Info { CheckImpact::No } else { CheckImpact::Broken },
        rescues: false,
    }
}

/// Where a profile's end stands.
pub(crate) fn expiry_of(world: &World, label: &str) -> Evidence {
    let store = &world.stores[0];
    let loc = store.profiles[0].credential().and_then(|credential| credential.expires_loc);
    Evidence { doc: store.doc, loc, label: label.to_owned() }
}
