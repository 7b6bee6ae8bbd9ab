//! Taking variables out of a unit's `Environment=` settings; every other byte stays.

use crate::doc::unit::{Glyph, is_space, lines, trim, variable, word};
use crate::doc::{DocId, Member, Node, Value, parse};
use std::ops::Range;

/// The text without the variables that `goes` names, wherever `Environment=` sets them; a setting
/// that is left without any goes as a whole. `None` if the text is written in a way in which that
/// cannot be done safely.
pub(crate) fn without(text: &str, goes: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for line in lines(text) {
        let line = trim(&line);
        let Some(sign) = line.iter().position(|glyph| glyph.byte == b'=') else { continue };
        if !is_environment(trim(&line[..sign])) {
            continue;
        }
        let words = words(&line[sign + 1..])?;
        let (gone, kept): (Vec<_>, Vec<_>) =
            words.iter().partition(|(name, _)| name.as_deref().is_some_and(goes));
        if gone.is_empty() {
            continue;
        }
        if kept.is_empty() {
            cuts.push(whole_lines(text, line.first()?.start..line.last()?.end));
            continue;
        }
        // With the white space in front of it, which stands behind the sign or another word.
        cuts.extend(gone.into_iter().map(|(_, place)| {
            let before = text[..place.start].trim_end_matches([' ', '\t']).len();
            let is_first = text[..before].ends_with('=');
            let after = text[place.end..].len() - text[place.end..].trim_start_matches([' ', '\t']).len();
            if is_first { place.start..place.end + after } else { before..place.end }
        }));
    }
    let mut out = text.to_owned();
    for cut in cuts.into_iter().rev() {
        out.replace_range(cut, "");
    }
    let (old, new) = (variables(text), variables(&out));
    let wanted: Vec<_> = old.into_iter().filter(|(name, _)| !goes(name)).collect();
    (new == wanted).then_some(out)
}

fn is_environment(key: &[Glyph]) -> bool {
    key.iter().map(|glyph| glyph.byte).eq(b"Environment".iter().copied())
}

/// The words of a value: the variable that each one sets, and the bytes that it takes, quotes too.
fn words(value: &[Glyph]) -> Option<Vec<(Option<String>, Range<usize>)>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < value.len() {
        if is_space(value[at].byte) {
            at += 1;
            continue;
        }
        let (glyphs, end) = word(value, at)?;
        let raw = trim(&value[at..end]);
        let place = raw.first()?.start..raw.last()?.end;
        found.push((variable(DocId(0), &glyphs).map(|member| member.key), place));
        at = end;
    }
    Some(found)
}

/// From the beginning of the first line to that of the next one.
fn whole_lines(text: &str, place: Range<usize>) -> Range<usize> {
    let start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[place.end..].find('\n').map_or(text.len(), |at| place.end + at + 1);
    start..end
}

/// All that `Environment=` sets, in order.
fn variables(text: &str) -> Vec<(String, String)> {
    let Ok(root) = parse(crate::catalog::documents::Format::Unit, DocId(0), text) else { return Vec::new() };
    let settings = root.members().iter().flat_map(|section| section.node.members());
    let own =
        settings.filter(|setting| setting.key == "Environment").flat_map(|setting| setting.node.members());
    let pair = |member: &Member| match &member.node {
        Node { value: Value::String(value), .. } => Some((member.key.clone(), value.expose().clone())),
        _ => None,
    };
    own.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use crate::doc::unit::remove::*;

    #[test]
    fn only_the_variable_goes() {
        for (text, expected) in [
            ("[Service]\nEnvironment=K=1\nX=y\n", "[Service]\nX=y\n"),
            ("[Service]\nEnvironment=A=1 K=2 B=3\n", "[Service]\nEnvironment=A=1 B=3\n"),
            ("[Service]\nEnvironment=K=1 B=3\n", "[Service]\nEnvironment=B=3\n"),
            ("[Service]\nEnvironment=\"A=x y\" \"K=2 3\"\n", "[Service]\nEnvironment=\"A=x y\"\n"),
            (
                "[Service]\nEnvironment = 'K=2' \\\n  A=1\n# end\n",
                "[Service]\nEnvironment = \\\n  A=1\n# end\n",
            ),
            ("[Service]\n# K=1\nEnvironment=K=1 \\\n 'K=2'\n[Install]", "[Service]\n# K=1\n[Install]"),
            ("[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\n"),
        ] {
            assert_eq!(without(text, &|name| name == "K").as_deref(), Some(expected), "{text}");
        }
        // What is quoted without an end is ignored from there on.
        assert_eq!(without("[Service]\nEnvironment=A=1 \"K=1\n", &|name| name == "K"), None);
    }
}
