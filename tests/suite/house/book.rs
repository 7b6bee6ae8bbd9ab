//! What is written for readers holds together: links lead somewhere, every page is in the table of contents,
//! nothing is shown that stands only for something else, and commands can be typed as they are shown.

use crate::house::docs::{Page, at, book, page, pages};
use crate::house::manual::unknown;
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use zirkabot::cli::Cli;

/// Pages beside the book that readers come to.
const BESIDE: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "contrib/ansible/README.md",
    "fixtures/README.md",
];

/// All pages with links.
fn all() -> Vec<Page> {
    BESIDE.iter().map(|name| page(name)).chain(book()).collect()
}

/// The blocks of a page: in which language each is, and its lines.
pub(super) fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Vec<&str>)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((language, Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block has no end: {open:?}");
    blocks
}

/// The lines of a page that stand in no block.
fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .collect()
}

/// A line without what is code in it.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// Where the links of a page lead.
fn links(text: &str) -> Vec<String> {
    let found = prose(text).into_iter().flat_map(|line| {
        let line = without_code(line);
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next().map(str::to_owned));
        targets.collect::<Vec<_>>()
    });
    found.filter(|link| !link.contains("://") && !link.starts_with("mailto:")).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let heads = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let signs = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        let anchor: String = signs.map(|c| if c == ' ' { '-' } else { c }).collect();
        let times = seen.entry(anchor.clone()).or_default();
        *times += 1;
        if *times == 1 { anchor } else { format!("{anchor}-{}", *times - 1) }
    };
    heads.map(anchor).collect()
}

/// The path to which a link of a page leads, from the root of the repository.
fn target(from: &str, link: &str) -> String {
    let base = Path::new(from).parent().unwrap().join(link);
    let mut parts: Vec<String> = Vec::new();
    for part in base.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut seen = 0;
    for Page { name, text } in all() {
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').map_or((&*link, None), |(file, to)| (file, Some(to)));
            let to = if file.is_empty() { name.clone() } else { target(&name, file) };
            assert!(at(&to).exists(), "{name} leads to {to}, which is not there");
            let in_book = |name: &str| name.starts_with("docs/");
            assert!(!in_book(&name) || in_book(&to), "{name} leads out of the book: {to}");
            if let Some(anchor) = anchor {
                assert!(anchors(&page(&to).text).contains(anchor), "{name}: {to} has no heading #{anchor}");
            }
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} links");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = page("docs/SUMMARY.md");
    let listed: Vec<String> =
        links(&summary.text).iter().map(|link| target("docs/SUMMARY.md", link)).collect();
    let there: BTreeSet<String> = book().into_iter().map(|page| page.name).collect();
    for name in &there {
        let times = listed.iter().filter(|listed| *listed == name).count();
        assert_eq!(times, usize::from(name != "docs/SUMMARY.md"), "{name} in docs/SUMMARY.md");
    }
}

#[test]
fn pages_are_short() {
    for Page { name, text } in pages() {
        let most = match &*name {
            "README.md" => 150,
            name if name.starts_with("docs/reference/") => 600,
            _ => 250,
        };
        let lines = text.lines().count();
        assert!(lines <= most, "{name} has {lines} lines; {most} are the most");
    }
}

#[test]
fn nothing_is_shown_that_only_stands_for_something() {
    for Page { name, text } in all() {
        // The page about fixtures says what the words stand for.
        if name == "fixtures/README.md" {
            continue;
        }
        for word in ["[ID ", "[HOME]", "[TIME]", "[VERSION]", "CANARY"] {
            assert!(!text.contains(word), "{name} shows {word}");
        }
    }
}

/// The lines of a shell in a block: all of them, or those behind a prompt.
pub(super) fn typed(language: &str, lines: &[&str]) -> Vec<String> {
    let lines = lines.iter().filter_map(|line| match language {
        "sh" | "bash" => Some(*line),
        "console" => line.strip_prefix("$ "),
        _ => None,
    });
    let text = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    text.lines().map(str::to_owned).collect()
}

