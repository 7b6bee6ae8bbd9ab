//! What a command line starts: a gateway, by itself or through programs that stand in front of it, and what
//! these do to its environment. Where that cannot be told, it is said so, and nothing is guessed.

use crate::catalog::launchers::{self, Hands};
use crate::doc::{Loc, unit};
use crate::sys::secret::Secret;
use crate::world::observe::service::ServiceVar;
use std::path::Path;

/// Programs that run scripts.
const RUNTIMES: &[&str] = &["node", "bun", "deno"];

/// What a command line starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Launch {
    /// The words from the gateway's program on; empty if it is not found among them.
    pub(super) command: Vec<String>,
    /// Variables that are set in front of it, in order.
    pub(super) set: Vec<(String, String)>,
    /// Names that are taken away in front of it.
    pub(super) unset: Vec<String>,
    /// Whether it begins with nothing but what is set in front of it.
    pub(super) cleared: bool,
    /// The program in front of it that may give it any variable.
    pub(super) through: Option<Through>,
    /// Whether it starts a gateway; none if that cannot be told.
    pub(super) starts: Option<bool>,
}

/// A program in front of the gateway that may give it any variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// It as people name it: `doppler run`.
    pub name: String,
    /// Whether it hands over secrets from elsewhere.
    pub secrets: bool,
}

/// Reads a command line.
pub(super) fn of(words: &[String]) -> Launch {
    let mut launch = Launch::default();
    let mut rest = words.to_vec();
    loop {
        let Some(program) = rest.first() else {
            launch.starts = Some(false);
            return launch;
        };
        let name = file_name(program).to_owned();
        let reads_files = is_runtime(&name) && rest.iter().any(|word| word.starts_with("--env-file"));
        if !reads_files && is_gateway(&rest) {
            return Launch { command: rest, starts: Some(true), ..launch };
        }
        if !reads_files && arguments(&rest).is_some() && gateway_within(&rest[1..]).is_none() {
            return Launch { command: rest, starts: Some(false), ..launch };
        }
        match launchers::find(&name).map(|row| row.hands) {
            Some(Hands::On(valued, operands)) => rest = behind(&rest[1..], valued, operands),
            Some(Hands::AsWritten) => rest = launch.env(&rest[1..]),
            _ => return launch.other(&name, rest),
        }
    }
}

impl Launch {
    /// Adds what is set and taken away in front of the gateway to what it is given; it stands at `loc`. `read`
    /// says what a value is for the manager, and whether that is known.
    pub(super) fn give(&self, given: &mut Vec<ServiceVar>, loc: Loc, read: &dyn Fn(&str) -> (String, bool)) {
        given.retain(|one| !self.cleared && !self.unset.contains(&one.name));
        for (name, value) in &self.set {
            let (text, known) = read(value);
            given.retain(|one| one.name != *name);
            // A shell, or systemd itself, replaces these.
            let known = known && !text.contains(['$', '`']);
            given.push(ServiceVar { name: name.clone(), value: Secret::new(text), loc, known });
        }
    }

    /// What `env` does, and the words behind its own.
    fn env(&mut self, words: &[String]) -> Vec<String> {
        let mut rest = words.to_vec();
        while let Some(word) = rest.first().cloned() {
            if word == "--" {
                rest.remove(0);
                break;
            }
            let value = |short: &str, long: &str| {
                let inline = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('='));
                inline.or_else(|| word.strip_prefix(short).filter(|rest| !rest.is_empty())).map(str::to_owned)
            };
            let is = |short: &str, long: &str| word == short || word == long;
            let next = rest.get(1).cloned();
            if is("-i", "--ignore-environment") || word == "-" {
                (self.cleared, self.set, self.unset) = (true, Vec::new(), Vec::new());
            } else if is("-u", "--unset") {
                self.unset(next.unwrap_or_default());
                rest.remove(0);
            } else if let Some(name) = value("-u", "--unset") {
                self.unset(name);
            } else if is("-C", "--chdir") {
                rest.remove(0);
            } else if is("-S", "--split-string") {
                rest.splice(..2.min(rest.len()), unit::words(&next.unwrap_or_default()));
                continue;
            } else if let Some(text) = value("-S", "--split-string") {
                rest.splice(..1, unit::words(&text));
                continue;
            } else if let Some((name, value)) = word.split_once('=').filter(|_| !word.starts_with('-')) {
                self.set.retain(|(known, _)| known != name);
                self.unset.retain(|known| known != name);
                self.set.push((name.to_owned(), value.to_owned()));
            } else if !word.starts_with('-') {
                break;
            }
            if !rest.is_empty() {
                rest.remove(0);
            }
        }
        rest
    }

    fn unset(&mut self, name: String) {
        self.set.retain(|(known, _)| *known != name);
        self.unset.push(name);
    }

    /// Through a program that is none of ours and does not hand on the environment as it is, as far as is known.
    fn other(self, name: &str, words: Vec<String>) -> Self {
        let row = launchers::find(name);
        let is_script = [".sh", ".bash", ".zsh", ".fish", ".py"].iter().any(|end| name.ends_with(end));
        let behind = gateway_within(&words[1..]).or_else(|| is_gateway(&words).then(|| words.clone()));
        let says_gateway = words[1..].iter().any(|word| word == "gateway");
        // A runtime with a script of another name, or the gateway's program under another name.
        let reads_files = is_runtime(name) && words.iter().any(|word| word.starts_with("--env-file"));
        let as_it_is = row.is_none() && !is_script && !reads_files && behind.is_none();
        if as_it_is && says_gateway {
            return Self { command: words, starts: Some(true), ..self };
        }
        let shown = row.map_or_else(|| name.to_owned(), launchers::Launcher::shown);
        let secrets = name == "zirkabot" || row.is_some_and(|row| row.hands == Hands::Secrets);
        let starts = behind.is_some().then_some(true);
        let through = Some(Through { name: shown, secrets });
        Self { command: behind.unwrap_or_default(), starts, through, ..self }
    }
}

