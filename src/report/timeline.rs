//! The status as a line of time: how long each credential lasts, as bars for a person. The spans are those that the
//! calendar and the page show, too. No secret is in them.

use crate::pipeline::Looked;
use crate::policy::health::HealthWord;
use crate::policy::known::known_files;
use crate::policy::status::ProfileStatus;
use crate::report::human;
use crate::report::style::{Sign, Style, Tone};
use crate::report::words::{Words, kind};
use crate::sys::Millis;
use crate::sys::time::{DAY, date, short};
use crate::world::actual::Expiry;
use crate::world::label::Labels;

/// How long a credential lasts.
#[derive(Debug)]
pub(super) struct Span {
    /// The agent that has it.
    pub(super) agent: String,
    /// Its provider.
    pub(super) provider: String,
    /// Its profile.
    pub(super) profile: String,
    /// What kind of credential it is.
    pub(super) kind: &'static str,
    /// When it expires, in milliseconds since the epoch; of a login that renews itself, when that ends, if known.
    pub(super) end: Option<Millis>,
    /// How it ends, in a few words.
    pub(super) how: String,
    /// Its sign.
    pub(super) sign: Sign,
    /// Whether a model in use needs it.
    pub(super) relevant: bool,
    /// Whether it has no end that anybody has to think of.
    pub(super) is_endless: bool,
}

/// All credentials that are stored, by agent, provider and their order.
pub(super) fn spans(Looked { world, status, .. }: &Looked) -> Vec<Span> {
    let labels = Labels::new(world);
    let words = Words { world, warn: world.warn_within(None) };
    let mut spans = Vec::new();
    for agent in &status.agents {
        for provider in &agent.providers {
            for profile in &provider.profiles {
                let Some(credential) = profile.credential() else { continue };
                let (end, how, is_endless) = ending(profile, world.now);
                let (sign, _) = words.state(&profile.candidate);
                spans.push(Span {
                    agent: labels.name(&agent.agent),
                    provider: labels.name(&provider.provider),
                    profile: labels.name(profile.id()),
                    kind: kind(credential.kind),
                    end,
                    how,
                    sign: match (profile.word, sign) {
                        (HealthWord::Expiring, _) if !is_endless => Sign::Soon,
                        (_, Sign::Soon) if profile.renews => Sign::Good,
                        (_, sign) => sign,
                    },
                    relevant: profile.relevant,
                    is_endless,
                });
            }
        }
    }
    spans
}

fn ending(profile: &ProfileStatus, now: Millis) -> (Option<Millis>, String, bool) {
    let Some(credential) = profile.credential() else { return (None, String::new(), false) };
    if profile.renews {
        let end = credential.terms.refresh_until;
        let until = end.map_or_else(String::new, |end| format!(" until {}", date(end)));
        return (end, format!("renews itself{until}"), end.is_none());
    }
    match credential.expires {
        Expiry::At { at, .. } if at <= now => {
            (Some(at), format!("expired {} ago", short(now.saturating_sub(at))), false)
        }
        Expiry::At { at, .. } => (Some(at), format!("expires in {}, {}", short(at - now), date(at)), false),
        Expiry::Never => (None, "no expiry".to_owned(), true),
        Expiry::Unknown | Expiry::Malformed => (None, "expiry unknown".to_owned(), false),
    }
}

/// Why what is shown may not be all, if so: what cannot be read is not empty.
pub(super) fn unknown(looked: &Looked) -> Option<String> {
    let refusal = known_files(&looked.world).err()?;
    Some(format!("not all credentials are known: {}", Labels::new(&looked.world).scrub(&refusal.why)))
}

/// Where the line of time has its marks, in days, and how much of it lies before each.
const MARKS: [(i64, &str, f64); 3] = [(7, "7d", 0.35), (30, "30d", 0.65), (365, "365d", 1.0)];

/// Which part of the line of time a length takes, from 0 to 1: a week, a month and a year take about a third each.
pub(super) fn part(length: Millis) -> f64 {
    let days = length.max(0) as f64 / DAY as f64;
    let mut from = (0.0, 0.0);
    for (mark, _, part) in MARKS {
        let mark = mark as f64;
        if days <= mark {
            return from.1 + (days - from.0) / (mark - from.0) * (part - from.1);
        }
        from = (mark, part);
    }
    1.0
}

