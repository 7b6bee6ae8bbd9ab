//! Where systemd finds the files of a unit: its directories in order of precedence, the file of
//! a unit or of its template, and its drop-ins. Nothing of their text is read here.

use crate::sys::Look;
use std::path::{Path, PathBuf};

/// Directories of the system's units, first choice first.
const SYSTEM: &[&str] = &[
    "etc/systemd/system.control",
    "run/systemd/system.control",
    "run/systemd/transient",
    "run/systemd/generator.early",
    "etc/systemd/system",
    "etc/systemd/system.attached",
    "run/systemd/system",
    "run/systemd/system.attached",
    "run/systemd/generator",
    "usr/local/lib/systemd/system",
    "lib/systemd/system",
    "usr/lib/systemd/system",
    "run/systemd/generator.late",
];

/// Directories of the system's units, first choice first.
pub(super) fn system(look: &dyn Look) -> Vec<PathBuf> {
    SYSTEM.iter().map(|dir| look.host().system(dir)).collect()
}

/// Directories of the user's units, first choice first. `config` is where the user's settings are.
pub(super) fn user(look: &dyn Look, home: &Path, config: &Path) -> Vec<PathBuf> {
    let host = look.host();
    let named = |name: &str| host.var(name).filter(|text| text.starts_with('/')).map(PathBuf::from);
    let runtime = named("XDG_RUNTIME_DIR").map(|dir| dir.join("systemd"));
    let data = named("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
    let runtime = |name: &str| runtime.as_ref().map(|dir| dir.join(name));
    let system = |place: &str| Some(host.system(place));
    [
        Some(config.join("systemd/user.control")),
        runtime("user.control"),
        runtime("transient"),
        runtime("generator.early"),
        Some(config.join("systemd/user")),
        system("etc/xdg/systemd/user"),
        system("etc/systemd/user"),
        runtime("user"),
        system("run/systemd/user"),
        runtime("generator"),
        Some(data.join("systemd/user")),
        system("usr/local/share/systemd/user"),
        system("usr/share/systemd/user"),
        system("usr/local/lib/systemd/user"),
        system("usr/lib/systemd/user"),
        runtime("generator.late"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The file of a unit: its own, else that of its template.
pub(super) fn fragment(look: &dyn Look, dirs: &[PathBuf], name: &str) -> Option<PathBuf> {
    let names = [Some(name.to_owned()), template(name)];
    let mut places = names.iter().flatten().flat_map(|name| dirs.iter().map(move |dir| dir.join(name)));
    places.find(|path| look.stat(path).is_some())
}

/// `name@.service` of `name@x.service`.
fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let instance = rest.strip_suffix(".service")?;
    (!instance.is_empty()).then(|| format!("{prefix}@.service"))
}

/// The drop-ins of a unit, by file name. Of two of one name the one of the first directory
/// counts, and one that is empty or leads to `/dev/null` only hides the others.
pub(super) fn drop_ins(look: &dyn Look, dirs: &[PathBuf], fragment: &Path, name: &str) -> Vec<PathBuf> {
    // A unit that is a link has the drop-ins of the unit it leads to as well.
    let target = look.resolve(fragment);
    let target = target.file_name().and_then(|name| name.to_str()).filter(|target| {
        *target != name && target.ends_with(".service") && Some(*target) != template(name).as_deref()
    });
    let names = [Some(name), target].into_iter().flatten();
    let mut places: Vec<PathBuf> = Vec::new();
    for own in names.map(directories) {
        places.extend(dirs.iter().flat_map(|dir| own.iter().map(|own| dir.join(own))));
    }
    let of_all = dirs.iter().map(|dir| dir.join("service.d"));
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for dir in places.into_iter().chain(of_all) {
        for file in look.list(&dir).into_iter().filter(|file| is_drop_in(file)) {
            if found.iter().all(|(known, _)| *known != file) {
                let path = dir.join(&file);
                found.push((file, path));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, path)| path).filter(|path| !leads_nowhere(look, path)).collect()
}

/// Whether the file leads to `/dev/null`, by which a unit or drop-in is switched off.
pub(super) fn leads_nowhere(look: &dyn Look, path: &Path) -> bool {
    look.resolve(path) == Path::new("/dev/null")
}

fn is_drop_in(file: &str) -> bool {
    file.ends_with(".conf") && !file.starts_with('.')
}

/// The names of the directories for a unit's drop-ins, the nearest first: its own, that of its
/// template, and those of what stands before each dash of its name.
fn directories(name: &str) -> Vec<String> {
    let mut found = vec![format!("{name}.d")];
    if let Some(template) = template(name) {
        found.extend(directories(&template));
    }
    let stem = name.strip_suffix(".service").unwrap_or(name);
    let (prefix, instance) = stem.split_once('@').map_or((stem, None), |(prefix, rest)| (prefix, Some(rest)));
    if let Some((before, _)) = prefix.trim_end_matches('-').rsplit_once('-') {
        let instance = instance.map(|instance| format!("@{instance}")).unwrap_or_default();
        found.extend(directories(&format!("{before}-{instance}.service")));
    }
    let mut known = std::collections::BTreeSet::new();
    found.retain(|dir| known.insert(dir.clone()));
    found
}

/// The files that a pattern of `EnvironmentFile=` means, sorted; itself if it is no pattern.
pub(super) fn matching(look: &dyn Look, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !is_pattern(part) {
            found.iter_mut().for_each(|dir| dir.push(part));
            continue;
        }
        let below = |dir: &PathBuf| -> Vec<PathBuf> {
            let hidden = |name: &String| name.starts_with('.') && !part.starts_with('.');
            let names = look.list(dir).into_iter().filter(|name| !hidden(name));
            names.filter(|name| fits(part.as_bytes(), name.as_bytes())).map(|name| dir.join(name)).collect()
        };
        found = found.iter().flat_map(below).collect();
    }
    if is_pattern(pattern) {
        found.retain(|path| look.stat(path).is_some());
        found.sort();
    }
    found
}

/// Whether a path means several files.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether a name fits a pattern of `*`, `?` and `[…]`.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], _) => name.is_empty(),
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|at| fits(rest, &name[at..])),
        ([b'?', rest @ ..], [_, name @ ..]) => fits(rest, name),
        ([b'[', rest @ ..], [byte, after @ ..]) => match class(rest, *byte) {
            Some((inside, rest)) => inside && fits(rest, after),
            None => *byte == b'[' && fits(rest, after),
        },
        ([b'\\', sign, rest @ ..], [byte, name @ ..]) => sign == byte && fits(rest, name),
        ([sign, rest @ ..], [byte, name @ ..]) => sign == byte && fits(rest, name),
        _ => false,
    }
}

