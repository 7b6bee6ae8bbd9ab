//! JSON5 and strict JSON text → tree. Editing is in `edit/json.rs`.
//!
//! `jsonc-parser` gives the tree with its places, but it is laxer than either language; so a
//! second, strict parser must agree with it ([`crosscheck`]). Messages are fixed phrases: those of
//! the parsers may quote the text.

mod crosscheck;

use crate::doc::{DocId, Loc, MAX_DEPTH, Member, Node, Number, SyntaxFault, Value};
use crate::sys::secret::Secret;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};

const TOO_DEEP: &str = "nested too deeply";

/// Parses JSON5, with exactly the verdict of the `json5` crate or a stricter one.
pub(super) fn parse_json5(id: DocId, text: &str) -> Result<Node, Vec<SyntaxFault>> {
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    let root = tree(id, text, &options)?;
    crosscheck::json5(text, &root).map_err(|fault| vec![fault])?;
    Ok(root)
}

/// Parses strict JSON, with exactly the verdict of `serde_json` or a stricter one.
pub(super) fn parse_strict(id: DocId, text: &str) -> Result<Node, Vec<SyntaxFault>> {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let root = tree(id, text, &options)?;
    crosscheck::strict(text).map_err(|fault| vec![fault])?;
    Ok(root)
}

fn tree(id: DocId, text: &str, options: &ParseOptions) -> Result<Node, Vec<SyntaxFault>> {
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), options).map_err(|error| vec![fault(text, &error)])?;
    match parsed.value {
        Some(value) => {
            node(id, value, 0).map_err(|at| vec![SyntaxFault::at(text, at.start..at.end, TOO_DEEP)])
        }
        None => Err(vec![SyntaxFault::at(text, text.len()..text.len(), "empty file")]),
    }
}

fn fault(text: &str, error: &ParseError) -> SyntaxFault {
    let place = error_place(text, error);
    let word = text.get(place.clone()).is_some_and(|place| place.starts_with(char::is_alphanumeric));
    let what = match error.kind() {
        ParseErrorKind::UnexpectedToken if word => "text that needs quotes",
        kind => phrase(kind),
    };
    SyntaxFault::at(text, place, what)
}

/// What to underline. For what is not closed: the bracket, not all that follows it.
fn error_place(text: &str, error: &ParseError) -> std::ops::Range<usize> {
    let Range { start, end } = error.range();
    match error.kind() {
        ParseErrorKind::UnterminatedArray | ParseErrorKind::UnterminatedObject => start..start + 1,
        ParseErrorKind::UnterminatedCommentBlock => start..start + 2,
        _ => {
            let line = text.get(start..end).and_then(|place| place.find(['\n', '\r']));
            start..line.map_or(end, |length| start + length)
        }
    }
}

