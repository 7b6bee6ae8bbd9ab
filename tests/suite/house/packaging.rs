//! The files beside the code that other programs read: what a registry is told, the license, the changelog, and the
//! forms of issues.

use crate::house::docs::{at, page};
use crate::wire::fleet::asked;
use std::process::Command;

/// The table `[package]` of Cargo.toml.
fn package() -> toml::Table {
    let manifest: toml::Table = page("Cargo.toml").text.parse().unwrap();
    manifest["package"].as_table().unwrap().clone()
}

#[test]
fn the_license_that_is_named_is_the_one_that_is_there() {
    let name = package()["license"].as_str().unwrap().to_owned();
    let text = page("LICENSE").text;
    assert!(text.starts_with(&format!("{name} License\n\nCopyright (c) ")), "{name}: {text}");
}

#[test]
fn the_newest_release_of_the_changelog_is_this_version() {
    let text = page("CHANGELOG.md").text;
    let mut heads = text.lines().filter_map(|line| line.strip_prefix("## "));
    assert_eq!(heads.next(), Some("Unreleased"));
    let releases: Vec<&str> = heads.collect();
    assert_eq!(releases.first(), Some(&env!("CARGO_PKG_VERSION")));
    let numbers = |text: &&str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    assert!(releases.iter().map(numbers).is_sorted_by(|newer, older| newer > older), "{releases:?}");
}

#[test]
fn a_registry_takes_what_it_is_told() {
    let package = package();
    let list = |key: &str| package[key].as_array().unwrap().len();
    // crates.io refuses more of either.
    assert!((1..=5).contains(&list("keywords")) && (1..=5).contains(&list("categories")));
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["package", "--list", "--allow-dirty", "--offline"]).current_dir(at("")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    for file in
        ["LICENSE", "README.md", "Cargo.lock", "src/main.rs", "src/gateway/page.html", "tests/suite/main.rs"]
    {
        assert!(listed.lines().any(|line| line == file), "{file} is not in the package");
    }
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("warning"), "{told}");
}

#[test]
fn forms_for_issues_can_be_read_and_ask_for_what_helps() {
    let dir = at(".github/ISSUE_TEMPLATE");
    let mut texts = Vec::new();
    for entry in walkdir::WalkDir::new(dir).min_depth(1).sort_by_file_name() {
        texts.push(std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert_eq!(texts.len(), 4);
    let forms = texts.iter().filter(|text| text.contains("\nbody:"));
    assert!(forms.clone().all(|form| form.contains("doctor --json")), "{texts:?}");
    assert_eq!(forms.count(), 3);
    // The rules of GitHub's forms: which kinds of fields there are, and what each has to have.
    let script = "import sys, yaml\n\
        for text in sys.stdin.read().split('\\0'):\n\
        \x20 form = yaml.safe_load(text)\n\
        \x20 if 'body' not in form: print('config'); continue\n\
        \x20 assert set(form) <= {'name', 'description', 'labels', 'body'} and form['name'] and form['description']\n\
        \x20 fields = [f for f in form['body'] if f['type'] != 'markdown']\n\
        \x20 assert fields and {f['type'] for f in fields} <= {'textarea', 'input', 'dropdown', 'checkboxes'}\n\
        \x20 assert len({f['id'] for f in fields}) == len(fields) == len({f['attributes']['label'] for f in fields})\n\
        \x20 print(len(fields))";
    let Some(said) = asked(script, &texts.join("\0")) else { return };
    assert_eq!(said, "4\nconfig\n3\n2\n", "{said}");
}
