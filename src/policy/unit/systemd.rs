//! Units for the user's systemd. What is below the home is written with `%h`.

use crate::config::gateway;
use crate::doc::Node;
use crate::doc::stamp::stamped;
use crate::policy::unit::{EVERY, UnitInputs};
use crate::sys::http::socket_address;
use std::path::Path;

/// The address of this machine for itself.
const HERE: &str = "127.0.0.1";

/// The gateway's unit. It names no file of variables: the gateway reads the state directory's `.env` itself, at each
/// request, and what the manager has read stays as it was until the next start.
pub(crate) fn unit(facts: &UnitInputs<'_>) -> String {
    let vars = facts.gateway_variables(("ZIRKABOT_SYSTEMD_UNIT", &format!("{}.service", facts.unit)));
    let text = format!(
        "# `systemctl --user edit {unit}` keeps your own settings in a file beside this one.\n\
         [Unit]\n\
         Description=zirkabot gateway{profile}\n\
         After=network-online.target\n\
         Wants=network-online.target\n\
         \n\
         [Service]\n\
         Type=notify\n\
         ExecStart={program} gateway\n\
         ExecReload=/bin/kill -HUP $MAINPID\n\
         Restart=always\n\
         RestartSec=5\n\
         RestartPreventExitStatus=78\n\
         KillMode=mixed\n\
         TimeoutStopSec=30\n\
         WatchdogSec=30\n\
         NoNewPrivileges=true\n\
         LockPersonality=true\n\
         MemoryMax=256M\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n\
         RestrictRealtime=true\n\
         UMask=0077\n\
         {vars}\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        unit = facts.unit,
        profile = profile(facts),
        program = program(facts),
        vars = variables(facts, &vars),
    );
    stamped(&text, 0, |stamp| format!("# {stamp}"))
}

/// The socket of the gateway: the manager listens, so that nobody is refused while it is started anew.
pub(crate) fn socket(facts: &UnitInputs<'_>) -> String {
    let text = format!(
        "[Unit]\n\
         Description=zirkabot gateway{profile}, the port\n\
         \n\
         [Socket]\n\
         ListenStream={address}\n\
         NoDelay=true\n\
         \n\
         [Install]\n\
         WantedBy=sockets.target\n",
        profile = profile(facts),
        address = address(facts),
    );
    stamped(&text, 0, |stamp| format!("# {stamp}"))
}

/// Where the gateway is to listen.
pub(super) fn address(facts: &UnitInputs<'_>) -> String {
    let (world, own) = (facts.world, gateway::root_of(&facts.world.desired));
    let port = world.env.gateway_port().or_else(|| gateway::port_in(&world.desired)).unwrap_or(gateway::PORT);
    let at = |key: &str| own.and_then(|own| own.get(key)).and_then(Node::as_str);
    let ip = match at("bind") {
        Some("lan") => "0.0.0.0",
        Some("custom") => at("customBindHost").unwrap_or(HERE),
        ip => ip.unwrap_or(HERE),
    };
    socket_address(ip, port).or_else(|| socket_address(HERE, port)).unwrap_or_default()
}

/// The unit of one run of the monitor.
pub(crate) fn monitor(facts: &UnitInputs<'_>) -> String {
    let text = format!(
        "[Unit]\nDescription=zirkabot monitor{profile}: warns before a credential expires\nAfter=network-online.target\nWants=network-online.target\n\n[Service]\nType=oneshot\nExecStart={program} monitor\n# Expired and expiring are news, not failures of this unit.\nSuccessExitStatus=1 2\nTimeoutStartSec=180\n{vars}{file}",
        profile = profile(facts),
        program = program(facts),
        vars = variables(facts, &facts.variables()),
        file =
            setting("EnvironmentFile", &format!("-{}", path(facts, &facts.world.paths.state.join(".env")))),
    );
    stamped(&text, 0, |stamp| format!("# {stamp}"))
}

/// The timer that starts it. A time of the calendar, so that a run that was slept through is made
/// up for.
pub(crate) fn timer(facts: &UnitInputs<'_>) -> String {
    let text = format!(
        "[Unit]\n\
         Description=zirkabot monitor{profile}, every {EVERY} minutes\n\
         \n\
         [Timer]\n\
         OnStartupSec=5min\n\
         OnCalendar=0/1:0/{EVERY}\n\
         RandomizedDelaySec=60\n\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
        profile = profile(facts),
    );
    stamped(&text, 0, |stamp| format!("# {stamp}"))
}