/// Turns the parser's tree into ours; an error is the place that lies too deep.
fn node(id: DocId, value: ast::Value<'_>, depth: usize) -> Result<Node, Range> {
    let range = value.range();
    if depth > MAX_DEPTH {
        return Err(range);
    }
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::NumberLit(literal) => Value::Number(Number(number_value(literal.value))),
        ast::Value::StringLit(literal) => Value::String(Secret::new(literal.value.into_owned())),
        ast::Value::Array(array) => Value::Array(
            array.elements.into_iter().map(|item| node(id, item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        ast::Value::Object(object) => Value::Object(
            object.properties.into_iter().map(|prop| member(id, prop, depth)).collect::<Result<_, _>>()?,
        ),
    };
    Ok(Node { loc: Loc::new(id, range.start..range.end), value })
}

fn member(id: DocId, prop: ast::ObjectProp<'_>, depth: usize) -> Result<Member, Range> {
    let range = prop.name.range();
    Ok(Member {
        key: prop.name.into_string(),
        key_loc: Loc::new(id, range.start..range.end),
        node: node(id, prop.value, depth + 1)?,
    })
}

/// The value of a number as JSON5 writes it; Rust reads `+1`, `.5`, `5.`, `Infinity` and `NaN`.
#[expect(clippy::cast_precision_loss, reason = "numbers are floats in every format")]
fn number_value(text: &str) -> f64 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let size = match hex {
        Some(hex) => u128::from_str_radix(hex, 16).map_or(f64::INFINITY, |value| value as f64),
        None => digits.parse().unwrap_or(f64::NAN),
    };
    sign * size
}

fn phrase(kind: &ParseErrorKind) -> &'static str {
    use ParseErrorKind as Kind;
    use jsonc_parser::ParseStringErrorKind as Text;
    match kind {
        Kind::ExpectedColonAfterObjectKey => "missing `:` after the key",
        Kind::ExpectedObjectValue => "a key without a value",
        Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => "invalid number",
        Kind::ExpectedComma => "missing comma",
        Kind::MultipleRootJsonValues => "more text after the value",
        Kind::UnexpectedCloseBrace => "a `}` that closes nothing",
        Kind::UnexpectedCloseBracket => "a `]` that closes nothing",
        Kind::UnexpectedColon => "unexpected `:`",
        Kind::UnexpectedComma => "unexpected comma",
        Kind::UnexpectedToken => "unexpected character",
        Kind::UnexpectedTokenInObject => "expected a key or `}`",
        Kind::UnexpectedWord => "text that needs quotes",
        Kind::UnterminatedArray => "a `[` that is not closed",
        Kind::UnterminatedObject => "a `{` that is not closed",
        Kind::UnterminatedCommentBlock => "a comment that is not closed",
        Kind::NestingDepthExceeded => TOO_DEEP,
        Kind::String(Text::UnterminatedStringLiteral) => "missing closing quote",
        Kind::String(_) => "invalid escape in quoted text",
        Kind::BareDecimalPointNumbersNotAllowed => "JSON wants a digit on both sides of the point",
        Kind::CommentsNotAllowed => "JSON has no comments",
        Kind::ExpectedStringObjectProperty => "JSON wants keys in double quotes",
        Kind::HexadecimalNumbersNotAllowed => "JSON has no hexadecimal numbers",
        Kind::NonFiniteNumbersNotAllowed => "JSON has no Infinity or NaN",
        Kind::SingleQuotedStringsNotAllowed => "JSON wants double quotes",
        Kind::TrailingCommasNotAllowed => "JSON has no trailing commas",
        Kind::UnaryPlusNumbersNotAllowed => "JSON has no `+` before numbers",
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::json::*;

    /// The tree as strict JSON, keys in order, so that tests read easily.
    fn show(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.0.to_string(),
            Value::String(text) => format!("{:?}", text.expose()),
            Value::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
            Value::Object(members) => {
                let inner: Vec<_> =
                    members.iter().map(|m| format!("{:?}:{}", m.key, show(&m.node))).collect();
                format!("{{{}}}", inner.join(","))
            }
        }
    }

    fn five(text: &str) -> Result<String, (String, &'static str)> {
        outcome(text, parse_json5(DocId(0), text))
    }

    fn strict(text: &str) -> Result<String, (String, &'static str)> {
        outcome(text, parse_strict(DocId(0), text))
    }

    fn outcome(text: &str, parsed: Result<Node, Vec<SyntaxFault>>) -> Result<String, (String, &'static str)> {
        parsed
            .map(|node| show(&node))
            .map_err(|faults| (text[faults[0].span.clone()].to_owned(), faults[0].what))
    }

    #[test]
    fn json5_is_read() {
        for (text, expected) in [
            ("{a:1,'b':\"c\",}", r#"{"a":1,"b":"c"}"#),
            ("// x\n[0x1F,+1,.5,5.,-.5e3,Infinity,-Infinity,NaN,]", "[31,1,0.5,5,-500,inf,-inf,NaN]"),
            ("{$a_1:null,\u{e9}:true}", "{\"$a_1\":null,\"\u{e9}\":true}"),
            (
                r#"'\x41\u0042\v\'"\
c'"#,
                r#""AB\u{b}'\"c""#,
            ),
            (r#""\ud83d\ude00""#, "\"\u{1f600}\""),
            ("\u{a0}1 /* x */", "1"),
            ("{a:1,a:2}", r#"{"a":1,"a":2}"#),
        ] {
            assert_eq!(five(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_json5_is_refused_in_our_words() {
        for (text, place, what) in [
            ("", "", "empty file"),
            (" // only\n", "", "empty file"),
            ("{a:1", "{", "a `{` that is not closed"),
            ("[1,\n2", "[", "a `[` that is not closed"),
            ("{a:1 b:2}", "", "missing comma"),
            ("{a:sk-x}", "sk-x", "text that needs quotes"),
            ("{a:sk-x }", "sk-x", "text that needs quotes"),
            ("{a 1}", "1", "missing `:` after the key"),
            ("{a:'x\n}", "'x", "missing closing quote"),
            ("{a:'x\ny'}", "\n", "line break in quoted text"),
            ("{a-b:1}", "a", "invalid JSON5"),
            ("{1:1}", "", "invalid key"),
            ("[1]2", "2", "more text after the value"),
            ("/* x", "/*", "a comment that is not closed"),
            ("[1,,2]", ",", "unexpected comma"),
            ("[01]", "", "missing comma"),
            ("\"\\ud800\"", "", "invalid escape in quoted text"),
            ("{\\u0061:1}", "\\", "unexpected character"),
        ] {
            let (at, said) = five(text).unwrap_err();
            assert_eq!(said, what, "{text:?} at {at:?}");
            assert!(place.is_empty() || at == place, "{text:?} at {at:?}");
        }
    }

    #[test]
    fn what_two_parsers_would_read_in_two_ways_is_refused() {
        assert!(five("[1 //\u{2028},2\n]").is_err());
        assert!(five("{} //\u{2028}nul").is_err());
        let hidden = format!("[] //\u{2028}{}", "[".repeat(1 << 20));
        assert!(five(&hidden).is_err());
    }

    #[test]
    fn strict_json_is_strict() {
        assert_eq!(strict(r#" {"a":[1,-2.5e3,"\u00e9",null]} "#).unwrap(), r#"{"a":[1,-2500,"é",null]}"#);
        for (text, what) in [
            ("", "empty file"),
            ("\n", "empty file"),
            ("{a:1}", "JSON wants keys in double quotes"),
            ("{'a':1}", "JSON wants double quotes"),
            ("[1,]", "JSON has no trailing commas"),
            ("[1] // x", "JSON has no comments"),
            ("[0x1]", "JSON has no hexadecimal numbers"),
            ("[+1]", "JSON has no `+` before numbers"),
            ("[.5]", "JSON wants a digit on both sides of the point"),
            ("[NaN]", "text that needs quotes"),
            ("[\"a\nb\"]", "invalid JSON"),
            ("\u{a0}1", "invalid JSON"),
            ("{\"a\":1", "a `{` that is not closed"),
        ] {
            assert_eq!(strict(text).unwrap_err().1, what, "{text:?}");
        }
        assert_eq!(strict("[1,\n\"é\t\"]").unwrap_err().0, "é");
    }

    #[test]
    fn depth_is_bounded() {
        for piece in ["[", "{\"a\":", "{a:[", "'", "/*", "\"\\", "[,", "//\n", "é", "-", "\u{2028}"] {
            let text = piece.repeat(crate::catalog::documents::MAX_BYTES / piece.len());
            assert!(five(&text).is_err(), "{piece}");
            assert!(strict(&text).is_err(), "{piece}");
        }
        let fine = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(five(&fine(80)).is_ok() && strict(&fine(80)).is_ok());
        assert_eq!(strict(&fine(400)).unwrap_err().1, TOO_DEEP);
    }

    #[test]
    fn many_small_things_take_no_quadratic_time() {
        let text =
            format!("{{{}}}", (0..30_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(","));
        assert!(five(&text).is_ok() && strict(&text).is_ok());
    }
}
