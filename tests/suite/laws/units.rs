//! What a unit gives its service: read by us, by a small interpreter of our own kind of which the
//! result is handed to a real process, and by systemd itself where it is installed.

mod reference;
mod table;

use crate::support::home::{Home, NOW};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use table::{CASES, Unit};
use zirkabot::pipeline::{self, Query};
use zirkabot::world::observe::service::{Manager, Service};
use zirkabot::world::observe::{Agents, Depth};

/// Variables by name.
type Vars = BTreeMap<String, String>;

/// A home with the files of a case below its system, and what is found there.
fn observed(unit: &Unit) -> (Home, Service) {
    let placed = |path: &str| format!("system/{path}");
    let files: Vec<(String, String)> =
        unit.files.iter().map(|(path, text)| (placed(path), (*text).to_owned())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut home = Home::with(NOW, &files);
    let root = home.path().join("system");
    for (path, _) in unit.files {
        // Files name others by where they are.
        let path = root.join(path);
        let text = std::fs::read_to_string(&path).unwrap().replace("[ROOT]", &root.display().to_string());
        std::fs::write(&path, text).unwrap();
    }
    for (path, target) in unit.links {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target.replace("[ROOT]", &root.display().to_string()), root.join(path))
            .unwrap();
    }
    home.set("ZIRKABOT_SYSTEMD_UNIT", unit.name);
    let ask = Query {
        agents: Agents::Default,
        profile: None,
        depth: Depth::Doctor,
        options: Default::default(),
        trusts_cwd: false,
        export: None,
    };
    let looked = pipeline::look(&home.machine(), &ask);
    let service = looked.world.service.unwrap_or_else(|| panic!("{}: no service", unit.what));
    (home, service)
}

/// What we say that it is given.
fn given(service: &Service) -> Vars {
    let known = service.given.iter().filter(|given| given.name != "CREDENTIALS_DIRECTORY");
    known.map(|given| (given.name.clone(), given.value.expose().clone())).collect()
}

