//! The config's JSON Schema, made from [`shape::CONFIG`]. Draft 7 without references, because
//! that is what TOML editors complete from.

use crate::catalog::tools::Tool;
use crate::config::field::{Field, Shape};
use crate::config::shape;
use serde_json::{Map, Value, json};

/// The schema as a JSON document.
pub(crate) fn config() -> Value {
    let mut schema = of(&shape::CONFIG);
    let root = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "zirkabot config",
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
            let pattern = format!("^({}|store|env:[A-Za-z0-9_]+|file:(~/|/).+|exec:.+)$", Tool::words("|"));
            json!({ "type": "string", "pattern": pattern })
        }
        Shape::List(item) => json!({ "type": "array", "items": of(item) }),
        Shape::CommandLine => json!({ "type": "array", "items": of(&Shape::Text) }),
        Shape::Map(value) => json!({ "type": "object", "additionalProperties": of(value) }),
        Shape::Table(fields, rest) => table(fields, *rest),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(of).collect::<Vec<_>>() }),
    }
}

fn table(fields: &[Field], rest: Option<&Shape>) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = of(&field.shape);
        if let Value::Object(schema) = &mut schema {
            let doc = field.instead.map_or_else(|| field.about().to_owned(), |now| format!("Now {now}."));
            schema.insert("description".to_owned(), Value::String(doc));
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
