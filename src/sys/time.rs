//! Durations as people write and read them.

use crate::sys::Millis;

/// In milliseconds.
pub const MINUTE: Millis = 60_000;
/// One hour in milliseconds.
pub const HOUR: Millis = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: Millis = 24 * HOUR;

/// A hundred years: longer is a slip.
const LONGEST: f64 = 36_525.0 * DAY as f64;

/// What [`parse`] reads, for whoever wrote something else.
pub const EXAMPLES: &str = "a time such as 90m, 12h, 1d12h, 2w, 1mo or 1y";

/// Reads `1y`, `1mo`, `2w`, `365d`, `12h`, `90m`, `1d12h`, `1.5h`, `500ms`, and units as words (`2 weeks`); a
/// year has 365 days, a month 30, and a bare number counts days. `None` if it is not one, is zero, or is over a
/// hundred years. In milliseconds.
pub fn parse(text: &str) -> Option<Millis> {
    read(text).filter(|millis| *millis >= 1)
}

/// The same of a text that says its unit; nothing at all may be written as 0.
pub fn parse_with_unit(text: &str) -> Option<Millis> {
    let text = text.trim();
    let is_bare = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    read(text).filter(|millis| *millis == 0 || !is_bare)
}

fn read(text: &str) -> Option<Millis> {
    let text = text.trim().to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let bare = rest.is_empty() && digits == text.len();
        total += number * unit(if bare { "d" } else { &rest[..letters] })?;
        rest = rest[letters..].trim_start();
    }
    (0.0..=LONGEST).contains(&total).then_some(total as Millis)
}

fn unit(name: &str) -> Option<f64> {
    let millis = match name {
        "ms" | "msec" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "wk" | "wks" | "week" | "weeks" => 7 * DAY,
        "mo" | "mon" | "month" | "months" => 30 * DAY,
        "y" | "yr" | "yrs" | "year" | "years" => 365 * DAY,
        _ => return None,
    };
    Some(millis as f64)
}

/// How long ago something was, for the end of a sentence: `just now`, `2h ago`.
pub fn ago(at: Millis, now: Millis) -> String {
    match now.saturating_sub(at) {
        past if past < MINUTE => "just now".to_owned(),
        past => format!("{} ago", short(past)),
    }
}

/// A length for people, two units at most: `3d 4h`, `5h 12m`, `7m`, `under 1m`.
pub fn short(millis: Millis) -> String {
    let (days, hours, minutes) = (millis / DAY, millis % DAY / HOUR, millis % HOUR / MINUTE);
    match (days, hours, minutes) {
        (0, 0, 0) => "under 1m".to_owned(),
        (0, 0, m) => format!("{m}m"),
        (0, h, 0) => format!("{h}h"),
        (0, h, m) => format!("{h}h {m}m"),
        (d, _, _) if d >= 14 => format!("{d}d"),
        (d, 0, _) => format!("{d}d"),
        (d, h, _) => format!("{d}d {h}h"),
    }
}

/// An instant for people: `2026-11-22 23:18 UTC`.
pub fn date(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map_or_else(|_| "an impossible date".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// An instant for other programs, RFC 3339: `2026-11-22T23:18:00Z`.
pub fn iso_date(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An instant for the head of a mail: `Sun, 22 Nov 2026 23:18:00 +0000`.
pub fn mail_date(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use crate::sys::time::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("365d", 365 * DAY),
            ("12h", 12 * HOUR),
            ("90m", 90 * MINUTE),
            ("1d12h", 36 * HOUR),
            ("1d 12h", 36 * HOUR),
            ("1.5h", 90 * MINUTE),
            ("7", 7 * DAY),
            ("1y", 365 * DAY),
            ("1Y30d", 395 * DAY),
            ("2w", 14 * DAY),
            ("500ms", 500),
            ("2H", 2 * HOUR),
            ("1mo", 30 * DAY),
            ("1year", 365 * DAY),
            ("2 weeks", 14 * DAY),
            ("1 day 12 hours", 36 * HOUR),
            ("15 min", 15 * MINUTE),
        ] {
            assert_eq!(parse(text), Some(millis), "{text}");
        }
        for text in ["", " ", "h", "-1h", "1x", "0", "0d", "1d2", "1..5h", "9999999999d", "1e9d", "∞"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_unit_is_asked_for_where_days_are_not_meant() {
        for (text, millis) in [
            ("15m", Some(15 * MINUTE)),
            ("1d12h", Some(36 * HOUR)),
            ("0", Some(0)),
            (" 0s ", Some(0)),
            ("15", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("-1m", None),
        ] {
            assert_eq!(parse_with_unit(text), millis, "{text}");
        }
    }

    #[test]
    fn lengths_are_short() {
        for (millis, text) in [
            (30_000, "under 1m"),
            (7 * MINUTE, "7m"),
            (5 * HOUR, "5h"),
            (5 * HOUR + 12 * MINUTE, "5h 12m"),
            (3 * DAY + 4 * HOUR, "3d 4h"),
            (364 * DAY + HOUR, "364d"),
        ] {
            assert_eq!(short(millis), text);
        }
    }
}