/// The words of each call of the program in a line of a shell.
pub(super) fn calls(line: &str) -> Vec<Vec<String>> {
    let begins = line.match_indices("zirkabot ").map(|(at, _)| at).filter(|at| {
        let before = line[..*at].trim_end();
        let is_word = line[..*at].ends_with(' ') || before.len() == *at;
        let begins = before.is_empty() || before.ends_with(['&', '|', ';', '(']);
        is_word && (begins || ["exec", "sudo", "then"].iter().any(|word| before.ends_with(word)))
    });
    begins.map(|at| words(&line[at..])).collect()
}

/// The words of a shell, up to what ends the command.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for sign in text.chars() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (None, '\'' | '"') if words.last().unwrap().is_empty() || sign == '\'' => quote = Some(sign),
            (None, ' ') if !words.last().unwrap().is_empty() => words.push(String::new()),
            (None, ' ') => {}
            (None, '#') if words.last().unwrap().is_empty() => break,
            (None, '|' | '&' | ';' | ')' | '<' | '>' | '"' | '`') => break,
            (_, sign) => words.last_mut().unwrap().push(sign),
        }
    }
    words.retain(|word| !word.is_empty() && *word != "2");
    words
}

#[test]
fn commands_can_be_typed_as_they_are_shown() {
    let mut seen = 0;
    for Page { name, text } in
        pages().into_iter().chain(["CONTRIBUTING.md", "contrib/ansible/README.md"].map(page))
    {
        let lines = blocks(&text).into_iter().flat_map(|(language, lines)| typed(language, &lines));
        for call in lines.flat_map(|line| calls(&line)) {
            seen += 1;
            let Err(error) = Cli::command().try_get_matches_from(&call) else { continue };
            let is_shown = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion].contains(&error.kind());
            assert!(is_shown, "{name}: {call:?}: {error}");
        }
    }
    assert!(seen > 80, "{seen} commands");
}

#[test]
fn commands_that_are_named_are_those_of_the_grammar() {
    let mut grammar = Cli::command();
    grammar.build();
    let named = |page: Page| {
        let lines = prose(&page.text).join("\n");
        let codes: Vec<String> =
            lines.split('`').skip(1).step_by(2).map(|code| code.replace('\n', " ")).collect();
        codes.into_iter().map(move |code| (page.name.clone(), code))
    };
    let all = pages().into_iter().flat_map(named);
    let mut seen = 0;
    for (name, code) in all {
        // `zirkabot COMMAND` stands for all of them.
        let is_one = |line: &&str| !line.starts_with(|c: char| c == '-' || c.is_ascii_uppercase());
        let Some(line) = code.strip_prefix("zirkabot ").filter(is_one) else { continue };
        assert_eq!(unknown(&grammar, line), None, "{name}: `{code}`");
        seen += 1;
    }
    assert!(seen > 100, "{seen} commands");
}

#[test]
fn a_line_of_a_shell_is_taken_apart() {
    let rows: &[(&str, &[&[&str]])] = &[
        (
            "zirkabot plan --out p.json && zirkabot apply p.json --yes   # refused",
            &[&["zirkabot", "plan", "--out", "p.json"], &["zirkabot", "apply", "p.json", "--yes"]],
        ),
        ("eval \"$(zirkabot gateway env --with-token)\"", &[&["zirkabot", "gateway", "env", "--with-token"]]),
        (
            "zirkabot config set 'auth.profiles.\"a:b\".mode' oauth",
            &[&["zirkabot", "config", "set", "auth.profiles.\"a:b\".mode", "oauth"]],
        ),
        ("cp x ~/zirkabot y", &[]),
        (
            "zirkabot models auth paste-token --provider groq < key.txt",
            &[&["zirkabot", "models", "auth", "paste-token", "--provider", "groq"]],
        ),
    ];
    for (line, expected) in rows {
        assert_eq!(calls(line), *expected, "{line}");
    }
}
