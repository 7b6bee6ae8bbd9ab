//! The forms for other programs, over every fixture's home: each is read back by a reader that
//! is not ours, tells every finding, and shows no secret.

use crate::case::{self, Case};
use crate::home::Home;
use quick_junit::{Report, TestCase, TestCaseStatus};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use zirkabot::checks;
use zirkabot::checks::finding::{Finding, Severity};
use zirkabot::pipeline::{self, Ask, Looked};
use zirkabot::policy::status::Options;
use zirkabot::report::diagnostic;
use zirkabot::report::github;
use zirkabot::report::junit;
use zirkabot::report::sarif;
use zirkabot::world::label::Labels;
use zirkabot::world::observe::{Agents, Depth};

/// All findings in a home.
fn look(home: &Home) -> Looked {
    let ask = Ask { agents: Agents::All, profile: None, options: Options::default(), depth: Depth::Doctor };
    pipeline::look(&home.machine(), &ask)
}

/// Hands `hold` the case, its home, what is found there, and the text of a form, which is the
/// same at each look.
fn each(form: impl Fn(&Looked, &Path) -> String, hold: impl Fn(&Case, &Home, &Looked, &str)) {
    let mut found = 0;
    for case in case::all() {
        let home = Home::of(&case);
        let looked = look(&home);
        let text = form(&looked, &home.path());
        let leaks = crate::canary::leaks(text.as_bytes());
        assert!(leaks.is_empty(), "{}: {leaks:?}", case.name);
        assert!(text.is_empty() || text.ends_with('\n'), "{}", case.name);
        assert!(text == form(&look(&home), &home.path()), "{}", case.name);
        hold(&case, &home, &looked, &text);
        found += looked.findings.len();
    }
    println!("{found} findings");
    assert!(found > 50, "the fixtures hold {found} findings only");
}

/// Codes with severities, sorted.
fn told(findings: &[Finding]) -> Vec<(String, Severity)> {
    let mut told: Vec<_> =
        findings.iter().map(|finding| (finding.rule.code.to_owned(), finding.severity)).collect();
    told.sort();
    told
}

fn severity(word: &str) -> Severity {
    match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "notice" | "note" => Severity::Info,
        other => panic!("{other} is no level"),
    }
}

/// A workflow command as the runner of GitHub takes it apart: name, properties, message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (name, properties) = head.split_once(' ').unwrap();
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let data = plain(data).replace("%25", "%");
    let value = |text: &str| plain(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let pair = |text: &str| {
        let (name, text) = text.split_once('=').unwrap();
        (name.to_owned(), value(text))
    };
    (name.to_owned(), properties.split(',').map(pair).collect(), data)
}

#[test]
fn workflow_commands_are_read_back() {
    let form = |looked: &Looked, root: &Path| github::findings(&looked.world, &looked.findings, root);
    each(form, |case, home, looked, text| {
        let labels = Labels::new(&looked.world);
        let message = |finding: &Finding| diagnostic::told(&looked.world, finding, &labels);
        let messages: Vec<String> = looked.findings.iter().map(message).collect();
        let mut codes = Vec::new();
        for line in text.lines() {
            let (name, properties, data) = command(line);
            let get = |name: &str| properties.iter().find(|(own, _)| own == name).map(|(_, text)| text);
            codes.push((get("title").unwrap().clone(), severity(&name)));
            assert!(messages.contains(&data), "{}: {line}", case.name);
            if let Some(file) = get("file") {
                assert!(!file.starts_with(&home.path().display().to_string()), "{}: {line}", case.name);
                let lines = lines(&home.path().join(file));
                let at = |name: &str| get(name).map_or(1, |number| number.parse::<usize>().unwrap());
                assert!(at("line") <= lines && at("line") <= at("endLine").max(at("line")), "{line}");
            }
        }
        codes.sort();
        assert_eq!(codes, told(&looked.findings), "{}", case.name);
    });
}

/// Lines of a file, with the empty one behind the last line break.
fn lines(path: &Path) -> usize {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).matches('\n').count() + 1
}

