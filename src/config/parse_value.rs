//! A value as a person gives it for a path of the config: text where the shape wants text, else a
//! number, a truth value, or JSON. Pure.

use crate::catalog::documents::Format;
use crate::config::field::Shape;
use crate::config::substitute::without_references;
use crate::config::validate::{self, Problem};
use crate::doc::redact::is_secret_like;
use crate::doc::{DocId, KeyPath, Loc, Node, Number, Value, parse};
use crate::sys::secret::Secret;

/// Why a text is no value for its place.
#[derive(Debug)]
pub(crate) enum ValueFault {
    /// It is JSON that cannot be parsed; why, without any piece of it.
    Json(&'static str),
    /// It does not fit, here and in these ways; paths begin at the value.
    Unfit(Vec<Problem>),
}

/// Reads `text` as a value of `shape`.
///
/// # Errors
/// [`ValueFault`].
pub(crate) fn read(shape: &'static Shape, text: &Secret) -> Result<Node, ValueFault> {
    let node = parsed(shape, text)?;
    let problems = validate::validate(&node, shape);
    if problems.is_empty() { Ok(node) } else { Err(ValueFault::Unfit(problems)) }
}

fn parsed(shape: &'static Shape, text: &Secret) -> Result<Node, ValueFault> {
    let plain = || Node { loc: Loc::new(DocId(0), 0..0), value: Value::String(text.clone()) };
    let given = text.expose().trim();
    let value = |value| Node { loc: Loc::new(DocId(0), 0..0), value };
    Ok(match shape {
        Shape::Text
        | Shape::Secret
        | Shape::Hidden
        | Shape::OneOf(_)
        | Shape::Span
        | Shape::CredentialSource => plain(),
        // A bare number counts days; what is written says so.
        Shape::Duration if !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit()) => {
            value(Value::String(Secret::from(format!("{given}d").as_str())))
        }
        Shape::Duration => plain(),
        Shape::Bool => match given {
            "true" => value(Value::Bool(true)),
            "false" => value(Value::Bool(false)),
            _ => plain(),
        },
        Shape::Whole(_) | Shape::Positive => match given.parse::<f64>() {
            Ok(number) if number.is_finite() => value(Value::Number(Number(number))),
            _ => plain(),
        },
        Shape::List(_) | Shape::CommandLine | Shape::Map(_) | Shape::Table(..) if opens(given) => {
            json(Format::Json5, text)?
        }
        Shape::List(_) | Shape::CommandLine | Shape::Map(_) | Shape::Table(..) => plain(),
        Shape::Either(_) if opens(given) => json(Format::Json5, text)?,
        Shape::Either(shapes) => {
            let read = shapes.iter().filter_map(|shape| crate::config::parse_value::read(shape, text).ok());
            read.into_iter().next().unwrap_or_else(plain)
        }
        // Strict JSON if it is some, else the text itself.
        Shape::Foreign => json(Format::Json, text).unwrap_or_else(|_| plain()),
    })
}

/// Whether a text is to be a list or a table.
fn opens(text: &str) -> bool {
    text.starts_with(['{', '['])
}

fn json(format: Format, text: &Secret) -> Result<Node, ValueFault> {
    parse(format, DocId(0), text.expose())
        .map_err(|faults| ValueFault::Json(faults.first().map_or("syntax error", |fault| fault.what)))
}

/// The path below the value to the first secret that stands there in clear: what the shape calls
/// one, unless it is a `${VARIABLE}`, and what looks like one anywhere.
pub(crate) fn clear_secret(node: &Node, shape: &'static Shape) -> Option<KeyPath> {
    walk(node, Some(shape), &KeyPath::default())
}

fn walk(node: &Node, shape: Option<&'static Shape>, path: &KeyPath) -> Option<KeyPath> {
    if let Some(text) = node.as_str() {
        return is_clear(text, matches!(shape, Some(Shape::Secret))).then(|| path.clone());
    }
    let below = |path: KeyPath| {
        let seg = path.0.last().cloned();
        let shape = shape.zip(seg).and_then(|(shape, seg)| crate::config::find::below(shape, &seg));
        (path, shape)
    };
    let members = node.members().iter().map(|member| (&member.node, path.key(&member.key)));
    let items = node.items().iter().enumerate().map(|(at, node)| (node, path.index(at)));
    members.chain(items).find_map(|(node, path)| {
        let (path, shape) = below(path);
        walk(node, shape, &path)
    })
}

