//! TOML text → tree. Editing is in `edit/toml.rs`.
//!
//! The `toml` crate parses; here its tables become [`Node`]s in file order, and its messages
//! become fixed phrases, because the original ones may quote the text.

use crate::doc::{DocId, Loc, MAX_DEPTH, Member, Node, Number, SyntaxFault, Value};
use crate::sys::secret::Secret;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// How the parser's message for a value that is no value begins.
const UNQUOTED: &str = "string values must be quoted";
const TOO_DEEP: &str = "nested too deeply";

/// Parses TOML; an empty text is an empty table. The root has no header and so no place.
pub(super) fn parse(id: DocId, text: &str) -> Result<Node, Vec<SyntaxFault>> {
    if let Some(at) = too_deep(text) {
        return Err(vec![SyntaxFault::at(text, at, TOO_DEEP)]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<SyntaxFault> = errors
        .into_iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            SyntaxFault::at(text, span.clone(), phrase(error.message(), text, &span))
        })
        .collect();
    if !faults.is_empty() {
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        faults.dedup();
        return Err(faults);
    }
    let builder = Builder { id };
    let value = builder.object(table.into_inner(), 0);
    value
        .map(|value| Node { loc: Loc::new(id, 0..0), value })
        .map_err(|at| vec![SyntaxFault::at(text, at, TOO_DEEP)])
}

/// Turns the parser's tree into ours; an error is the place that lies too deep.
struct Builder {
    id: DocId,
}

impl Builder {
    fn object(&self, table: DeTable<'_>, depth: usize) -> Result<Value, Range<usize>> {
        let mut members = table
            .into_iter()
            .map(|(key, value)| {
                let key_loc = Loc::new(self.id, key.span());
                let node = self.node(value, depth + 1)?;
                Ok(Member { key: key.into_inner().into_owned(), key_loc, node })
            })
            .collect::<Result<Vec<_>, Range<usize>>>()?;
        members.sort_by_key(|member| member.key_loc.start);
        Ok(Value::Object(members))
    }

    fn node(&self, value: Spanned<DeValue<'_>>, depth: usize) -> Result<Node, Range<usize>> {
        let span = value.span();
        if depth > MAX_DEPTH {
            return Err(span);
        }
        let value = match value.into_inner() {
            DeValue::String(text) => Value::String(Secret::new(text.into_owned())),
            DeValue::Datetime(time) => Value::String(Secret::new(time.to_string())),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Integer(integer) => Value::Number(Number(integer_value(&integer))),
            DeValue::Float(float) => Value::Number(Number(float.as_str().parse().unwrap_or(f64::NAN))),
            DeValue::Array(items) => Value::Array(
                items.into_iter().map(|item| self.node(item, depth + 1)).collect::<Result<_, _>>()?,
            ),
            DeValue::Table(table) => self.object(table, depth)?,
        };
        Ok(Node { loc: Loc::new(self.id, span), value })
    }
}

/// The integer, rounded to a float as all numbers are; one that needs more than 128 bits is infinite.
#[expect(clippy::cast_precision_loss, reason = "numbers are floats in every format")]
fn integer_value(integer: &DeInteger<'_>) -> f64 {
    let (digits, radix) = (integer.as_str(), integer.radix());
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    u128::from_str_radix(digits, radix).map_or(f64::INFINITY, |value| value as f64)
}

/// The first bracket or dot that goes deeper than [`MAX_DEPTH`].
///
/// The parser bounds brackets and dotted keys each for itself, so that together they could go
/// much deeper than either, and the tree is dropped by recursion.
fn too_deep(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // Dots of the current key at each open bracket, and brackets plus all dots.
    let (mut dots, mut depth) = (vec![0usize], 0usize);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'#' => at = line_end(bytes, at),
            b'"' | b'\'' => at = string_end(bytes, start),
            b'.' => {
                depth += 1;
                if let Some(last) = dots.last_mut() {
                    *last += 1;
                }
            }
            b'[' | b'{' => {
                depth += 1;
                dots.push(0);
            }
            b']' | b'}' if dots.len() > 1 => depth -= 1 + dots.pop().unwrap_or(0),
            b',' => depth -= dots.last_mut().map(std::mem::take).unwrap_or(0),
            b'\n' if dots.len() == 1 => depth -= dots.last_mut().map(std::mem::take).unwrap_or(0),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(start..at);
        }
    }
    None
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |n| from + n)
}

/// One past the string that opens at `start`; a one-line string ends with its line at the latest.
pub(super) fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 2,
            b'\n' if !long => return at,
            _ if byte != quote => at += 1,
            _ if !long => return at + 1,
            _ if bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two more quotes belong to the text itself.
                let run = bytes[at..].iter().take(5).take_while(|byte| **byte == quote).count();
                return at + run;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Our words for a message of the parser, found by how it begins.
