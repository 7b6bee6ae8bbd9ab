//! Programs that stand in front of another one in a command line, and what they do to its environment.
//!
//! A program that is not in this table, and is no gateway, is taken for one that may change anything.

/// What a program in front of another one does to the environment of that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// It hands on what it has got. These options of it take a value in the next word, and so many words
    /// behind the options are its own.
    On(&'static [&'static str], usize),
    /// As `env` does: what it sets and takes away is in its own words.
    AsWritten,
    /// Secrets that it has from elsewhere; they are not for the disk.
    Secrets,
    /// What cannot be told from the command line.
    Unknown,
}

/// A program in front of another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Launcher {
    /// Name of its file.
    pub(crate) name: &'static str,
    /// The word by which it starts another program, where it does other things too.
    pub(crate) verb: &'static str,
    /// What it does.
    pub(crate) hands: Hands,
}

impl Launcher {
    /// As people name it: `doppler run`.
    pub(crate) fn shown(&self) -> String {
        if self.verb.is_empty() { self.name.to_owned() } else { format!("{} {}", self.name, self.verb) }
    }
}

const fn on(name: &'static str, valued: &'static [&'static str], operands: usize) -> Launcher {
    Launcher { name, verb: "", hands: Hands::On(valued, operands) }
}

const fn secrets(name: &'static str, verb: &'static str) -> Launcher {
    Launcher { name, verb, hands: Hands::Secrets }
}

const fn unknown(name: &'static str, verb: &'static str) -> Launcher {
    Launcher { name, verb, hands: Hands::Unknown }
}

/// All of them, by what they do.
static LAUNCHERS: &[Launcher] = &[
    Launcher { name: "env", verb: "", hands: Hands::AsWritten },
    on("exec", &[], 0),
    on("nohup", &[], 0),
    on("setsid", &[], 0),
    on("command", &[], 0),
    on("time", &["-o", "-f"], 0),
    on("nice", &["-n", "--adjustment"], 0),
    on("ionice", &["-c", "-n", "-p"], 0),
    on("chrt", &[], 1),
    on("taskset", &[], 1),
    on("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    on("stdbuf", &["-i", "-o", "-e"], 0),
    on("unbuffer", &[], 0),
    on("tini", &["-p", "-e"], 0),
    on("dumb-init", &["-r", "--rewrite"], 0),
    on("catatonit", &[], 0),
    on("systemd-cat", &["-t", "-p", "--identifier", "--priority"], 0),
    on("systemd-inhibit", &["--what", "--who", "--why", "--mode"], 0),
    on("caffeinate", &["-t", "-w"], 0),
    secrets("doppler", "run"),
    secrets("op", "run"),
    secrets("sops", "exec-env"),
    secrets("infisical", "run"),
    secrets("chamber", "exec"),
    secrets("aws-vault", "exec"),
    secrets("aws-sso", "exec"),
    secrets("saml2aws", "exec"),
    secrets("vault", "exec"),
    secrets("envconsul", ""),
    secrets("berglas", "exec"),
    secrets("teller", "run"),
    secrets("summon", ""),
    secrets("akeyless", ""),
    secrets("bws", "run"),
    secrets("phase", "run"),
    secrets("envchain", ""),
    secrets("dotenvx", "run"),
    secrets("dotenv-vault", ""),
    secrets("vaultenv", ""),
    secrets("vals", "exec"),
    secrets("fnox", "exec"),
    secrets("varlock", "run"),
    secrets("ssm-env", ""),
    secrets("secrethub", "run"),
    unknown("direnv", "exec"),
    unknown("dotenv", ""),
    unknown("mise", "exec"),
    unknown("rtx", "exec"),
    unknown("asdf", "exec"),
    unknown("nix", "run"),
    unknown("nix-shell", ""),
    unknown("devbox", "run"),
    unknown("devenv", ""),
    unknown("guix", "shell"),
    unknown("docker", "run"),
    unknown("docker-compose", "up"),
    unknown("podman", "run"),
    unknown("nerdctl", "run"),
    unknown("kubectl", "exec"),
    unknown("lxc", "exec"),
    unknown("incus", "exec"),
    unknown("machinectl", "shell"),
    unknown("systemd-run", ""),
    unknown("systemd-nspawn", ""),
    unknown("flatpak", "run"),
    unknown("snap", "run"),
    unknown("distrobox", "enter"),
    unknown("toolbox", "run"),
    unknown("proot-distro", "login"),
    unknown("chroot", ""),
    unknown("sudo", ""),
    unknown("doas", ""),
    unknown("su", ""),
    unknown("runuser", ""),
    unknown("setpriv", ""),
    unknown("gosu", ""),
    unknown("su-exec", ""),
    unknown("sh", ""),
    unknown("bash", ""),
    unknown("dash", ""),
    unknown("ash", ""),
    unknown("busybox", ""),
    unknown("zsh", ""),
    unknown("ksh", ""),
    unknown("fish", ""),
    unknown("nu", ""),
    unknown("tmux", ""),
    unknown("screen", ""),
    unknown("npx", ""),
    unknown("npm", ""),
    unknown("pnpm", ""),
    unknown("yarn", ""),
    unknown("bunx", ""),
    unknown("pm2", "start"),
    unknown("pm2-runtime", ""),
    unknown("forever", ""),
    unknown("nodemon", ""),
    unknown("supervise", ""),
    unknown("runsv", ""),
    unknown("chpst", ""),
    unknown("s6-setuidgid", ""),
    unknown("s6-envdir", ""),
    unknown("envdir", ""),
];

/// The launcher of this file name.
pub(crate) fn find(name: &str) -> Option<&'static Launcher> {
    LAUNCHERS.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use crate::catalog::launchers::*;

    #[test]
    fn each_launcher_stands_once() {
        for (at, row) in LAUNCHERS.iter().enumerate() {
            assert!(!row.name.is_empty() && !row.name.contains('/'), "{}", row.name);
            assert!(LAUNCHERS[..at].iter().all(|known| known.name != row.name), "{}", row.name);
        }
        assert!(find("doppler").is_some_and(|row| row.hands == Hands::Secrets));
        assert!(find("zirkabot").is_none());
    }
}
