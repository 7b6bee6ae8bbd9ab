//! The status as a calendar (RFC 5545): an event for each credential that expires, with an alarm before it. A
//! credential keeps its event when its time moves (`UID`), so that a phone that subscribes shows each once. No secret.

use crate::pipeline::Looked;
use crate::report::timeline::{Span, spans};
use crate::report::{Form, StatusForm, TextForm};
use crate::sys::digest::sha256;
use crate::sys::time::{HOUR, MINUTE};
use crate::sys::visible::visible;
use crate::sys::{Millis, time};
use std::collections::BTreeSet;

/// Its row.
pub(super) const FORM: StatusForm =
    Form { name: "ics", help: "A calendar with the expiries, for a phone", text: TextForm::Own(calendar) };

/// Longest line, in bytes; longer ones are folded.
const LINE: usize = 75;

/// The whole calendar.
fn calendar(looked: &Looked, _: u8) -> String {
    let world = &looked.world;
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        format!("PRODID:-//zirkabot//zirkabot {}//EN", env!("CARGO_PKG_VERSION")),
        "CALSCALE:GREGORIAN".to_owned(),
        "X-WR-CALNAME:zirkabot credentials".to_owned(),
    ];
    // What several agents see is one credential.
    let mut seen = BTreeSet::new();
    let home = world.paths.shown(&world.paths.state);
    for (span, end) in spans(looked).iter().filter_map(|span| Some((span, span.end?))) {
        if seen.insert((span.provider.clone(), span.profile.clone(), end)) {
            event(&mut lines, span, end, &home, (world.now, world.warn_within(None)));
        }
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().flat_map(|line| folded(line)).collect()
}

fn event(lines: &mut Vec<String>, span: &Span, end: Millis, home: &str, (now, warn): (Millis, Millis)) {
    let uid = sha256(format!("{home}\n{}\n{}", span.provider, span.profile).as_bytes());
    // In groups, as what looks like a secret is hidden wherever it is said.
    let uid: Vec<&str> = [0, 8, 16, 24].into_iter().filter_map(|at| uid.get(at..at + 8)).collect();
    let what = format!("{} expires ({} {})", span.profile, span.provider, span.kind);
    let more = format!(
        "The credential {} of agent {} expires. `zirkabot doctor` says what to do.",
        span.profile, span.agent
    );
    let minutes = (warn / MINUTE).max(1);
    let before = if warn % HOUR == 0 { format!("-PT{}H", warn / HOUR) } else { format!("-PT{minutes}M") };
    lines.extend([
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@zirkabot", uid.join("-")),
        format!("DTSTAMP:{}", instant(now)),
        format!("DTSTART:{}", instant(end)),
        format!("SUMMARY:{}", escaped(&what)),
        format!("DESCRIPTION:{}", escaped(&more)),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escaped(&what)),
        format!("TRIGGER:{before}"),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
    ]);
}

/// An instant as calendars have it: `20261122T231800Z`.
fn instant(at: Millis) -> String {
    time::iso_date(at).replace(['-', ':'], "")
}

/// A text as a value: what separates values or ends lines is written as what it is.
fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,")
}

/// A line with its end, in pieces that are short enough.
fn folded(line: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for c in line.chars() {
        if piece.len() + c.len_utf8() > LINE {
            pieces.push(format!("{piece}\r\n"));
            " ".clone_into(&mut piece);
        }
        piece.push(c);
    }
    pieces.push(format!("{piece}\r\n"));
    pieces
}

#[cfg(test)]
mod tests {
    use crate::report::ics::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let line = "é".repeat(100);
        let pieces = folded(&line);
        assert!(pieces.iter().all(|piece| piece.len() <= LINE + 2 && piece.ends_with("\r\n")));
        let joined: String = pieces.concat().replace("\r\n ", "");
        assert_eq!(joined, format!("{line}\r\n"));
        assert_eq!(escaped("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\\\u{a}e");
    }
}
