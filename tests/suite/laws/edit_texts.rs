//! Tables of edits with the exact texts that they must give.
#![expect(clippy::needless_pass_by_value, reason = "rows read better without references")]

use zirkabot::catalog::documents::Format;
use zirkabot::doc::KeyPath;
use zirkabot::doc::edit::ops::{Draft, To};
use zirkabot::doc::edit::*;
use zirkabot::sys::secret::Secret;

fn text(value: &str) -> Draft {
    Draft::String(Secret::from(value))
}

fn set(path: &[&str], draft: Draft) -> (KeyPath, To) {
    (KeyPath::of(path), To::Set(draft))
}

fn remove(path: &[&str]) -> (KeyPath, To) {
    (KeyPath::of(path), To::Remove)
}

fn list(items: &[&str]) -> Draft {
    Draft::List(items.iter().map(|item| text(item)).collect())
}

fn table(members: &[(&str, Draft)]) -> Draft {
    Draft::Table(members.iter().map(|(key, draft)| ((*key).to_owned(), draft.clone())).collect())
}

/// Makes one edit, once with line feeds and once with CRLF, and compares the texts.
#[track_caller]
fn check(format: Format, before: &str, one: (KeyPath, To), after: &str) {
    for crlf in [false, true] {
        let breaks = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        let got = edit(format, &breaks(before), std::slice::from_ref(&one));
        // Where a text has no line break yet, there is no style to keep.
        let expected = if crlf && before.contains('\n') { breaks(after) } else { after.to_owned() };
        assert_eq!(got.as_deref(), Ok(expected.as_str()), "{before}");
    }
}

#[track_caller]
fn refuse(format: Format, before: &str, one: (KeyPath, To), fault: EditFault) {
    assert_eq!(edit(format, before, &[one]), Err(fault), "{before}");
}

#[test]
fn json_scalars_are_replaced_in_place() {
    use Format::{Json, Json5};
    check(Json, "{\"a\":1 }", set(&["a"], Draft::Int(2)), "{\"a\":2 }");
    check(Json, "{\"a\":\"x\"}", set(&["a"], text("q\"\n\u{1}é")), "{\"a\":\"q\\\"\\n\\u0001é\"}");
    check(Json5, "{a: 'x' /* c */}", set(&["a"], text("y")), "{a: 'y' /* c */}");
    check(Json5, "{a: 'x'}", set(&["a"], text("y'z")), "{a: \"y'z\"}");
    check(Json5, "{a: 0x10}", set(&["a"], Draft::Int(16)), "{a: 0x10}");
    check(Json5, "{a: 1, a: 2}", set(&["a"], Draft::Int(3)), "{a: 1, a: 3}");
    check(Json5, "{a: [1, 2]}", (KeyPath::of(&["a"]).index(1), To::Set(Draft::Int(3))), "{a: [1, 3]}");
    check(
        Json5,
        "{\n  a: [\n    'x',\n  ],\n}\n",
        set(&["a"], list(&["y"])),
        "{\n  a: [\n    'y'\n  ],\n}\n",
    );
    check(
        Json,
        "{\n  \"a\": [\"x\"]\n}\n",
        set(&["a"], list(&["y", "z"])),
        "{\n  \"a\": [\"y\", \"z\"]\n}\n",
    );
}