/// A drop-in with these settings, by section.
pub(crate) fn drop_in(settings: &[(&'static str, Vec<(&'static str, String)>)]) -> String {
    let section = |(name, settings): &(&str, Vec<(&str, String)>)| {
        let lines: String = settings.iter().map(|(key, value)| setting(key, value)).collect();
        format!("[{name}]\n{lines}")
    };
    let text = settings.iter().filter(|(_, own)| !own.is_empty()).map(section).collect::<Vec<_>>().join("\n");
    stamped(&text, 0, |stamp| format!("# {stamp}"))
}

/// `NAME=value` for `Environment=`, quoted.
pub(crate) fn variable(facts: &UnitInputs<'_>, name: &str, value: &str) -> String {
    let each = |dir: &str| path(facts, Path::new(dir));
    let value =
        if name == "PATH" { value.split(':').map(each).collect::<Vec<_>>().join(":") } else { each(value) };
    format!("\"{name}={}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn variables(facts: &UnitInputs<'_>, vars: &[(String, String)]) -> String {
    vars.iter().map(|(name, value)| setting("Environment", &variable(facts, name, value))).collect()
}

fn setting(key: &str, value: &str) -> String {
    format!("{key}={value}\n")
}

fn profile(facts: &UnitInputs<'_>) -> String {
    facts.world.paths.profile.as_ref().map(|profile| format!(" ({profile})")).unwrap_or_default()
}

/// A path as units have it: `%h` for the home, `%%` for a percent sign.
fn path(facts: &UnitInputs<'_>, path: &Path) -> String {
    let plain = |path: &Path| path.display().to_string().replace('%', "%%");
    match path.strip_prefix(&facts.world.paths.home) {
        Ok(rest) if rest.as_os_str().is_empty() => "%h".to_owned(),
        Ok(rest) => format!("%h/{}", plain(rest)),
        Err(_) => plain(path),
    }
}

/// The program as the first word of a command line, in which `$` stands for itself.
pub(crate) fn program(facts: &UnitInputs<'_>) -> String {
    let path = path(facts, facts.program);
    let plain = |c: char| c.is_ascii_alphanumeric() || "/%._-+@$".contains(c);
    if path.chars().all(plain) {
        return path;
    }
    format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::DocKind;
    use crate::doc::unit;
    use crate::policy::unit::tests::text;
    use crate::sys::secret::Secret;
    use crate::world::observe::open;
    use crate::world::service::Role;

    #[test]
    fn what_is_odd_in_a_path_is_quoted() {
        let text =
            text(Role::Unit, &[("ZIRKABOT_STATE_DIR", "/srv/100% \"a\"\\b")], "/home/u/my bin/$x/zirkabot");
        let doc = open::of_bytes(DocKind::Unit, text.clone().into_bytes());
        let service = doc.root.as_ref().and_then(|root| root.get("Service")).unwrap();
        let command = service.get("ExecStart").and_then(|node| node.as_str()).unwrap();
        assert_eq!(unit::words(command), ["%h/my bin/$x/zirkabot", "gateway"]);
        let values = service.members().iter().filter(|member| member.key == "Environment");
        let mut vars = values.flat_map(|member| member.node.members());
        let state = vars.find(|member| member.key == "ZIRKABOT_STATE_DIR").unwrap();
        assert_eq!(state.node.as_secret(), Some(&Secret::from("/srv/100%% \"a\"\\b")));
        // The gateway reads that file itself.
        assert!(service.get("EnvironmentFile").is_none(), "{text}");
        let text = self::text(Role::MonitorUnit, &[("ZIRKABOT_STATE_DIR", "/srv/100% \"a\"\\b")], "/z");
        let doc = open::of_bytes(DocKind::Unit, text.clone().into_bytes());
        let service = doc.root.as_ref().and_then(|root| root.get("Service")).unwrap();
        let file = service.get("EnvironmentFile").and_then(|node| node.as_str());
        assert_eq!(file, Some("-/srv/100%% \"a\"\\b/.env"), "{text}");
    }
}
