//! `zirkabot status --watch`: the status, drawn anew when it changes. It only looks.

use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome};
use crate::pipeline::{self, Query};
use crate::report::human;
use crate::report::style::{Style, Tone};
use crate::sys::{Act, Drawn, Host, Key};

/// How often it looks, in milliseconds.
const EVERY: u64 = 1_000;

/// Shows the status until somebody quits.
pub(super) fn run(act: &mut dyn Act, global: &Global, ask: &Query) -> Finished {
    let style = global.style(act);
    let host = act.host().clone();
    let there = act.elsewhere(host.clone());
    let mut draw = |key: Option<Key>, rows: usize| match key {
        Some(Key::Char('q' | 'Q') | Key::Quit | Key::Back | Key::Gone) => Drawn::Done,
        _ => {
            let now = there.elsewhere(Host { now: there.clock(), ..host.clone() });
            Drawn::Screen(fitting(&text(now.as_ref(), ask, style, global.verbose), rows, style))
        }
    };
    if act.pick(&mut draw, Some(EVERY)) {
        return Ok(Outcome::out(String::new(), Exit::Ok));
    }
    Err(Outcome::usage("--watch needs a terminal; in a script, use `--check` again and again"))
}

fn text(act: &dyn Act, ask: &Query, style: Style, verbose: bool) -> String {
    let synced = pipeline::preview(act.as_look(), ask);
    let changes = human::Changes { done: &[], due: &synced.pending, trouble: None };
    let looked = &synced.looked;
    human::status(&looked.world, &looked.status, &looked.findings, changes, style, verbose)
}

/// As much of it as so many lines hold, and how to quit.
fn fitting(text: &str, rows: usize, style: Style) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let room = rows.saturating_sub(3).max(1);
    let mut out: String = lines.iter().take(room).map(|line| format!("{line}\n")).collect();
    let more = lines.len().saturating_sub(room);
    let help = if more > 0 { format!("{more} more lines; q to quit") } else { "q to quit".to_owned() };
    out.push_str(&format!("\n{}\n", style.paint(Tone::Quiet, &help)));
    out
}

#[cfg(test)]
mod tests {
    use crate::cli::watch::fitting;
    use crate::report::style::Style;

    #[test]
    fn what_does_not_fit_is_counted() {
        assert_eq!(fitting("a\nb\n", 24, Style::PLAIN), "a\nb\n\nq to quit\n");
        assert_eq!(fitting("a\nb\nc\n", 5, Style::PLAIN), "a\nb\n\n1 more lines; q to quit\n");
    }
}
