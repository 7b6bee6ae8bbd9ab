//! What systemd makes of odd texts, as tables.

use zirkabot::catalog::documents::Format;
use zirkabot::doc::unit::words;
use zirkabot::doc::{self, DocId, Member, Node};

fn unit(id: DocId, text: &str) -> Node {
    doc::parse(Format::Unit, id, text).unwrap()
}

fn env_file(id: DocId, text: &str) -> Node {
    doc::parse(Format::UnitEnv, id, text).unwrap()
}

/// The variables of all `Environment=` lines, as `NAME=value`.
fn variables(root: &Node) -> Vec<String> {
    let settings = root.members().iter().flat_map(|section| section.node.members());
    let all = settings.filter(|setting| setting.key == "Environment").flat_map(|s| s.node.members());
    all.map(|one| format!("{}={}", one.key, one.node.as_str().unwrap_or_default())).collect()
}

#[test]
fn environment_lines_are_split_as_systemd_splits_them() {
    for (line, expected) in [
        ("A=b", &["A=b"][..]),
        ("A=b C=d", &["A=b", "C=d"]),
        (r#""A=b c" D=e"#, &["A=b c", "D=e"]),
        (r#"'A=b c' "D=e f""#, &["A=b c", "D=e f"]),
        (r#"A="b c" D=e"#, &["A=b c", "D=e"]),
        (r#"A=b"c d"e"#, &["A=bc de"]),
        (r#"A='b "c" d'"#, &[r#"A=b "c" d"#]),
        (r#""A=b 'c' d""#, &["A=b 'c' d"]),
        (r#""A=b \"c\" d""#, &[r#"A=b "c" d"#]),
        (r"A=b\sc", &["A=b c"]),
        (r"A=b\x20c", &["A=b c"]),
        (r"A=b\040c", &["A=b c"]),
        (r"A=\u20acx", &["A=€x"]),
        (r"A=\U000020acx", &["A=€x"]),
        (r"A=\xe2\x82\xac", &["A=€"]),
        (r"'A=b\tc'", &["A=b\tc"]),
        (r"A=b\\c", &[r"A=b\c"]),
        // A fault ends the line; what stands before it counts.
        (r"A=b C=\q D=e", &["A=b"]),
        (r#"A=b "C=d"#, &["A=b"]),
        (r"A=b C=\x0", &["A=b"]),
        (r"A=b C=\x00 D=e", &["A=b"]),
        // What is no assignment is passed over, and so is what is not UTF-8.
        ("A=b nothing C=d", &["A=b", "C=d"]),
        ("1A=b A-B=c =d _A=e", &["_A=e"]),
        (r"A=b\x01 C=d", &["A=b\u{1}", "C=d"]),
        (r"A=\xff C=d", &["C=d"]),
        ("A=b=c==", &["A=b=c=="]),
        ("A=", &["A="]),
        (r#"A="" B=''"#, &["A=", "B="]),
        ("A=b # no=comment", &["A=b", "no=comment"]),
        ("  A=b  ", &["A=b"]),
        ("A=b\\\n   C=d", &["A=b", "C=d"]),
        ("A=b \\\n# a comment\n  ; another\n C=d", &["A=b", "C=d"]),
        ("\"A=b \\\n  c\"", &["A=b    c"]),
        ("A=b\\\\\nC=d", &[r"A=b\"]),
        ("A=$HOME %h", &["A=$HOME"]),
    ] {
        let text = format!("[Service]\nEnvironment={line}\n");
        let root = unit(DocId(0), &text);
        assert_eq!(variables(&root), expected, "{line}");
    }
}

#[test]
fn sections_settings_and_comments() {
    let text = "Lost=1\n# c\n; c\n[Unit]\nAfter = a.target \\\n  b.target\n[Broken\nno sign\n\n[Service]\r\nExecStart=x \"y z\"\nEnvironment=\nUnknown=\n";
    let root = unit(DocId(0), text);
    let shown = |section: &Member| {
        let setting = |one: &Member| format!("{}={}", one.key, one.node.as_str().unwrap_or("{}"));
        (section.key.clone(), section.node.members().iter().map(setting).collect::<Vec<_>>())
    };
    let sections: Vec<_> = root.members().iter().map(shown).collect();
    let of = |name: &str, lines: &[&str]| {
        (name.to_owned(), lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(
        sections,
        [
            of("Unit", &["After=a.target    b.target"]),
            of("Service", &["ExecStart=x \"y z\"", "Environment=", "Unknown="])
        ]
    );
    assert_eq!(words("-/bin/x  'y z' gateway"), ["-/bin/x", "y z", "gateway"]);
}

#[test]
fn places_are_those_of_names_and_values() {
    let text = "[Service]\nEnvironment=\"A=b c\" \\\n  D=e\\x20f G=\n";
    let root = unit(DocId(0), text);
    let variables = root.get("Service").and_then(|service| service.get("Environment")).unwrap().members();
    let places: Vec<_> =
        variables.iter().map(|one| (&text[one.key_loc.range()], &text[one.node.loc.range()])).collect();
    assert_eq!(places, [("A", "b c"), ("D", "e\\x20f"), ("G", "")]);
}

#[test]
fn environment_files_are_read_as_systemd_reads_them() {
    for (text, expected) in [
        ("A=b", &["A=b"][..]),
        ("A=b\nC=d\n", &["A=b", "C=d"]),
        ("# c\n; c\n  A = b  \n", &["A=b"]),
        ("A=\"b c\"\nC='d e'\n", &["A=b c", "C=d e"]),
        ("A='b\\n'\n", &["A=b\\n"]),
        ("A=\"b\\\"\\\\\\$\\`\\n\"\n", &["A=b\"\\$`\\n"]),
        ("A=b\"c\"\n", &["A=b\"c\""]),
        ("A=\"b\"c\n", &["A=bc"]),
        ("A=\"b\" 'c'\n", &["A=bc"]),
        ("A=b\\\nc\n", &["A=bc"]),
        ("A=b\\ \n", &["A=b "]),
        ("A=\"b\\\nc\"\n", &["A=bc"]),
        ("A=\"b\nc\"\nD=e\n", &["A=b\nc", "D=e"]),
        ("A=b # no comment\n", &["A=b # no comment"]),
        ("export A=b\nC=d\n", &["C=d"]),
        ("no sign\nA=b\n", &["A=b"]),
        ("A=\nB=c\n", &["A=", "B=c"]),
        ("# c \\\nA=b\n", &["A=b"]),
        ("A=b\r\nC=d\r\n", &["A=b", "C=d"]),
        ("A='b", &["A=b"]),
        ("A=b=c\n", &["A=b=c"]),
        ("A='b\\'c'\n", &["A=b\\c'"]),
        ("A=€ x\n", &["A=€ x"]),
        ("A=b\nA=c\n", &["A=b", "A=c"]),
    ] {
        let root = env_file(DocId(0), text);
        let shown = |one: &Member| format!("{}={}", one.key, one.node.as_str().unwrap_or_default());
        assert_eq!(root.members().iter().map(shown).collect::<Vec<_>>(), expected, "{text:?}");
    }
}

#[test]
fn of_a_unit_only_names_are_shown() {
    let text = "# sk-CANARY\n[Service]\nRestartSec=5\nEnvironment=\"A=CANARY b\" sk-CANARY\nEnvironment=RestartSec=CANARY\nCANARY\nExecStart=x CANARY\n";
    let mut doc = zirkabot::world::observe::open::of_bytes(
        zirkabot::catalog::documents::DocKind::Unit,
        text.as_bytes().to_vec(),
    );
    let masked = |doc: &zirkabot::doc::Doc| {
        let plain = |path: &zirkabot::doc::KeyPath| zirkabot::config::plain::is_plain(doc.kind, path);
        zirkabot::doc::mask::mask(doc, &plain, &|_| false)
    };
    assert_eq!(
        masked(&doc),
        "* *********\n[Service]\nRestartSec=5\nEnvironment=\"A=********\" *********\nEnvironment=RestartSec=******\n******\nExecStart=********\n"
    );
    doc.root = None;
    assert!(!masked(&doc).contains(|c: char| c.is_alphabetic()));
}
