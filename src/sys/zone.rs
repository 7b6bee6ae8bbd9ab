//! The time zone of whoever reads. Times are decided, kept and told to programs in UTC; only what a person
//! reads is written in the zone of `TZ`, else of the machine (`/etc/localtime`).

use crate::sys::{Look, Reading};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Mutex;

/// How instants are written for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone(Option<&'static TimeZone>);

/// The zones of this process, each with what it was made of: a zone is small, and there is one in a run.
static KNOWN: Mutex<Vec<(Vec<u8>, Zone)>> = Mutex::new(Vec::new());

/// More than any file of a zone has.
const LARGEST: usize = 256 * 1024;

/// How an instant in UTC ends, as [`crate::sys::time::date`] writes it.
const UTC: &str = " UTC";

/// How the rest of it is written, and how long it is.
const FORM: (&str, usize) = ("%Y-%m-%d %H:%M", 16);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(None);

    /// The zone of this machine and environment; UTC where none is named, or what is named cannot be read.
    pub fn of(look: &dyn Look) -> Self {
        let host = look.host();
        let named = host.var("TZ").map(|name| name.strip_prefix(':').unwrap_or(name));
        let path = match named {
            None => host.system("etc/localtime"),
            Some("" | "UTC") => return Self::UTC,
            // The standard's form, such as CET-1CEST,M3.5.0,M10.5.0/3; EST5EDT and its like are files.
            Some(rule) if TimeZone::posix(rule).is_ok() => {
                return Self::known(rule.as_bytes(), || TimeZone::posix(rule).ok());
            }
            Some(name) if name.contains("..") => return Self::UTC,
            Some(name) => {
                let places =
                    host.var("TZDIR").map_or_else(|| host.system("usr/share/zoneinfo"), PathBuf::from);
                places.join(name)
            }
        };
        let Reading::File(bytes, _) = look.read(&path, LARGEST) else { return Self::UTC };
        Self::known(bytes.expose(), || TimeZone::tzif("", bytes.expose()).ok())
    }

    fn known(bytes: &[u8], make: impl FnOnce() -> Option<TimeZone>) -> Self {
        let Ok(mut known) = KNOWN.lock() else { return Self::UTC };
        if let Some((_, zone)) = known.iter().find(|(of, _)| of == bytes) {
            return *zone;
        }
        let zone = Self(make().map(|zone| &*Box::leak(Box::new(zone))));
        known.push((bytes.to_vec(), zone));
        zone
    }

    /// `text` with every instant in it, as [`crate::sys::time::date`] writes them, in this zone:
    /// `2026-11-22 23:18 UTC` becomes `2026-11-23 00:18 CET`.
    pub fn local<'t>(self, text: &'t str) -> Cow<'t, str> {
        let Some(zone) = self.0.filter(|_| text.contains(UTC)) else { return Cow::Borrowed(text) };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(UTC) {
            let begin = at.checked_sub(FORM.1).filter(|begin| rest.is_char_boundary(*begin));
            let instant = begin.and_then(|begin| DateTime::strptime(FORM.0, &rest[begin..at]).ok());
            match (begin, instant.and_then(|instant| local(instant, zone))) {
                (Some(begin), Some(local)) => {
                    out.push_str(&rest[..begin]);
                    out.push_str(&local);
                }
                _ => out.push_str(&rest[..at + UTC.len()]),
            }
            rest = &rest[at + UTC.len()..];
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

fn local(instant: DateTime, zone: &TimeZone) -> Option<String> {
    let at: Timestamp = TimeZone::UTC.to_timestamp(instant).ok()?;
    let info = zone.to_offset_info(at);
    let local = info.offset().to_datetime(at).strftime(FORM.0).to_string();
    Some(format!("{local} {}", info.abbreviation()))
}

#[cfg(test)]
mod tests {
    use crate::sys::Host;
    use crate::sys::fake::Fake;
    use crate::sys::secret::Secret;
    use crate::sys::zone::Zone;

    fn of(tz: Option<&str>) -> Zone {
        let mut host = crate::report::sample::host();
        host.env.extend(tz.map(|tz| ("TZ".to_owned(), Secret::from(tz))));
        Zone::of(&Fake::new(host, &[]))
    }

    #[test]
    fn instants_are_written_in_the_zone_that_is_named() {
        let text = "until 2026-06-30 23:18 UTC (1d), 2026-11-22 23:18 UTC; a UTC clock, x-11-22 23:18 UTC";
        let berlin = "until 2026-07-01 01:18 CEST (1d), 2026-11-23 00:18 CET; a UTC clock, x-11-22 23:18 UTC";
        assert_eq!(of(Some("CET-1CEST,M3.5.0,M10.5.0/3")).local(text), berlin);
        assert_eq!(of(Some("<+0530>-5:30")).local("2026-11-22 23:18 UTC"), "2026-11-23 04:48 +0530");
        for none in [None, Some(""), Some("UTC"), Some("../../etc/passwd"), Some("Nowhere/City"), Some("9é")]
        {
            assert_eq!(of(none).local(text), text, "{none:?}");
        }
        let files = [("/usr/share/zoneinfo/EST5EDT", "no zone")];
        let host = Host {
            env: [("TZ".to_owned(), Secret::from("EST5EDT"))].into(),
            ..crate::report::sample::host()
        };
        assert_eq!(Zone::of(&Fake::new(host, &files)).local(text), text, "a name with digits is a file");
        assert_eq!(of(Some("CET-1")).local("é2026-11-22 23:1 UTC"), "é2026-11-22 23:1 UTC");
    }
}
