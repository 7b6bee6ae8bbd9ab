//! Laws of the reconciler over made homes: thousands of them, drawn by numbered dice.
//!
//! `ZK_WORLDS=100000` draws more cases, `ZK_WORLD=17` only that one. A case that breaks a law is
//! made smaller and printed with its home.

pub(crate) mod answer;
mod around;
mod config;
mod dice;
mod disk;
mod edits;
mod laws;
mod made;
mod memory;
mod render;
mod store;
mod texts;
mod views;

use dice::Dice;
use laws::{Broken, Seen};
use made::Made;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use zirkabot::change::proposal::Class;
use zirkabot::checks;
use zirkabot::sys::Host;

/// Cases of each class in the ordinary run.
const CASES: u64 = 1800;

/// Cases of each class that are also laid down on the disk.
const ON_DISK: u64 = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Ways in which repairs are known to break a law, by what both say. To be taken out as they are
/// mended.
const KNOWN: &[(&str, &str)] = &[
    // A copy is taken from one agent although main's is not what the other one sees.
    ("still usable", "it then sees main's"),
    // What is moved from the older directory comes into a place that the same plan empties.
    ("carried out", "agent/auth.json"),
];

/// How often what was seen.
#[derive(Default)]
struct Tally {
    cases: usize,
    planned: usize,
    blocked: usize,
    known: usize,
    planted: usize,
    codes: BTreeMap<&'static str, usize>,
    actions: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn add(&mut self, seen: Seen) {
        self.cases += 1;
        self.planned += usize::from(!seen.actions.is_empty());
        self.planted += seen.planted;
        self.blocked += usize::from(seen.blocked);
        seen.codes.into_iter().for_each(|code| *self.codes.entry(code).or_default() += 1);
        seen.actions.into_iter().for_each(|action| *self.actions.entry(action).or_default() += 1);
    }
}