#[test]
fn json_members_are_added_in_the_style_of_the_file() {
    use Format::{Json, Json5};
    let one = || set(&["b"], Draft::Int(1));
    check(Json, "{}", one(), "{\n  \"b\": 1\n}");
    check(Json, "{\n}\n", one(), "{\n  \"b\": 1\n}\n");
    check(Json, "{\"a\":0}", one(), "{\"a\":0,\"b\":1}");
    check(Json, "{ \"a\": 0 }", one(), "{ \"a\": 0, \"b\": 1 }");
    check(Json, "{\n\t\"a\": 0\n}\n", one(), "{\n\t\"a\": 0,\n\t\"b\": 1\n}\n");
    check(Json5, "{\n  a: 0, // c\n  // d\n}\n", one(), "{\n  a: 0, // c\n  b: 1,\n  // d\n}\n");
    check(Json5, "{\n  a: 0 // c\n}\n", one(), "{\n  a: 0, // c\n  b: 1\n}\n");
    check(Json5, "{ a: 0, }", one(), "{ a: 0, b: 1, }");
    check(Json5, "{ // c\n}\n", one(), "{ // c\n  \"b\": 1\n}\n");
    check(Json5, "{ /* c */ }", one(), "{ /* c */\n  \"b\": 1\n}");
    check(Json5, "{a: {}}", set(&["a", "b"], text("x")), "{a: { b: \"x\" }}");
    check(
        Json5,
        "{\n  a: {},\n}\n",
        set(&["a", "b"], Draft::Bool(true)),
        "{\n  a: {\n    b: true\n  },\n}\n",
    );
    check(Json5, "{\n  a: 'x',\n}\n", set(&["b-c"], text("y")), "{\n  a: 'x',\n  'b-c': 'y',\n}\n");
    let b = || set(&["b"], table(&[("c", Draft::Int(1))]));
    check(Json5, "{ \"a:a\": { c: 0 } }", b(), "{ \"a:a\": { c: 0 }, b: { c: 1 } }");
    check(Json5, "{ a: { \"c\": 0 } }", b(), "{ a: { \"c\": 0 }, b: { \"c\": 1 } }");
    check(Json5, "{ \"a\": { c: 0 }, d: 0 }", b(), "{ \"a\": { c: 0 }, d: 0, b: { c: 1 } }");
    check(Json5, "{ a: 0, \"b-c\": {} }", set(&["b-c", "d"], Draft::Int(1)), "{ a: 0, \"b-c\": { d: 1 } }");
    check(Json5, "{\n  a: 1\n}\n", set(&["b"], list(&["x", "y"])), "{\n  a: 1,\n  b: [\"x\", \"y\"]\n}\n");
    check(
        Json,
        "{\n  \"a\": 0\n}\n",
        set(&["b", "c:d", "e"], list(&["x"])),
        "{\n  \"a\": 0,\n  \"b\": {\n    \"c:d\": {\n      \"e\": [\n        \"x\"\n      ]\n    }\n  }\n}\n",
    );
    check(Json, "{\"a\":0}", set(&["b", "c"], Draft::Int(1)), "{\"a\":0,\"b\":{\"c\":1}}");
}

#[test]
fn json_members_are_removed_with_one_comma() {
    use Format::{Json, Json5};
    let a = || remove(&["a"]);
    check(Json, "{\"a\":1}", a(), "{}");
    check(Json, "{\n  \"a\": 1\n}\n", a(), "{}\n");
    check(Json, "{\"a\":1,\"b\":2}", a(), "{\"b\":2}");
    check(Json, "{\"b\":2,\"a\":1}", a(), "{\"b\":2}");
    check(Json, "{ \"b\": 2, \"a\": 1 }", a(), "{ \"b\": 2 }");
    check(Json, "{\n  \"a\": 1,\n  \"b\": 2\n}\n", a(), "{\n  \"b\": 2\n}\n");
    check(Json, "{\n  \"b\": 2,\n  \"a\": 1\n}\n", a(), "{\n  \"b\": 2\n}\n");
    check(Json5, "{\n  b: 2,\n  a: 1,\n}\n", a(), "{\n  b: 2,\n}\n");
    check(Json5, "{\n  b: 2, // d\n  a: 1, // c\n}\n", a(), "{\n  b: 2, // d\n  // c\n}\n");
    check(Json5, "{\n  b: 2, // d\n  a: 1\n}\n", a(), "{\n  b: 2 // d\n}\n");
    check(Json5, "{\n  // c\n  a: 1,\n}\n", a(), "{\n  // c\n}\n");
    check(Json5, "{a: 1, b: 2, a: 3}", a(), "{b: 2}");
    check(Json5, "{b: 2}", a(), "{b: 2}");
    check(Json5, "{b: 2}", remove(&["b", "c"]), "{b: 2}");
    check(Json5, "{a: {b: 1}, c: 2}", remove(&["a", "b"]), "{a: {}, c: 2}");
    check(Json5, "{\n  a: {\n    x: 1,\n  },\n  b: 1\n}", a(), "{\n  b: 1\n}");
    check(Json5, "[1, 2, 3]", (KeyPath::default().index(1), To::Remove), "[1, 3]");
}

