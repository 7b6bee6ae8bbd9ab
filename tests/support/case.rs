//! Reads and writes fixture files; `fixtures/README.md` describes their format.
//!
//! A slip in a fixture must not pass for a test: keys, options and sections that nobody knows
//! are faults. [`text`](crate::support::text) tells how bytes stand in such a file.

use crate::support::text;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One fixture: a home, commands, and what is expected of them.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) file: PathBuf,
    /// Name as `family/name`.
    pub(crate) name: String,
    /// The header as it stands, kept when the file is rewritten.
    written: String,
    pub(crate) header: Header,
    pub(crate) files: Vec<File>,
    pub(crate) steps: Vec<Step>,
    /// Files after all steps that are new, changed or gone.
    pub(crate) after: BTreeMap<String, File>,
}

/// What a fixture says about its home before the first section.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) what: String,
    pub(crate) now: String,
    pub(crate) cwd: Option<String>,
    pub(crate) uid: Option<u32>,
    pub(crate) keychain: Option<String>,
    /// How long a program may take that is asked, in milliseconds.
    pub(crate) patience: Option<i64>,
    #[serde(default)]
    pub(crate) golden: bool,
    #[serde(default)]
    pub(crate) fires: Vec<String>,
    #[serde(default)]
    pub(crate) silent: Vec<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) modes: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) links: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) dirs: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) mtimes: BTreeMap<String, String>,
}

/// A file of the home: before the first step, or after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) options: Vec<String>,
    pub(crate) body: String,
}

/// A command line and what it prints.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) line: String,
    pub(crate) exit: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Where the fixtures are.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The names of all cases, sorted.
pub(crate) fn names() -> Vec<String> {
    let files = walkdir::WalkDir::new(root()).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "case"));
    let name = |file: &Path| file.strip_prefix(root()).unwrap().with_extension("").display().to_string();
    files.map(|entry| name(entry.path())).collect()
}

/// The case of this name, or why there is none.
pub(crate) fn read(name: &str) -> Result<Case, String> {
    let file = root().join(format!("{name}.case"));
    let written = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    parse(file, name, &written)
}

/// The case of this name.
pub(crate) fn named(name: &str) -> Case {
    read(name).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

/// All cases, by name.
pub(crate) fn all() -> Vec<Case> {
    names().iter().map(|name| named(name)).collect()
}

/// Reads one fixture.
pub(crate) fn parse(file: PathBuf, name: &str, written: &str) -> Result<Case, String> {
    let mut sections: Vec<(&str, String)> = vec![("", String::new())];
    for line in written.split_inclusive('\n') {
        match text::marker(line) {
            Some(marker) => sections.push((marker, String::new())),
            None => sections.last_mut().unwrap().1.push_str(line),
        }
    }
    let (_, written) = sections.remove(0);
    let header = toml::from_str(&written).map_err(|error| format!("header: {error}"))?;
    let (files, steps, after) = Default::default();
    let mut case = Case { file, name: name.to_owned(), written, header, files, steps, after };
    for (marker, body) in sections {
        case.add(marker, body).map_err(|fault| format!("-- {marker} --: {fault}"))?;
    }
    if case.steps.is_empty() {
        return Err("no command is run".to_owned());
    }
    Ok(case)
}

impl Case {
    fn add(&mut self, marker: &str, body: String) -> Result<(), String> {
        if let Some(command) = marker.strip_prefix("$ ") {
            return self.add_step(command, body);
        }
        if marker == "stderr" {
            let step = self.steps.last_mut().ok_or("stands before the first command")?;
            step.stderr = body;
            return Ok(());
        }
        let (place, options) = text::options(marker)?;
        if let Some(path) = place.strip_prefix("home/") {
            let file = File { path: path.to_owned(), options, body };
            file.bytes()?;
            self.files.push(file);
        } else if let Some(path) = place.strip_prefix("after/") {
            self.after.insert(path.to_owned(), File { path: path.to_owned(), options, body });
        } else {
            return Err("is no section that anybody knows".to_owned());
        }
        Ok(())
    }

    fn add_step(&mut self, command: &str, stdout: String) -> Result<(), String> {
        let (line, exit) = command.rsplit_once(" => ").ok_or("does not end in ` => ` and an exit code")?;
        let exit = exit.parse().map_err(|_| "the exit code is no number up to 255")?;
        self.steps.push(Step { line: line.to_owned(), exit, stdout, stderr: String::new() });
        Ok(())
    }

    /// The fixture with these results in the place of the expected ones.
    pub(crate) fn render(&self, steps: &[Step], after: &BTreeMap<String, File>) -> String {
        let mut out = self.written.clone();
        for file in &self.files {
            out.push_str(&file.render("home"));
        }
        for step in steps {
            out.push_str(&format!("-- $ {} => {} --\n{}", step.line, step.exit, step.stdout));
            if !step.stderr.is_empty() {
                out.push_str(&format!("-- stderr --\n{}", step.stderr));
            }
        }
        for file in after.values() {
            out.push_str(&file.render("after"));
        }
        out
    }
}

impl File {
    /// A file with these bytes.
    pub(crate) fn of(path: &str, bytes: &[u8]) -> Self {
        let (options, body) = text::of_bytes(bytes);
        Self { path: path.to_owned(), options, body }
    }

    /// A file that is gone.
    pub(crate) fn gone(path: &str) -> Self {
        Self { path: path.to_owned(), options: vec!["absent".to_owned()], body: String::new() }
    }

    /// The same with one more option.
    pub(crate) fn with(mut self, option: String) -> Self {
        self.options.push(option);
        self
    }

    /// Its bytes: options say what a text file cannot hold.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, String> {
        text::to_bytes(&self.options, &self.body)
    }

    fn render(&self, place: &str) -> String {
        let options = match self.options.join(", ") {
            none if none.is_empty() => none,
            options => format!(" ({options})"),
        };
        format!("-- {place}/{}{options} --\n{}", self.path, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixture_is_written_as_it_stands() {
        for case in all() {
            let written = std::fs::read_to_string(&case.file).unwrap();
            let (name, what) = (&case.name, &case.header.what);
            assert!(
                case.render(&case.steps, &case.after) == written,
                "{name} ({what}) would be written anew"
            );
        }
    }
}
