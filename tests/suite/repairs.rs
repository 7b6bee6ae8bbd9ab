//! Every repair that a finding offers, made in memory on every fixture in which it is offered: it
//! mends what it says, breaks nothing else, loses no comment, and comes to an end.

use crate::case::{self, Case};
use crate::home::Home;
use std::collections::{BTreeMap, BTreeSet};
use zirkabot::change::apply::{self, Target};
use zirkabot::change::plan::{self, Action, Plan};
use zirkabot::change::preview::Overlay;
use zirkabot::change::proposal::Class;
use zirkabot::checks::choice::Choice;
use zirkabot::checks::finding::{Finding, Severity};
use zirkabot::pipeline::{self, Ask, Looked};
use zirkabot::policy::status::Options;
use zirkabot::report::diagnostic;
use zirkabot::sys::Look;
use zirkabot::world::observe::{Agents, Depth};

/// More rounds than any repair may need.
const ROUNDS: usize = 8;

fn looked(look: &dyn Look) -> Looked {
    let ask = Ask { agents: Agents::All, profile: None, options: Options::default(), depth: Depth::Doctor };
    pipeline::look(look, &ask)
}

fn force(only: &[&str]) -> Choice {
    Choice { class: Class::Force, only: only.iter().map(|code| (*code).to_owned()).collect() }
}

/// How a home would be after all repairs that `choice` takes, and what would be done to it.
fn repaired(base: &dyn Look, choice: &Choice) -> Result<(Looked, Plan), String> {
    let mut done = Plan::default();
    for _ in 0..ROUNDS {
        let now = looked(&Overlay::new(base, &done));
        let (next, blocked) = zirkabot::checks::choice::plan(&now.world, &now.findings, choice);
        if let Some(blocked) = blocked.first() {
            return Err(format!("{} cannot be edited: {}", now.world.doc_name(blocked.doc), blocked.why));
        }
        let again = zirkabot::checks::choice::plan(&now.world, &now.findings, choice).0;
        if told(&next) != told(&again) {
            return Err("the plan is another one each time".to_owned());
        }
        if next.changes.is_empty() {
            return Ok((now, done));
        }
        done = done.then(next);
    }
    Err(format!("after {ROUNDS} rounds there is still something to repair"))
}

/// All that a plan says.
fn told(plan: &Plan) -> Vec<String> {
    let told = |change: &plan::Change| {
        let bytes = change.bytes().map(|bytes| bytes.expose().clone());
        format!("{change:?} {bytes:?}")
    };
    plan.changes.iter().map(told).collect()
}

