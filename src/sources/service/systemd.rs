//! The gateway's unit: its file, its drop-ins, and what they say together. Settings that stand
//! several times add up, and an empty one takes back those before it.

use super::{Definition, Given, Here, Manager};
use crate::doc::{DocId, Docs, Loc, Node, State, Value, unit};
use crate::secret::Secret;
use crate::sources::{DocKind, open};
use crate::sys::Look;
use std::path::{Path, PathBuf};

/// Looks for the unit, the user's first.
pub(super) fn find(look: &dyn Look, docs: &mut Docs, here: &Here<'_>) -> Option<Definition> {
    let name = unit_name(here)?;
    let config = config_home(look, &here.paths.home);
    let user = [config.join("systemd/user"), PathBuf::from("/etc/systemd/user")];
    let system = [PathBuf::from("/etc/systemd/system")];
    let of = |dirs: &[PathBuf], manager, docs: &mut Docs| {
        let file = dirs.iter().map(|dir| dir.join(&name)).find(|path| look.stat(path).is_some())?;
        let doc = open::open(look, docs, DocKind::Unit, &file);
        let mut parts = vec![doc];
        parts.extend(drop_ins(look, docs, dirs, &name));
        let names = Names { look, here, manager, name: &name, config: &config };
        Some(define(docs, &names, doc, parts))
    };
    of(&user, Manager::User, docs).or_else(|| of(&system, Manager::System, docs))
}

