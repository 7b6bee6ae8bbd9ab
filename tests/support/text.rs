//! Bytes as sections of a fixture, which is a text to be read and reviewed: what such a text
//! cannot show stands as an option in the line above it, such as `-- home/x (bom, crlf) --`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What may stand in brackets behind a path. `absent` and `mode …` are for files after a run.
const OPTIONS: &[&str] = &["absent", "base64", "bom", "crlf", "no-final-newline"];

/// Most columns of a base64 line.
const COLUMNS: usize = 100;

/// What stands between `-- ` and ` --`, if this line begins a section.
pub(crate) fn marker(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")
}

/// A path and its options.
pub(crate) fn options(marker: &str) -> Result<(&str, Vec<String>), String> {
    let Some((path, listed)) = marker.split_once(" (") else { return Ok((marker, Vec::new())) };
    let listed = listed.strip_suffix(')').ok_or("a bracket is not closed")?;
    let options: Vec<String> = listed.split(", ").map(str::to_owned).collect();
    let known = |option: &String| OPTIONS.contains(&option.as_str()) || option.starts_with("mode ");
    match options.iter().find(|option| !known(option)) {
        Some(option) => Err(format!("no such option: {option}")),
        None => Ok((path, options)),
    }
}

/// Options and text of these bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> (Vec<String>, String) {
    let mut options = Vec::new();
    let Some(mut text) = showable(bytes) else {
        let encoded = STANDARD.encode(bytes).into_bytes();
        let lines = encoded.chunks(COLUMNS).map(String::from_utf8_lossy);
        return (vec!["base64".to_owned()], lines.map(|line| format!("{line}\n")).collect());
    };
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        options.push("bom".to_owned());
        text = rest.to_owned();
    }
    if text.contains('\r') {
        options.push("crlf".to_owned());
        text = text.replace("\r\n", "\n");
    }
    if !text.is_empty() && !text.ends_with('\n') {
        options.push("no-final-newline".to_owned());
        text.push('\n');
    }
    (options, text)
}

/// The text, if a fixture can hold it such that it is read back as it was.
fn showable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let breaks = |what: &str| text.matches(what).count();
    let mixed = breaks("\r") != breaks("\r\n") || (breaks("\r") > 0 && breaks("\r") != breaks("\n"));
    let hides = text.contains('\0') || text.lines().any(|line| marker(line).is_some());
    (!mixed && !hides).then(|| text.to_owned())
}

/// The bytes that options and a text stand for.
pub(crate) fn to_bytes(options: &[String], body: &str) -> Result<Vec<u8>, String> {
    let has = |option: &str| options.iter().any(|own| own == option);
    if has("base64") {
        let joined: String = body.split_whitespace().collect();
        return STANDARD.decode(joined).map_err(|_| "is not base64".to_owned());
    }
    let mut text = body.to_owned();
    if has("no-final-newline") {
        text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    }
    if has("crlf") {
        text = text.replace('\n', "\r\n");
    }
    if has("bom") {
        text.insert(0, '\u{feff}');
    }
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_back_as_it_was() {
        let whole: &[&[u8]] = &[b"", b"a", b"a\n", b"\n", b"a\n\n", b"\xef\xbb\xbfa\r\nb\r\n", b"a\r\nb"];
        let odd: &[&[u8]] =
            &[b"a\r\nb\n", b"a\rb\n", b"\xff\xfe", b"-- home/x --\n", b"a\0b\n", &[b'x', 0xff]];
        for bytes in whole.iter().chain(odd) {
            let (options, body) = of_bytes(bytes);
            assert_eq!(to_bytes(&options, &body).unwrap(), *bytes, "{options:?} {body:?}");
            assert!(body.is_empty() || body.ends_with('\n'), "{body:?} runs into the next section");
            assert!(!body.lines().any(|line| marker(line).is_some()), "{body:?} begins a section");
        }
    }

    #[test]
    fn a_slip_in_a_fixture_is_a_fault() {
        let parse = |text: &str| {
            let header = "what = \"x\"\nnow = \"2026-11-22T12:00:00Z\"\n";
            let text = format!("{header}{text}");
            crate::support::case::parse(std::path::PathBuf::new(), "x", &text).map(|_| ())
        };
        let step = "-- $ zirkabot config path => 0 --\n";
        assert_eq!(parse(step), Ok(()));
        for slip in [
            "fire = [\"expiry/expired\"]\n",
            "golden = \"true\"\n",
            "[mode]\n\".zirkabot\" = \"700\"\n",
            "-- home/x (cr-lf) --\n",
            "-- home/x (crlf --\n",
            "-- hom/x --\n",
            "-- stderr --\n",
            "-- home/x (base64) --\n***\n",
            "-- $ zirkabot config path --\n",
            "-- $ zirkabot config path => 256 --\n",
        ] {
            assert!(parse(&format!("{slip}{step}")).is_err(), "{slip}");
        }
        assert!(parse("").is_err(), "no command");
    }
}
