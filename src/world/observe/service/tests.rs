//! Definitions as tables: what a service sees of a variable, and where its files are.

use crate::report::sample;
use crate::sys::fake::Fake;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::observe::service::*;
use crate::world::observe::{Agents, Depth, observe};

const UNIT: &str = "/home/u/.config/systemd/user/zirkabot-gateway.service";
const DROP_IN: &str = "/home/u/.config/systemd/user/zirkabot-gateway.service.d/a.conf";
const DOTENV: &str = "/home/u/.zirkabot/.env";

/// The world of these variables and files, as deep as the doctor looks.
fn world(vars: &[(&str, &str)], files: &[(&str, &str)], profile: Option<&str>) -> World {
    let mut host = sample::host();
    host.env = vars.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value))).collect();
    observe(&Fake::new(host, files), &Agents::Default, profile, Depth::Doctor, false)
}

/// What the service sees of `K`; the here and now has another value.
fn seen(files: &[(&str, &str)]) -> Option<String> {
    let world = world(&[("K", "here"), ("USER", "u")], files, None);
    world.service.expect("there is a service").env.setting("K")
}

#[test]
fn the_later_and_the_nearer_one_counts() {
    for (files, expected) in [
        (&[(UNIT, "[Service]\nEnvironment=K=1\n")][..], Some("1")),
        (&[(UNIT, "[Service]\nEnvironment=K=1 K=2\n")], Some("2")),
        (&[(UNIT, "[Service]\nEnvironment=K=1\n"), (DROP_IN, "[Service]\nEnvironment=K=2\n")], Some("2")),
        (&[(UNIT, "[Service]\nEnvironment=K=1\n"), (DROP_IN, "[Service]\nEnvironment=\n")], None),
        (&[(UNIT, "[Unit]\nEnvironment=K=1\n[Service]\n")], None),
        (&[(UNIT, "[Service]\nEnvironment=K=1\nEnvironmentFile=/e\n"), ("/e", "K=2\n")], Some("2")),
        (
            &[
                (UNIT, "[Service]\nEnvironmentFile=/e\nEnvironmentFile=-/f\n"),
                ("/e", "K=2\n"),
                ("/f", "K=3\n"),
            ],
            Some("3"),
        ),
        (&[(UNIT, "[Service]\nEnvironmentFile=/e\nEnvironmentFile=\n"), ("/e", "K=2\n")], None),
        (&[(UNIT, "[Service]\nEnvironmentFile=e\n"), ("/srv/work/e", "K=2\n")], None),
        (
            &[
                (UNIT, "[Service]\nEnvironmentFile=%h/%p-%u.env\n"),
                ("/home/u/zirkabot-gateway-u.env", "K=4\n"),
            ],
            Some("4"),
        ),
        (&[(UNIT, "[Service]\nEnvironment=K=%h/%%/%q\n")], Some("/home/u/%/%q")),
        (&[(UNIT, "[Service]\nEnvironment=K=1\nUnsetEnvironment=A K\n")], None),
        (&[(UNIT, "[Service]\nEnvironment=K=1\nUnsetEnvironment=K=2\n")], Some("1")),
        (&[(UNIT, "[Service]\nEnvironment=K=1\nUnsetEnvironment=K\nUnsetEnvironment=\n")], Some("1")),
    ] {
        assert_eq!(seen(files).as_deref(), expected, "{files:?}");
    }
}

#[test]
fn files_fill_what_the_unit_leaves_open() {
    let config = "/home/u/.zirkabot/zirkabot.toml";
    for (files, expected) in [
        // What is taken out leaves room for `.env`; what is empty does not.
        (&[(UNIT, "[Service]\nEnvironment=K=1\nUnsetEnvironment=K\n"), (DOTENV, "K=5")][..], Some("5")),
        (&[(UNIT, "[Service]\nEnvironment=K=\n"), (DOTENV, "K=5")], Some("")),
        (&[(UNIT, "[Service]\nEnvironment=K=1\n"), (DOTENV, "K=5")], Some("1")),
        // Where it works it finds keys of providers and nothing else.
        (&[(UNIT, "[Service]\n"), (DOTENV, "K=5"), ("/home/u/.env", "K=6")], Some("5")),
        (&[(UNIT, "[Service]\nWorkingDirectory=-~\n"), ("/home/u/.env", "K=6")], None),
        (
            &[(UNIT, "[Service]\nEnvironment=ZIRKABOT_STATE_DIR=/s\n"), (DOTENV, "K=5"), ("/s/.env", "K=7")],
            Some("7"),
        ),
        (
            &[
                (UNIT, "[Service]\nEnvironment=ZIRKABOT_PROFILE=work\n"),
                ("/home/u/.zirkabot-work/.env", "K=7"),
            ],
            Some("7"),
        ),
        (
            &[
                (UNIT, "[Service]\nExecStart=z --profile work gateway\n"),
                ("/home/u/.zirkabot-work/.env", "K=7"),
            ],
            Some("7"),
        ),
        (&[(UNIT, "[Service]\n"), (config, "[env]\nK = \"8\"\n")], Some("8")),
        (&[(UNIT, "[Service]\nEnvironment=K=\n"), (config, "[env]\nK = \"8\"\n")], Some("8")),
        (&[(UNIT, "[Service]\nEnvironment=J=9\n"), (config, "[env]\nK = \"${J}\"\n")], Some("9")),
        (&[(UNIT, "[Service]\n"), ("/srv/work/.env", "K=0")], None),
    ] {
        assert_eq!(seen(files).as_deref(), expected, "{files:?}");
    }
}