fn phrase(message: &str, text: &str, span: &Range<usize>) -> &'static str {
    // Nothing at all is read as a string without quotes, or as a literal string without its.
    let no_value = message.starts_with(UNQUOTED) && span.is_empty()
        || message.starts_with("invalid literal") && !text.contains('\'');
    if no_value {
        return "a key without a value";
    }
    PHRASES.iter().find(|(theirs, _)| message.starts_with(theirs)).map_or("invalid TOML", |(_, ours)| ours)
}

/// First match counts.
const PHRASES: &[(&str, &str)] = &[
    ("duplicate key", "this key or table is already set"),
    ("cannot extend value of type", "a key that holds a value cannot be used as a table"),
    ("cannot recurse further", TOO_DEEP),
    ("recursion limit", TOO_DEEP),
    ("unclosed array table", "missing `]]` at the end of the header"),
    ("unclosed table", "missing `]` at the end of the header"),
    ("unclosed array", "missing `]` at the end of the list"),
    ("unclosed inline table", "missing `}` at the end of the inline table"),
    ("key with no value", "a key without `=` and a value"),
    ("missing value", "a key without a value"),
    ("missing key", "missing key"),
    ("missing assignment", "missing `=`"),
    ("missing comma", "missing comma"),
    ("missing opening quote", "missing opening quote"),
    ("extra `=`", "more than one `=`"),
    ("extra assignment", "more than one `=`"),
    ("extra comma", "more than one comma"),
    ("unexpected `=` in array", "`=` inside a list"),
    ("unexpected key or value", "more text after the value"),
    ("unexpected content", "unexpected text"),
    ("unexpected leading zero", "a number must not begin with 0"),
    ("keys cannot be multi-line", "a key must stand on one line"),
    (UNQUOTED, "a value that is neither quoted text, a number, nor true/false"),
    ("invalid basic string, expected `\"`", "missing closing quote"),
    ("invalid basic string", "control character in quoted text"),
    ("invalid literal string, expected `'`", "missing closing quote"),
    ("invalid literal string", "control character in quoted text"),
    ("invalid multi-line", "missing closing quotes, or a control character in quoted text"),
    ("invalid escape", "invalid escape in quoted text"),
    ("missing escaped value", "invalid escape in quoted text"),
    ("too few unicode", "invalid escape in quoted text"),
    ("invalid value for unicode", "invalid escape in quoted text"),
    ("unquoted keys cannot be empty", "missing key"),
    ("invalid unquoted key", "a key with characters that need quotes"),
    ("invalid key-value pair", "missing key"),
    ("invalid key", "invalid key"),
    ("invalid table", "invalid table header"),
    ("missing table open", "a bracket that closes nothing"),
    ("invalid comment", "control character in a comment"),
    ("invalid boolean", "neither true nor false"),
    ("invalid date", "invalid date or time"),
    ("invalid time", "invalid date or time"),
    ("invalid mantissa", "invalid number"),
    ("invalid exponent", "invalid number"),
    ("invalid fraction", "invalid number"),
    ("invalid float", "invalid number"),
    ("invalid integer", "invalid number"),
    ("invalid hexadecimal", "invalid number"),
    ("invalid octal", "invalid number"),
    ("invalid binary", "invalid number"),
    ("redundant", "invalid number"),
    ("integers with a radix", "invalid number"),
    ("radix must be", "invalid number"),
    ("unexpected sign", "invalid number"),
    ("`_` may only", "invalid number"),
    ("carriage return", "a carriage return without a line feed"),
];

#[cfg(test)]
mod tests {
    use crate::doc::KeyPath;
    use crate::doc::toml::*;

    fn tree(text: &str) -> Node {
        parse(DocId(0), text).unwrap()
    }

    fn faults(text: &str) -> Vec<(&str, &'static str)> {
        parse(DocId(0), text).unwrap_err().into_iter().map(|fault| (&text[fault.span], fault.what)).collect()
    }

    /// `key-text=value-text` for each leaf and table, by place.
    fn places(node: &Node, text: &str, out: &mut Vec<String>) {
        for member in node.members() {
            let (key, value) = (&text[member.key_loc.range()], &text[member.node.loc.range()]);
            out.push(format!("{key}={value}"));
            places(&member.node, text, out);
        }
        for item in node.items() {
            out.push(text[item.loc.range()].to_owned());
            places(item, text, out);
        }
    }

