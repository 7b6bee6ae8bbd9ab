//! Secrets that lie in a file of their own, or that a program prints: `from = "file:…"`, `"exec:…"` and
//! `"claude-helper"` of the config, `<NAME>_FILE`, and what systemd lays into `$CREDENTIALS_DIRECTORY`. One value each; around it white space
//! counts for nothing.

use crate::catalog::documents::{DocKind, MAX_BYTES};
use crate::catalog::paths::{self, Paths};
use crate::catalog::providers;
use crate::config::{CredentialSource, Desired};
use crate::doc::{DocId, Docs, Loc, Node, State};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Look, Millis, Probe, Probed, Reading, Stat};
use crate::world::env::Env;
use crate::world::observe::helper::Helper;
use crate::world::observe::service::Credential;
use crate::world::observe::{Depth, open, programs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Longest time in milliseconds that a program may take to print a secret.
pub(crate) const PROGRAM_LIMIT: Millis = 10_000;

/// Longest secret, in bytes.
const MAX_SECRET: usize = 64 << 10;

/// What is wrong with a file that can be read and holds no secret.
const NOTHING: &str = "it is empty or not text";

/// Where systemd lays what a service is handed as files.
const DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// What a source outside of the stores gave.
#[derive(Debug)]
pub struct Fetched {
    /// The source, as the config names it.
    pub from: CredentialSource,
    /// The file or the program.
    pub doc: DocId,
    /// What it gave; none if nothing, and the document's state says why.
    pub secret: Option<Secret>,
}

/// Everything that `from` of the config names; the programs at once, if they are asked.
pub(super) fn declared(
    look: &dyn Look,
    docs: &mut Docs,
    (paths, helper): (&Paths, &Helper),
    (desired, depth): (&Desired, Depth),
) -> Vec<Fetched> {
    let mut sources: Vec<&CredentialSource> = Vec::new();
    for declared in &desired.profiles {
        if !sources.contains(&&declared.from) {
            sources.push(&declared.from);
        }
    }
    let referenced = if paths.layout.is_own() { Vec::new() } else { files_of_references(desired) };
    sources.extend(&referenced);
    let files = sources.iter().filter_map(|source| match source {
        CredentialSource::File(path) => Some((*source, paths::expand(path, &paths.home, &paths.home))),
        _ => None,
    });
    let mut all: Vec<Fetched> = files
        .map(|(source, path)| {
            let (doc, secret) = file(look, docs, &path);
            Fetched { from: source.clone(), doc, secret }
        })
        .collect();
    let mut programs: Vec<(&CredentialSource, PathBuf, Probe)> = Vec::new();
    for source in sources {
        match source {
            CredentialSource::Program(words) => {
                let probe = probe(look, paths, words);
                programs.extend(probe.map(|probe| (source, PathBuf::from(&probe.program), probe)));
            }
            CredentialSource::ClaudeHelper => {
                let place = docs.get(helper.doc).path.clone().unwrap_or_default();
                match &helper.line {
                    Ok(line) => programs.push((source, place, of_shell(line))),
                    Err(hindrance) => {
                        let state = Helper::state(hindrance);
                        let doc = open::in_state(docs, DocKind::SecretProgram, (place, None), state);
                        all.push(Fetched { from: source.clone(), doc, secret: None });
                    }
                }
            }
            _ => {}
        }
    }
    let probes: Vec<Probe> = programs.iter().map(|(.., probe)| probe.clone()).collect();
    let said = match depth {
        Depth::Files => vec![Probed::NotStarted("it was not asked".to_owned()); probes.len()],
        _ if probes.is_empty() => Vec::new(),
        _ => look.print_secrets(&probes),
    };
    for ((source, place, _), said) in programs.into_iter().zip(said) {
        let (state, secret) = match printed(said) {
            Ok(secret) => (State::Parsed, Some(secret)),
            Err(why) => (State::Unreadable(Fault::Os(why)), None),
        };
        let doc = open::in_state(docs, DocKind::SecretProgram, (place, None), state);
        all.push(Fetched { from: source.clone(), doc, secret });
    }
    all
}

/// The files with secrets that another program's config refers to.
fn files_of_references(desired: &Desired) -> Vec<CredentialSource> {
    let providers = desired.root.as_ref().and_then(|root| root.get("secrets")?.get("providers"));
    let entries = providers.map(Node::members).unwrap_or_default().iter().map(|member| &member.node);
    let files = entries.filter(|entry| entry.get("source").and_then(Node::as_str) == Some("file"));
    let paths =
        files.filter_map(|entry| Some(CredentialSource::File(entry.get("path")?.as_str()?.to_owned())));
    let mut paths: Vec<CredentialSource> = paths.collect();
    paths.dedup();
    paths
}

/// The question to a program. What has no directory is looked for in those of `PATH`.
fn probe(look: &dyn Look, paths: &Paths, words: &[String]) -> Option<Probe> {
    let (first, args) = words.split_first()?;
    let program = match first.contains('/') {
        true => paths::expand(first, &paths.home, &paths.home).display().to_string(),
        false => programs::path(look, first).unwrap_or_else(|| first.clone()),
    };
    Some(Probe { program, args: args.to_vec(), limit: PROGRAM_LIMIT, max_output: MAX_SECRET })
}

/// The question to a shell.
fn of_shell(line: &Secret) -> Probe {
    let args = vec!["-c".to_owned(), line.expose().to_owned()];
    Probe { program: "/bin/sh".to_owned(), args, limit: PROGRAM_LIMIT, max_output: MAX_SECRET }
}

/// The secret that a program printed, or why there is none.
fn printed(said: Probed) -> Result<Secret, String> {
    match said {
        Probed::Done(Some(0), output) => text(output.expose()).ok_or("it printed nothing".to_owned()),
        Probed::Done(Some(code), _) => Err(format!("it ended with code {code}")),
        Probed::Done(None, _) => Err("it was killed".to_owned()),
        Probed::NotStarted(why) => Err(format!("it cannot be started: {why}")),
        Probed::TimedOut => Err(format!("it took longer than {} s", PROGRAM_LIMIT / 1000)),
        Probed::TooMuch => Err("it printed more than 64 KiB".to_owned()),
    }
}

/// Adds what `<NAME>_FILE` and the service manager's directory give for the variables of providers: `handed` is what
/// a definition lays into that directory. False if some of that cannot be seen from here.
pub(super) fn given(look: &dyn Look, docs: &mut Docs, env: &mut Env, handed: &[Credential]) -> bool {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for name in env.names_of_files() {
        if let Some(path) = place(env, &format!("{name}_FILE")) {
            files.insert(name, path);
        }
    }
    if let Some(dir) = place(env, DIRECTORY) {
        let listed = look.list(&dir).into_iter();
        for (name, file) in listed.filter_map(|file| Some((variable(&file)?, file))) {
            files.entry(name).or_insert_with(|| dir.join(file));
        }
    }
    let mut all_seen = true;
    for (name, own) in handed.iter().filter_map(|own| Some((variable(&own.name)?, own))) {
        let known = files.contains_key(&name);
        let is_there = |path: &Path| look.stat(path).is_some();
        match own.from.clone() {
            _ if known => {}
            Some(from) if is_there(&from) => drop(files.insert(name, from)),
            // That it is not there is known only where one can look.
            Some(from) if from.parent().is_some_and(is_there) => {}
            _ => all_seen = false,
        }
    }
    let mut values = BTreeMap::new();
    for (name, path) in files {
        let (doc, secret) = file(look, docs, &path);
        let loc = Loc { doc, start: 0, end: 0 };
        // Another user may be able to read what we cannot.
        all_seen &= !matches!(docs.get(doc).state, State::Unreadable(Fault::Os(ref why)) if why != NOTHING);
        values.extend(secret.map(|secret| (name, (secret, Some(loc)))));
    }
    if let Some(first) = values.values().find_map(|(_, loc)| loc.map(|loc| loc.doc)) {
        env.push_files(first, values);
    }
    all_seen
}

/// The variable that a file of the service manager's directory stands for: it has its name, or that of a provider, as
/// `zirkabot export credentials` names them.
fn variable(file: &str) -> Option<String> {
    if providers::is_var(file) {
        return Some(file.to_owned());
    }
    let row = providers::find(file).filter(|row| row.id == file)?;
    row.vars.first().map(|var| var.name.to_owned())
}

/// The absolute path that a variable names.
fn place(env: &Env, name: &str) -> Option<PathBuf> {
    env.setting(name).map(|text| PathBuf::from(text.trim())).filter(|path| path.is_absolute())
}

/// A file with a secret, opened once.
fn file(look: &dyn Look, docs: &mut Docs, path: &Path) -> (DocId, Option<Secret>) {
    let known = docs.iter().find(|doc| doc.kind == DocKind::SecretFile && doc.path.as_deref() == Some(path));
    let known = known.map(|doc| doc.id);
    let (state, stat, secret): (State, Option<Stat>, Option<Secret>) = match look.read(path, MAX_BYTES) {
        Reading::Absent => (State::Absent, None, None),
        Reading::Fault(fault, stat) => (State::Unreadable(fault), stat, None),
        Reading::TooLarge(stat) => (State::TooLarge, Some(stat), None),
        Reading::File(bytes, stat) if bytes.expose().len() > MAX_SECRET => {
            (State::TooLarge, Some(stat), None)
        }
        Reading::File(bytes, stat) => match text(bytes.expose()) {
            Some(secret) => (State::Parsed, Some(stat), Some(secret)),
            None => (State::Unreadable(Fault::Os(NOTHING.to_owned())), Some(stat), None),
        },
    };
    let doc =
        known.unwrap_or_else(|| open::in_state(docs, DocKind::SecretFile, (path.to_owned(), stat), state));
    (doc, secret)
}

/// What stands in a file or in an output, without the white space around it; none if that is nothing or not text.
fn text(bytes: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    (!text.is_empty()).then(|| Secret::from(text))
}