type Name = (&'static str, String);

fn name(finding: &Finding) -> Name {
    (finding.rule.code, finding.subject.clone())
}

/// What a repair may leave in part, because the rest is a person's to decide.
const PARTIAL: &[(&str, &str)] = &[("config/legacy-key", "agent")];

/// What is wrong with the repairs of `code` in a home.
fn faults(case: &Case, code: &'static str, before: &Looked) -> Vec<String> {
    let home = Home::of(case);
    let machine = home.machine();
    let (after, done) = match repaired(&machine, &force(&[code])) {
        Ok(repaired) => repaired,
        Err(fault) => return vec![fault],
    };
    let due = before.findings.iter().filter(|finding| finding.rule.code == code && finding.repair.is_some());
    // What is left may be known by the same name; then it is another fact.
    let is_left = |finding: &&Finding| {
        let same = |left: &Finding| name(left) == name(finding) && left.message == finding.message;
        after.findings.iter().any(same)
    };
    let left = due.filter(is_left).filter(|finding| !PARTIAL.contains(&(code, finding.subject.as_str())));
    let mut faults: Vec<_> = left.map(|finding| format!("{} is still there", finding.subject)).collect();
    let known: BTreeSet<Name> = before.findings.iter().map(name).collect();
    // What a further round of repairs clears is on its way, and what a more exact finding said
    // before is nothing new.
    let explained = |finding: &Finding| match finding.rule.code {
        "credential/missing" => !is_usable(before, &finding.subject),
        _ => finding.repair.is_some() || known.contains(&name(finding)),
    };
    let errors = after.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let new = errors.filter(|finding| !explained(finding));
    faults.extend(new.map(|finding| format!("now there is {}: {}", finding.rule.code, finding.message)));
    faults.extend(lost_comments(case, &done));
    faults
}

/// Whether every agent can use the provider.
fn is_usable(looked: &Looked, provider: &str) -> bool {
    let all = looked.status.agents.iter().flat_map(|agent| &agent.providers);
    all.filter(|of| of.provider == provider).all(zirkabot::policy::status::ProviderStatus::is_usable)
}

/// Comments of files that are changed, and not there any more.
fn lost_comments(case: &Case, done: &Plan) -> Vec<String> {
    let texts: Vec<String> = done
        .changes
        .iter()
        .filter_map(|change| Some(String::from_utf8_lossy(change.bytes()?.expose()).into_owned()))
        .collect();
    let removed = |change: &plan::Change| matches!(change.action, Action::Remove | Action::Move(_));
    let changed = |path: &str| {
        let of = |change: &&plan::Change| change.path.ends_with(path) && !removed(change);
        done.changes.iter().any(|change| of(&change))
    };
    let files = case.files.iter().filter(|file| changed(&file.path));
    let comments = files.flat_map(|file| file.body.lines()).filter_map(comment);
    let lost = comments.filter(|comment| !texts.iter().any(|text| text.contains(comment)));
    lost.map(|comment| format!("the comment `{comment}` is lost")).collect()
}

/// The comment on a line: all behind its sign, if a blank or nothing stands before that.
fn comment(line: &str) -> Option<&str> {
    let begins = |sign: &str| line.trim_start().starts_with(sign).then(|| line.trim());
    let follows = |sign: &str| line.find(sign).map(|at| line[at..].trim());
    begins("# ").or_else(|| begins("//")).or_else(|| follows(" # ")).or_else(|| follows(" // "))
}

#[test]
fn every_repair_mends_what_it_says_and_nothing_else_breaks() {
    let (mut failures, mut made) = (Vec::new(), 0);
    for case in case::all() {
        let before = looked(&Home::of(&case).machine());
        let offered = before.findings.iter().filter(|finding| finding.repair.is_some());
        let codes: BTreeSet<_> = offered.map(|finding| finding.rule.code).collect();
        for code in codes {
            made += 1;
            let faults = faults(&case, code, &before);
            failures.extend(faults.iter().map(|fault| format!("{}, {code}: {fault}", case.name)));
        }
    }
    println!("{made} kinds of repairs over all fixtures");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn all_repairs_together_come_to_an_end() {
    let codes: Vec<&str> = zirkabot::checks::rules().map(|rule| rule.code).collect();
    let mut failures = Vec::new();
    for case in case::all() {
        for choice in [force(&[]), force(&codes), Choice { class: Class::Fix, only: Vec::new() }] {
            if let Err(fault) = repaired(&Home::of(&case).machine(), &choice) {
                failures.push(format!("{}: {fault}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Makes all repairs really, round by round; how the home is then.
fn made(home: &Home) -> Result<Looked, String> {
    let mut machine = home.machine();
    let all = force(&[]);
    for _ in 0..ROUNDS {
        let now = looked(&machine);
        if zirkabot::checks::choice::plan(&now.world, &now.findings, &all).0.changes.is_empty() {
            return Ok(now);
        }
        let target = Target {
            state_dir: now.world.paths.state.clone(),
            lock_timeout: 1000,
            command: "zirkabot doctor --fix".to_owned(),
        };
        let receipt = apply::apply(&mut machine, &target, &mut |reader| {
            let now = looked(reader);
            zirkabot::checks::choice::plan(&now.world, &now.findings, &all).0
        });
        let failure = receipt.map_err(|fault| fault.to_string())?.failure().map(ToString::to_string);
        failure.map_or(Ok(()), Err)?;
    }
    Err("it does not come to an end".to_owned())
}

#[test]
fn repairs_come_out_as_foreseen() {
    let told = |looked: &Looked| -> BTreeSet<(Name, String)> {
        looked.findings.iter().map(|finding| (name(finding), finding.message.clone())).collect()
    };
    let mut failures = Vec::new();
    for case in case::all() {
        let home = Home::of(&case);
        let Ok((foreseen, done)) = repaired(&home.machine(), &force(&[])) else { continue };
        if done.changes.is_empty() || case.header.uid.is_some() {
            continue;
        }
        match made(&home) {
            Err(fault) => failures.push(format!("{}: {fault}", case.name)),
            Ok(now) if told(&now) != told(&foreseen) => {
                let (now, foreseen) = (told(&now), told(&foreseen));
                let odd: Vec<_> = now.symmetric_difference(&foreseen).collect();
                failures.push(format!("{}: {odd:?}", case.name));
            }
            Ok(_) => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// How the findings of a rule are mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// By edits, where they are safe.
    Repair,
    /// By a command that somebody else runs.
    Command,
    /// By a person who decides, or knows, something.
    Person,
}

use How::{Command, Person, Repair};

/// Every rule.
const MENDED: &[(&str, How)] = &[
    ("claude/cli-missing", Command),
    ("claude/not-logged-in", Command),
    ("claude/subscription", Command),
    ("config/ambiguous-file", Command),
    ("config/duplicate-agent-dir", Person),
    ("config/legacy-key", Repair),
    ("config/missing-variable", Command),
    ("config/newer-version", Person),
    ("config/schema", Person),
    ("config/secret-in-config", Repair),
    ("config/several-default-agents", Repair),
    ("config/syntax", Person),
    ("config/unknown-key", Person),
    ("config/unreadable", Repair),
    ("cooldown/billing-disabled", Person),
    ("cooldown/rate-limited", Person),
    ("credential/claude-code-only", Command),
    ("credential/duplicate", Repair),
    ("credential/malformed", Repair),
    ("credential/missing", Command),
    ("credential/not-declared", Repair),
    ("credential/not-stored", Repair),
    ("credential/wrong-kind", Repair),
    ("credential/wrong-mode", Repair),
    ("env/dotenv-syntax", Person),
    ("env/service-blind", Repair),
    ("env/shell-import-failed", Person),
    ("env/shell-import-skipped", Command),
    ("expiry/expired", Command),
    ("expiry/expiring", Command),
    ("expiry/seconds-not-milliseconds", Repair),
    ("expiry/unknown", Command),
    ("files/corrupt-store", Person),
    ("files/legacy-layout", Repair),
    ("files/missing-directory", Repair),
    ("files/mode-too-open", Repair),
    ("files/not-writable", Repair),
    ("files/several-state-dirs", Person),
    ("files/stale-temp", Repair),
    ("files/wrong-owner", Command),
    ("order/disables-provider", Repair),
    ("order/duplicate-entry", Repair),
    ("order/hides-stored", Person),
    ("order/unknown-profile", Repair),
    ("order/wrong-provider", Repair),
    ("precedence/disagree", Command),
    ("precedence/empty-blocks", Repair),
    ("precedence/shadowed", Person),
    ("precedence/stored-beats-env", Person),
    ("service/env-file-differs", Person),
    ("service/linger-off", Command),
    ("service/no-answer", Command),
    ("service/not-running", Command),
    ("service/restart-needed", Command),
    ("service/secret-in-unit", Repair),
    ("service/unit-drift", Repair),
    ("sync/behind", Repair),
    ("sync/source-blank", Command),
    ("sync/source-missing", Command),
    ("sync/source-unreadable", Command),
    ("sync/stale-copy", Repair),
];

/// What never happens to the superuser, as whom tests may run; held by tests of their own.
const NOT_FOR_ROOT: &[&str] = &["config/unreadable", "files/not-writable"];

/// The best way to mend that the fixtures show, by code.
fn shown() -> BTreeMap<&'static str, How> {
    let mut shown = BTreeMap::new();
    for case in case::all() {
        let looked = looked(&Home::of(&case).machine());
        for finding in &looked.findings {
            let command = diagnostic::command(&looked.world, finding);
            let how = match (&finding.repair, command) {
                (Some(_), _) => Repair,
                (None, Some(_)) => Command,
                (None, None) => Person,
            };
            let rank = |how: &How| [Repair, Command, Person].iter().position(|known| known == how);
            let best = shown.entry(finding.rule.code).or_insert(how);
            if rank(&how) < rank(best) {
                *best = how;
            }
        }
    }
    shown
}

#[test]
fn every_rule_is_mended_as_the_table_says() {
    let table: BTreeMap<&str, How> = MENDED.iter().copied().collect();
    let codes: BTreeSet<&str> = zirkabot::checks::rules().map(|rule| rule.code).collect();
    assert_eq!(table.keys().copied().collect::<BTreeSet<_>>(), codes, "one row for every rule");
    let shown = shown();
    let differs = |(code, how): &(&&str, &How)| {
        shown.get(**code) != Some(*how) && !(NOT_FOR_ROOT.contains(code) && **how == Repair)
    };
    let wrong: Vec<_> = table
        .iter()
        .filter(differs)
        .map(|(code, how)| format!("{code}: the table says {how:?}, the fixtures {:?}", shown.get(code)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_says_what_to_do() {
    for case in case::all() {
        for finding in looked(&Home::of(&case).machine()).findings {
            let says = finding.advice.is_some() || finding.repair.is_some();
            assert!(says, "{}: {} leaves its reader alone", case.name, finding.rule.code);
        }
    }
}