#[test]
fn toml_values_are_replaced_in_place() {
    use Format::Toml;
    check(Toml, "a = 'x' # c\n", set(&["a"], text("y")), "a = 'y' # c\n");
    check(Toml, "a = 'x'", set(&["a"], text("y'z\\")), "a = \"y'z\\\\\"");
    check(Toml, "a = \"x\"\n", set(&["a"], text("y\t\u{7f}")), "a = \"y\\t\\u007F\"\n");
    check(Toml, "[t]\na.b = 0x1F\n", set(&["t", "a", "b"], Draft::Int(3)), "[t]\na.b = 3\n");
    check(Toml, "a = { b = 1, c = 2 }\n", set(&["a", "b"], Draft::Bool(false)), "a = { b = false, c = 2 }\n");
    check(Toml, "a = [\n  1,\n]\n", set(&["a"], list(&["x"])), "a = [\"x\"]\n");
    check(
        Toml,
        "[[l]]\nx = 1\n[[l]]\nx = 2\n",
        (KeyPath::of(&["l"]).index(1).key("x"), To::Set(Draft::Int(3))),
        "[[l]]\nx = 1\n[[l]]\nx = 3\n",
    );
}

#[test]
fn toml_keys_are_added_where_their_table_is() {
    use Format::Toml;
    check(Toml, "", set(&["a"], Draft::Int(1)), "a = 1\n");
    check(Toml, "b = 1", set(&["a"], Draft::Int(1)), "b = 1\na = 1");
    check(Toml, "b = 1 # c\n\n[t]\nx = 1\n", set(&["a"], Draft::Int(1)), "b = 1 # c\na = 1\n\n[t]\nx = 1\n");
    check(Toml, "# head\n\n# t\n[t]\n", set(&["a"], Draft::Int(1)), "# head\n\na = 1\n\n# t\n[t]\n");
    check(Toml, "[t]\n", set(&["a"], Draft::Int(1)), "a = 1\n\n[t]\n");
    check(Toml, "[t] # c\n\n[u]\n", set(&["t", "a"], Draft::Int(1)), "[t] # c\na = 1\n\n[u]\n");
    check(
        Toml,
        "[t]\n  x = [\n  1 ]\n\n[u]\n",
        set(&["t", "a"], Draft::Int(1)),
        "[t]\n  x = [\n  1 ]\n  a = 1\n\n[u]\n",
    );
    check(Toml, "a = { b = 1 }\n", set(&["a", "c"], text("x")), "a = { b = 1, c = \"x\" }\n");
    check(Toml, "a = {}\n", set(&["a", "c:d"], text("x")), "a = { \"c:d\" = \"x\" }\n");
    check(Toml, "a.b = 1\n", set(&["a", "c"], Draft::Int(2)), "a.b = 1\na.c = 2\n");
    let deep = "a.b.x = 1\na.b.y = { c = 1 }\nd = 1\n";
    check(Toml, deep, set(&["a", "e"], Draft::Int(2)), "a.b.x = 1\na.b.y = { c = 1 }\na.e = 2\nd = 1\n");
    check(Toml, "[t]\na.b.c = 1\n", set(&["t", "a", "e"], Draft::Int(2)), "[t]\na.b.c = 1\na.e = 2\n");
    check(Toml, "[a.b]\nx = 1\n", set(&["a", "c"], Draft::Int(2)), "[a.b]\nx = 1\n\n[a]\nc = 2\n");
    check(
        Toml,
        "x = 1\n",
        set(&["p", "anthropic:claude-cli", "mode"], text("oauth")),
        "x = 1\n\n[p.\"anthropic:claude-cli\"]\nmode = \"oauth\"\n",
    );
    check(Toml, "x = 1", set(&["t"], table(&[])), "x = 1\n\n[t]");
    check(
        Toml,
        "x = 1\n",
        set(&["t"], table(&[("u", table(&[("a", Draft::Int(1))])), ("l", list(&["x", "y"]))])),
        "x = 1\n\n[t]\nl = [\"x\", \"y\"]\n\n[t.u]\na = 1\n",
    );
    check(
        Toml,
        "[[l]]\nx = 1\n[[l]]\nx = 2\n",
        (KeyPath::of(&["l"]).index(0).key("t").key("y"), To::Set(Draft::Int(3))),
        "[[l]]\nx = 1\nt = { y = 3 }\n[[l]]\nx = 2\n",
    );
}

