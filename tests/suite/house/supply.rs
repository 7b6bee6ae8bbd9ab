//! What is built into the program, held against `deny.toml` as `cargo deny` would, where that is not
//! installed: licences, sources, and versions that stand beside another one.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn toml(file: &str) -> toml::Table {
    std::fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

fn texts(value: &toml::Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// All packages for this system with what they depend on, as cargo sees them.
fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform"]);
    let system = format!(
        "{}-{}",
        std::env::consts::ARCH,
        match std::env::consts::OS {
            "macos" => "apple-darwin",
            _ => "unknown-linux-gnu",
        }
    );
    let output = cargo.arg(system).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether one of the alternatives of a licence expression is allowed, in each of its parts.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        let part = part.trim().trim_start_matches('(').trim_end_matches(')');
        part.split(" OR ").any(|license| allowed.contains(license.trim()))
    })
}

#[test]
fn licences_are_on_the_list() {
    let allowed = texts(&toml("deny.toml")["licenses"]["allow"]);
    for package in metadata()["packages"].as_array().unwrap() {
        let license = package["license"].as_str().unwrap_or("none");
        assert!(is_allowed(license, &allowed), "{}: {license}", package["name"]);
    }
    for (expression, fits) in [
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
        ("none", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), fits, "{expression}");
    }
}

#[test]
fn everything_comes_from_the_one_registry_with_its_digest() {
    let sources = texts(&toml("deny.toml")["sources"]["allow-registry"]);
    for package in toml("Cargo.lock")["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let Some(source) = package.get("source").and_then(toml::Value::as_str) else {
            assert_eq!(name, env!("CARGO_PKG_NAME"));
            continue;
        };
        let source = source.strip_prefix("registry+").unwrap_or(source);
        assert!(sources.contains(source), "{name} comes from {source}");
        assert_eq!(package["checksum"].as_str().map(str::len), Some(64), "{name}");
    }
}

#[test]
fn nothing_is_shipped_twice_or_that_is_banned() {
    let metadata = metadata();
    let of = |id: &str| metadata["resolve"]["nodes"].as_array().unwrap().iter().find(|node| node["id"] == id);
    let (mut shipped, mut left) =
        (BTreeSet::new(), vec![metadata["resolve"]["root"].as_str().unwrap().to_owned()]);
    while let Some(id) = left.pop() {
        let node = of(&id).unwrap();
        let is_kept = |kind: &Value| kind["kind"] != "dev";
        let deps = node["deps"].as_array().unwrap().iter();
        let deps = deps.filter(|dep| dep["dep_kinds"].as_array().unwrap().iter().any(is_kept));
        let deps = deps.map(|dep| dep["pkg"].as_str().unwrap().to_owned());
        left.extend(deps.filter(|dep| shipped.insert(dep.clone())));
    }
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        if shipped.contains(package["id"].as_str().unwrap()) {
            let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
            versions.entry(name).or_default().insert(version);
        }
    }
    assert!(versions.len() > 30, "{versions:?}");
    let bans = &toml("deny.toml")["bans"];
    for banned in bans["deny"].as_array().unwrap() {
        assert!(!versions.contains_key(banned["name"].as_str().unwrap()), "{banned}");
    }
    for skip in bans["skip"].as_array().unwrap() {
        let (name, version) = (skip["name"].as_str().unwrap(), skip["version"].as_str().unwrap());
        let own =
            versions.get_mut(name).unwrap_or_else(|| panic!("{name} is not shipped: take it off the list"));
        let before = own.len();
        own.retain(|known| !known.starts_with(&format!("{version}.")));
        assert!(own.len() < before, "{name} {version} is not shipped: take it off the list");
    }
    let twice: Vec<_> = versions.iter().filter(|(_, versions)| versions.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// A version of Rust, so that two can be compared.
fn rust(text: &str) -> Vec<u32> {
    text.split('.').take(2).map(|part| part.parse().unwrap()).collect()
}

#[test]
fn the_rust_that_is_promised_is_enough_for_every_dependency() {
    let promised = toml("Cargo.toml")["package"]["rust-version"].as_str().unwrap().to_owned();
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let asked =
        packages.iter().filter_map(|package| Some((&package["name"], package["rust_version"].as_str()?)));
    let asked: Vec<_> = asked.collect();
    assert!(asked.len() > 50, "{asked:?}");
    for (name, version) in asked {
        assert!(rust(version) <= rust(&promised), "{name} needs Rust {version}");
    }
    for page in ["README.md", "CONTRIBUTING.md", "docs/install.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        assert!(text.contains(&format!("You need Rust {promised} or later")), "{page}");
    }
    assert!(rust("1.89.0") == rust("1.89") && rust("1.100") > rust("1.89"));
}
