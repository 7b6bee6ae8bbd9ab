//! Properties of `doc`: random texts, well formed and not, against the oracles.

use crate::support::oracles;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use zirkabot::catalog::documents::Format;
use zirkabot::doc::{DocId, Node, Value, parse};

/// What texts are made of; put together at random it is mostly wrong, and sometimes right.
const PIECES: &[&str] = &[
    "a",
    "b",
    "\"a:b\"",
    "'c d'",
    "é",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    ",",
    ":",
    "=",
    " = ",
    ": ",
    ".",
    "\n",
    "\r\n",
    " ",
    "  ",
    "\t",
    "# c\n",
    "// c\n",
    "/* c */",
    "1",
    "-0x1F",
    "+.5",
    "1e3",
    "NaN",
    "true",
    "null",
    "\"x\"",
    "'x'",
    "`x`",
    "\"\"\"x\n\"\"\"",
    "'''",
    "\"",
    "'",
    "\\",
    "\\n",
    "\\\"",
    "export ",
    "1979-05-27",
    "\u{2028}",
    "\u{feff}",
    "sk-fake",
];

const FORMATS: [Format; 4] = [Format::Toml, Format::Json5, Format::Json, Format::Dotenv];

/// Formats that are read only.
const SERVICES: [Format; 3] = [Format::Unit, Format::UnitEnv, Format::Plist];

/// Pieces of service definitions.
const DEFINED: &[&str] = &[
    "[Service]\n",
    "\n[X",
    "Environment=",
    "ExecStart=",
    "A=",
    "\"",
    "'",
    "\\",
    "\\x41",
    "\\u20ac",
    "\n",
    "\r\n",
    " ",
    "# ",
    "é",
    "$",
    "sk-fake",
    "<plist>",
    "<dict>",
    "</dict>",
    "<key>k</key>",
    "<string>",
    "</string>",
    "<true/>",
    "<!-- -->",
    "&amp;",
];

fn definition() -> impl Strategy<Value = String> {
    vec(select(DEFINED), 0..30).prop_map(|pieces| pieces.concat())
}

fn soup() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..30).prop_map(|pieces| pieces.concat())
}

fn scalar_text() -> impl Strategy<Value = String> {
    select(vec!["1", "\"x\"", "'y'", "true", "\"a b\"", "[]", "[1, 'z']", "-1.5"]).prop_map(str::to_owned)
}

/// A JSON5 object with comments, line breaks and commas in many places.
fn json5() -> impl Strategy<Value = String> {
    let space = || select(vec!["", " ", "\n", "\r\n  ", " // c\n", "/* d */"]);
    scalar_text().prop_recursive(4, 24, 4, move |inner| {
        let key = select(vec!["a", "b", "'c d'", "\"e:f\"", "$g"]);
        let member = (space(), key, space(), inner, space());
        let member = member
            .prop_map(|(before, key, middle, value, after)| format!("{before}{key}:{middle}{value}{after}"));
        (vec(member, 0..4), select(vec!["", ","]), space()).prop_map(|(members, trailing, end)| {
            let trailing = if members.is_empty() { "" } else { trailing };
            format!("{{{}{trailing}{end}}}", members.join(","))
        })
    })
}

/// A TOML text of sections, dotted keys and inline tables; the keys differ by their number.
fn toml() -> impl Strategy<Value = String> {
    let value = scalar_text().prop_recursive(2, 8, 3, |inner| {
        vec(inner, 0..3).prop_map(|values| {
            let pairs: Vec<_> = values.iter().enumerate().map(|(n, value)| format!("k{n}={value}")).collect();
            format!("{{ {} }}", pairs.join(", "))
        })
    });
    let line = (select(vec!["k", "t.k", "'q r'.k", "  i"]), value, select(vec!["\n", " # c\n", "\r\n"]));
    let section =
        (select(vec!["", "[s", "[s.\"x:y\".", "[[l"]), vec(line, 0..4), select(vec!["", "\n", "# c\n"]));
    vec(section, 0..4).prop_map(|sections| {
        let mut text = String::new();
        for (n, (head, lines, end)) in sections.into_iter().enumerate() {
            match head {
                "[[l" => text.push_str("[[l]]\n"),
                "" if n == 0 => {}
                head => text.push_str(&format!("{}{n}]\n", if head.is_empty() { "[h" } else { head })),
            }
            for (m, (key, value, end)) in lines.into_iter().enumerate() {
                text.push_str(&format!("{key}{m} = {value}{end}"));
            }
            text.push_str(end);
        }
        text
    })
}

