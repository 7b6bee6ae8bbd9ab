//! The config's JSON Schema, made from [`shape::CONFIG`]. Draft 7 without references, because
//! that is what TOML editors complete from.

use crate::catalog::documents::Format;
use crate::catalog::models::CATALOGUE;
use crate::catalog::providers::PROVIDERS;
use crate::catalog::tools::Tool;
use crate::config::CLAUDE_HELPER;
use crate::config::field::{Field, Shape};
use crate::config::shape;
use crate::doc::Doc;
use serde_json::{Map, Value, json};

/// The title of the schema, by which a file with one of ours is known.
const TITLE: &str = "zirkabot config";

/// The file for the schema, beside a config that names none.
const FILE: &str = "zirkabot.schema.json";

/// Whether a file holds a schema of ours, of whatever version.
pub(crate) fn is_ours(doc: &Doc) -> bool {
    serde_json::from_str::<Value>(doc.text.expose()).is_ok_and(|schema| schema["title"] == TITLE)
}

/// The line by which editors find the file of this name.
pub(crate) fn line(format: Format, name: &str) -> String {
    match format {
        Format::Toml => format!("{MARK}./{name}"),
        _ => format!("\"$schema\": \"./{name}\","),
    }
}

/// How a TOML file names its schema.
const MARK: &str = "#:schema ";

/// The name of the file with the schema of a config, beside it: the one that the config names, if that can be ours.
/// And whether the config names it.
pub(crate) fn file(config: &Doc) -> (String, bool) {
    let in_comment = || config.text.expose().lines().find_map(|line| line.strip_prefix(MARK));
    let named = match config.format {
        Format::Toml => in_comment(),
        _ => config.root.as_ref().and_then(|root| root.get("$schema")?.as_str()),
    };
    let name = named.map(|name| name.trim().trim_start_matches("./"));
    match name.filter(|name| name.ends_with(".schema.json") && !name.contains(['/', '\\', ':'])) {
        Some(name) => (name.to_owned(), true),
        None => (FILE.to_owned(), false),
    }
}

/// The schema as a JSON document.
pub(crate) fn config() -> Value {
    let mut schema = of(&shape::CONFIG);
    let root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": TITLE,
        "description": "zirkabot.toml, or zirkabot.json as JSON5",
    });
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, root) {
        schema.extend(root);
    }
    schema
}

fn of(shape: &Shape) -> Value {
    match shape {
        Shape::Foreign => json!({}),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Text | Shape::Secret | Shape::Hidden => json!({ "type": "string" }),
        Shape::Whole(least) => json!({ "type": "integer", "minimum": least }),
        Shape::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Shape::Duration => json!({
            "anyOf": [
                { "type": "string", "pattern": r"^\s*([0-9.]+\s*[A-Za-z]*\s*)+$" },
                { "type": "number", "exclusiveMinimum": 0 },
            ]
        }),
        Shape::Span => json!({
            "anyOf": [
                { "type": "string", "pattern": r"^\s*(0|([0-9.]+\s*[A-Za-z]+\s*)+)\s*$" },
                { "const": 0 },
            ]
        }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::CredentialSource => {
            let pattern = format!(
                "^({}|{CLAUDE_HELPER}|store|env:[A-Za-z0-9_]+|file:(~/|/).+|exec:.+)$",
                Tool::words("|")
            );
            json!({ "type": "string", "pattern": pattern })
        }
        Shape::List(item) => json!({ "type": "array", "items": of(item) }),
        Shape::CommandLine => json!({ "type": "array", "items": of(&Shape::Text) }),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": of(value) }),
        Shape::Table(fields, rest) => table(fields, *rest),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(of).collect::<Vec<_>>() }),
    }
}

/// What an editor offers for a key whose values are not listed by their shape.
fn examples(field: &Field) -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect();
    match (field.key, &field.shape) {
        ("provider", Shape::Text) => PROVIDERS.iter().map(|row| json!(row.id)).collect(),
        ("primary" | "model" | "imageModel", Shape::Text | Shape::Either(_)) => {
            CATALOGUE.iter().map(|row| json!(format!("{}/{}", row.provider, row.id))).collect()
        }
        (_, Shape::Duration) => texts(&["24h", "3d", "12h"]),
        (_, Shape::Span) => texts(&["15m", "1h", "0"]),
        (_, Shape::CredentialSource) => {
            let tools = Tool::ALL.into_iter().map(|tool| json!(tool.row().from));
            let others = [CLAUDE_HELPER, "store", "env:NAME", "file:~/secrets/key", "exec:pass show key"]
                .map(|text| json!(text));
            tools.chain(others).collect()
        }
        _ => Vec::new(),
    }
}

fn table(fields: &[Field], rest: Option<&Shape>) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = of(&field.shape);
        if let Value::Object(schema) = &mut schema {
            let doc = field.instead.map_or_else(|| field.about().to_owned(), |now| format!("Now {now}."));
            schema.insert("description".to_owned(), Value::String(doc));
            let examples = examples(field);
            if !examples.is_empty() {
                schema.insert("examples".to_owned(), Value::Array(examples));
            }
            if field.instead.is_some() {
                schema.insert("deprecated".to_owned(), Value::Bool(true));
            }
        }
        properties.insert(field.key.to_owned(), schema);
    }
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    schema["additionalProperties"] = rest.map_or(Value::Bool(false), of);
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
