//! A second reading of units, written for tests alone and in another way than the program's: texts
//! are rewritten step by step instead of scanned in place. System units only, and only what the
//! table beside it uses.

use super::Vars;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const DIRS: [&str; 4] = ["etc", "run", "usr/local/lib", "usr/lib"];

/// What a process has that is started with these variables.
pub(super) fn child(vars: &Vars) -> Vars {
    let output = Command::new("/usr/bin/env").arg("-0").env_clear().envs(vars).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.split_terminator('\0').filter_map(|line| line.split_once('='));
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The variables of the unit `name` below `root`.
pub(super) fn variables(root: &Path, name: &str) -> Vars {
    let dirs: Vec<PathBuf> = DIRS.iter().map(|dir| root.join(dir).join("systemd/system")).collect();
    let template = name.split_once('@').map(|(prefix, _)| format!("{prefix}@"));
    let candidates = [Some(name.to_owned()), template.clone()];
    let places = candidates
        .iter()
        .flatten()
        .flat_map(|name| dirs.iter().map(move |dir| dir.join(format!("{name}.service"))));
    let file = places.into_iter().find(|path| path.exists()).unwrap();
    let mut texts = vec![std::fs::read_to_string(file).unwrap()];
    // Least telling first, so that the more telling one replaces it.
    let mut drop_ins: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut names = vec![name.to_owned()];
    names.extend(template);
    let prefix = name.split('@').next().unwrap().to_owned();
    for (at, _) in prefix.match_indices('-').collect::<Vec<_>>().into_iter().rev() {
        names.push(format!("{}-", &prefix[..at]));
    }
    let mut places: Vec<PathBuf> = Vec::new();
    for dir in &dirs {
        places.extend(names.iter().map(|name| dir.join(format!("{name}.service.d"))));
    }
    places.extend(dirs.iter().map(|dir| dir.join("service.d")));
    for place in places.iter().rev() {
        for entry in std::fs::read_dir(place).into_iter().flatten().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".conf") {
                drop_ins.insert(name, entry.path());
            }
        }
    }
    texts.extend(drop_ins.values().map(|path| std::fs::read_to_string(path).unwrap()));
    let settings: Vec<(String, String)> = texts.iter().flat_map(|text| settings(text)).collect();
    let all = |key: &str| -> Vec<String> {
        let own = settings.iter().filter(|(name, _)| name == key).map(|(_, value)| value.clone());
        own.fold(Vec::new(), |mut list, value| match value.as_str() {
            "" => Vec::new(),
            _ => {
                list.push(value);
                list
            }
        })
    };
    let mut vars = Vars::new();
    for word in all("Environment").iter().flat_map(|line| words(line)) {
        if let Some((key, value)) = word.split_once('=').filter(|(key, _)| is_name(key)) {
            vars.insert(key.to_owned(), expanded(value, name));
        }
    }
    for path in all("EnvironmentFile") {
        let path = expanded(path.trim_start_matches('-'), name);
        for file in files(&path) {
            vars.extend(env_file(&std::fs::read_to_string(file).unwrap_or_default()));
        }
    }
    for entry in all("UnsetEnvironment").iter().flat_map(|line| words(line)) {
        match entry.split_once('=') {
            Some((key, value)) if vars.get(key).map(String::as_str) == Some(value) => drop(vars.remove(key)),
            Some(_) => {}
            None => drop(vars.remove(&entry)),
        }
    }
    vars
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic())
        && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

fn files(path: &str) -> Vec<PathBuf> {
    let Some((dir, last)) = path.rsplit_once('/') else { return Vec::new() };
    match last.split_once('*') {
        None => vec![PathBuf::from(path)],
        Some((before, after)) => {
            let names = std::fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path());
            let fits = |path: &PathBuf| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(before) && name.ends_with(after)
            };
            let mut found: Vec<_> = names.filter(fits).collect();
            found.sort();
            found
        }
    }
}