/// Whether a text is a secret that anybody can read.
fn is_clear(text: &str, is_secret: bool) -> bool {
    let (rest, references) = without_references(text);
    let rest = rest.strip_prefix("Bearer ").filter(|_| references > 0).unwrap_or(&rest);
    is_secret_like(rest) || is_secret && references == 0 && !text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use crate::config::find::{self, ShapeAt};
    use crate::config::parse_value::*;

    /// How a value is read: its kind, or what is wrong, and whether a secret is in clear.
    fn said(path: &str, text: &str) -> String {
        let shape = match find::at(&path.parse().unwrap()) {
            ShapeAt::Shape(shape) => shape,
            _ => &Shape::Foreign,
        };
        match read(shape, &Secret::from(text)) {
            Ok(node) => {
                let clear = clear_secret(&node, shape).map(|path| format!(", clear {path}"));
                format!("{}{}", node.kind_name(), clear.unwrap_or_default().trim_end())
            }
            Err(ValueFault::Json(why)) => why.to_owned(),
            Err(ValueFault::Unfit(problems)) => problems[0].message(),
        }
    }

    #[test]
    fn the_shape_says_how_a_text_is_read() {
        for (path, text, expected) in [
            ("gateway.port", "18790", "a number"),
            ("gateway.port", "0", "`` must be a whole number of at least 1"),
            ("gateway.port", "many", "`` must be a whole number of at least 1"),
            ("gateway.port", "inf", "`` must be a whole number of at least 1"),
            ("env.shellEnv.enabled", " true ", "true/false"),
            ("env.shellEnv.enabled", "yes", "`` must be true or false"),
            ("agents.defaults.model", "zai/glm-4.7", "a string"),
            ("agents.defaults.model", "{primary: 'x', fallbacks: []}", "a table"),
            ("agents.defaults.model", "{\"primary\": 5}", "`primary` must be a string"),
            ("agents.defaults.model", "{primary: 'x'", "a `{` that is not closed"),
            ("agents.defaults.model.primary", "true", "a string"),
            ("agents.defaults.model.fallbacks", "[\"a\"]", "a list"),
            ("agents.defaults.model.fallbacks", "a", "`` must be a list"),
            ("auth.warnWithin", "3d", "a string"),
            ("auth.warnWithin", "3", "a string"),
            ("auth.warnWithin", "soon", "`` must be a duration such as \"24h\""),
            ("models.mode", "replace", "a string"),
            ("models.mode", "repalce", "`` must be one of merge, replace"),
            ("auth.profiles.x", "{\"provider\": \"x\"}", "the key `mode` is missing"),
            (
                "auth.profiles.x",
                "{\"provider\": \"x\", \"mode\": \"token\", \"emial\": \"\"}",
                "`emial` is not a known key and has no effect",
            ),
            ("channels.telegram.enabled", "true", "true/false"),
            ("channels.telegram.name", "true story", "a string"),
            ("channels.telegram.list", "[1, 2]", "a list"),
        ] {
            assert_eq!(said(path, text), expected, "{path} {text}");
        }
    }

    #[test]
    fn secrets_in_clear_are_found_wherever_they_are() {
        for (path, text, expected) in [
            ("models.providers.x.apiKey", "${X_KEY}", "a string"),
            ("models.providers.x.apiKey", "hunter2", "a string, clear "),
            ("models.providers.x.apiKey", "$${X_KEY}", "a string, clear "),
            ("models.providers.x.headers.Authorization", "Bearer ${X_KEY}", "a string"),
            ("models.providers.x.headers.Authorization", "Bearer ${X} sk-FAKE-0000", "a string, clear "),
            ("models.providers.x", "{baseUrl: 'http://x', apiKey: 'hunter2'}", "a table, clear apiKey"),
            ("models.providers.x", "{baseUrl: 'http://x', apiKey: '${X}'}", "a table"),
            ("agents.defaults.model", "sk-FAKE-00000000", "a string, clear "),
            ("channels.x", "{\"a\": [\"ghp_FAKE\"]}", "a table, clear a[0]"),
            ("env.DEBUG", "1", "a string, clear "),
        ] {
            assert_eq!(said(path, text), expected.trim_end(), "{path} {text}");
        }
    }
}
