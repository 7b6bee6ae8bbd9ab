//! The config's JSON Schema, made from [`shape::CONFIG`]. Draft 7 without references, because
//! that is what TOML editors complete from.

use crate::catalog::documents::Format;
use crate::catalog::models::CATALOGUE;
use crate::catalog::providers::PROVIDERS;
use crate::catalog::tools::Tool;
use crate::config::CLAUDE_HELPER;
use crate::config::field::{Field, Shape};
use crate::config::{find, shape};
use crate::doc::{Doc, KeyPath};
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
    let mut schema = of(&shape::CONFIG, &KeyPath::default());
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

fn of(shape: &Shape, path: &KeyPath) -> Value {
    match shape {
        Shape::Foreign => json!({}),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Text | Shape::Secret | Shape::Hidden => json!({ "type": "string" }),
        Shape::Whole(least) => json!({ "type": "integer", "minimum": least }),
        Shape::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        // A pattern judges only texts, and a minimum only numbers. Of `anyOf` some editors offer each part as a key.
        Shape::Duration => json!({
            "type": ["string", "number"],
            "pattern": r"^\s*([0-9.]+\s*[A-Za-z]*\s*)+$",
            "exclusiveMinimum": 0,
        }),
        Shape::Span => json!({
            "type": ["string", "integer"],
            "pattern": r"^\s*(0|([0-9.]+\s*[A-Za-z]+\s*)+)\s*$",
            "minimum": 0,
            "maximum": 0,
        }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::CredentialSource => {
            let pattern = format!(
                "^({}|{CLAUDE_HELPER}|store|env:[A-Za-z0-9_]+|file:(~/|/).+|exec:.+)$",
                Tool::words("|")
            );
            json!({ "type": "string", "pattern": pattern })
        }
        Shape::List(item) => json!({ "type": "array", "items": of(item, &path.index(0)) }),
        Shape::CommandLine => json!({ "type": "array", "items": of(&Shape::Text, &path.index(0)) }),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": of(value, &path.key("")) }),
        Shape::Table(fields, rest) => table(fields, *rest, path),
        // What holds without it is said of the whole, and not in its parts.
        Shape::Either(shapes) => {
            json!({ "anyOf": shapes.iter().map(|shape| of(shape, &path.key(""))).collect::<Vec<_>>() })
        }
    }
}

/// What an editor offers for a key whose values, or the keys below it, are not listed by their shape. Others can be written as well.
fn offers(field: &Field) -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect();
    let providers = || PROVIDERS.iter().map(|row| json!(row.id)).collect();
    let models = || CATALOGUE.iter().map(|row| json!(format!("{}/{}", row.provider, row.id))).collect();
    match (field.key, &field.shape) {
        ("provider", Shape::Text) => providers(),
        (
            "order" | "login" | "refresh" | "usage" | "billingBackoffHoursByProvider" | "providers",
            Shape::Map(_),
        ) => providers(),
        ("primary" | "model" | "imageModel", Shape::Text | Shape::Either(_)) => models(),
        ("fallbacks", Shape::List(Shape::Text)) | ("models", Shape::Map(_)) => models(),
        (_, Shape::Duration | Shape::Either([Shape::OneOf(_), Shape::Duration])) => {
            texts(&["24h", "3d", "12h"])
        }
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

/// What holds where the key at `path` is not set.
fn default(shape: &Shape, path: &KeyPath) -> Option<Value> {
    let text = find::built_in(path)?;
    match shape {
        Shape::Bool | Shape::Whole(_) | Shape::Positive => serde_json::from_str(&text).ok(),
        _ => Some(Value::String(text)),
    }
}

/// What is said of a key, and of each form that its value may have: of those, some editors show only that.
fn describe(schema: &mut Value, about: &str) {
    schema["description"] = json!(about);
    for part in schema.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        describe(part, about);
    }
}

fn table(fields: &[Field], rest: Option<&Shape>, path: &KeyPath) -> Value {
    let (mut properties, mut offered) = (Map::new(), Map::new());
    for field in fields {
        let own = path.key(field.key);
        let mut schema = of(&field.shape, &own);
        let about = field.instead.map_or_else(|| field.about().to_owned(), |now| format!("Now {now}."));
        describe(&mut schema, &about);
        let default = default(&field.shape, &own);
        let offers = offers(field);
        let listed = |rest: Value| {
            let is_default = |offer: &Value| default.as_ref() == Some(offer) && schema.get("anyOf").is_none();
            let others: Vec<_> = offers.iter().filter(|offer| !is_default(offer)).collect();
            json!({ "anyOf": [{ "enum": others }, rest] })
        };
        match field.shape {
            _ if offers.is_empty() => {}
            Shape::List(_) => schema["items"] = listed(json!({ "type": "string" })),
            Shape::Map(_) => schema["propertyNames"] = json!({ "examples": offers }),
            _ => {
                offered.insert(format!("^{}$", field.key), listed(json!(true)));
                schema["examples"] = json!(offers);
            }
        }
        if let Some(default) = default {
            schema["default"] = default;
        }
        if field.instead.is_some() {
            schema["deprecated"] = Value::Bool(true);
        }
        properties.insert(field.key.to_owned(), schema);
    }
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    // For taplo, which knows no examples. As `anyOf` of the property itself, it would offer the key more than once.
    if !offered.is_empty() {
        schema["patternProperties"] = Value::Object(offered);
    }
    schema["additionalProperties"] = rest.map_or(Value::Bool(false), |rest| of(rest, &path.key("")));
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}