#[test]
fn toml_keys_and_tables_are_removed() {
    use Format::Toml;
    check(Toml, "a = 1\nb = 2 # c\n", remove(&["b"]), "a = 1\n");
    check(Toml, "a = [\n 1,\n]\nb = 2", remove(&["a"]), "b = 2");
    check(Toml, "[t]\na = 1\n", remove(&["t", "a"]), "[t]\n");
    check(Toml, "[t]\na = 1\n[t.u]\nb = 1\n# c\n[v]\n", remove(&["t"]), "# c\n[v]\n");
    check(Toml, "a.b = 1\na.c = 2\n", remove(&["a", "b"]), "a.c = 2\n");
    check(Toml, "[[l]]\na.b = 1\n", (KeyPath::of(&["l"]).index(0).key("a").key("b"), To::Remove), "[[l]]\n");
    check(Toml, "a.b = 1\nd = 1\n", remove(&["a", "b"]), "d = 1\n");
    check(Toml, "a = { b = 1, c = 2 }\n", remove(&["a", "b"]), "a = { c = 2 }\n");
    check(Toml, "a = { b = 1 }\n", remove(&["a", "b"]), "a = {}\n");
    check(Toml, "a = { b.c = 1, d = 2 }\n", remove(&["a", "b", "c"]), "a = { d = 2 }\n");
    check(Toml, "[[l]]\nx = 1\n[[l]]\nx = 2\n", (KeyPath::of(&["l"]).index(0), To::Remove), "[[l]]\nx = 2\n");
    check(Toml, "[t]\nx = 1\n[u]\n", set(&["t"], table(&[("y", Draft::Int(2))])), "[u]\n\n[t]\ny = 2\n");
}