#[test]
fn a_key_is_found_where_the_service_works() {
    const KEY: &str = "GROQ_API_KEY";
    for (unit, path) in [
        ("[Service]\n", "/home/u/.env"),
        ("[Service]\nWorkingDirectory=/w\n", "/w/.env"),
        ("[Service]\nWorkingDirectory=-~\n", "/home/u/.env"),
    ] {
        let files = [(UNIT, unit), (DOTENV, "GROQ_API_KEY=5"), (path, "GROQ_API_KEY=6")];
        let service = world(&[], &files, None).service.unwrap();
        assert_eq!(service.env.get(KEY), Some(&Secret::from("6")), "{unit}");
    }
}

#[test]
fn units_are_found_by_profile_variable_and_place() {
    let found = |vars: &[(&str, &str)], file: &str, profile| {
        world(vars, &[(file, "[Service]\n")], profile).service.map(|service| (service.name, service.manager))
    };
    let user = |name: &str| Some((name.to_owned(), Manager::User));
    assert_eq!(found(&[], UNIT, None), user("zirkabot-gateway.service"));
    assert_eq!(found(&[], UNIT, Some("work")), None);
    let work = "/home/u/.config/systemd/user/zirkabot-gateway-work.service";
    assert_eq!(found(&[], work, Some("work")), user("zirkabot-gateway-work.service"));
    for name in ["bot", "bot.service", " bot.service "] {
        let vars = [("ZIRKABOT_SYSTEMD_UNIT", name), ("XDG_CONFIG_HOME", "/x")];
        assert_eq!(found(&vars, "/x/systemd/user/bot.service", None), user("bot.service"), "{name:?}");
    }
    for name in ["--host=h", "../bot", "a b", ""] {
        let file = format!("/home/u/.config/systemd/user/{name}.service");
        assert_eq!(found(&[("ZIRKABOT_SYSTEMD_UNIT", name)], &file, None), None, "{name:?}");
    }
    assert_eq!(
        found(&[], "/etc/systemd/user/zirkabot-gateway.service", None),
        user("zirkabot-gateway.service")
    );
    let system = found(&[], "/etc/systemd/system/zirkabot-gateway.service", None);
    assert_eq!(system, Some(("zirkabot-gateway.service".to_owned(), Manager::System)));
    let plist =
        found(&[("ZIRKABOT_LAUNCHD_LABEL", "my.bot")], "/home/u/Library/LaunchAgents/my.bot.plist", None);
    assert_eq!(plist, Some(("my.bot".to_owned(), Manager::Launchd)));
}

#[test]
fn what_cannot_be_seen_is_said() {
    let opaque = |unit: &str| world(&[], &[(UNIT, unit), ("/e", "")], None).service.is_some_and(|s| s.opaque);
    assert!(!opaque("[Service]\nEnvironmentFile=/e\nEnvironmentFile=-/absent\nPassEnvironment=K\n"));
    assert!(!opaque("[Service]\nEnvironmentFile=/*.env\n"));
    assert!(opaque("[Service]\nEnvironmentFile=/%o.env\n"));
    assert!(opaque("[Service]\nEnvironment=ZIRKABOT_STATE_DIR=/%o\n"));
    let system = "/etc/systemd/system/zirkabot-gateway.service";
    let world = world(&[], &[(system, "[Service]\nPassEnvironment=K\n")], None);
    assert!(world.service.is_some_and(|service| service.opaque));
}