/// Whether a byte is in the class that `pattern` begins with, and what follows it; none if the
/// class does not end.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (not, pattern) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let end = pattern.iter().skip(1).position(|sign| *sign == b']')? + 1;
    let (mut signs, mut inside) = (&pattern[..end], false);
    while let [from, rest @ ..] = signs {
        (inside, signs) = match rest {
            [b'-', to, rest @ ..] => (inside || (*from..=*to).contains(&byte), rest),
            _ => (inside || *from == byte, rest),
        };
    }
    Some((inside != not, &pattern[end + 1..]))
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::systemd::search::*;

    #[test]
    fn drop_in_directories_go_from_near_to_far() {
        assert_eq!(directories("a.service"), ["a.service.d"]);
        assert_eq!(directories("a-b-c.service"), ["a-b-c.service.d", "a-b-.service.d", "a-.service.d"]);
        assert_eq!(
            directories("a-b@x.service"),
            ["a-b@x.service.d", "a-b@.service.d", "a-@.service.d", "a-@x.service.d"]
        );
        assert_eq!(template("a@x.service").as_deref(), Some("a@.service"));
        assert_eq!((template("a.service"), template("a@.service")), (None, None));
    }

    #[test]
    fn patterns_fit_as_those_of_a_shell() {
        for (pattern, name, expected) in [
            ("*.env", "a.env", true),
            ("*.env", "a.envx", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[ab", "[ab", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a*b*c", "aXbYc", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }
}
