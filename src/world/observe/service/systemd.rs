//! The gateway's unit: its file, its drop-ins, and what they say together. Settings that stand
//! several times add up, and an empty one takes back those before it. `search` knows where systemd
//! finds files, `specifiers` what `%h` and its like stand for.

mod search;
mod specifiers;

use crate::catalog::documents::DocKind;
use crate::catalog::layouts::OWN;
use crate::doc::{DocId, Docs, Loc, Node, State, Value, unit};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use crate::world::observe::service::systemd::specifiers::Names;
use crate::world::observe::service::{Credential, Definition, Here, Manager, ServiceVar, launch};
use std::path::{Path, PathBuf};

/// Looks for the unit, the user's first. One that is masked is only of interest if there is no other.
pub(super) fn find(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Definition> {
    let name = unit_name(here)?;
    let config = config_home(look, &here.paths.home);
    let of = |dirs: &[PathBuf], manager, docs: &mut Docs| {
        let file = search::fragment(look, dirs, &name)?;
        let doc = open::open(look, docs, DocKind::Unit, &file);
        let names = Names { look, here, manager, name: &name, config: &config };
        if is_masked(docs, doc) || search::leads_nowhere(look, &file) {
            return Some(define(docs, &names, doc, vec![doc], true));
        }
        let drop_ins = search::drop_ins(look, dirs, &file, &name);
        let drop_ins = drop_ins.iter().map(|path| open::open(look, docs, DocKind::Unit, path));
        let parts = [doc].into_iter().chain(drop_ins).collect();
        Some(define(docs, &names, doc, parts, false))
    };
    let user = of(&search::user(look, &here.paths.home, &config), Manager::User, docs);
    if user.as_ref().is_some_and(|found| !found.masked) {
        return user;
    }
    let system = of(&search::system(look), Manager::System, docs);
    match (&user, &system) {
        (Some(_), Some(found)) if found.masked => user,
        _ => system.or(user),
    }
}

/// Whether `User=` names another user than this one.
fn is_of_another(look: &dyn Look, named: Option<String>) -> bool {
    let Some(named) = named.map(|name| name.trim().to_owned()) else { return false };
    let is_uid = named == look.host().uid.to_string();
    !is_uid && user(look).is_some_and(|user| user != named && named.chars().all(|c| c != '%'))
}

/// Whether the file is there and empty, by which a unit is switched off.
fn is_masked(docs: &Docs, doc: DocId) -> bool {
    let doc = docs.get(doc);
    doc.state == State::Parsed && doc.text.expose().is_empty()
}

/// `ZIRKABOT_SYSTEMD_UNIT`, with or without `.service`; else by the profile.
pub(super) fn unit_name(here: &Here<'_>) -> Option<String> {
    let layout = here.paths.layout;
    let set = |prefix: &str| {
        here.env.setting(&format!("{prefix}SYSTEMD_UNIT")).filter(|text| !text.trim().is_empty())
    };
    let named = set(OWN.prefix).or_else(|| set(layout.prefix));
    let name = named.unwrap_or_else(|| match &here.paths.profile {
        Some(profile) => format!("{}-{profile}", layout.unit),
        None => layout.unit.to_owned(),
    });
    let name = name.trim().trim_end_matches(".service");
    is_unit_name(name).then(|| format!("{name}.service"))
}

/// Whether this can be the name of a unit, and cannot be a path or an option.
fn is_unit_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || ":_.@-\\".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(fine)
}

/// Where the user's systemd has its files; a `.env` file cannot move it.
pub(super) fn config_home(look: &dyn Look, home: &Path) -> PathBuf {
    let named = look.host().var("XDG_CONFIG_HOME").filter(|text| text.starts_with('/'));
    named.map_or_else(|| home.join(".config"), PathBuf::from)
}

/// The values of a setting in all parts, in order; an empty one takes back those before it.
pub(crate) fn values<'d>(docs: &'d Docs, parts: &[DocId], section: &str, key: &str) -> Vec<&'d Node> {
    let roots = parts.iter().filter_map(|part| docs.get(*part).root.as_ref());
    let sections = roots.flat_map(Node::members).filter(|member| member.key == section);
    let settings = sections.flat_map(|section| section.node.members()).filter(|member| member.key == key);
    let mut values = Vec::new();
    for setting in settings {
        if setting.node.as_str().is_some_and(|text| text.trim().is_empty()) {
            values.clear();
        } else {
            values.push(&setting.node);
        }
    }
    values
}