/// The gateway's command among these words, or within one of them that is a command itself.
fn gateway_within(words: &[String]) -> Option<Vec<String>> {
    let plain = (0..words.len()).find(|at| is_gateway(&words[*at..])).map(|at| words[at..].to_vec());
    plain.or_else(|| {
        let inner = words.iter().filter(|word| word.contains(' ')).map(|word| unit::words(word));
        inner.filter(|inner| inner.len() > 1).find_map(|inner| gateway_within(&inner))
    })
}

/// The words behind options and operands.
fn behind(words: &[String], valued: &[&str], operands: usize) -> Vec<String> {
    let mut rest = words.iter();
    while let Some(word) = rest.as_slice().first().filter(|word| word.starts_with('-')) {
        rest.next();
        if word == "--" {
            break;
        }
        if valued.contains(&word.as_str()) {
            rest.next();
        }
    }
    rest.skip(operands).cloned().collect()
}

/// The name of a program or script, without its ending.
fn stem(word: &str) -> &str {
    let name = Path::new(word).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.trim_end_matches(".js").trim_end_matches(".mjs")
}

/// Whether a program is one that runs scripts.
pub(super) fn is_runtime(program: &str) -> bool {
    RUNTIMES.contains(&stem(program))
}

/// The arguments of `zirkabot`, by itself or run by Node and its like; none of another program.
pub(super) fn arguments(command: &[String]) -> Option<&[String]> {
    let (program, rest) = command.split_first()?;
    if is_runtime(program) {
        let mut words = rest.iter();
        let script = words.find(|word| !word.starts_with('-'))?;
        let is_ours = script.split('/').any(|part| part == "zirkabot" || part.starts_with("zirkabot."));
        return is_ours.then_some(words.as_slice());
    }
    (stem(program) == "zirkabot").then_some(rest)
}

/// Whether a command line is `zirkabot [--state-name X] gateway …`, by itself or run by Node and its like.
pub(super) fn is_gateway(command: &[String]) -> bool {
    let Some(rest) = arguments(command) else { return false };
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--state-name" | "--profile" => drop(words.next()),
            "gateway" => {
                // `gateway status` and its like only talk to one.
                let next = words.next().map_or("run", String::as_str);
                return next == "run" || !next.starts_with(|c: char| c.is_ascii_lowercase());
            }
            option if option.starts_with('-') => {}
            _ => return false,
        }
    }
    false
}