#[test]
fn dotenv_lines_keep_all_but_the_value() {
    use Format::Dotenv;
    check(Dotenv, "export A = 'x' # c\n", set(&["A"], text("y z")), "export A = 'y z' # c\n");
    check(Dotenv, "A=x # c\n", set(&["A"], text("y")), "A=y # c\n");
    check(Dotenv, "A=x\n", set(&["A"], text("y#z")), "A=\"y#z\"\n");
    check(Dotenv, "A='x'\n", set(&["A"], text("it's")), "A=\"it's\"\n");
    check(Dotenv, "A=\"x\"\n", set(&["A"], text("a\nb")), "A=\"a\\nb\"\n");
    check(Dotenv, "A=x\n", set(&["A"], text("a\\nb")), "A='a\\nb'\n");
    check(Dotenv, "A=\n", set(&["A"], text("x")), "A=x\n");
    check(Dotenv, "A=x # c\n", set(&["A"], text("")), "A= # c\n");
    check(Dotenv, "A=1\nA=2\n", set(&["A"], text("3")), "A=1\nA=3\n");
    check(Dotenv, "", set(&["A"], text("x")), "A=x\n");
    check(Dotenv, "A=x", set(&["B"], text("y")), "A=x\nB=y");
    check(Dotenv, "# c\nA=x\n\n", set(&["B"], text(" y ")), "# c\nA=x\n\nB=\" y \"\n");
    check(Dotenv, "A=1\n export B='x\ny' # c\nC=3\n", remove(&["B"]), "A=1\nC=3\n");
    check(Dotenv, "A=1\nB=1\nA=2", remove(&["A"]), "B=1\n");
    check(Dotenv, "# c\u{2028}A=1\nB=1\n", remove(&["A"]), "# c\u{2028}B=1\n");
    refuse(
        Dotenv,
        "",
        set(&["A"], text("a\"b'c`d#e")),
        EditFault::Unsupported("a .env file cannot express this value"),
    );
    refuse(Dotenv, "", set(&["A B"], text("x")), EditFault::Unsupported("a .env file cannot have this name"));
}

#[test]
fn what_cannot_be_done_is_said() {
    use Format::{Json, Json5, Toml};
    refuse(Json, "{", set(&["a"], text("x")), EditFault::NotParsable);
    refuse(Json, "", set(&["a"], text("x")), EditFault::NotParsable);
    refuse(
        Json5,
        "{a: {b: 1}}",
        set(&["a", "b", "c"], text("x")),
        EditFault::NotATable(KeyPath::of(&["a", "b"])),
    );
    refuse(Toml, "a = 1\n", set(&["a", "c"], text("x")), EditFault::NotATable(KeyPath::of(&["a"])));
    let whole = EditFault::Unsupported("the whole document cannot be set at once");
    refuse(Json, "{}", set(&[], text("x")), whole);
    let item = EditFault::Unsupported("a list item that does not exist cannot be set");
    refuse(Json, "[]", (KeyPath::default().index(1), To::Set(text("x"))), item);
}

#[test]
fn the_place_behind_the_last_item_takes_a_new_one() {
    use Format::{Json, Json5, Toml};
    let item = |index| (KeyPath::of(&["l"]).index(index), To::Set(text("z")));
    check(Json, "{\"l\": []}", item(0), "{\"l\": [\"z\"]}");
    check(Json5, "{l: ['x', /* c */ 'y',] }", item(2), "{l: ['x', /* c */ 'y', 'z',] }");
    check(
        Json5,
        "{\n  l: [\n    'x', // first\n    'y' // second\n  ],\n}\n",
        item(2),
        "{\n  l: [\n    'x', // first\n    'y', // second\n    'z'\n  ],\n}\n",
    );
    check(Toml, "l = []\n", item(0), "l = [\"z\"]\n");
    check(Toml, "l = [\"x\"] # c\n", item(1), "l = [\"x\", \"z\"] # c\n");
    check(
        Toml,
        "l = [\n  \"x\", # first\n]\nm = 1\n",
        item(1),
        "l = [\n  \"x\", # first\n  \"z\",\n]\nm = 1\n",
    );
    let agent = |index| (KeyPath::of(&["l"]).index(index), To::Set(table(&[("id", text("b"))])));
    check(
        Toml,
        "[[l]]\nid = \"a\"\n\n[m]\nx = 1\n",
        agent(1),
        "[[l]]\nid = \"a\"\n\n[m]\nx = 1\n\n[[l]]\nid = \"b\"\n",
    );
    check(Json5, "{l: [{id: 'a'}]}", agent(1), "{l: [{id: 'a'}, { id: 'b' }]}");
}

