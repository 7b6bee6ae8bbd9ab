//! The ids of applies: the moment and the process, so that they sort as text.

use crate::sys::Millis;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The moment in an apply id; `None` if it is not one.
pub(crate) fn time_of(id: &str) -> Option<Millis> {
    let (stamp, pid) = id.rsplit_once('-')?;
    if pid.is_empty() || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let time = DateTime::strptime(STAMP, stamp).ok()?;
    Some(Offset::UTC.to_timestamp(time).ok()?.as_millisecond())
}

/// How the time part of an id is written: in UTC, so that it sorts as text.
pub(crate) const STAMP: &str = "%Y%m%dT%H%M%S%.3fZ";