/// The schema that OASIS publishes, as it lies in the source of a crate that is made from it.
fn schema() -> Value {
    let cargo = |args: &[&str]| {
        let output = Command::new(env!("CARGO")).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let version = cargo(&["-vV"]);
    // For this platform alone: crates for others need not be there.
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata =
        cargo(&["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let text = std::fs::read_to_string(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // Both patterns have a bracket too many, which a strict reader of patterns refuses. We state
    // no language.
    for owner in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][owner]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern");
    }
    schema
}

#[test]
fn sarif_logs_fit_the_schema_and_point_into_files() {
    let schema = schema();
    assert!(schema["$id"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"), "{}", schema["$id"]);
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })));
    let form = |looked: &Looked, root: &Path| sarif::findings(&looked.world, &looked.findings, root);
    each(form, |case, home, looked, text| {
        let log: Value = serde_json::from_str(text).unwrap();
        let faults: Vec<String> = validator.iter_errors(&log).map(|fault| fault.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{}", case.name);
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(text).unwrap();
        let run = serde_json::to_value(&log.runs[0]).unwrap();
        let results = run["results"].as_array().unwrap();
        let of = |result: &Value| {
            let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"], "{}", case.name);
            (rule["id"].as_str().unwrap().to_owned(), severity(result["level"].as_str().unwrap()))
        };
        let mut codes: Vec<_> = results.iter().map(of).collect();
        codes.sort();
        assert_eq!(codes, told(&looked.findings), "{}", case.name);
        for place in results.iter().flat_map(|result| result["locations"].as_array().unwrap()) {
            place_is_in_a_file(&place["physicalLocation"], &home.path());
        }
        let prints: std::collections::BTreeSet<_> =
            results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
        assert_eq!(prints.len(), results.len(), "{}", case.name);
    });
}

/// A place is in a file below the home, and its region within the file's text.
fn place_is_in_a_file(place: &Value, home: &Path) {
    let artifact = &place["artifactLocation"];
    assert_eq!(artifact["uriBaseId"], "%SRCROOT%", "{place}");
    let path = percent_encoding::percent_decode_str(artifact["uri"].as_str().unwrap()).decode_utf8().unwrap();
    let Some(region) = place.get("region").filter(|region| !region.is_null()) else { return };
    let text = std::fs::read_to_string(home.join(&*path)).unwrap();
    let text: Vec<&str> = text.strip_prefix('\u{feff}').unwrap_or(&text).split('\n').collect();
    let number = |name: &str| region[name].as_u64().unwrap() as usize;
    let point = |line: &str, column: &str| (number(line), number(column));
    let (start, end) = (point("startLine", "startColumn"), point("endLine", "endColumn"));
    assert!(start <= end, "{place}");
    for (line, column) in [start, end] {
        assert!(column - 1 <= text[line - 1].encode_utf16().count(), "{place}");
    }
}

#[test]
fn junit_reports_are_parsed_and_their_counts_are_right() {
    let form = |looked: &Looked, _: &Path| junit::findings(&looked.world, &looked.findings);
    each(form, |case, _, looked, text| {
        let report =
            Report::deserialize_from_str(text).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let is_failure = |case: &&TestCase| matches!(case.status, TestCaseStatus::NonSuccess { .. });
        let mut names = std::collections::BTreeSet::new();
        for suite in &report.test_suites {
            let failures = suite.test_cases.iter().filter(is_failure).count();
            assert_eq!((suite.tests, suite.failures), (suite.test_cases.len(), failures), "{}", case.name);
            for test in &suite.test_cases {
                assert_eq!(test.classname.as_ref(), Some(&suite.name), "{}", case.name);
                assert!(names.insert(test.name.as_str()), "{}: {:?} is there twice", case.name, test.name);
            }
        }
        let all = |count: fn(&quick_junit::TestSuite) -> usize| report.test_suites.iter().map(count).sum();
        assert_eq!((report.tests, report.failures), (all(|s| s.tests), all(|s| s.failures)), "{}", case.name);
        let (notes, faults): (Vec<_>, Vec<_>) =
            looked.findings.iter().partition(|finding| finding.severity == Severity::Info);
        assert_eq!(report.failures, faults.len(), "{}", case.name);
        assert_eq!(text.matches("info[").count(), notes.len(), "{}", case.name);
        assert!(checks::rules().all(|rule| names.contains(rule.code)), "{}", case.name);
    });
}