/// The name of a program's file.
pub(super) fn file_name(program: &str) -> &str {
    Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The words of `ExecStart=` without the signs in front, by which systemd is told how to start it.
pub(super) fn exec_start(text: &str) -> Vec<String> {
    let mut words = unit::words(text);
    let Some(first) = words.first_mut() else { return words };
    let plain = first.trim_start_matches(['-', '@', ':', '+', '!', '|']).to_owned();
    let is_renamed = first[..first.len() - plain.len()].contains('@');
    *first = plain;
    if is_renamed && words.len() > 1 {
        words.remove(1);
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::launch::*;

    /// Whether it starts the gateway, through what, and what is set and taken away.
    fn read(line: &str) -> String {
        let launch = of(&exec_start(line));
        let starts = match launch.starts {
            Some(true) => "yes",
            Some(false) => "no",
            None => "unknown",
        };
        let mut out = starts.to_owned();
        launch.through.iter().for_each(|through| {
            out.push_str(&format!(" through {}{}", through.name, if through.secrets { "*" } else { "" }));
        });
        out.push_str(if launch.cleared { " cleared" } else { "" });
        launch.set.iter().for_each(|(name, value)| out.push_str(&format!(" {name}={value}")));
        launch.unset.iter().for_each(|name| out.push_str(&format!(" -{name}")));
        out
    }

    #[test]
    fn command_lines_are_read_as_far_as_they_can_be() {
        for (line, expected) in [
            ("/usr/local/bin/zirkabot gateway --port 1", "yes"),
            ("-@/usr/local/bin/zirkabot bot gateway", "yes"),
            ("+!/usr/local/bin/zirkabot --profile work gateway", "yes"),
            ("/usr/bin/node /opt/zirkabot/dist/index.js gateway", "yes"),
            ("/usr/bin/node /srv/app/index.js gateway", "yes"),
            ("/opt/bot/z --profile work gateway", "yes"),
            ("/opt/bot/z --state-name work gateway", "yes"),
            ("/usr/local/bin/zirkabot serve", "no"),
            ("/usr/local/bin/zirkabot gateway status", "no"),
            ("", "no"),
            // What hands on the environment as it is, or says in its own words what it does.
            ("/usr/bin/env K=1 J=2 zirkabot gateway", "yes K=1 J=2"),
            ("/usr/bin/env -i K=1 zirkabot gateway", "yes cleared K=1"),
            ("env -u A --unset=B -uC K=1 K=2 -- zirkabot gateway", "yes K=2 -A -B -C"),
            ("env -S 'K=1 zirkabot gateway'", "yes K=1"),
            ("nice -n 10 ionice -c 3 zirkabot gateway", "yes"),
            ("/usr/bin/nohup setsid env K=1 zirkabot gateway", "yes K=1"),
            ("timeout -k 5 1h zirkabot gateway", "yes"),
            ("/sbin/tini -g -- zirkabot gateway", "yes"),
            // What may give it any variable.
            ("/usr/bin/doppler run -- zirkabot gateway", "yes through doppler run*"),
            ("doppler run --command 'zirkabot gateway'", "yes through doppler run*"),
            ("op run --env-file=a.env -- zirkabot gateway", "yes through op run*"),
            ("sops exec-env secrets.yaml 'zirkabot gateway'", "yes through sops exec-env*"),
            ("infisical run --env=prod -- zirkabot gateway", "yes through infisical run*"),
            ("chamber exec bot -- zirkabot gateway", "yes through chamber exec*"),
            ("aws-vault exec --profile x bot -- zirkabot gateway", "yes through aws-vault exec*"),
            ("env A=1 doppler run -- zirkabot gateway", "yes through doppler run* A=1"),
            ("/bin/bash -lc 'exec zirkabot gateway'", "yes through bash"),
            ("/bin/sh -c 'exec zirkabot gateway'", "yes through sh"),
            ("/bin/sh -c '. ~/.env; zirkabot gateway'", "yes through sh"),
            ("/bin/sh /home/u/start", "unknown through sh"),
            ("/home/u/start.sh", "unknown through start.sh"),
            ("/home/u/start.sh gateway", "unknown through start.sh"),
            ("/home/u/start", "unknown through start"),
            ("/home/u/with-keys zirkabot gateway", "yes through with-keys"),
            ("docker run --rm --env-file a ghcr.io/x/zirkabot gateway", "yes through docker run"),
            ("podman run --rm bot", "unknown through podman run"),
            ("nix run nixpkgs#zirkabot -- gateway", "unknown through nix run"),
            ("mise exec -- zirkabot gateway", "yes through mise exec"),
            ("direnv exec . zirkabot gateway", "yes through direnv exec"),
            ("sudo -u bot zirkabot gateway", "yes through sudo"),
            ("node --env-file=.env /opt/zirkabot/index.js gateway", "yes through node"),
            ("npx zirkabot gateway", "yes through npx"),
            ("zirkabot models auth exec --profile a -- zirkabot gateway", "yes through zirkabot*"),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn gateways_are_told_from_other_commands() {
        for (line, expected) in [
            ("zirkabot gateway", true),
            ("/usr/local/bin/zirkabot --profile work gateway --port 18789", true),
            ("zirkabot gateway run", true),
            ("node /usr/lib/node_modules/zirkabot/dist/index.js gateway --port 1", true),
            ("/opt/bun /opt/zirkabot.mjs --profile=work gateway", true),
            ("zirkabot gateway status", false),
            ("zirkabot models gateway", false),
            ("zirkabot", false),
            ("vim zirkabot gateway", false),
            ("node other.js gateway", false),
            ("", false),
        ] {
            let command: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(is_gateway(&command), expected, "{line}");
        }
    }
}
