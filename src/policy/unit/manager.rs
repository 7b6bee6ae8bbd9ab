//! The commands that have a service manager take notice of its files: which, and in which order.

use crate::world::World;
use crate::world::observe::service::{Manager, Service};
use std::path::Path;

/// Longest that one of them may take, in milliseconds: starting a service may.
pub(crate) const LIMIT: i64 = 30_000;

/// A command for a service manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagerCommand {
    /// The program.
    pub program: &'static str,
    /// Its arguments.
    pub args: Vec<String>,
    /// Whether it does not matter if it fails.
    pub may_fail: bool,
}

impl ManagerCommand {
    fn new(program: &'static str, args: &[&str]) -> Self {
        Self { program, args: args.iter().map(|arg| (*arg).to_owned()).collect(), may_fail: false }
    }

    fn or_not(self) -> Self {
        Self { may_fail: true, ..self }
    }
}

impl std::fmt::Display for ManagerCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.program)?;
        self.args
            .iter()
            .try_for_each(|arg| if arg.contains(' ') { write!(f, " '{arg}'") } else { write!(f, " {arg}") })
    }
}

/// One thing that is run: a unit or a property list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitTarget<'a> {
    /// Who runs it.
    pub manager: Manager,
    /// Name of the unit with its ending, or label.
    pub name: &'a str,
    /// Its file.
    pub path: &'a Path,
    /// The user, for launchd.
    pub uid: u32,
    /// The unit of its socket, if it has one.
    pub socket: Option<&'a str>,
}

/// Whether the manager answers: nothing is changed by it.
pub(crate) fn question(manager: Manager) -> ManagerCommand {
    match manager {
        Manager::Launchd => ManagerCommand::new("launchctl", &["list"]),
        _ => ManagerCommand::new("systemctl", &["--user", "show-environment"]),
    }
}

/// Has the manager read the files again, and run the target now and from now on; again, if it
/// `runs` already.
pub(crate) fn start(target: UnitTarget<'_>, runs: bool) -> Vec<ManagerCommand> {
    let (name, domain) = (target.name, format!("gui/{}", target.uid));
    if target.manager == Manager::Launchd {
        let path = target.path.display().to_string();
        let out = ManagerCommand::new("launchctl", &["bootout", &format!("{domain}/{name}")]).or_not();
        return vec![out, ManagerCommand::new("launchctl", &["bootstrap", &domain, &path])];
    }
    let enable = |name: &str| ManagerCommand::new("systemctl", &["--user", "enable", "--now", name]);
    let mut commands = vec![reload()];
    if let Some(socket) = target.socket {
        // Who listens by itself is in the way of the socket.
        commands.extend(runs.then(|| ManagerCommand::new("systemctl", &["--user", "stop", name])));
        commands.extend([enable(socket), enable(name)]);
        return commands;
    }
    commands.push(enable(name));
    if runs {
        commands.push(ManagerCommand::new("systemctl", &["--user", "restart", name]));
    }
    commands
}

/// Starts a service anew; nothing where no manager runs it.
pub(crate) fn restart(service: &Service, uid: u32) -> Vec<ManagerCommand> {
    let name = service.name.as_str();
    match service.manager {
        Manager::User => vec![reload(), ManagerCommand::new("systemctl", &["--user", "restart", name])],
        Manager::System => vec![
            ManagerCommand::new("systemctl", &["daemon-reload"]),
            ManagerCommand::new("systemctl", &["restart", name]),
        ],
        Manager::Launchd => {
            vec![ManagerCommand::new("launchctl", &["kickstart", "-k", &format!("gui/{uid}/{name}")])]
        }
        Manager::Cron | Manager::Process => Vec::new(),
    }
}

/// Shows the last lines that a service has written; none where nobody keeps them.
pub(crate) fn logs(service: &Service, world: &World, lines: u32, follow: bool) -> Option<ManagerCommand> {
    let lines = lines.to_string();
    let mut args = match service.manager {
        Manager::User => vec!["--user", "-u", &service.name, "-n", &lines],
        Manager::System => vec!["-u", &service.name, "-n", &lines],
        Manager::Launchd => vec!["-n", &lines],
        Manager::Cron | Manager::Process => return None,
    };
    if service.manager == Manager::Launchd {
        let root = world.doc(service.doc).root.as_ref();
        let file = root?.get("StandardErrorPath")?.as_str()?;
        args.extend(follow.then_some("-F"));
        args.extend(["--", file]);
        return Some(ManagerCommand::new("tail", &args));
    }
    args.push(if follow { "-f" } else { "--no-pager" });
    Some(ManagerCommand::new("journalctl", &args))
}

/// Ends the target, while its file is still there.
pub(crate) fn stop(target: UnitTarget<'_>) -> Vec<ManagerCommand> {
    match target.manager {
        Manager::Launchd => {
            let place = format!("gui/{}/{}", target.uid, target.name);
            vec![ManagerCommand::new("launchctl", &["bootout", &place]).or_not()]
        }
        _ => {
            let mut args = vec!["--user", "disable", "--now"];
            // First the socket, which would start it again.
            args.extend(target.socket);
            args.push(target.name);
            vec![ManagerCommand::new("systemctl", &args)]
        }
    }
}

/// Has the manager take notice that files are gone.
pub(crate) fn forget(manager: Manager) -> Vec<ManagerCommand> {
    if manager == Manager::Launchd { Vec::new() } else { vec![reload()] }
}

fn reload() -> ManagerCommand {
    ManagerCommand::new("systemctl", &["--user", "daemon-reload"])
}

#[cfg(test)]
mod tests {
    use crate::policy::unit::manager::*;

    #[test]
    fn commands_are_those_of_the_manager() {
        let said = |commands: Vec<ManagerCommand>| {
            commands.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let mut target = UnitTarget {
            manager: Manager::User,
            name: "z.service",
            path: Path::new("/a b/z"),
            uid: 501,
            socket: None,
        };
        assert_eq!(
            said(start(target, true)),
            "systemctl --user daemon-reload; systemctl --user enable --now z.service; systemctl --user restart z.service"
        );
        assert_eq!(said(stop(target)), "systemctl --user disable --now z.service");
        target.socket = Some("z.socket");
        assert_eq!(
            said(start(target, true)),
            "systemctl --user daemon-reload; systemctl --user stop z.service; systemctl --user enable --now z.socket; \
             systemctl --user enable --now z.service"
        );
        assert_eq!(said(stop(target)), "systemctl --user disable --now z.socket z.service");
        target.socket = None;
        target.manager = Manager::Launchd;
        target.name = "com.z";
        assert_eq!(
            said(start(target, true)),
            "launchctl bootout gui/501/com.z; launchctl bootstrap gui/501 '/a b/z'"
        );
        assert_eq!(said(stop(target)), "launchctl bootout gui/501/com.z");
    }
}
