//! A gateway that cron starts: the line in a crontab, and the variables set before it. Crontabs
//! that cannot be read are passed over; cron itself is not asked.

use crate::catalog::documents::DocKind;
use crate::doc::{DocId, Docs, Loc, State, unit};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use crate::world::observe::service::{Definition, Here, Manager, ServiceVar, launch, process, systemd};
use std::ops::Range;
use std::path::PathBuf;

/// Looks for a line that starts the gateway.
pub(super) fn find(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Definition> {
    let user = systemd::user(look)?;
    for (path, is_system) in places(look, &user) {
        if look.stat(&path).is_none_or(|stat| stat.is_dir) {
            continue;
        }
        let doc = open::open(look, docs, DocKind::Crontab, &path);
        if docs.get(doc).state != State::Parsed {
            continue;
        }
        let found = of_text(doc, docs.get(doc).text.expose(), is_system.then_some(user.as_str()));
        let ours = |found: &CronLine| process::is_of_profile(&found.launch.command, &found.given, here);
        if let Some(found) = found.into_iter().find(ours) {
            return Some(define(look, here, doc, found, user));
        }
    }
    None
}

/// The crontabs that may start something for the user, and whether they name users.
fn places(look: &dyn Look, user: &str) -> Vec<(PathBuf, bool)> {
    let host = look.host();
    let own = ["var/spool/cron/crontabs", "var/spool/cron", "var/at/tabs"];
    let own = own.iter().map(|dir| (host.system(dir).join(user), false));
    let dir = host.system("etc/cron.d");
    // cron passes over names with a dot.
    let names = look.list(&dir).into_iter().filter(|name| !name.contains('.'));
    let system = names.map(|name| (dir.join(name), true));
    own.chain([(host.system("etc/crontab"), true)]).chain(system).collect()
}

/// A line that starts a gateway.
struct CronLine {
    given: Vec<ServiceVar>,
    launch: launch::Launch,
}

/// The lines of a crontab that start a gateway for the user; one of the system names the user.
fn of_text(doc: DocId, text: &str, user: Option<&str>) -> Vec<CronLine> {
    let (mut given, mut found, mut at) = (Vec::<ServiceVar>::new(), Vec::new(), 0);
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value, place)) = assignment(raw) {
            let loc = Loc::new(doc, start + place.start..start + place.end);
            given.retain(|known| known.name != name);
            given.push(ServiceVar { name, value: Secret::new(value), loc, known: true });
        } else if let Some(command) = command(line, user) {
            let loc = Loc::new(doc, start..start + raw.trim_end().len());
            found.extend(started(command, &given, loc));
        }
    }
    found
}

/// `NAME=value`, with quotes around either; the value and its place.
fn assignment(line: &str) -> Option<(String, String, Range<usize>)> {
    let (name, rest) = line.split_once('=')?;
    let name = unquoted(name.trim());
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(fine) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = unquoted(rest.trim());
    let start = line.len() - rest.len() + rest.find(value).unwrap_or(0);
    Some((name.to_owned(), value.to_owned(), start..start + value.len()))
}

fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// The command of a line: what follows the time, and the user where one is named.
pub(crate) fn command<'l>(line: &'l str, user: Option<&str>) -> Option<&'l str> {
    let mut rest = line;
    let mut field = || {
        let (field, after) = rest.split_once([' ', '\t'])?;
        rest = after.trim_start();
        Some(field)
    };
    if !field()?.starts_with('@') {
        (0..4).try_for_each(|_| field().map(drop))?;
    }
    if let Some(user) = user
        && field()? != user
    {
        return None;
    }
    Some(rest)
}

/// The gateway that a command starts, with the variables set in front of it.
fn started(command: &str, given: &[ServiceVar], loc: Loc) -> Option<CronLine> {
    let words = unit::words(command);
    let from = words.iter().position(|word| assignment(word).is_none()).unwrap_or(words.len());
    // The shell sets what stands in front, as `env` does.
    let words: Vec<String> = match from {
        0 => words,
        _ => std::iter::once("env".to_owned()).chain(words).collect(),
    };
    let launch = launch::of(&words);
    if launch.command.is_empty() || launch.starts != Some(true) {
        return None;
    }
    let mut given = given.to_vec();
    launch.give(&mut given, loc, &|text| (text.to_owned(), true));
    Some(CronLine { given, launch })
}

fn define(look: &dyn Look, here: &Here<'_>, doc: DocId, found: CronLine, user: String) -> Definition {
    let mut given = found.given;
    let loc = Loc::new(doc, 0..0);
    let home = here.paths.home.display().to_string();
    let shell = "/bin/sh".to_owned();
    let path = "/usr/bin:/bin".to_owned();
    for (name, value) in [("HOME", home), ("LOGNAME", user), ("SHELL", shell), ("PATH", path)] {
        if given.iter().all(|known| known.name != name) {
            given.push(ServiceVar { name: name.to_owned(), value: Secret::new(value), loc, known: false });
        }
    }
    Definition {
        manager: Manager::Cron,
        name: "the gateway that cron starts".to_owned(),
        doc,
        parts: vec![doc],
        files: Vec::new(),
        missing: Vec::new(),
        opaque: found.launch.through.is_some() || docs_home(look, &given, here),
        given,
        credentials: Vec::new(),
        masked: false,
        unset: found.launch.unset,
        cleared: found.launch.cleared,
        through: found.launch.through,
        starts: found.launch.starts,
        foreign: false,
        profile: systemd::profile(&found.launch.command),
        port: systemd::port(&found.launch.command),
        program: systemd::program(&found.launch.command),
        cwd: here.paths.home.clone(),
    }
}

/// Whether it is started with another home, of which nothing is known.
fn docs_home(look: &dyn Look, given: &[ServiceVar], here: &Here<'_>) -> bool {
    let home = given.iter().find(|one| one.name == "HOME");
    home.is_some_and(|home| look.resolve(home.value.expose().as_ref()) != look.resolve(&here.paths.home))
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::cron::*;

    #[test]
    fn lines_are_read_as_cron_reads_them() {
        let found = |text: &str, user| {
            let found = of_text(DocId(0), text, user).pop()?;
            let given = |one: &ServiceVar| format!("{}={}", one.name, one.value.expose());
            let vars = found.given.iter().map(given).collect::<Vec<_>>().join(",");
            Some((vars, found.launch.through.is_some()))
        };
        let expected = |vars: &str, opaque| Some((vars.to_owned(), opaque));
        for (text, user, wanted) in [
            ("A=1\nB = \"x y\"\n@reboot zirkabot gateway\nC=3\n", None, expected("A=1,B=x y", false)),
            ("A=1\nA='2'\n5 4 * * * /usr/bin/zirkabot gateway --port 1", None, expected("A=2", false)),
            ("@reboot A=1 nohup zirkabot gateway >/dev/null 2>&1 &", None, expected("A=1", false)),
            ("@reboot . ~/.env && zirkabot gateway", None, expected("", true)),
            ("@reboot zirkabot models status", None, None),
            ("# @reboot zirkabot gateway", None, None),
            ("@reboot u zirkabot gateway", Some("u"), expected("", false)),
            ("@reboot other zirkabot gateway", Some("u"), None),
            ("@reboot", None, None),
        ] {
            assert_eq!(found(text, user), wanted, "{text}");
        }
    }
}
