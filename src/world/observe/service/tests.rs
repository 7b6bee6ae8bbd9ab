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
    observe(&Fake::new(host, files), &Agents::Default, profile, Depth::Doctor)
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
        (&[(UNIT, "[Service]\n"), (DOTENV, "K=5"), ("/home/u/.env", "K=6")], Some("6")),
        (&[(UNIT, "[Service]\nWorkingDirectory=/w\n"), (DOTENV, "K=5"), ("/w/.env", "K=6")], Some("6")),
        (&[(UNIT, "[Service]\nWorkingDirectory=-~\n"), ("/home/u/.env", "K=6")], Some("6")),
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
