//! Reads and writes fixture files; `fixtures/README.md` describes their format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One fixture: a home, commands, and what is expected of them.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) file: PathBuf,
    /// Name as `family/name`.
    pub(crate) name: String,
    header: String,
    pub(crate) table: toml::Table,
    pub(crate) files: Vec<File>,
    pub(crate) steps: Vec<Step>,
    /// Files after all steps that are new or changed; `None` is gone.
    pub(crate) after: BTreeMap<String, Option<String>>,
}

/// A file of the home.
#[derive(Debug)]
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

/// All cases below `fixtures/`, by name.
pub(crate) fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "case"));
    files.map(|entry| read(&root, entry.path())).collect()
}

fn read(root: &Path, file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.strip_prefix(root).unwrap().with_extension("").display().to_string();
    let mut sections: Vec<(Option<String>, String)> = vec![(None, String::new())];
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(marker) => sections.push((Some(marker.to_owned()), String::new())),
            None => sections.last_mut().unwrap().1.push_str(line),
        }
    }
    let header = sections.remove(0).1;
    let table = header.parse().unwrap_or_else(|error| panic!("{name}: header: {error}"));
    let mut case = Case {
        file: file.to_owned(),
        name,
        header,
        table,
        files: Vec::new(),
        steps: Vec::new(),
        after: BTreeMap::new(),
    };
    for (marker, body) in sections {
        case.add(&marker.unwrap(), body);
    }
    case
}

impl Case {
    fn add(&mut self, marker: &str, body: String) {
        let (path, options) = match marker.split_once(" (") {
            Some((path, options)) if !marker.starts_with('$') => {
                (path, options.trim_end_matches(')').split(", ").map(str::to_owned).collect())
            }
            _ => (marker, Vec::new()),
        };
        if let Some(path) = path.strip_prefix("home/") {
            self.files.push(File { path: path.to_owned(), options, body });
        } else if let Some(path) = path.strip_prefix("after/") {
            let gone = options.iter().any(|option| option == "absent");
            self.after.insert(path.to_owned(), (!gone).then_some(body));
        } else if let Some(line) = marker.strip_prefix("$ ") {
            let (line, exit) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("{}: {marker}", self.name));
            let exit = exit.parse().unwrap_or_else(|_| panic!("{}: {marker}", self.name));
            self.steps.push(Step { line: line.to_owned(), exit, stdout: body, stderr: String::new() });
        } else if marker == "stderr" {
            self.steps.last_mut().unwrap_or_else(|| panic!("{}: stderr before a step", self.name)).stderr =
                body;
        } else {
            panic!("{}: unknown section {marker:?}", self.name);
        }
    }

    /// Text of a header key, or nothing.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.table.get(key).and_then(toml::Value::as_str)
    }

    /// Whether a header key is true.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.table.get(key).and_then(toml::Value::as_bool) == Some(true)
    }

    /// The list of texts under a header key.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let items = self.table.get(key).and_then(toml::Value::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// The table of texts under a header key.
    pub(crate) fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let table = self.table.get(key).and_then(toml::Value::as_table);
        let pairs = table.into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// The file with these results in the place of the expected ones.
    pub(crate) fn render(&self, steps: &[Step], after: &BTreeMap<String, Option<String>>) -> String {
        let mut out = self.header.clone();
        for file in &self.files {
            let options = if file.options.is_empty() {
                String::new()
            } else {
                format!(" ({})", file.options.join(", "))
            };
            out.push_str(&format!("-- home/{}{options} --\n{}", file.path, file.body));
        }
        for step in steps {
            out.push_str(&format!("-- $ {} => {} --\n{}", step.line, step.exit, step.stdout));
            if !step.stderr.is_empty() {
                out.push_str(&format!("-- stderr --\n{}", step.stderr));
            }
        }
        for (path, body) in after {
            match body {
                Some(body) => out.push_str(&format!("-- after/{path} --\n{body}")),
                None => out.push_str(&format!("-- after/{path} (absent) --\n")),
            }
        }
        out
    }
}

impl File {
    /// Whether it has an option.
    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }

    /// Its bytes: options say what a text file cannot hold.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut text = self.body.clone();
        if self.has("no-final-newline") {
            text = text.trim_end_matches('\n').to_owned();
        }
        if self.has("crlf") {
            text = text.replace('\n', "\r\n");
        }
        let bom = if self.has("bom") { "\u{feff}" } else { "" };
        [bom.as_bytes(), text.as_bytes()].concat()
    }
}
