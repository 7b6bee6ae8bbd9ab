//! The files beside the code that other programs read: what a registry is told, the license, the changelog, the forms
//! of issues, and what others run: an action, a hook, a workflow. What is released is in `wire::packages`.

use crate::house::docs::{at, page};
use crate::support::home::Home;
use crate::support::tools::{said, tool};
use crate::wire::fleet::asked;
use serde_json::Value;
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

/// What a file of YAML holds.
fn yaml(name: &str) -> Option<Value> {
    let script = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(sys.stdin.read())))";
    Some(serde_json::from_str(&asked(script, &page(name).text)?).unwrap())
}

/// A home with a token that expires in the year 2100, in which the program is on the path.
fn home() -> Home {
    let token = "{\"version\":1,\"profiles\":{\"anthropic:manual\":{\"type\":\"token\",\"provider\":\"anthropic\",\
        \"token\":\"sk-ant-oat01-CANARYsetup-0123456789_abcdefghijklmnopqrstuvwxyz_0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ_CANARY01-00\",\
        \"expires\":4102444800000}}}";
    let home = Home::with(
        0,
        &[
            (".zirkabot/agents/main/agent/auth-profiles.json", token),
            (".zirkabot/zirkabot.toml", "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n"),
            ("empty/zirkabot.toml", "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n"),
            ("typo/zirkabot.toml", "[agents.defaults]\nmodell = \"anthropic/claude-opus-4-5\"\n"),
        ],
    );
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zirkabot"), home.path().join("zirkabot")).unwrap();
    home
}

/// A shell of a workflow in a home, with nothing else around it.
fn shell(home: &Home) -> Command {
    let mut bash = Command::new("bash");
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    bash.env_clear()
        .envs([("PATH", path), ("HOME", home.path().display().to_string())])
        .current_dir(home.path());
    bash
}

#[test]
fn the_action_ends_as_the_check_does() {
    let Some(action) = yaml("action.yml") else { return };
    assert_eq!(action["runs"]["using"], "composite");
    let steps = action["runs"]["steps"].as_array().unwrap();
    let home = home();
    let output = home.path().join("output");
    let run = |step: &Value, vars: &[(&str, &str)]| {
        // As the runner calls it.
        let mut bash = shell(&home);
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()]);
        let status = bash.envs(vars.iter().copied()).env("GITHUB_OUTPUT", &output).output().unwrap().status;
        status.code().unwrap()
    };
    // What is installed is not built again.
    assert_eq!(run(&steps[0], &[]), 0);
    let empty = home.path().join("empty").display().to_string();
    for (state, within, allow, code, said) in [
        ("", "24h", "false", 0, 0),
        ("", "90y", "false", 2, 2),
        ("", "90y", "true", 0, 2),
        (&*empty, "24h", "true", 1, 1),
    ] {
        std::fs::write(&output, "").unwrap();
        let vars = [("STATE_DIR", state), ("WARN_WITHIN", within), ("ALLOW_EXPIRING", allow)];
        assert_eq!(run(&steps[1], &vars), code, "{vars:?}");
        assert_eq!(std::fs::read_to_string(&output).unwrap(), format!("code={said}\n"), "{vars:?}");
    }
    // Each variable is an input, and each input has a default.
    for (_, value) in steps[1]["env"].as_object().unwrap() {
        let name = value.as_str().unwrap().trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        assert!(action["inputs"][name]["default"].is_string(), "{name}");
    }
}

#[test]
fn the_hook_before_a_commit_refuses_a_wrong_config() {
    let Some(hooks) = yaml(".pre-commit-hooks.yaml") else { return };
    let hook = &hooks[0];
    assert!(["id", "name", "language", "entry", "files"].iter().all(|key| hook[key].is_string()), "{hook}");
    let home = home();
    let run = |files: &str| {
        said(shell(&home).args(["-c", &format!("{} {files}", hook["entry"].as_str().unwrap())]))
    };
    let (fine, text) = run("empty/zirkabot.toml .zirkabot/zirkabot.toml");
    assert!(fine, "{text}");
    let (fine, text) = run("empty/zirkabot.toml typo/zirkabot.toml");
    assert!(!fine && text.contains("modell"), "{text}");
}

#[test]
fn the_workflow_of_a_release_runs_what_is_there() {
    let Some(workflow) = yaml(".github/workflows/release.yml") else { return };
    let steps = workflow["jobs"]["build"]["steps"].as_array().unwrap();
    let runs: Vec<_> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    let build = runs.iter().find(|run| run.starts_with("release/build ")).unwrap();
    // A flag that is not there is refused before anything is built.
    for flag in build.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(page("release/build").text.contains(&format!("    {flag}")), "{flag}");
    }
    // The check of the tag, with this version and another one.
    let check = runs.iter().find(|run| run.starts_with("grep")).unwrap();
    for (tag, fine) in [(env!("CARGO_PKG_VERSION"), true), ("2020.1.1", false)] {
        let mut bash = Command::new("bash");
        bash.args(["-c", check]).env("GITHUB_REF_NAME", tag).current_dir(at(""));
        assert_eq!(said(&mut bash).0, fine, "{tag}");
    }
}

#[test]
fn the_flake_can_be_read() {
    let Some(mut nix) = tool("nix-instantiate") else { return };
    let (fine, text) = said(nix.arg("--parse").arg(at("flake.nix")));
    assert!(fine, "{text}");
}
