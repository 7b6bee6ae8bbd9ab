//! Findings as a SARIF 2.1.0 log, which code scanners and editors read.
//!
//! One run, with all rules, found or not. No text of any file is in it.

use crate::checks;
use crate::checks::finding::{Finding, Rule, Severity};
use crate::report::human::sorted;
use crate::report::location::{self, Location, Region};
use crate::report::{FindingsForm, Form, TextForm, diagnostic, json};
use crate::sys::digest::sha256;
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::label::Labels;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the directory that relative paths are from; the one that code scanners know.
const ROOT: &str = "%SRCROOT%";

/// Its row.
pub(super) const FORM: FindingsForm =
    Form { name: "sarif", help: "SARIF 2.1.0, for code scanning", text: TextForm::Own(findings) };

/// The findings, worst first, with files named from `root`, the working directory.
pub fn findings(world: &World, findings: &[Finding], root: &Path) -> String {
    let writer = Writer { world, labels: &Labels::new(world), root };
    let rules: Vec<Value> = checks::rules().map(rule).collect();
    json::text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { ROOT: { "uri": writer.root_uri() } },
            "results": writer.results(&sorted(findings)),
        }],
    }))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.what },
        "fullDescription": { "text": rule.why },
        "help": { "text": rule.fix },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

struct Writer<'a> {
    world: &'a World,
    labels: &'a Labels,
    root: &'a Path,
}

impl Writer<'_> {
    fn results(&self, findings: &[&Finding]) -> Vec<Value> {
        let mut seen = BTreeMap::new();
        let result = |finding: &&Finding| {
            let identity = self.identity(finding);
            let times: &mut usize = seen.entry(identity.clone()).or_default();
            *times += 1;
            self.result(finding, &format!("{identity}:{times}"))
        };
        findings.iter().map(result).collect()
    }

    fn result(&self, finding: &Finding, fingerprint: &str) -> Value {
        let spots = location::of(self.world, finding, self.labels, self.root);
        let main = spots.first().map_or_else(|| self.config(), |spot| self.location(spot));
        let mut result = json!({
            "ruleId": finding.rule.code,
            "level": level(finding.severity),
            "message": { "text": diagnostic::told(self.world, finding, self.labels) },
            "locations": [main],
            // GitHub compares the second only, and would otherwise make it from the text of the
            // line, which may hold a secret.
            "partialFingerprints": { "finding/v1": fingerprint, "primaryLocationLineHash": fingerprint },
            "properties": { "subject": visible(&self.labels.scrub(&finding.subject)) },
        });
        if let Some(index) = checks::rules().position(|rule| rule.code == finding.rule.code) {
            result["ruleIndex"] = index.into();
        }
        if let Some(agent) = &finding.agent {
            result["properties"]["agent"] = self.labels.name(agent).into();
        }
        let related = spots.iter().enumerate().skip(1);
        let related: Vec<Value> = related.map(|(id, spot)| self.related(id, spot)).collect();
        if !related.is_empty() {
            result["relatedLocations"] = related.into();
        }
        result
    }

    /// The config as a whole: the place of what is seen in no file, such as a variable. Code
    /// scanning of GitHub refuses a log in which one result has no place.
    fn config(&self) -> Value {
        let config = self.world.doc(self.world.config.doc).path.as_ref();
        let path = config.unwrap_or(&self.world.paths.state);
        let (path, below) = location::path(path, self.labels, self.root);
        json!({ "physicalLocation": { "artifactLocation": artifact(&path, below) } })
    }

    fn location(&self, spot: &Location<'_>) -> Value {
        let mut physical = json!({ "artifactLocation": artifact(&spot.path, spot.below) });
        if let Some(stretch) = spot.region {
            physical["region"] = region(stretch);
        }
        let mut location = json!({ "physicalLocation": physical });
        if !spot.evidence.label.is_empty() {
            location["message"] = json!({ "text": self.labels.scrub(&spot.evidence.label) });
        }
        location
    }

    /// A further place. Its number keeps it apart from another one that is the same.
    fn related(&self, id: usize, spot: &Location<'_>) -> Value {
        let mut location = self.location(spot);
        location["id"] = id.into();
        location
    }

    /// What stays the same while a finding is the same, wherever it is seen.
    fn identity(&self, finding: &Finding) -> String {
        let agent = finding.agent.as_ref().map(|agent| self.labels.name(agent)).unwrap_or_default();
        let parts = [finding.rule.code, &agent, &self.labels.scrub(&finding.subject)];
        sha256(parts.join("\0").as_bytes())[..32].to_owned()
    }

    fn root_uri(&self) -> String {
        let uri = file_uri(&self.labels.scrub(&self.root.to_string_lossy()));
        if uri.ends_with('/') { uri } else { uri + "/" }
    }
}

fn region(Region { start, end }: Region) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn artifact(path: &str, below: bool) -> Value {
    if below { json!({ "uri": encoded(path), "uriBaseId": ROOT }) } else { json!({ "uri": file_uri(path) }) }
}

fn file_uri(path: &str) -> String {
    format!("file://{}", encoded(path))
}

/// A path as a part of a URI: all but what means itself everywhere is escaped.
fn encoded(path: &str) -> String {
    const OTHERS: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(path, OTHERS).to_string()
}

