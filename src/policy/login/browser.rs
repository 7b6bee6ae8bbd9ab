//! With which program a browser is opened, and how one elsewhere gets to this machine. Pure.

use crate::sys::Host;

/// The program that opens an address here; none where a person sees no browser of this machine.
pub(crate) fn opener(host: &Host) -> Option<&'static str> {
    let set = |name: &str| host.var(name).is_some_and(|value| !value.is_empty());
    if is_remote(host) || !host.stdout_tty {
        return None;
    }
    match () {
        () if host.macos => Some("open"),
        () if set("TERMUX_VERSION") => Some("termux-open-url"),
        () if set("DISPLAY") || set("WAYLAND_DISPLAY") => Some("xdg-open"),
        () => None,
    }
}

fn is_remote(host: &Host) -> bool {
    ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(|name| host.var(name).is_some())
}

/// The command that, run where the browser is, takes a port there to the same one here.
pub(crate) fn tunnel(host: &Host, port: u16) -> Option<String> {
    let here = host.var("SSH_CONNECTION")?.split_whitespace().nth(2)?;
    let is_address = here.chars().all(|c| c.is_ascii_hexdigit() || ".:".contains(c));
    let fine = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    let user = host.var("USER").filter(fine).map(|user| format!("{user}@")).unwrap_or_default();
    is_address.then(|| format!("ssh -N -L {port}:127.0.0.1:{port} {user}{here}"))
}

#[cfg(test)]
mod tests {
    use crate::policy::login::browser::*;
    use crate::sys::secret::Secret;

    fn host(vars: &[(&str, &str)]) -> Host {
        let mut host = crate::report::sample::host();
        host.env = vars.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value))).collect();
        host.stdout_tty = true;
        host
    }

    #[test]
    fn a_browser_is_opened_only_where_somebody_sees_it() {
        assert_eq!(opener(&host(&[("DISPLAY", ":0")])), Some("xdg-open"));
        assert_eq!(opener(&host(&[("TERMUX_VERSION", "0.118")])), Some("termux-open-url"));
        assert_eq!(opener(&host(&[("DISPLAY", "")])), None);
        assert_eq!(opener(&host(&[("DISPLAY", ":0"), ("SSH_TTY", "/dev/pts/1")])), None);
        assert_eq!(opener(&Host { stdout_tty: false, ..host(&[("DISPLAY", ":0")]) }), None);
    }

    #[test]
    fn the_way_through_ssh_is_named() {
        let from = ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.7 22");
        let line = tunnel(&host(&[from, ("USER", "me")]), 1455);
        assert_eq!(line.as_deref(), Some("ssh -N -L 1455:127.0.0.1:1455 me@192.0.2.7"));
        assert_eq!(tunnel(&host(&[("SSH_CONNECTION", "a b c;d e")]), 1), None);
        assert_eq!(tunnel(&host(&[]), 1), None);
    }
}
