//! The published schemas: made from the code, byte for byte, and true of what is printed.
//! `UPDATE_SCHEMAS=1` writes them anew.

use crate::support::case;
use crate::support::home::Home;
use crate::terminal::completions::each;
use clap::CommandFactory;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use zirkabot::cli::Cli;
use zirkabot::report::{json, schema};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name)
}

/// The faults of a document, without the values that are at fault.
pub(crate) fn faults(schema: &str, document: &Value) -> Vec<String> {
    // Made once: that takes longer than to use it.
    static READY: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
        let ready = |schema| jsonschema::validator_for(&schema).unwrap();
        schema::all().into_iter().map(|(name, schema)| (name, ready(schema))).collect()
    });
    let faults = READY[schema].iter_errors(document);
    faults.map(|fault| format!("{}: {}", fault.instance_path(), fault.masked())).collect()
}

#[test]
fn schemas_on_disk_are_those_of_the_code() {
    for (name, schema) in schema::all() {
        let text = json::text(&schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(file("")).unwrap();
            std::fs::write(file(name), &text).unwrap();
        }
        let on_disk = std::fs::read_to_string(file(name)).unwrap_or_default();
        assert!(on_disk == text, "schemas/{name} is stale: UPDATE_SCHEMAS=1 cargo test schemas");
    }
}

#[test]
fn schemas_are_draft_7_without_references() {
    for (name, schema) in schema::all() {
        assert!(jsonschema::draft7::meta::is_valid(&schema), "{name}");
        let text = schema.to_string();
        assert!(text.contains("http://json-schema.org/draft-07/schema#"), "{name}");
        assert!(!text.contains("\"$ref\"") && !text.contains("definitions"), "{name}");
    }
}

/// Fixtures hold what they print against these, see `tests/fixtures/documents.rs`.
#[test]
fn every_command_that_prints_a_document_names_its_schema() {
    let files: Vec<_> = schema::all().into_iter().map(|(file, _)| file).collect();
    let mut printing = Vec::new();
    let mut grammar = Cli::command();
    grammar.build();
    each(&grammar, "", &mut |line, command| {
        let is_json = |arg: &clap::Arg| {
            let forms = arg.get_possible_values();
            arg.get_id() == "json" || forms.iter().any(|form| form.get_name() == "json")
        };
        if command.get_arguments().any(is_json) {
            printing.push(line.trim_end().to_owned());
        }
    });
    printing.sort();
    let named: Vec<_> = schema::COMMANDS.iter().map(|(command, _)| (*command).to_owned()).collect();
    assert_eq!(printing, named);
    let lines: Vec<String> =
        case::all().into_iter().flat_map(|case| case.steps).map(|step| step.line).collect();
    for (command, names) in schema::COMMANDS {
        for name in *names {
            assert!(files.contains(&&*format!("{name}.schema.json")), "{command}: {name}");
        }
        let is_tried =
            |line: &String| line.contains(&format!("zirkabot {command} ")) && line.contains("json");
        assert!(lines.iter().any(is_tried), "no fixture prints the document of `{command}`");
    }
}

#[test]
fn status_documents_fit_their_schema() {
    for case in case::all() {
        for line in
            ["zirkabot models status --check --json", "zirkabot models status --check --json --all-agents"]
        {
            let (exit, stdout, _) = Home::of(&case).run(line);
            let document = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{}: {line}", case.name));
            assert_eq!(faults("status.schema.json", &document), Vec::<String>::new(), "{}", case.name);
            assert_eq!(document["exit"]["code"], exit, "{}", case.name);
            assert_eq!(document["check"], document["exit"], "{}", case.name);
            assert_eq!(document["agent"], document["agents"][0]["agent"], "{}", case.name);
        }
    }
}

/// The schema of what a command prints that ends so: that of errors, if it could not do its work.
fn of_outcome<'s>(own: &'s str, exit: u8, document: &Value) -> &'s str {
    if exit != 0 && document["error"].is_object() { "error.schema.json" } else { own }
}

#[test]
fn histories_and_undos_fit_their_schemas() {
    for case in case::all() {
        let home = Home::of(&case);
        home.run("zirkabot models status --all-agents");
        for (line, schema) in [
            ("zirkabot history --json", "history.schema.json"),
            ("zirkabot undo --json", "undo.schema.json"),
            ("zirkabot undo --json", "undo.schema.json"),
            ("zirkabot history --json", "history.schema.json"),
        ] {
            let (exit, stdout, _) = home.run(line);
            let document = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{}: {line}", case.name));
            let schema = of_outcome(schema, exit, &document);
            assert_eq!(faults(schema, &document), Vec::<String>::new(), "{}: {line}", case.name);
        }
    }
}

#[test]
fn lists_of_models_fit_their_schemas() {
    let mut fitted = 0;
    for case in case::all() {
        let home = Home::of(&case);
        for (line, schema) in [
            ("zirkabot models list --all --json", "models.schema.json"),
            ("zirkabot models aliases list --json", "aliases.schema.json"),
            ("zirkabot models image-fallbacks list --json", "fallbacks.schema.json"),
        ] {
            let (exit, stdout, _) = home.run(line);
            let document = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{}: {line}", case.name));
            let schema = of_outcome(schema, exit, &document);
            assert_eq!(faults(schema, &document), Vec::<String>::new(), "{}: {line}", case.name);
            fitted += usize::from(schema != "error.schema.json");
        }
    }
    assert!(fitted > 300, "{fitted}");
}

#[test]
fn stores_and_configs_of_whole_homes_fit_their_schemas() {
    for case in case::all().iter().filter(|case| case.header.golden) {
        for file in &case.files {
            let schema = match file.path.rsplit('/').next() {
                Some("auth-profiles.json") => "auth-profiles.schema.json",
                Some("zirkabot.toml") => "config.schema.json",
                _ => continue,
            };
            let document = match schema {
                "config.schema.json" => toml::from_str(&file.body).ok(),
                _ => serde_json::from_str(&file.body).ok(),
            };
            let document: Value = document.unwrap_or_else(|| panic!("{}: {}", case.name, file.path));
            assert_eq!(faults(schema, &document), Vec::<String>::new(), "{}: {}", case.name, file.path);
        }
    }
}

#[test]
fn schemas_refuse_what_is_wrong_and_allow_what_they_do_not_know() {
    let store = serde_json::json!({ "version": 1, "profiles": {
        "anthropic:default": { "type": "api_key", "provider": "anthropic", "key": "CANARY", "later": 1 },
    }});
    assert_eq!(faults("auth-profiles.schema.json", &store), Vec::<String>::new());
    let wrong = serde_json::json!({ "version": 1, "profiles": {
        "anthropic:default": { "type": "api_key", "provider": 5, "key": "CANARY" },
    }});
    let faults_of_wrong = faults("auth-profiles.schema.json", &wrong);
    assert!(!faults_of_wrong.is_empty());
    assert!(!faults_of_wrong.concat().contains("CANARY"));
    let config = serde_json::json!({ "auth": { "nobody": 1 } });
    assert!(!faults("config.schema.json", &config).is_empty());
}