/// Runs the laws; a panic breaks one too.
fn judge(made: &Made, laws: &dyn Fn(&Made) -> Result<Seen, Broken>) -> Result<Seen, Broken> {
    catch_unwind(AssertUnwindSafe(|| laws(made))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

/// All cases of a class, as many as asked for.
fn run(class: Class, cases: u64, laws: &dyn Fn(&Made) -> Result<Seen, Broken>) -> Tally {
    let mut tally = Tally::default();
    let seeds = match (number("ZK_WORLD"), number("ZK_WORLDS")) {
        (Some(one), _) => one..one + 1,
        // Fewer where each takes longer.
        (None, more) => 0..more.map_or(cases, |more| more * cases / CASES),
    };
    for seed in seeds {
        let mut dice = Dice::of_seed(seed * 3 + class as u64);
        let made = Made::of(&mut dice, class);
        match judge(&made, laws) {
            Ok(seen) => tally.add(seen),
            Err(why) if KNOWN.iter().any(|(law, what)| why.starts_with(law) && why.contains(what)) => {
                tally.known += 1;
            }
            Err(why) => fail(seed, class, dice.into_tape(), &why, laws),
        }
    }
    tally
}

/// Prints the smallest home that breaks the same law.
fn fail(
    seed: u64,
    class: Class,
    tape: Vec<u32>,
    why: &str,
    laws: &dyn Fn(&Made) -> Result<Seen, Broken>,
) -> ! {
    let law = |why: &str| why.split(':').next().unwrap_or_default().to_owned();
    let retold = |tape: &[u32]| Made::of(&mut Dice::of_tape(tape), class);
    let fails = |tape: &[u32]| judge(&retold(tape), laws).is_err_and(|other| law(&other) == law(why));
    let small = retold(&dice::shrink(tape, 20_000, &fails));
    let why = judge(&small, laws).err().unwrap_or_else(|| why.to_owned());
    panic!("case {seed} ({}) breaks a law: {why}\n\nthe home:\n{small}", class.as_str());
}

/// Codes that no made home can cause.
const NEVER: &[&str] = &[
    // No program can be asked, and there is no service.
    "claude/cli-missing",
    // Claude Code has no settings.
    "claude/key-helper",
    "claude/key-in-settings",
    "claude/not-logged-in",
    "claude/subscription",
    // Nor does one name its config relatively, or let others write what is in it.
    "config/not-trusted",
    // All made homes are ours.
    "config/own-key",
    // No provider or variable is misspelt, and no login is sent elsewhere.
    "config/unknown-provider",
    // A store of ours holds secrets, not references.
    "credential/reference",
    "env/cwd-not-trusted",
    "env/other-name",
    // No variable names a file with a key.
    "env/secret-file",
    "env/service-blind",
    "env/service-unclear",
    "files/foreign-store",
    // Nobody puts anything in the place of what zirkabot keeps for itself.
    "files/not-ours",
    "files/which-home",
    // All files of a made home belong to one user.
    "files/wrong-owner",
    // Made stores have whole orders.
    "order/not-a-list",
    "precedence/sent-elsewhere",
    // Nobody has asked a provider.
    "probe/refused",
    "probe/unreachable",
    "service/env-file-differs",
    "service/linger-off",
    "service/no-answer",
    "service/no-gateway",
    "service/not-running",
    "service/port-in-use",
    "service/restart-needed",
    "service/secret-in-unit",
    "service/unit-drift",
    "service/unsafe-name",
    // What waits to be stored is none of a made home's files.
    "sync/renewal-waiting",
];

/// At least so many changes of each kind, where repairs of the class make such changes at all.
const LEAST: usize = 60;

/// Kinds of changes that repairs make.
const REPAIRED: &[&str] = &["create", "update", "remove", "chmod", "move"];

/// What the ordinary run has to have seen, so that the laws were about something.
fn covered(class: Class, tally: &Tally, actions: &[&'static str]) {
    let Tally { cases, planned, blocked, known, planted, codes, .. } = tally;
    println!(
        "{}: {cases} cases, {planned} with a plan, {blocked} blocked, {known} known to fail, {planted} planted; {:?}",
        class.as_str(),
        tally.actions
    );
    if number("ZK_WORLD").or(number("ZK_WORLDS")).is_some_and(|asked| asked < CASES) {
        return;
    }
    let silent = checks::rules().map(|rule| rule.code).filter(|code| !codes.contains_key(code));
    assert_eq!(silent.collect::<Vec<_>>(), NEVER, "the generator makes no home in which these fire");
    for action in actions {
        let count = tally.actions.get(action).copied().unwrap_or_default();
        assert!(count >= LEAST, "only {count} changes of the kind `{action}`");
    }
    assert!(*planted >= LEAST, "only {planted} unknown values were looked for");
}

#[test]
fn a_secret_is_not_asked_for_where_it_would_be_seen() {
    let made = Made::of(&mut Dice::of_tape(&[]), Class::Auto);
    let home = Path::new("/home/u");
    let host = Host { stdin_tty: true, stdout_tty: true, ..made.host(home, 1000) };
    let words = ["zirkabot", "models", "auth", "paste-token", "--provider", "anthropic"];
    let outcome = zirkabot::run(&mut memory::Memory::new(host), &words.map(str::to_owned));
    assert_eq!(outcome.exit.code(), 1);
    assert!(outcome.stderr.contains("this terminal would show the secret"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--token-file"), "{}", outcome.stderr);
}

#[test]
fn auto_repairs_keep_the_laws() {
    covered(Class::Auto, &run(Class::Auto, CASES, &laws::all), &["create", "update", "remove"]);
}

#[test]
fn safe_repairs_keep_the_laws() {
    covered(Class::Fix, &run(Class::Fix, CASES, &laws::all), REPAIRED);
}

#[test]
fn forced_repairs_keep_the_laws() {
    covered(Class::Force, &run(Class::Force, CASES, &laws::all), REPAIRED);
}

#[test]
fn any_plan_keeps_what_it_does_not_name_and_can_be_taken_back() {
    let all = ["create", "update", "remove", "chmod", "make dir", "move"];
    let tally = run(Class::Fix, CASES, &edits::hold);
    println!("any edits: {} cases, {} with a plan; {:?}", tally.cases, tally.planned, tally.actions);
    for action in all.iter().skip(1).filter(|_| tally.cases as u64 >= CASES) {
        let count = tally.actions.get(action).copied().unwrap_or_default();
        assert!(count >= LEAST, "only {count} changes of the kind `{action}`");
    }
}

#[test]
fn the_disk_is_as_memory_says() {
    for class in [Class::Auto, Class::Fix, Class::Force] {
        let tally = run(class, ON_DISK, &disk::agrees);
        println!("{} on disk: {} cases, {} with a plan", class.as_str(), tally.cases, tally.planned);
    }
}