/// The settings of `[Service]`.
fn settings(text: &str) -> Vec<(String, String)> {
    let is_comment = |line: &&str| !line.trim_start().starts_with(['#', ';']);
    let text: Vec<&str> = text.lines().filter(is_comment).collect();
    // Two backslashes are no continuation.
    let text =
        text.join("\n").replace("\\\\", "\u{1}\u{1}").replace("\\\n", " ").replace("\u{1}\u{1}", "\\\\");
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
        } else if section == "[Service]"
            && let Some((key, value)) = line.split_once('=')
        {
            found.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// The words of a line, up to the first fault.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<Vec<u8>>, None);
    let mut chars = line.chars().peekable();
    let text = |c: char, word: &mut Option<Vec<u8>>| {
        word.get_or_insert_default().extend(c.to_string().as_bytes());
    };
    while let Some(c) = chars.next() {
        let mut take = |count: usize| (0..count).map_while(|_| chars.next()).collect::<String>();
        match (c, quote) {
            ('\\', _) => {
                let Some(sign) = take(1).pop() else { return found };
                let code =
                    |digits: String, radix| u32::from_str_radix(&digits, radix).ok().filter(|code| *code > 0);
                match sign {
                    'n' => text('\n', &mut word),
                    't' => text('\t', &mut word),
                    's' => text(' ', &mut word),
                    '\\' | '"' | '\'' => text(sign, &mut word),
                    'x' => match code(take(2), 16) {
                        Some(code) => word.get_or_insert_default().push(code as u8),
                        None => return found,
                    },
                    '0'..='7' => match code(format!("{sign}{}", take(2)), 8) {
                        Some(code) => word.get_or_insert_default().push(code as u8),
                        None => return found,
                    },
                    'u' => match code(take(4), 16).and_then(char::from_u32) {
                        Some(c) => text(c, &mut word),
                        None => return found,
                    },
                    _ => return found,
                }
            }
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_ascii_whitespace() => {
                found.extend(word.take().and_then(|w| String::from_utf8(w).ok()));
            }
            (c, _) => text(c, &mut word),
        }
    }
    if quote.is_none() {
        found.extend(word.and_then(|word| String::from_utf8(word).ok()));
    }
    found
}

fn expanded(text: &str, name: &str) -> String {
    let (prefix, instance) = name.split_once('@').unwrap_or((name, ""));
    let pairs = [
        ("%%", "\u{1}".to_owned()),
        ("%n", format!("{name}.service")),
        ("%N", name.to_owned()),
        ("%p", prefix.to_owned()),
        ("%j", prefix.rsplit('-').next().unwrap().to_owned()),
        ("%i", instance.to_owned()),
        ("%I", instance.replace('-', "/").replace("\\x2d", "-")),
        ("%E", "/etc".to_owned()),
        ("%S", "/var/lib".to_owned()),
        ("%t", "/run".to_owned()),
        ("\u{1}", "%".to_owned()),
    ];
    pairs.iter().fold(text.to_owned(), |text, (sign, value)| text.replace(sign, value))
}

/// The variables of an environment file.
fn env_file(text: &str) -> Vars {
    let (mut vars, mut rest) = (Vars::new(), text);
    while !rest.is_empty() {
        rest = rest.trim_start();
        let end = rest.find('\n').unwrap_or(rest.len());
        if rest.starts_with(['#', ';']) || !rest[..end].contains('=') {
            rest = &rest[end..];
            continue;
        }
        let (name, after) = rest.split_once('=').unwrap();
        let (value, after) = env_value(after);
        if is_name(name.trim()) {
            vars.insert(name.trim().to_owned(), value);
        }
        rest = after;
    }
    vars
}

/// The value that a text begins with, and what follows its line.
fn env_value(text: &str) -> (String, &str) {
    let (mut value, mut rest, mut bare) = (String::new(), text, false);
    loop {
        let Some(c) = rest.chars().next() else { return (value, "") };
        let after = &rest[c.len_utf8()..];
        match c {
            '\n' => return (if bare { value.trim_end().to_owned() } else { value }, after),
            '\\' => {
                let next = after.chars().next();
                value.extend(next.filter(|next| *next != '\n'));
                rest = &after[next.map_or(0, char::len_utf8)..];
                bare = true;
            }
            '\'' if !bare => {
                let (inside, after) = after.split_once('\'').unwrap_or((after, ""));
                value.push_str(inside);
                rest = after;
            }
            '"' if !bare => {
                let marked = after.replace("\\\\", "\u{1}\u{1}").replace("\\\"", "\u{2}\u{2}");
                let length = marked.find('"').unwrap_or(marked.len());
                let inside = marked[..length].replace("\\\n", "").replace("\\$", "$").replace("\\`", "`");
                value.push_str(&inside.replace("\u{1}\u{1}", "\\").replace("\u{2}\u{2}", "\""));
                rest = after.get(length + 1..).unwrap_or("");
            }
            c if !bare && c.is_ascii_whitespace() => rest = after,
            c => {
                bare = true;
                value.push(c);
                rest = after;
            }
        }
    }
}