#[cfg(test)]
mod tests {
    use crate::checks::finding::Evidence;
    use crate::report::sample::{self, API, DUPLICATE, EXPIRED, MISSING, STORE};
    use crate::report::sarif::*;
    use crate::sys::time::DAY;

    fn log(world: &World, findings: &[Finding], root: &str) -> Value {
        let text = crate::report::sarif::findings(world, findings, Path::new(root));
        assert!(!text.contains("CANARY"), "{text}");
        assert!(text.ends_with("}\n"), "{text}");
        serde_json::from_str::<Value>(&text).unwrap()["runs"][0].clone()
    }

    fn expired(world: &World) -> Finding {
        let mut finding = sample::finding(&EXPIRED, "anthropic:claude-cli", "it is over", "run `x`");
        finding.evidence.push(sample::expiry_of(world, "over"));
        finding
    }

    #[test]
    fn a_result_has_its_rule_its_place_and_what_mends_it() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let run = log(&world, &[expired(&world)], "/home/u/.zirkabot");
        let result = &run["results"][0];
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!((&rule["id"], &result["ruleId"]), (&json!("expiry/expired"), &json!("expiry/expired")));
        assert_eq!(result["level"], "error");
        assert_eq!(result["message"]["text"], "it is over. Help: run `x`");
        assert_eq!(result["properties"], json!({ "subject": "anthropic:claude-cli", "agent": "main" }));
        assert_eq!(
            result["locations"],
            json!([{
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": "agents/main/agent/auth-profiles.json",
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": { "startLine": 8, "startColumn": 18, "endLine": 8, "endColumn": 31 },
                },
                "message": { "text": "over" },
            }])
        );
        assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"], "file:///home/u/.zirkabot/");
    }

    #[test]
    fn all_rules_are_told_and_levels_are_those_of_sarif() {
        let world = sample::world(&[], &[]);
        let finding = |rule| sample::finding(rule, "x", "y", "z");
        let milder = Finding { severity: Severity::Warning, ..finding(&MISSING) };
        let run = log(&world, &[finding(&DUPLICATE), milder, finding(&EXPIRED)], "/");
        let levels: Vec<_> = run["results"].as_array().unwrap().iter().map(|r| &r["level"]).collect();
        assert_eq!(levels, ["error", "warning", "note"]);
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert!(rules.iter().map(|rule| rule["id"].as_str().unwrap()).eq(checks::rules().map(|r| r.code)));
        assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"], "file:///");
    }

    #[test]
    fn further_places_are_related_and_what_is_in_no_file_stands_at_the_config() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut finding = expired(&world);
        finding.evidence.push(Evidence { doc: world.config.doc, loc: None, label: String::new() });
        finding.evidence.push(sample::expiry_of(&world, "over"));
        let nowhere = sample::finding(&EXPIRED, "x", "y", "z");
        let run = log(&world, &[finding, nowhere], "/srv");
        let config = json!({ "artifactLocation": { "uri": "file:///home/u/.zirkabot/zirkabot.toml" } });
        let related = run["results"][0]["relatedLocations"].as_array().unwrap();
        assert_eq!(related[0], json!({ "id": 1, "physicalLocation": config }));
        assert_eq!((related.len(), &related[1]["id"]), (2, &json!(2)));
        assert_eq!(run["results"][1]["locations"], json!([{ "physicalLocation": config }]));
        assert!(run["results"][1].get("relatedLocations").is_none());
    }

    #[test]
    fn fingerprints_stay_when_places_and_words_change_and_tell_findings_apart() {
        let print = |world: &World, findings: &[Finding]| -> Vec<Value> {
            let run = log(world, findings, "/");
            let results = run["results"].as_array().unwrap().clone();
            results.iter().map(|result| result["partialFingerprints"]["finding/v1"].clone()).collect()
        };
        let (world, empty) =
            (sample::world(&[], &[(STORE, &sample::token_store(-DAY))]), sample::world(&[], &[]));
        let before = print(&world, &[expired(&world)]);
        let after = sample::finding(&EXPIRED, "anthropic:claude-cli", "it is over for long", "y");
        assert_eq!(before, print(&empty, std::slice::from_ref(&after)));
        let of_other = Finding { agent: Some("ops".to_owned()), ..after.clone() };
        let prints = print(&empty, &[after.clone(), after, of_other]);
        assert_eq!(prints[0], before[0]);
        assert!(prints[1].as_str().unwrap().ends_with(":2") && prints[2] != prints[0]);
    }

    #[test]
    fn paths_are_escaped_as_uris_and_secrets_are_hidden() {
        assert_eq!(encoded("a b/ü%:#?~-._[x]"), "a%20b/%C3%BC%25%3A%23%3F~-._%5Bx%5D");
        let world = sample::world(&[], &[]);
        let finding = sample::finding(&EXPIRED, API, &format!("{API} is over"), API);
        let finding = Finding { agent: Some(API.to_owned()), ..finding };
        let run = log(&world, &[finding], &format!("/srv/{API}"));
        let hidden = "‹hidden›";
        assert_eq!(run["results"][0]["message"]["text"], format!("{hidden} is over. Help: {hidden}"));
        assert_eq!(run["results"][0]["properties"], json!({ "subject": hidden, "agent": hidden }));
    }
}