#[test]
fn each_edit_sees_those_before_it() {
    let edits = [set(&["a", "b"], Draft::Int(1)), set(&["a", "c"], Draft::Int(2)), remove(&["a", "b"])];
    assert_eq!(edit(Format::Json, "{}", &edits).unwrap(), "{\n  \"a\": {\n    \"c\": 2\n  }\n}");
    assert_eq!(edit(Format::Toml, "", &edits).unwrap(), "[a]\nc = 2\n");
}

#[test]
fn a_new_document_is_written_as_stringify_does() {
    let draft = table(&[("version", Draft::Int(1)), ("profiles", table(&[])), ("l", list(&["x"]))]);
    let expected = "{\n  \"version\": 1,\n  \"profiles\": {},\n  \"l\": [\n    \"x\"\n  ]\n}\n";
    assert_eq!(render(Format::Json, &draft), expected);
    assert_eq!(
        render(Format::Toml, &table(&[("a", Draft::Int(1)), ("t", table(&[("b", text("x"))]))])),
        "a = 1\n\n[t]\nb = \"x\"\n"
    );
    assert_eq!(render(Format::Dotenv, &table(&[("A", text("x y"))])), "A=\"x y\"\n");
}

fn moved(from: &[&str], to: &[&str]) -> (KeyPath, To) {
    (KeyPath::of(from), To::Move(KeyPath::of(to)))
}

#[test]
fn values_move_with_their_comments() {
    use Format::{Json, Json5, Toml};
    let agent = || moved(&["agent"], &["agents", "defaults"]);
    check(Json, "{\"agent\": {\"a\": 1}}", agent(), "{\"agents\": { \"defaults\": {\"a\": 1} }}");
    check(
        Json5,
        "{\n  agent: { // mine\n    a: 0x10,\n  }, // x\n}\n",
        agent(),
        "{\n  agents: { defaults: { // mine\n    a: 0x10,\n  } }, // x\n}\n",
    );
    check(
        Json5,
        "{\n  agent: {\n    a: 1, // one\n  },\n  agents: {\n    list: [],\n  },\n}\n",
        agent(),
        "{\n  agents: {\n    list: [],\n    defaults: {\n      a: 1, // one\n    },\n  },\n}\n",
    );
    let primary = || moved(&["m", "model"], &["m", "model", "primary"]);
    check(Json5, "{m: {model: 'x' /* y */}}", primary(), "{m: {model: { primary: 'x' } /* y */}}");
    check(Toml, "[m]\nmodel = \"x\" # y\n", primary(), "[m]\nmodel.primary = \"x\" # y\n");
    check(
        Toml,
        "# top\n[agent] # mine\na = 1.0\n[ 'agent' . \"b\"]\nc = 1979-05-27 # when\n",
        agent(),
        "# top\n[agents.defaults] # mine\na = 1.0\n[ agents.defaults . \"b\"]\nc = 1979-05-27 # when\n",
    );
    check(
        Toml,
        "[[agent.b]]\nc = 1\n[[agent.b]]\n",
        agent(),
        "[[agents.defaults.b]]\nc = 1\n[[agents.defaults.b]]\n",
    );
}

#[test]
fn what_would_lose_a_comment_does_not_move() {
    use Format::Toml;
    let token = || moved(&["gateway", "token"], &["gateway", "auth", "token"]);
    let after = "[gateway]\nport = 1\n[gateway.auth]\nmode = \"token\"\ntoken = \"x\"\n";
    check(Toml, "[gateway]\nport = 1\ntoken = \"x\"\n[gateway.auth]\nmode = \"token\"\n", token(), after);
    let commented = "[gateway]\ntoken = \"x\" # mine\n[gateway.auth]\nmode = \"token\"\n";
    refuse(Toml, commented, token(), EditFault::Unfaithful);
    let taken = EditFault::Unsupported("the new place is already in use");
    refuse(Toml, "a = 1\nb = 2\n", moved(&["a"], &["b"]), taken);
    check(Toml, "b = 2\n", moved(&["a"], &["b"]), "b = 2\n");
}