    #[test]
    fn every_key_and_value_knows_its_place() {
        let text = "z = 'x'\n\"a b\".c = {d = [1, \"é\"], e.f = true}\n[t.\"u:v\"] # n\nk = 1979-05-27\n[[l]]\nm = 0x1F\n[[l]]\n";
        let mut out = Vec::new();
        places(&tree(text), text, &mut out);
        assert_eq!(
            out,
            [
                "z='x'",
                "\"a b\"=\"a b\"",
                "c={d = [1, \"é\"], e.f = true}",
                "d=[1, \"é\"]",
                "1",
                "\"é\"",
                "e=e",
                "f=true",
                "t=t",
                "\"u:v\"=[t.\"u:v\"]",
                "k=1979-05-27",
                "l=[[l]]",
                "[[l]]",
                "m=0x1F",
                "[[l]]",
            ]
        );
    }

    #[test]
    fn values_are_decoded() {
        let root = tree(
            "a = \"\\u00e9\\n\"\nb = 0o17\nc = -1_000\nd = inf\ne = 1e3\nf = 07:32:00\nh = 340282366920938463463374607431768211456\n",
        );
        assert_eq!(root.get("a").unwrap().as_str(), Some("é\n"));
        assert_eq!(root.get("b").unwrap().as_f64(), Some(15.0));
        assert_eq!(root.get("c").unwrap().as_f64(), Some(-1000.0));
        assert_eq!(root.get("d").unwrap().as_f64(), Some(f64::INFINITY));
        assert_eq!(root.get("e").unwrap().as_f64(), Some(1000.0));
        assert_eq!(root.get("f").unwrap().as_str(), Some("07:32:00"));
        assert_eq!(root.get("h").unwrap().as_f64(), Some(2f64.powi(128)));
        assert!(tree("").members().is_empty());
    }

    #[test]
    fn tables_defined_in_pieces_are_one() {
        let root = tree("[a.b]\nx=1\n[a]\ny=2\n[a.c]\nz=3\n[[a.d]]\nq=4\n[a.d.e]\nr=5\n");
        let at = |keys: &[&str]| root.locate(&KeyPath::of(keys)).and_then(Node::as_f64);
        assert_eq!(at(&["a", "b", "x"]), Some(1.0));
        assert_eq!(at(&["a", "y"]), Some(2.0));
        assert_eq!(at(&["a", "c", "z"]), Some(3.0));
        let path = KeyPath::of(&["a", "d"]).index(0).key("e").key("r");
        assert_eq!(root.locate(&path).and_then(Node::as_f64), Some(5.0));
    }

    #[test]
    fn all_faults_are_found_and_none_quotes_the_text() {
        for (text, expected) in [
            ("a = 1\na = 2\n", vec![("a", "this key or table is already set")]),
            (
                "a = sk-x\nb = \n",
                vec![
                    ("sk-x", "a value that is neither quoted text, a number, nor true/false"),
                    ("", "a key without a value"),
                ],
            ),
            ("[t\nx = 1\n", vec![("", "missing `]` at the end of the header")]),
            ("a = \"x\n", vec![("", "missing closing quote")]),
            ("a = [\"1\" \"2\"]\n", vec![("", "missing comma")]),
            ("a = {b}\n", vec![("", "a key without a value")]),
            ("token\n", vec![("", "a key without `=` and a value")]),
            ("a = 1\na.b = 2\n", vec![("a", "a key that holds a value cannot be used as a table")]),
        ] {
            assert_eq!(faults(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded_whatever_it_is_made_of() {
        for piece in ["[", "a.", "{a=", "a = [", "[a.", "{a.a.a=", "]", "a={", "\"", "'''", "=", "\r", "é"] {
            let text = piece.repeat(crate::catalog::documents::MAX_BYTES / piece.len());
            assert!(parse(DocId(0), &text).is_err(), "{piece}");
        }
        let mixed = format!("{}1", format!("{{{}a=", "a.".repeat(70)).repeat(70));
        assert!(parse(DocId(0), &format!("k = {mixed}")).is_err());
        let fine = format!("k = {}{}", "[".repeat(60), "]".repeat(60));
        assert!(parse(DocId(0), &fine).is_ok());
    }

    #[test]
    fn many_small_things_take_no_quadratic_time() {
        use std::fmt::Write;
        let lines = |line: &dyn Fn(usize) -> String| {
            (0..30_000).fold(String::new(), |mut text, n| {
                let _ = writeln!(text, "{}", line(n));
                text
            })
        };
        assert_eq!(tree(&lines(&|n| format!("k{n} = 1"))).members().len(), 30_000);
        assert_eq!(tree(&lines(&|_| "[[a]]".to_owned())).get("a").unwrap().items().len(), 30_000);
        assert_eq!(tree(&lines(&|n| format!("[a.b.c.k{n}]"))).members().len(), 1);
        assert_eq!(tree(&lines(&|n| format!("a.b.c.k{n} = 1"))).members().len(), 1);
        assert_eq!(faults(&lines(&|_| "a = 1".to_owned())).len(), 29_999);
    }
}
