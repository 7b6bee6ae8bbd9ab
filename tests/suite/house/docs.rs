//! README.md and the book in `docs/` are held against the program: their tables, their outputs and the picture
//! are generated. `UPDATE_README=1` rewrites them.

use crate::house::{picture, tables};
use crate::support::case;
use crate::support::home::Home;
use std::path::{Path, PathBuf};

/// A page: its path from the root of the repository, and its text.
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A path from the root of the repository.
pub(crate) fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The page at a path.
pub(crate) fn page(name: &str) -> Page {
    let text = std::fs::read_to_string(at(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Page { name: name.to_owned(), text }
}

/// All pages of the book, sorted.
pub(crate) fn book() -> Vec<Page> {
    let files = walkdir::WalkDir::new(at("docs")).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.path().extension().is_some_and(|ext| ext == "md"));
    let name = |path: &Path| path.strip_prefix(at("")).unwrap().display().to_string();
    files.map(|entry| page(&name(entry.path()))).collect()
}

/// Whether a page is a decision, which nobody changes afterwards.
pub(crate) fn is_decision(name: &str) -> bool {
    name.strip_prefix("docs/decisions/").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_digit()))
}

/// README.md and the pages of the book that are not decisions.
pub(crate) fn pages() -> Vec<Page> {
    let book = book().into_iter().filter(|page| !is_decision(&page.name));
    std::iter::once(page("README.md")).chain(book).collect()
}

#[test]
fn pages_show_what_the_program_does() {
    let made = pages().into_iter().map(|page| (regenerate(&page), page));
    let picture = page(picture::FILE);
    let made: Vec<_> = made.chain([(picture::made(), picture)]).collect();
    for (made, page) in made {
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(at(&page.name), &made).unwrap();
            continue;
        }
        let diff = similar::TextDiff::from_lines(&page.text, &made);
        let name = &page.name;
        assert!(
            page.text == made,
            "UPDATE_README=1 writes it anew\n{}",
            diff.unified_diff().header(name, "the program")
        );
    }
}

/// The page with every generated section made anew.
fn regenerate(page: &Page) -> String {
    let mut out = String::new();
    let mut rest = page.text.as_str();
    while let Some(at) = rest.find("<!-- generated: ") {
        let (before, marked) = rest.split_at(at);
        let (marker, body) = marked.split_once(" -->\n").unwrap();
        let (_, after) = body.split_once("<!-- end -->").unwrap_or_else(|| panic!("{}: {marker}", page.name));
        let what = marker.trim_start_matches("<!-- generated: ");
        out.push_str(&format!(
            "{before}<!-- generated: {what} -->\n{}<!-- end -->",
            section(&page.name, what)
        ));
        rest = after;
    }
    out + rest
}

fn section(page: &str, what: &str) -> String {
    if let Some(line) = what.strip_prefix("run ") {
        return run(line);
    }
    match what.split_whitespace().collect::<Vec<_>>()[..] {
        ["commands", part] => tables::commands(part),
        ["config", part] => tables::config(part),
        ["exits"] => tables::exits(),
        ["channels"] => tables::channels(),
        ["sources"] => tables::sources(),
        ["logins"] => tables::logins(),
        ["providers"] => tables::providers(),
        ["variables"] => tables::variables(),
        ["documents"] => tables::documents(),
        ["decisions"] => tables::decisions("", ""),
        ["decisions", "summary"] => tables::decisions("  ", "decisions/"),
        ["findings"] => {
            let rules: Vec<_> = zirkabot::checks::rules().collect();
            zirkabot::report::explain::markdown_table(&rules)
        }
        ["output", name] => output(name, 0),
        ["output", name, step] => output(name, step.parse().unwrap()),
        _ => panic!("{page} asks for {what:?}"),
    }
}

/// What a command prints in a home with nothing in it.
fn run(line: &str) -> String {
    let (_, stdout, stderr) = Home::with(1_795_348_800_000, &[]).run(line);
    format!("```console\n$ {line}\n{stderr}{stdout}```\n")
}

/// What a step of a fixture prints; standard error comes first, as at a terminal.
fn output(name: &str, step: usize) -> String {
    let step = &case::named(name).steps[step];
    shown(&format!("```console\n$ {}\n{}{}```\n", step.line, step.stderr, step.stdout))
}

/// A text of a fixture with values in the place of the words that stand for them.
pub(crate) fn shown(text: &str) -> String {
    let fixed = [
        ("[HOME]", "/home/you"),
        ("[TIME]", "2026-11-22 12:00 UTC"),
        ("[VERSION]", env!("CARGO_PKG_VERSION")),
    ];
    let text = fixed.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
    (1..10).fold(text, |text, n| text.replace(&format!("[ID {n}]"), &format!("20261122T120000.000Z-{n}")))
}
