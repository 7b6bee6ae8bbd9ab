//! Durations: reading never panics, and what is read is a sensible time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zirkabot::sys::time as duration;
use zirkabot::sys::time::DAY;

fuzz_target!(|text: &str| {
    if let Some(millis) = duration::parse(text) {
        assert!((1..=36_525 * DAY).contains(&millis));
        assert!(!duration::short(millis).is_empty());
        assert_eq!(duration::parse(&format!("{millis}ms")), Some(millis));
    }
});
