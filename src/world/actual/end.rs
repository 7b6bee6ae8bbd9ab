//! When a credential ends, as it is recorded, and on what terms it can be used.

use crate::doc::{Node, Value};
use crate::sys::Millis;

/// The end of the year 9999; what lies beyond is no instant in milliseconds.
const LATEST: f64 = 253_402_300_799_999.0;

/// Before 1973 as milliseconds means that it counts seconds.
const SECONDS_BELOW: f64 = 1e11;

/// The years 2001 to 2100, in milliseconds: of what is not in the unit that it should be in, only what
/// comes to one of them is unmistakable.
const PLAUSIBLE: std::ops::Range<Millis> = 978_307_200_000..4_133_980_800_000;

/// When a credential ends, as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Kinds that do not end: API keys.
    Never,
    /// Nothing usable is recorded.
    Unknown,
    /// At this instant.
    At {
        /// The instant.
        at: Millis,
        /// In which form it was recorded.
        form: EndForm,
    },
    /// Something is recorded that is not an instant.
    Malformed,
}

/// In which form an instant is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndForm {
    /// As a number of milliseconds, which is what the gateway reads.
    Millis,
    /// As a number of seconds.
    Seconds,
    /// As a number of microseconds.
    Micros,
    /// As a number of nanoseconds.
    Nanos,
    /// As text: digits, or RFC 3339.
    Text,
}

impl EndForm {
    /// For people: what stands there instead of a number of milliseconds.
    pub fn label(self) -> &'static str {
        match self {
            Self::Millis => "milliseconds",
            Self::Seconds => "seconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
            Self::Text => "text",
        }
    }
}

impl Expiry {
    /// At this instant, in milliseconds since the epoch.
    pub fn millis(at: Millis) -> Self {
        Self::At { at, form: EndForm::Millis }
    }

    /// The instant, if one is recorded.
    pub fn at(self) -> Option<Millis> {
        match self {
            Self::At { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The instant with its form, if that is not a number of milliseconds.
    pub fn odd(self) -> Option<(Millis, EndForm)> {
        match self {
            Self::At { at, form } if form != EndForm::Millis => Some((at, form)),
            _ => None,
        }
    }

    /// Reads what is recorded.
    pub fn of_node(node: &Node) -> Self {
        match &node.value {
            Value::Null => Self::Unknown,
            Value::Number(number) => Self::of_number(number.0),
            Value::String(text) => Self::of_text(text.expose()),
            _ => Self::Malformed,
        }
    }

    /// Reads an instant of a record of use, where 0 is none, and any number of milliseconds is one.
    pub fn of_use(node: &Node) -> Self {
        let number = node.as_f64().filter(|number| number.is_finite());
        let as_it_is = || number.map_or(Self::Malformed, |number| Self::millis(number.max(0.0) as Millis));
        match Self::of_node(node) {
            Self::At { at, form } if form != EndForm::Millis && !PLAUSIBLE.contains(&at) => as_it_is(),
            Self::Malformed => as_it_is(),
            read => read,
        }
    }

    /// Reads a recorded number.
    pub fn of_number(number: f64) -> Self {
        let scaled = |by: f64, form| {
            let at = (number / by) as Millis;
            if PLAUSIBLE.contains(&at) { Self::At { at, form } } else { Self::Malformed }
        };
        if !number.is_finite() || number <= 0.0 {
            Self::Unknown
        } else if number < SECONDS_BELOW {
            Self::At { at: (number * 1000.0) as Millis, form: EndForm::Seconds }
        } else if number <= LATEST {
            Self::millis(number as Millis)
        } else if number <= LATEST * 1e3 {
            scaled(1e3, EndForm::Micros)
        } else {
            scaled(1e6, EndForm::Nanos)
        }
    }

    /// Reads a recorded text: an instant with its zone as RFC 3339 has it, or digits.
    fn of_text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Unknown;
        }
        let digits = text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse::<f64>().ok()).flatten();
        let at = match number {
            Some(number) => Self::of_number(number).at(),
            None => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        };
        let at = at.filter(|at| PLAUSIBLE.contains(at));
        at.map_or(Self::Malformed, |at| Self::At { at, form: EndForm::Text })
    }
}

