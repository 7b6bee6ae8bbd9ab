//! `zirkabot status --host`: asks several machines by the user's own ssh what `models status --check` says there.
//! Nothing is installed or written anywhere.

use crate::change::proposal::Refusal;
use crate::cli::{Exit, Finished, Outcome};
use crate::report::hosts::{self, HostBody, HostsDocument};
use crate::report::json;
use crate::report::style::Style;
use crate::sys::{Act, Probe, Probed};

/// Longest time for one machine, in milliseconds.
const LIMIT: i64 = 60_000;

/// Most bytes of an answer.
const MOST: usize = 4 * 1024 * 1024;

/// Asks these machines; `options` are handed on.
pub(super) fn run(
    act: &mut dyn Act,
    names: &[String],
    options: &[String],
    is_json: bool,
    style: Style,
) -> Finished {
    if let Some(odd) = names.iter().find(|name| !is_host(name)) {
        return Err(Outcome::usage(format!("`{odd}` is not a host that ssh can be asked for")));
    }
    if act.host().offline {
        return Err(Refusal::state("ZIRKABOT_OFFLINE is set, so no other machine is contacted").into());
    }
    let probes: Vec<Probe> = names.iter().map(|name| asking(name, options)).collect();
    let answers = act.as_look().probe_all(&probes);
    let bodies: Vec<HostBody> = names.iter().zip(&answers).map(|(name, answer)| told(name, answer)).collect();
    let is = |state: &str| bodies.iter().any(|body| body.state == state);
    let exit = match () {
        () if is("broken") || is("unreachable") => Exit::Broken,
        () if is("expiring") => Exit::Attention,
        () => Exit::Ok,
    };
    let document = HostsDocument { schema_version: 1, exit_code: exit.code(), hosts: bodies };
    let text = if is_json { json::text(&document) } else { hosts::text(&document, style) };
    Ok(Outcome::out(text, exit))
}

/// Whether ssh takes it for a host, and a shell for one word.
fn is_host(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-@:[]%".contains(c);
    !name.is_empty() && !name.starts_with('-') && name.len() <= 255 && name.chars().all(fine)
}

fn asking(host: &str, options: &[String]) -> Probe {
    let fixed =
        ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", host, "zirkabot models status --check --json"];
    let args = fixed.map(str::to_owned).into_iter().chain(options.iter().cloned()).collect();
    Probe { program: "ssh".to_owned(), args, limit: LIMIT, max_output: MOST }
}

fn told(host: &str, answer: &Probed) -> HostBody {
    let silent = |why: String| HostBody::silent(host, why);
    match answer {
        Probed::Done(Some(code @ 0..=2), answer) => match serde_json::from_slice(answer.expose()) {
            Ok(answered) => HostBody::answered(host, *code as u8, answered),
            Err(_) => silent("what it answers is no status of zirkabot".to_owned()),
        },
        Probed::Done(Some(127), _) => {
            silent("zirkabot is not installed there, or not in the PATH of ssh".to_owned())
        }
        Probed::Done(Some(255), _) => silent(format!("ssh could not log in; `ssh {host} true` says why")),
        Probed::Done(Some(code), _) => silent(format!("`zirkabot models status` ended there with {code}")),
        Probed::Done(None, _) => silent("ssh was killed".to_owned()),
        Probed::NotStarted(why) => silent(format!("ssh cannot be started: {why}")),
        Probed::TimedOut => silent(format!("it did not answer within {} seconds", LIMIT / 1000)),
        Probed::TooMuch => silent("it answers too much".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::hosts::is_host;

    #[test]
    fn a_host_is_no_option_and_one_word() {
        for name in ["a", "me@pi.local", "10.0.0.7", "[fe80::1%eth0]", "web-1"] {
            assert!(is_host(name), "{name}");
        }
        for name in ["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\n", "é"] {
            assert!(!is_host(name), "{name}");
        }
    }
}
