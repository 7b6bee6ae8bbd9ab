//! What only the doctor looks at: it shows no secret, a status does without it, and what a service
//! does not see can be mended.

use crate::canary;
use crate::case::{self, Case};
use crate::home::Home;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use zirkabot::change::preview::Overlay;
use zirkabot::change::proposal::Class;
use zirkabot::checks::choice::Choice;
use zirkabot::pipeline::{self, Ask, Looked};
use zirkabot::report::diagnostic;
use zirkabot::report::style::Style;
use zirkabot::sys::real::Real;
use zirkabot::sys::{Host, Look, Probe, Probed, Reading, Stat};
use zirkabot::world::label::Labels;
use zirkabot::world::observe::{Agents, Depth};

fn ask(depth: Depth) -> Ask {
    Ask { agents: Agents::All, profile: None, depth, options: Default::default() }
}

/// The cases with something that only the doctor looks at.
fn cases() -> Vec<Case> {
    let deep = |case: &Case| {
        case.files.iter().any(|file| {
            file.path.contains("systemd") || file.path.contains("LaunchAgents") || file.path.contains("bin/")
        })
    };
    case::all().into_iter().filter(deep).collect()
}

fn case(name: &str) -> Case {
    case::all().into_iter().find(|case| case.name == name).unwrap()
}

fn codes(looked: &Looked) -> Vec<&'static str> {
    looked.findings.iter().map(|finding| finding.rule.code).collect()
}

/// All findings as they are printed.
fn printed(looked: &Looked) -> String {
    let labels = Labels::new(&looked.world);
    let print = |finding| diagnostic::report(&looked.world, finding, &labels, Style::PLAIN);
    looked.findings.iter().map(print).collect()
}

#[test]
fn no_finding_of_the_doctor_shows_a_secret() {
    let mut faults = Vec::new();
    let mut look = |case: &Case, how: &str| {
        let looked = pipeline::look(&Home::of(case).machine(), &ask(Depth::Doctor));
        let text = printed(&looked);
        let leaks = canary::leaks(text.as_bytes());
        faults.extend(leaks.iter().map(|leak| format!("{}, {how}: {leak}:\n{text}", case.name)));
    };
    let cases = cases();
    assert!(cases.len() >= 15, "only {} cases", cases.len());
    for case in &cases {
        look(case, "whole");
        for (at, file) in case.files.iter().enumerate() {
            for cut in (0..file.body.len()).step_by(37).filter(|cut| file.body.is_char_boundary(*cut)) {
                let broken = cut_at(case, at, cut);
                look(&broken, &format!("{} cut at {cut}", file.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The case with one file cut short.
fn cut_at(case: &Case, at: usize, cut: usize) -> Case {
    let written = std::fs::read_to_string(&case.file).unwrap();
    let mut broken = case::parse(case.file.clone(), &case.name, &written).unwrap();
    broken.files[at].body.truncate(cut);
    broken.files[at].options.push("no-final-newline".to_owned());
    broken
}

/// A look that notes what is asked of the service.
struct Watched {
    real: Real,
    asked: RefCell<Vec<PathBuf>>,
}

impl Watched {
    fn note(&self, path: &Path) {
        let text = path.to_string_lossy();
        if ["systemd", "LaunchAgents", "/proc/", "systemctl", "loginctl", "bin/"]
            .iter()
            .any(|word| text.contains(word))
        {
            self.asked.borrow_mut().push(path.to_owned());
        }
    }
}

impl Look for Watched {
    fn host(&self) -> &Host {
        self.real.host()
    }
    fn read(&self, path: &Path, limit: usize) -> Reading {
        self.note(path);
        self.real.read(path, limit)
    }
    fn stat(&self, path: &Path) -> Option<Stat> {
        self.note(path);
        self.real.stat(path)
    }
    fn list(&self, dir: &Path) -> Vec<String> {
        self.note(dir);
        self.real.list(dir)
    }
    fn resolve(&self, path: &Path) -> PathBuf {
        self.real.resolve(path)
    }
    fn probe(&self, probe: &Probe) -> Probed {
        self.note(Path::new(&probe.program));
        self.real.probe(probe)
    }
}

/// What is asked of the service in a home.
fn asked(name: &str, depth: Depth) -> Vec<PathBuf> {
    let home = Home::of(&case(name));
    let watched = Watched { real: home.machine(), asked: RefCell::default() };
    pipeline::look(&watched, &ask(depth));
    watched.asked.into_inner()
}

#[test]
fn a_status_does_not_look_at_the_service_and_nothing_is_started_without_one() {
    assert_eq!(asked("service/healthy", Depth::Status), Vec::<PathBuf>::new());
    let deep = asked("service/healthy", Depth::Doctor);
    assert!(deep.iter().any(|path| path.ends_with("systemctl")), "{deep:?}");
    let without = asked("claude/logged-in", Depth::Doctor);
    assert!(
        without.iter().all(|path| !path.ends_with("systemctl") && !path.starts_with("/proc")),
        "{without:?}"
    );
    // Besides the places of our own files.
    let others = without.iter().filter(|path| !path.to_string_lossy().contains("zirkabot"));
    assert!(others.count() <= 3, "{without:?}");
}

#[test]
fn what_a_service_does_not_see_is_put_where_it_does() {
    for name in ["env/service-does-not-see-exported-key", "env/service-lacks-referenced-variable"] {
        let home = Home::of(&case(name));
        let machine = home.machine();
        let first = pipeline::look(&machine, &ask(Depth::Doctor));
        let (plan, blocked) = zirkabot::checks::choice::plan(
            &first.world,
            &first.findings,
            &Choice { class: Class::Fix, only: Vec::new() },
        );
        assert!(blocked.is_empty(), "{blocked:?}");
        let dotenv = home.path().join(".zirkabot/.env");
        assert!(plan.changes.iter().any(|change| change.path == dotenv), "{name}: {:?}", plan.changes);
        let second = pipeline::look(&Overlay::new(&machine, &plan), &ask(Depth::Doctor));
        assert!(codes(&first).contains(&"env/service-blind"));
        assert!(!codes(&second).contains(&"env/service-blind"), "{:?}", codes(&second));
    }
}

/// A process with these variables, which ends when it is dropped, and a `systemctl` that tells of it.
fn running(home: &Home, vars: &[(&str, &str)]) -> std::process::Child {
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", "read line"]).stdin(std::process::Stdio::piped());
    let child = command.env_clear().envs(vars.iter().copied()).spawn().unwrap();
    let script =
        format!("#!/bin/sh\nprintf 'MainPID={}\\nActiveState=active\\nLoadState=loaded\\n'\n", child.id());
    std::fs::write(home.path().join("bin/systemctl"), script).unwrap();
    child
}

#[test]
fn a_process_with_older_variables_is_told_from_one_with_the_same() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let case = case("service/healthy");
    for (stale, path) in [(false, "[HOME]/.local/bin:/usr/local/bin:/usr/bin:/bin"), (true, "/usr/bin")] {
        let mut home = Home::of(&case);
        home.on_this_system();
        let root = home.path().display().to_string();
        let path = path.replace("[HOME]", &root);
        let mut child = running(&home, &[("HOME", &root), ("PATH", &path)]);
        let looked = pipeline::look(&home.machine(), &ask(Depth::Doctor));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(codes(&looked).contains(&"service/restart-needed"), stale, "{}", printed(&looked));
    }
}