/// Columns of the line of time, at most and at least.
const CELLS: (usize, usize) = (48, 16);

/// The whole screen: the verdicts, and a bar for each credential.
pub(crate) fn text(looked: &Looked, style: Style) -> String {
    let Looked { world, status, findings } = looked;
    let spans = spans(looked);
    let mut out = human::headlines(world, status, findings, style);
    out.push_str(&unknown(looked).map_or_else(String::new, |why| style.signed(Sign::Unknown, &why)));
    if spans.is_empty() {
        let none = if unknown(looked).is_none() { "\nNo credential is stored.\n" } else { "" };
        return out + none;
    }
    let name = |span: &Span| span.profile.clone();
    let longest = spans.iter().map(|span| name(span).chars().count()).max().unwrap_or_default();
    // On a narrow terminal the bar stands below the name.
    let is_narrow = style.width < longest + CELLS.1 + 30;
    let indent = if is_narrow { 2 } else { longest + 4 };
    let cells = style.width.saturating_sub(indent + 1).clamp(CELLS.1, CELLS.0);
    let several = status.agents.len() > 1;
    let mut last = None;
    for span in &spans {
        if last != Some(&span.agent) {
            out.push('\n');
            if several {
                out.push_str(&format!("agent {}\n", style.text(&span.agent)));
            }
            out.push_str(&scale(style, indent, cells));
            last = Some(&span.agent);
        }
        let (bar, tone) = bar(span, cells, world.now);
        let head = format!("{} {}", style.sign(span.sign), style.text(&name(span)));
        let gap = " ".repeat((longest + 2).saturating_sub(name(span).chars().count()));
        match is_narrow {
            true => out.push_str(&format!(
                "{head}\n  {}\n  {}\n",
                style.paint(tone, &bar),
                style.wrapped(Tone::Quiet, &span.how, 2, 2)
            )),
            false => {
                out.push_str(&format!("{head}{gap}{}\n", style.paint(tone, &bar)));
                let how = style.wrapped(Tone::Quiet, &format!("{}, {}", span.kind, span.how), indent, indent);
                out.push_str(&format!("{}{how}\n", " ".repeat(indent)));
            }
        }
    }
    out
}

/// The marks above the bars.
fn scale(style: Style, indent: usize, cells: usize) -> String {
    let mut line = format!("{}now", " ".repeat(indent));
    for (_, text, part) in MARKS {
        let end = indent + at(part, cells);
        let begin = end.saturating_sub(text.len()).max(line.len() + 1);
        line.push_str(&" ".repeat(begin - line.len()));
        line.push_str(text);
    }
    format!("{}\n", style.paint(Tone::Quiet, &line))
}

/// The column of a part.
fn at(part: f64, cells: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part is from 0 to 1")]
    let column = (part * cells as f64).round() as usize;
    column.min(cells)
}

fn bar(span: &Span, cells: usize, now: Millis) -> (String, Tone) {
    let full = match span.end {
        _ if span.is_endless => cells,
        Some(end) if end > now => at(part(end - now), cells).max(1),
        _ => 0,
    };
    let tone = match span.sign {
        Sign::Bad => Tone::Bad,
        Sign::Soon => Tone::Soon,
        _ => Tone::Good,
    };
    let tail = if span.is_endless { "▸" } else { "" };
    let (full, rest) = if span.is_endless { (cells - 1, 0) } else { (full, cells - full) };
    (format!("{}{tail}{}", "█".repeat(full), "░".repeat(rest)), tone)
}

#[cfg(test)]
mod tests {
    use crate::report::timeline::*;

    #[test]
    fn a_week_a_month_and_a_year_have_their_marks() {
        for (days, expected) in [(0, 0.0), (7, 0.35), (30, 0.65), (365, 1.0), (4_000, 1.0), (-3, 0.0)] {
            assert!((part(days * DAY) - expected).abs() < 1e-9, "{days}");
        }
        let mut last = 0.0;
        for days in 1..400 {
            let part = part(days * DAY);
            assert!(part >= last, "{days}");
            last = part;
        }
    }
}