fn define(docs: &mut Docs, names: &Names<'_>, doc: DocId, parts: Vec<DocId>, masked: bool) -> Definition {
    let texts = |docs: &Docs, key: &str| -> Vec<String> {
        let values = values(docs, &parts, "Service", key);
        values.into_iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let listed = |docs: &Docs, key: &str| -> Vec<String> {
        texts(docs, key).iter().flat_map(|text| unit::words(text)).collect()
    };
    let credentials = credentials(docs, names, &parts);
    let mut given = own_variables(docs, names, &parts);
    if let Some(first) = credentials.first().filter(|_| given.iter().all(|one| one.name != CREDENTIALS)) {
        let directory = names.credentials().map_or_else(|| "%d".to_owned(), |dir| dir.display().to_string());
        let value = Secret::new(directory);
        given.push(ServiceVar { name: CREDENTIALS.to_owned(), value, loc: first.loc, known: false });
    }
    let command = texts(docs, "ExecStart").pop().map(|text| launch::exec_start(&text)).unwrap_or_default();
    let launch = launch::of(&command);
    let cwd =
        texts(docs, "WorkingDirectory").pop().map(|text| names.expand(text.trim_start_matches('-')).text);
    // What the system's own manager was started with cannot be seen.
    let mut opaque =
        masked || names.manager == Manager::System && !listed(docs, "PassEnvironment").is_empty();
    opaque |= parts.iter().any(|part| docs.get(*part).state != State::Parsed);
    let files = UnitFiles::read(docs, names, &parts, &mut given);
    let unset: Vec<String> =
        listed(docs, "UnsetEnvironment").iter().map(|name| names.expand(name).text).collect();
    let is_unset = |one: &ServiceVar| unset.iter().any(|name| is_taken_out(name, &one.name, &one.value));
    given.retain(|one| !is_unset(one));
    if let Some(loc) = place_of(docs, &parts, "Service", "ExecStart") {
        let read = |text: &str| {
            let expanded = names.expand(text);
            (expanded.text, expanded.known)
        };
        launch.give(&mut given, loc, &read);
    }
    // These say where everything else is.
    opaque |= given.iter().any(|one| !one.known && (one.name == "HOME" || one.name.starts_with("ZIRKABOT_")));
    let foreign = names.manager == Manager::System && is_of_another(names.look, texts(docs, "User").pop());
    Definition {
        manager: names.manager,
        name: names.name.to_owned(),
        doc,
        parts,
        files: files.found,
        missing: files.missing,
        given,
        credentials,
        unset: unset.into_iter().chain(launch.unset).collect(),
        cleared: launch.cleared,
        opaque: opaque || files.opaque || launch.through.is_some(),
        through: launch.through,
        starts: launch.starts,
        foreign,
        masked,
        profile: profile(&launch.command),
        port: port(&launch.command),
        program: program(&program_of(&launch.command, names)),
        cwd: names.directory(cwd.as_deref()),
    }
}

/// The variable that says where the credentials of a unit are.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What the unit is handed as files, by `LoadCredential=` and its like.
fn credentials(docs: &Docs, names: &Names<'_>, parts: &[DocId]) -> Vec<Credential> {
    let settings = [
        ("LoadCredential", true),
        ("LoadCredentialEncrypted", true),
        ("SetCredential", false),
        ("SetCredentialEncrypted", false),
        ("ImportCredential", false),
    ];
    let mut found: Vec<Credential> = Vec::new();
    for (key, is_path) in settings {
        for node in values(docs, parts, "Service", key) {
            let Some(text) = node.as_str() else { continue };
            let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
            let name = names.expand(name.trim()).text;
            if found.iter().all(|known| known.name != name) {
                let from = rest.filter(|_| is_path).map(|path| names.expand(path.trim()).text.into());
                found.push(Credential { name, loc: node.loc, from });
            }
        }
    }
    found
}

/// The files that `EnvironmentFile=` names.
#[derive(Default)]
struct UnitFiles {
    found: Vec<DocId>,
    missing: Vec<(DocId, Loc)>,
    opaque: bool,
}

impl UnitFiles {
    /// Reads them in order and adds their variables.
    fn read(docs: &mut Docs, names: &Names<'_>, parts: &[DocId], given: &mut Vec<ServiceVar>) -> Self {
        let mut files = Self::default();
        let wanted = values(docs, parts, "Service", "EnvironmentFile").into_iter();
        let wanted: Vec<_> = wanted.filter_map(|node| Some((node.as_str()?.to_owned(), node.loc))).collect();
        for (wanted, loc) in wanted {
            let path = wanted.strip_prefix('-');
            let optional = path.is_some();
            let path = names.expand(path.unwrap_or(&wanted));
            files.opaque |= !path.known;
            // A relative path is ignored by systemd, and what is not known cannot be looked at.
            if path.known && path.text.starts_with('/') {
                files.add(docs, names, given, &path.text, optional, loc);
            }
        }
        files
    }

    fn add(
        &mut self,
        docs: &mut Docs,
        names: &Names<'_>,
        given: &mut Vec<ServiceVar>,
        path: &str,
        optional: bool,
        loc: Loc,
    ) {
        let mut paths = search::matching(names.look, path);
        if paths.is_empty() {
            // The system's manager may see into directories that are closed to us.
            self.opaque |= names.manager == Manager::System;
            paths.push(PathBuf::from(path));
        }
        for path in paths {
            let file = open::open(names.look, docs, DocKind::UnitEnv, &path);
            let state = &docs.get(file).state;
            self.opaque |= !matches!(state, State::Parsed | State::Absent);
            if *state == State::Absent && !optional {
                self.missing.push((file, loc));
            }
            self.found.push(file);
            take_over(given, docs.get(file).root.as_ref().map(Node::members).unwrap_or_default());
        }
    }
}

/// Whether an entry of `UnsetEnvironment=` (a name, or a name with a value) means this variable.
pub(super) fn is_taken_out(entry: &str, name: &str, value: &Secret) -> bool {
    match entry.split_once('=') {
        Some((entry, unwanted)) => entry == name && unwanted == value.expose(),
        None => entry == name,
    }
}

/// What the `Environment=` lines say; an empty one takes back those before it.
fn own_variables(docs: &Docs, names: &Names<'_>, parts: &[DocId]) -> Vec<ServiceVar> {
    let mut given = Vec::new();
    for value in values(docs, parts, "Service", "Environment") {
        take_over(&mut given, value.members());
    }
    for one in &mut given {
        let expanded = names.expand(one.value.expose());
        (one.value, one.known) = (Secret::new(expanded.text), expanded.known);
    }
    given
}

/// Adds variables; a later one of the same name counts instead.
pub(super) fn take_over(given: &mut Vec<ServiceVar>, members: &[crate::doc::Member]) {
    for member in members {
        let Value::String(value) = &member.node.value else { continue };
        given.retain(|known| known.name != member.key);
        given.push(ServiceVar {
            name: member.key.clone(),
            value: value.clone(),
            loc: member.node.loc,
            known: true,
        });
    }
}

/// The name of the user.
pub(super) fn user(look: &dyn Look) -> Option<String> {
    specifiers::user(look)
}

/// The value of `--state-name` in a command, which was called `--profile`.
pub(super) fn profile(command: &[String]) -> Option<String> {
    option(command, "--state-name").or_else(|| option(command, "--profile")).map(str::to_owned)
}

/// The value of `--port` in a command.
pub(super) fn port(command: &[String]) -> Option<u16> {
    option(command, "--port")?.parse().ok()
}

/// The program of a command, if it says where it is.
pub(super) fn program(command: &[String]) -> Option<PathBuf> {
    command.first().map(PathBuf::from).filter(|program| program.is_absolute())
}

/// The program as the manager reads it.
fn program_of(command: &[String], names: &Names<'_>) -> Vec<String> {
    let expanded = command.first().map(|program| names.expand(program)).filter(|program| program.known);
    expanded.map(|program| program.text).into_iter().collect()
}

fn option<'c>(command: &'c [String], name: &str) -> Option<&'c str> {
    let given =
        |word: &'c String| word.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('='));
    let (at, rest) = command.iter().enumerate().find_map(|(at, word)| Some((at, given(word)?)))?;
    rest.strip_prefix('=').or_else(|| command.get(at + 1).map(String::as_str))
}

/// The place of a setting's last value.
pub(crate) fn place_of(docs: &Docs, parts: &[DocId], section: &str, key: &str) -> Option<Loc> {
    values(docs, parts, section, key).last().map(|node| node.loc)
}