fn dotenv() -> impl Strategy<Value = String> {
    let value =
        select(vec!["", "x", "x y", "'x'", "\"x y\"", "\"x\ny\"", "`x`", "\"a\\\"b\"", "'x' # c", "x#c"]);
    let line = (
        select(vec!["", "export ", " "]),
        select(vec!["A", "B", "C_1"]),
        select(vec!["=", " = ", ": "]),
        value,
    );
    let line = line.prop_map(|(lead, key, sign, value)| format!("{lead}{key}{sign}{value}"));
    let other = select(vec!["", "# c", "oops sk-fake", "export A"]).prop_map(str::to_owned);
    (vec(prop_oneof![3 => line, 1 => other], 0..6), select(vec!["\n", "\r\n"]), any::<bool>())
        .prop_map(|(lines, newline, last)| lines.join(newline) + if last { newline } else { "" })
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            vec((".{0,6}", inner), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn to_serde(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => (number.0 as i64).into(),
        Value::String(text) => text.expose().as_str().into(),
        Value::Array(items) => items.iter().map(to_serde).collect(),
        Value::Object(members) => {
            members.iter().map(|member| (member.key.clone(), to_serde(&member.node))).collect()
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_safe(text in soup(), format in select(FORMATS.to_vec())) {
        oracles::all(format, &text);
    }

    #[test]
    fn any_service_definition_is_safe(text in definition(), any in any::<String>()) {
        let whole = format!("<plist><dict>{text}</dict></plist>");
        for format in SERVICES {
            for text in [&text, &any, &whole] {
                oracles::parses_with_places(format, text);
                oracles::masks(format, text);
            }
        }
    }

    #[test]
    fn any_characters_are_safe(text in any::<String>(), format in select(FORMATS.to_vec())) {
        oracles::all(format, &text);
    }

    #[test]
    fn json5_texts_are_read_and_edited(text in json5()) {
        prop_assert!(parse(Format::Json5, DocId(0), &text).is_ok(), "{text}");
        oracles::all(Format::Json5, &text);
    }

    #[test]
    fn toml_texts_are_read_and_edited(text in toml()) {
        oracles::all(Format::Toml, &text);
        oracles::no_edit_is_refused(Format::Toml, &text);
    }

    #[test]
    fn dotenv_texts_are_read_and_edited(text in dotenv()) {
        oracles::all(Format::Dotenv, &text);
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it(value in json_value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        for format in [Format::Json, Format::Json5] {
            let tree = parse(format, DocId(0), &text).unwrap();
            prop_assert_eq!(to_serde(&tree), value.clone());
        }
        oracles::all(Format::Json, &text);
    }

    #[test]
    fn no_mask_shows_a_canary(canary in "CANARY[a-zA-Z0-9_./+-]{4,20}", noise in soup()) {
        let json5 = [
            format!("{{a: '{canary}', // {canary}\n b: [\"x {canary}\"], /* {canary} */}}"),
            format!("{{a: {canary}}}"),
            format!("{{a: '{canary}{noise}"),
        ];
        let toml = [
            format!("# {canary}\na = '{canary}' # {canary}\nb = [\"\"\"\n{canary}\"\"\"]\n"),
            format!("a = {canary}\n{noise}"),
            format!("a = \"{canary}\n"),
        ];
        let dotenv = [
            format!("# {canary}\nA={canary} # {canary}\n{canary}\nB='x\n{canary}'\n {canary} x"),
            format!("A=\"{canary}\n"),
        ];
        let unit = [
            format!("# {canary}\n[Service]\nEnvironment=A={canary} 'B=x {canary}' {canary}\n{canary}\nExecStart={canary}\n"),
            format!("[Service]\nEnvironment=A={canary}\\\n{noise}"),
            format!("[Service]\nEnvironment=\"A={canary}"),
        ];
        let plist = [
            format!("<plist><!-- {canary} --><dict><key>A</key><string>{canary}</string></dict></plist>"),
            format!("<plist><dict><key>A</key><string>{canary}{noise}"),
        ];
        for (format, texts) in [
            (Format::Unit, &unit[..]),
            (Format::UnitEnv, &dotenv[..]),
            (Format::Plist, &plist[..]),
            (Format::Json5, &json5[..]),
            (Format::Json, &json5[..]),
            (Format::Toml, &toml[..]),
            (Format::Dotenv, &dotenv[..]),
        ] {
            for text in texts {
                oracles::hides(format, text, &canary);
            }
        }
    }
}
