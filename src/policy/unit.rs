//! The files by which a service manager runs the gateway and the monitor: what they say, and the
//! commands that have the manager take notice. Pure: where they are, and what is there, is
//! `world::observe::service::own`'s business; that they are wanted is `intent::service`'s.
//!
//! Each text begins with a stamp, a comment with a checksum of the rest, so that a file that
//! somebody changed by hand can be told from one that is as we wrote it.

pub(crate) mod cron;
pub(crate) mod launchd;
pub(crate) mod manager;
pub(crate) mod path;
pub(crate) mod reread;
pub(crate) mod systemd;
pub(crate) mod termux;

use crate::config::gateway;
use crate::doc::Doc;
use crate::doc::stamp::is_untouched;
use crate::world::World;
use crate::world::service::Role;
use std::path::Path;

/// How often the monitor looks, in minutes.
pub(crate) const EVERY: u32 = 30;

/// Variables that choose files: the service gets them as they are here.
const CHOOSING: [&str; 2] = ["ZIRKABOT_STATE_DIR", "ZIRKABOT_CONFIG_PATH"];

/// What the gateway and the monitor are started with.
#[derive(Clone, Debug)]
pub(crate) struct UnitInputs<'a> {
    /// Where things are.
    pub world: &'a World,
    /// The program.
    pub program: &'a Path,
    /// Name of the gateway's unit without `.service`.
    pub unit: &'a str,
    /// Label of its property list.
    pub label: &'a str,
}

impl<'a> UnitInputs<'a> {
    /// Those of our files.
    pub(crate) fn of(own: &'a crate::world::service::ManagedFiles, world: &'a World) -> Self {
        Self { world, program: &own.program, unit: &own.unit, label: &own.label }
    }
}

impl UnitInputs<'_> {
    /// The variables of the gateway's process, in order. No secret is among them.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let paths = &self.world.paths;
        let mut vars = vec![
            ("HOME".to_owned(), paths.home.display().to_string()),
            ("PATH".to_owned(), path::search_path(self.world)),
        ];
        let mut push = |name: &str, value: String| vars.push((name.to_owned(), value));
        if let Some(profile) = &paths.profile {
            push("ZIRKABOT_PROFILE", profile.clone());
        }
        let chosen = |name: &str| self.world.env.setting(name).is_some_and(|text| !text.trim().is_empty());
        for name in CHOOSING.into_iter().filter(|name| chosen(name)) {
            let place = if name == CHOOSING[0] { Some(&paths.state) } else { paths.configs.first() };
            push(name, place.map(|path| path.display().to_string()).unwrap_or_default());
        }
        vars
    }

    /// The same for the gateway's own process, which learns how it was started.
    fn gateway_variables(&self, manager: (&str, &str)) -> Vec<(String, String)> {
        let mut vars = self.variables();
        let port = self.world.env.gateway_port().map(|port| port.to_string());
        let own = [
            (gateway::PORT_VARIABLE, port.unwrap_or_default()),
            (manager.0, manager.1.to_owned()),
            ("ZIRKABOT_SERVICE_MARKER", "zirkabot".to_owned()),
            ("ZIRKABOT_SERVICE_KIND", "gateway".to_owned()),
            ("ZIRKABOT_SERVICE_VERSION", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        vars.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        vars.retain(|(_, value)| !value.is_empty());
        vars
    }

    /// The whole text of a file; none of a drop-in, which depends on what a unit lacks.
    pub(crate) fn text(&self, role: Role) -> Option<String> {
        Some(match role {
            Role::Unit => systemd::unit(self),
            Role::Socket => systemd::socket(self),
            Role::DropIn => return None,
            Role::Plist => launchd::gateway(self),
            Role::MonitorUnit => systemd::monitor(self),
            Role::MonitorTimer => systemd::timer(self),
            Role::MonitorPlist => launchd::monitor(self),
            Role::Widget => termux::widget(self),
        })
    }
}

/// [`is_untouched`] of a file.
pub(crate) fn is_ours(doc: &Doc) -> bool {
    is_untouched(doc.text.expose())
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::doc::stamp::{STAMP, checksum};
    use crate::policy::unit::*;
    use crate::report::sample;

    /// The text of a role for these variables.
    pub(crate) fn text(role: Role, vars: &[(&str, &str)], program: &str) -> String {
        let world = sample::world(vars, &[]);
        let facts = UnitInputs {
            world: &world,
            program: Path::new(program),
            unit: "zirkabot-gateway",
            label: "com.zirkabot.gateway",
        };
        facts.text(role).unwrap()
    }

    #[test]
    fn what_somebody_changed_is_known() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::DropIn) {
            let text = text(role, &[], "/usr/bin/zirkabot");
            assert!(is_untouched(&text), "{role:?}: {text}");
            assert!(!is_untouched(&format!("{text}\n")), "{role:?}");
            assert!(!is_untouched(&text.replacen("zirkabot", "zirkabut", 3)), "{role:?}");
        }
        assert!(!is_untouched(""));
        // Hidden beside the stamp, behind a second one, or where nothing is left to be covered.
        let stamp = format!("{STAMP}{}", checksum(""));
        for text in [format!("{{a:{stamp}\0{stamp}}}"), format!("# {stamp} x\n"), stamp.clone()] {
            assert!(!is_untouched(&text), "{text}");
        }
        assert!(!is_untouched("[Service]\n"));
    }

    #[test]
    fn no_secret_goes_into_a_definition() {
        let vars = [
            ("ANTHROPIC_API_KEY", "sk-ant-api03-CANARY0000000000000000000000"),
            ("ZIRKABOT_GATEWAY_TOKEN", "CANARY-gateway"),
            ("ZIRKABOT_GATEWAY_PORT", "CANARY-port"),
        ];
        for role in Role::ALL.into_iter().filter(|role| *role != Role::DropIn) {
            let text = text(role, &vars, "/usr/bin/zirkabot");
            assert!(!text.contains("CANARY"), "{role:?}: {text}");
        }
    }
}