/// A gateway that runs, with the variables of its process.
fn running(environ: &'static str) -> [(&'static str, &'static str); 2] {
    [("/proc/77/cmdline", "/usr/bin/zirkabot\0gateway\0"), ("/proc/77/environ", environ)]
}

#[test]
fn a_running_process_says_what_it_has_got() {
    const KEY: &str = "GROQ_API_KEY";
    let plain = "[Service]\nExecStart=zirkabot gateway\nEnvironment=GROQ_API_KEY=1\n";
    let wrapped = "[Service]\nExecStart=doppler run -- zirkabot gateway\n";
    let shell = "[Service]\nExecStart=/bin/bash -lc 'exec zirkabot gateway'\nEnvironment=GROQ_API_KEY=1\n";
    for depth in [Depth::Doctor, Depth::Gateway] {
        for (unit, environ, expected) in [
            (wrapped, Some("GROQ_API_KEY=9\0HOME=/home/u\0"), (Some("9"), false)),
            (wrapped, Some("HOME=/home/u\0"), (Some("5"), false)),
            (wrapped, None, (Some("5"), true)),
            (shell, Some("GROQ_API_KEY=9\0"), (Some("9"), false)),
            (shell, None, (Some("1"), true)),
            // Started before the unit was changed.
            (plain, Some("GROQ_API_KEY=8\0"), (Some("8"), false)),
            (plain, Some("HOME=/home/u\0"), (Some("5"), false)),
            (plain, None, (Some("1"), false)),
        ] {
            let mut files = vec![(UNIT, unit), (DOTENV, "GROQ_API_KEY=5")];
            files.extend(environ.map(running).into_iter().flatten());
            let mut host = sample::host();
            host.env = [(KEY.to_owned(), Secret::from("here"))].into_iter().collect();
            let world = observe(&Fake::new(host, &files), &Agents::Default, None, depth, false);
            let service = world.service.unwrap();
            let got = service.env.get(KEY).map(|value| value.expose().as_str());
            assert_eq!((got, service.opaque), expected, "{depth:?} {unit} {environ:?}");
        }
    }
}

#[test]
fn the_service_of_somebody_else_is_not_the_bot() {
    let system = "/etc/systemd/system/zirkabot-gateway.service";
    let is_bot = |unit: &str| {
        let world = world(&[("USER", "u")], &[(system, unit)], None);
        world.service.is_some() && world.bot_service().is_some()
    };
    assert!(is_bot("[Service]\nUser=u\nExecStart=zirkabot gateway\n"));
    assert!(is_bot("[Service]\nExecStart=zirkabot gateway\n"));
    assert!(!is_bot("[Service]\nUser=bot\nExecStart=zirkabot gateway\n"));
    assert!(!is_bot("[Service]\nUser=u\nEnvironment=ZIRKABOT_STATE_DIR=/var/lib/bot\n"));
    assert!(!is_bot(""));
}

#[test]
fn the_same_line_of_one_file_counts_once() {
    let unit = "[Service]\nExecStart=zirkabot gateway\nEnvironmentFile=-%h/.zirkabot/.env\n";
    let world = world(&[], &[(UNIT, unit), (DOTENV, "GROQ_API_KEY=5")], None);
    let service = world.service.as_ref().unwrap();
    let bindings = service.env.bindings("GROQ_API_KEY");
    assert_eq!(bindings.len(), 1);
    assert_eq!(bindings[0].doc, service.dotenv);
}

#[test]
fn a_shell_that_a_program_for_secrets_has_started_is_known() {
    for (parents, expected) in [
        (&[("/proc/1/stat", "1 (z (x)) S 9 1"), ("/proc/9/stat", "9 (d) S 1 9")][..], None),
        (
            &[("/proc/1/stat", "1 (z) S 9 1"), ("/proc/9/cmdline", "/usr/bin/doppler\0run\0--\0z\0")],
            Some("doppler run"),
        ),
        (
            &[
                ("/proc/1/stat", "1 (z) S 9 1"),
                ("/proc/9/cmdline", "bash\0"),
                ("/proc/9/stat", "9 (b) S 7 1"),
                ("/proc/7/cmdline", "op\0run\0"),
            ],
            Some("op run"),
        ),
    ] {
        let mut files = vec![(UNIT, "[Service]\nExecStart=zirkabot gateway\n")];
        files.extend(parents);
        let service = world(&[], &files, None).service.unwrap();
        assert_eq!(service.handed_by.as_deref(), expected, "{parents:?}");
    }
}