/// `ZIRKABOT_SYSTEMD_UNIT`, with or without `.service`; else by the profile.
pub(super) fn unit_name(here: &Here<'_>) -> Option<String> {
    let named = here.env.setting("ZIRKABOT_SYSTEMD_UNIT").filter(|text| !text.trim().is_empty());
    let name = named.unwrap_or_else(|| match &here.paths.profile {
        Some(profile) => format!("zirkabot-gateway-{profile}"),
        None => "zirkabot-gateway".to_owned(),
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

/// Drop-ins by file name; of two of one name the one of the first directory counts.
fn drop_ins(look: &dyn Look, docs: &mut Docs, dirs: &[PathBuf], name: &str) -> Vec<DocId> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for dir in dirs.iter().map(|dir| dir.join(format!("{name}.d"))) {
        for file in look.list(&dir).into_iter().filter(|file| file.ends_with(".conf")) {
            if found.iter().all(|(known, _)| *known != file) {
                let path = dir.join(&file);
                found.push((file, path));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, path)| open::open(look, docs, DocKind::Unit, &path)).collect()
}

/// The values of a setting in all parts, in order; an empty one takes back those before it.
pub fn values<'d>(docs: &'d Docs, parts: &[DocId], section: &str, key: &str) -> Vec<&'d Node> {
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

fn define(docs: &mut Docs, names: &Names<'_>, doc: DocId, parts: Vec<DocId>) -> Definition {
    let texts = |docs: &Docs, key: &str| -> Vec<String> {
        let values = values(docs, &parts, "Service", key);
        values.into_iter().filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let listed = |docs: &Docs, key: &str| -> Vec<String> {
        texts(docs, key).iter().flat_map(|text| unit::words(text)).collect()
    };
    let mut given = own_variables(docs, names, &parts);
    let command = texts(docs, "ExecStart").pop().map(|text| unit::words(&text)).unwrap_or_default();
    let cwd = texts(docs, "WorkingDirectory").pop().map(|text| names.expand(text.trim_start_matches('-')));
    // What the system's own manager was started with cannot be seen.
    let mut opaque = names.manager == Manager::System && !listed(docs, "PassEnvironment").is_empty();
    opaque |= parts.iter().any(|part| docs.get(*part).state != State::Parsed);
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    let wanted = values(docs, &parts, "Service", "EnvironmentFile").into_iter();
    let wanted: Vec<_> = wanted.filter_map(|node| Some((node.as_str()?.to_owned(), node.loc))).collect();
    for (wanted, loc) in wanted {
        let (optional, path) = match wanted.strip_prefix('-') {
            Some(path) => (true, names.expand(path)),
            None => (false, names.expand(&wanted)),
        };
        if !path.starts_with('/') {
            continue;
        }
        let file = open::open(names.look, docs, DocKind::UnitEnv, Path::new(&path));
        let state = &docs.get(file).state;
        // A pattern for several files is no file of that name.
        let several = path.contains(['*', '?', '[']);
        opaque |= several || !matches!(state, State::Parsed | State::Absent);
        if *state == State::Absent && !optional && !several {
            missing.push((file, loc));
        }
        files.push(file);
        take_over(&mut given, docs.get(file).root.as_ref().map(Node::members).unwrap_or_default());
    }
    let unset = listed(docs, "UnsetEnvironment");
    let is_unset = |one: &Given| unset.iter().any(|name| is_taken_out(name, &one.name, &one.value));
    given.retain(|one| !is_unset(one));
    Definition {
        manager: names.manager,
        name: names.name.to_owned(),
        doc,
        parts,
        files,
        missing,
        given,
        unset,
        opaque,
        profile: profile(&command),
        cwd: names.directory(cwd.as_deref()),
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
fn own_variables(docs: &Docs, names: &Names<'_>, parts: &[DocId]) -> Vec<Given> {
    let mut given = Vec::new();
    for value in values(docs, parts, "Service", "Environment") {
        take_over(&mut given, value.members());
    }
    for one in &mut given {
        one.value = Secret::new(names.expand(one.value.expose()));
    }
    given
}

/// Adds variables; a later one of the same name counts instead.
pub(super) fn take_over(given: &mut Vec<Given>, members: &[crate::doc::Member]) {
    for member in members {
        let Value::String(value) = &member.node.value else { continue };
        given.retain(|known| known.name != member.key);
        given.push(Given { name: member.key.clone(), value: value.clone(), loc: member.node.loc });
    }
}

/// The value of `--profile` in a command.
pub(super) fn profile(command: &[String]) -> Option<String> {
    let at = command.iter().position(|word| word == "--profile" || word.starts_with("--profile="))?;
    command[at].strip_prefix("--profile=").or_else(|| Some(command.get(at + 1)?)).map(str::to_owned)
}

/// The place of a setting's last value.
pub fn place_of(docs: &Docs, parts: &[DocId], section: &str, key: &str) -> Option<Loc> {
    values(docs, parts, section, key).last().map(|node| node.loc)
}

/// What the specifiers of a unit stand for.
struct Names<'a> {
    look: &'a dyn Look,
    here: &'a Here<'a>,
    manager: Manager,
    name: &'a str,
    config: &'a Path,
}

impl Names<'_> {
    /// The text with `%h` and its like filled in. What is not known stays as it is written.
    fn expand(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let Some(sign) = after.chars().next() else {
                out.push('%');
                return out;
            };
            match self.specifier(sign) {
                Some(value) => out.push_str(&value),
                None => out.extend(['%', sign]),
            }
            rest = &after[sign.len_utf8()..];
        }
        out.push_str(rest);
        out
    }

    fn specifier(&self, sign: char) -> Option<String> {
        let (host, home) = (self.look.host(), &self.here.paths.home);
        let is_user = self.manager == Manager::User;
        let below = |of_user: &str, of_system: &str| match is_user {
            true => home.join(of_user).display().to_string(),
            false => of_system.to_owned(),
        };
        let user = || host.var("USER").or_else(|| host.var("LOGNAME")).map(str::to_owned);
        let stem = self.name.trim_end_matches(".service");
        let prefix = stem.split('@').next().unwrap_or(stem);
        Some(match sign {
            '%' => "%".to_owned(),
            'h' => below("", "/root").trim_end_matches('/').to_owned(),
            'u' if is_user => user()?,
            'u' => "root".to_owned(),
            'U' if is_user => host.uid.to_string(),
            'U' => "0".to_owned(),
            'n' => self.name.to_owned(),
            'N' => stem.to_owned(),
            'p' => prefix.to_owned(),
            'i' | 'I' => stem.split_once('@').map_or("", |(_, instance)| instance).to_owned(),
            'E' if is_user => self.config.display().to_string(),
            'E' => "/etc".to_owned(),
            'S' => below(".local/state", "/var/lib"),
            'C' => below(".cache", "/var/cache"),
            'L' => below(".local/state/log", "/var/log"),
            't' if is_user => host.var("XDG_RUNTIME_DIR")?.to_owned(),
            't' => "/run".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            _ => return None,
        })
    }

    /// The directory in which the service works: the user's home, or the root, if none is named.
    fn directory(&self, named: Option<&str>) -> PathBuf {
        match (named.map(str::trim), self.manager) {
            (Some("~"), _) | (None | Some(""), Manager::User | Manager::Launchd) => {
                self.here.paths.home.clone()
            }
            (None | Some(""), Manager::System) => PathBuf::from("/"),
            (Some(named), _) => PathBuf::from(named),
        }
    }
}
