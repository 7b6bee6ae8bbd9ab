//! What is read again is what was meant, and what cannot stand in a definition is refused.

use crate::policy::unit::reread::*;
use crate::report::sample;

/// Paths, and whether they can stand in every definition.
const PATHS: &[(&str, bool)] = &[
    ("/srv/bot", true),
    ("/home/u/.other", true),
    ("/srv/my bot", true),
    ("/srv/100%h", true),
    ("/srv/'a' \"b\"", true),
    ("/srv/$HOME ${X} `x`", true),
    ("/srv/a\\b \\x41", true),
    ("/srv/bücher/日本", true),
    ("/srv/a;b#c&<d>", true),
    ("/srv/a\nExecStartPre=/x.sh", false),
    ("/srv/a\rb", false),
    ("/srv/a\tb", false),
    ("/srv/\u{1b}[2J", false),
    ("/srv/\u{85}x", false),
];

const ROLES: [Role; 6] =
    [Role::Unit, Role::MonitorUnit, Role::MonitorTimer, Role::Plist, Role::MonitorPlist, Role::Widget];

#[test]
fn what_is_written_says_what_is_meant_or_is_refused() {
    for (path, fine) in PATHS {
        for var in ["ZIRKABOT_STATE_DIR", "ZIRKABOT_CONFIG_PATH", "PNPM_HOME", ""] {
            let world = sample::world(&[(var, path)], &[]);
            let program = PathBuf::from(if var.is_empty() { path } else { "/usr/bin/zirkabot" });
            let facts = UnitInputs { world: &world, program: &program, unit: "z", label: "com.z.gateway" };
            for role in ROLES {
                let text = text(&facts, role);
                assert_eq!(text.is_ok(), *fine, "{var}={path:?} {role:?}: {text:?}");
            }
            let new = crontab(&facts, "0 3 * * * backup\n");
            assert_eq!(new.is_ok(), *fine, "{var}={path:?}: {new:?}");
            let settings = [(
                "Service",
                vec![
                    ("ExecStart", String::new()),
                    ("ExecStart", format!("{} gateway", systemd::program(&facts))),
                    ("RestartSec", "5".to_owned()),
                ],
            )];
            assert_eq!(drop_in(&facts, &settings).is_some(), *fine, "{var}={path:?}");
        }
    }
}

#[test]
fn a_profile_is_a_plain_name() {
    for (profile, fine) in
        [("work", true), ("a b", false), ("x\nExecStartPre=/x", false), ("../../x", false), ("x; y", false)]
    {
        let world = sample::world(&[("ZIRKABOT_PROFILE", profile)], &[]);
        let facts = UnitInputs { world: &world, program: Path::new("/z"), unit: "z", label: "com.z.gateway" };
        assert_eq!(text(&facts, Role::Unit).is_ok(), fine, "{profile}");
        assert_eq!(crontab(&facts, "").is_ok(), fine, "{profile}");
    }
}

#[test]
fn a_text_that_says_something_else_is_seen() {
    let world = sample::world(&[], &[]);
    let facts =
        UnitInputs { world: &world, program: Path::new("/usr/bin/z"), unit: "z", label: "com.z.gateway" };
    let unit = facts.text(Role::Unit).unwrap();
    assert!(is_unit(&facts, &unit, "gateway"));
    for (from, to) in [
        ("RestartSec=5\n", "RestartSec=5\nExecStartPre=/x.sh\n"),
        ("/usr/bin/z gateway", "/usr/bin/z monitor"),
        ("HOME=%h", "HOME=%t"),
        ("WatchdogSec=30\n", "WatchdogSec=30\nEnvironmentFile=/x\n"),
        ("[Install]", "[Service]"),
    ] {
        assert!(unit.contains(from) && !is_unit(&facts, &unit.replace(from, to), "gateway"), "{to}");
    }
    let list = facts.text(Role::Plist).unwrap();
    assert!(is_list(&facts, &list, "gateway"));
    for (from, to) in [("<true/>", "<true/>\n<key>Program</key><string>/x</string>"), ("/usr/bin/z", "/x")] {
        assert!(list.contains(from) && !is_list(&facts, &list.replace(from, to), "gateway"), "{to}");
    }
    for (line, command) in [(r"a\%b", Some("a%b")), (r"a\\%b", None), ("a%b", None), (r"a\b", Some(r"a\b"))] {
        assert_eq!(of_cron(line).as_deref(), command, "{line}");
    }
}