/// On what terms a credential can be used, beside its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// When its refresh token ends, in milliseconds since the epoch, if that is recorded: after that a
    /// person has to log in again.
    pub refresh_until: Option<Millis>,
    /// What it may be used for, if that is recorded.
    pub scopes: Option<Vec<String>>,
    /// Whether its end was not said by anybody, but is what such credentials usually have.
    pub is_assumed: bool,
}

impl Terms {
    /// What is recorded as these nodes: the end of the refresh token, and scopes as a list or as words.
    pub fn of(refresh_until: Option<&Node>, scopes: Option<&Node>) -> Self {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let scopes = scopes.map(|node| match node.as_str() {
            Some(text) => words(text),
            None => node.items().iter().filter_map(Node::as_str).flat_map(words).collect(),
        });
        Self {
            refresh_until: refresh_until.and_then(|node| Expiry::of_node(node).at()),
            // An empty list says nothing.
            scopes: scopes.filter(|scopes| !scopes.is_empty()),
            is_assumed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::{Node, Number, Value};
    use crate::world::actual::*;

    const AT: Millis = 1_795_000_000_000;

    #[test]
    fn an_unmistakable_instant_is_read_in_any_form() {
        for (number, form) in [
            (1_795_000_000.0, EndForm::Seconds),
            (1.795e12, EndForm::Millis),
            (1.795e15, EndForm::Micros),
            (1.795e18, EndForm::Nanos),
        ] {
            assert_eq!(Expiry::of_number(number), Expiry::At { at: AT, form });
        }
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Expiry::of_number(nothing), Expiry::Unknown);
        }
        // The largest whole numbers of JavaScript and of 64 bits mean "never", not a year.
        for slip in [9_007_199_254_740_991.0, 9.223_372_036_854_776e18, 1e30, 3e14] {
            assert_eq!(Expiry::of_number(slip), Expiry::Malformed, "{slip}");
        }
    }

    #[test]
    fn what_is_recorded_of_use_is_milliseconds_where_it_may_be() {
        let number = |number| Node { loc: Loc::new(DocId(0), 0..0), value: Value::Number(Number(number)) };
        for (recorded, at, form) in [
            (7.0, 7, EndForm::Millis),
            (1_795_000_000.0, AT, EndForm::Seconds),
            (1.795e12, AT, EndForm::Millis),
            (1.795e15, AT, EndForm::Micros),
            (9_007_199_254_740_991.0, 9_007_199_254_740_991, EndForm::Millis),
            (1e300, i64::MAX, EndForm::Millis),
        ] {
            assert_eq!(Expiry::of_use(&number(recorded)), Expiry::At { at, form }, "{recorded}");
        }
        assert_eq!(Expiry::of_use(&number(0.0)), Expiry::Unknown);
        let text = |text: &str| Node { loc: Loc::new(DocId(0), 0..0), value: Value::String(text.into()) };
        assert_eq!(Expiry::of_use(&text("2026-11-18T11:06:40Z")), Expiry::At { at: AT, form: EndForm::Text });
        assert_eq!(Expiry::of_use(&text("soon")), Expiry::Malformed);
    }

    #[test]
    fn text_is_an_instant_only_if_it_can_be_no_other() {
        for text in [
            "2026-11-18T11:06:40Z",
            "2026-11-18T12:06:40.000+01:00",
            " 1795000000 ",
            "1795000000000",
            "1795000000000000",
        ] {
            let read = Expiry::of_text(text);
            assert_eq!(read.odd(), Some((AT, EndForm::Text)), "{text}");
        }
        // No zone, no time, no year that credentials end in.
        for text in ["2026-11-18T09:46:40", "2026-11-18", "20261118", "soon", "never", "1.795e12", "0", "-1"]
        {
            assert_eq!(Expiry::of_text(text), Expiry::Malformed, "{text}");
        }
        assert_eq!(Expiry::of_text(" "), Expiry::Unknown);
    }
}