#[test]
fn a_process_started_as_the_unit_says_has_what_we_say() {
    assert!(CASES.len() >= 40, "only {} units", CASES.len());
    let mut faults = Vec::new();
    for unit in CASES {
        let (home, service) = observed(unit);
        let expected = reference::variables(&home.path().join("system"), unit.name);
        let child = reference::child(&expected);
        let ours = given(&service);
        if ours != child {
            faults.push(format!("{}: we say {ours:?}, a process has {child:?}", unit.what));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[expect(clippy::print_stderr, reason = "says why nothing was compared")]
fn systemd_reads_these_units_as_we_do() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("skipped: systemd-analyze is not installed");
        return;
    }
    let (mut faults, mut seen) = (Vec::new(), 0);
    for unit in CASES.iter().filter(|unit| unit.loads) {
        let (home, service) = observed(unit);
        let root = home.path().join("system");
        let Some(dump) = dump(&root, unit.name) else { continue };
        seen += 1;
        let values = |key: &str| -> Vec<String> {
            let prefix = format!("{key}: ");
            let lines = dump.lines().filter_map(|line| line.trim_start_matches('\t').strip_prefix(&prefix));
            lines.map(str::to_owned).collect()
        };
        let known = |name: &str| service.given.iter().all(|given| given.name != name || given.known);
        let mut theirs: Vars = values("Environment")
            .iter()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .filter(|(name, _)| known(name))
            .collect();
        // They are taken out, and the files read, only when the service is started.
        for entry in values("UnsetEnvironment") {
            match entry.split_once('=') {
                Some((name, value)) if theirs.get(name).map(String::as_str) != Some(value) => {}
                Some((name, _)) => drop(theirs.remove(name)),
                None => drop(theirs.remove(&entry)),
            }
        }
        let in_unit = service.given.iter().filter(|given| service.parts.contains(&given.loc.doc));
        let ours: Vars = in_unit
            .filter(|given| given.known)
            .map(|given| (given.name.clone(), given.value.expose().clone()))
            .collect();
        let of_files = service.given.iter().filter(|given| service.files.contains(&given.loc.doc));
        of_files.for_each(|given| drop(theirs.remove(&given.name)));
        if ours != theirs {
            faults.push(format!("{}: we say {ours:?}, systemd {theirs:?}", unit.what));
        }
        // It names those that are switched off, too.
        let is_on =
            |path: &String| std::fs::canonicalize(path).is_ok_and(|path| path != Path::new("/dev/null"));
        let drop_ins = values("DropIn Path").iter().filter(|path| is_on(path)).count();
        if drop_ins != service.parts.len() - 1 {
            faults.push(format!(
                "{}: systemd has {drop_ins} drop-ins, we {}",
                unit.what,
                service.parts.len() - 1
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    if seen == 0 {
        eprintln!("skipped: this systemd-analyze shows no units");
        return;
    }
    assert_eq!(seen, CASES.iter().filter(|unit| unit.loads).count(), "systemd loads all of them, or none");
}

/// What systemd makes of a unit, line by line; none if it does not tell.
fn dump(root: &Path, name: &str) -> Option<String> {
    let mut command = Command::new("systemd-analyze");
    command.args([
        "--man=no",
        "--system",
        &format!("--root={}", root.display()),
        "verify",
        &format!("{name}.service"),
    ]);
    let output = command.env("SYSTEMD_LOG_LEVEL", "debug").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.contains("Unit Load State: loaded").then_some(text)
}

#[test]
fn what_only_systemd_can_know_is_not_taken_for_known() {
    let unit = Unit {
        what: "",
        name: "bot",
        files: &[("etc/systemd/system/bot.service", "[Service]\nEnvironment=A=%o B=%%o C=%s/x\n")],
        links: &[],
        loads: false,
    };
    let (_home, service) = observed(&unit);
    let known: Vec<_> = service.given.iter().map(|given| (given.name.as_str(), given.known)).collect();
    assert_eq!(known, [("A", false), ("B", true), ("C", false)]);
    assert!(!service.opaque);
}

#[test]
fn a_masked_unit_says_nothing_and_hides_no_other_manager() {
    let of = |files: &'static [(&str, &str)], links: &'static [(&str, &str)]| {
        let (_home, service) = observed(&Unit { what: "masked", name: "bot", files, links, loads: false });
        (service.masked, service.opaque, service.given.len())
    };
    let lower = ("usr/lib/systemd/system/bot.service", "[Service]\nEnvironment=A=1\n");
    assert_eq!(of(&[("etc/systemd/system/bot.service", "")], &[]), (true, true, 0));
    assert_eq!(
        of(
            const { &[("usr/lib/systemd/system/bot.service", "[Service]\nEnvironment=A=1\n")] },
            &[("etc/systemd/system/bot.service", "/dev/null")]
        ),
        (true, true, 0)
    );
    assert_eq!(
        of(
            const {
                &[
                    ("etc/systemd/user/bot.service", ""),
                    ("usr/lib/systemd/system/bot.service", "[Service]\nEnvironment=A=1\n"),
                ]
            },
            &[]
        ),
        (false, false, 1),
        "{lower:?}"
    );
}

#[test]
fn credentials_are_told_from_variables() {
    let unit = Unit {
        what: "",
        name: "bot",
        files: &[(
            "etc/systemd/system/bot.service",
            "[Service]\nLoadCredential=ANTHROPIC_API_KEY:/etc/keys/%p\nSetCredential=B:CANARY\nLoadCredentialEncrypted=C\nImportCredential=d.*\n",
        )],
        links: &[],
        loads: false,
    };
    let (_home, service) = observed(&unit);
    let found: Vec<_> = service
        .credentials
        .iter()
        .map(|one| (one.name.as_str(), one.from.as_ref().map(|path| path.display().to_string())))
        .collect();
    let expected =
        [("ANTHROPIC_API_KEY", Some("/etc/keys/bot".to_owned())), ("C", None), ("B", None), ("d.*", None)];
    assert_eq!(found, expected);
    let names: Vec<_> = service.given.iter().map(|given| given.name.as_str()).collect();
    assert_eq!(names, ["CREDENTIALS_DIRECTORY"]);
    assert!(!format!("{service:?}").contains("CANARY"));
}

/// What is found of a gateway with these files below the system of a user.
fn found(files: &[(&str, &str)]) -> Option<Service> {
    let files: Vec<(String, &str)> =
        files.iter().map(|(path, text)| (format!("system/{path}"), *text)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let mut home = Home::with(NOW, &files);
    home.set("USER", "bot");
    let ask = Query {
        agents: Agents::Default,
        profile: None,
        depth: Depth::Doctor,
        options: Default::default(),
        trusts_cwd: false,
        export: None,
    };
    pipeline::look(&home.machine(), &ask).world.service
}

#[test]
fn a_gateway_that_cron_starts_has_what_the_lines_before_it_set() {
    let line = "A=CANARY\nPATH=/opt/bin\n@reboot zirkabot gateway\nA=2\n";
    let service = found(&[("var/spool/cron/crontabs/bot", line)]).unwrap();
    assert_eq!(service.manager, Manager::Cron);
    assert_eq!(service.env.setting("A").as_deref(), Some("CANARY"));
    assert_eq!(service.env.setting("PATH").as_deref(), Some("/opt/bin"));
    assert_eq!(service.env.setting("SHELL").as_deref(), Some("/bin/sh"));
    assert!(service.run.is_none() && !service.opaque);
    let of_system = found(&[("etc/cron.d/bot", "A=1\n@reboot bot zirkabot gateway\n")]).unwrap();
    assert_eq!(of_system.env.setting("A").as_deref(), Some("1"));
    let nobody = [
        ("etc/crontab", "@reboot other zirkabot gateway\n"),
        ("etc/cron.d/a.bak", "@reboot bot zirkabot gateway\n"),
    ];
    assert!(found(&nobody).is_none());
    let unit = ("etc/systemd/system/zirkabot-gateway.service", "[Service]\n");
    assert_eq!(found(&[("var/spool/cron/bot", line), unit]).unwrap().manager, Manager::System);
}

#[test]
fn a_gateway_that_runs_by_itself_is_found() {
    let stat = format!("7 (a) b) S {} 250 0\n", ["0"; 18].join(" "));
    let process = [
        ("proc/7/cmdline", "node\0/opt/zirkabot/index.js\0gateway\0"),
        ("proc/7/environ", "A=CANARY\0B=\0"),
        ("proc/7/stat", stat.as_str()),
        ("proc/6/cmdline", "zirkabot\0gateway\0status\0"),
        ("proc/stat", "cpu 1\nbtime 1000\n"),
    ];
    let service = found(&process).unwrap();
    assert_eq!(service.manager, Manager::Process);
    assert_eq!(service.env.setting("A").as_deref(), Some("CANARY"));
    let run = service.run.unwrap();
    assert_eq!((run.active, run.started), (true, Some(1_002_500)));
    assert!(found(&process[3..]).is_none());
}

#[test]
fn property_lists_of_the_system_are_found() {
    let text = "<plist><dict><key>EnvironmentVariables</key><dict><key>A</key><string>1</string></dict></dict></plist>";
    for dir in ["LaunchAgents", "LaunchDaemons"] {
        let path = format!("Library/{dir}/com.zirkabot.gateway.plist");
        let service = found(&[(path.as_str(), text)]).unwrap();
        assert_eq!((service.manager, service.env.setting("A").as_deref()), (Manager::Launchd, Some("1")));
    }
}
