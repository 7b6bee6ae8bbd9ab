//! The monitor's line in a crontab, for machines without systemd and launchd. Every other line of
//! the crontab stays as it is.

use crate::policy::unit::{EVERY, UnitInputs};
use crate::sys::quote::shell_word;

/// What the line ends with: a comment for the shell that runs it.
fn mark(facts: &UnitInputs<'_>) -> String {
    match &facts.world.paths.profile {
        Some(profile) => format!("# zirkabot-monitor-{profile}"),
        None => "# zirkabot-monitor".to_owned(),
    }
}

/// The lines that go and come, in the form of a difference; others are not shown.
pub(crate) fn difference(old: &str, new: &str) -> String {
    let lines = |text: &str, other: &str, sign: char| -> String {
        let differs = |line: &&str| !other.lines().any(|own| own == *line);
        text.lines().filter(differs).map(|line| format!("{sign}{line}\n")).collect()
    };
    format!("--- crontab\n+++ crontab\n{}{}", lines(old, new, '-'), lines(new, old, '+'))
}

/// The line.
fn line(facts: &UnitInputs<'_>) -> String {
    let profile =
        facts.world.paths.profile.as_ref().map(|name| format!(" --state-name {name}")).unwrap_or_default();
    let program = shell_word(&facts.program.display().to_string());
    // What cron runs says nothing: it would be mailed every time.
    let command = format!("{program}{profile} monitor >/dev/null 2>&1");
    // A percent sign ends the command.
    format!("*/{EVERY} * * * * {} {}", command.replace('%', "\\%"), mark(facts))
}

/// The crontab with the line, in the place in which it stands if it is there already.
pub(crate) fn with(facts: &UnitInputs<'_>, crontab: &str) -> String {
    let (line, mark) = (line(facts), mark(facts));
    let mut found = false;
    let mut out = String::new();
    for old in crontab.lines() {
        let is_ours = old.trim_end().ends_with(&mark);
        if is_ours && found {
            continue;
        }
        found |= is_ours;
        out.push_str(if is_ours { &line } else { old });
        out.push('\n');
    }
    if !found {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The crontab without the line.
pub(crate) fn without(facts: &UnitInputs<'_>, crontab: &str) -> String {
    let mark = mark(facts);
    crontab.lines().filter(|line| !line.trim_end().ends_with(&mark)).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use crate::policy::unit::cron::*;
    use crate::report::sample;
    use std::path::Path;

    #[test]
    fn one_line_comes_and_goes() {
        let mut world = sample::world(&[], &[]);
        let crontab = "MAILTO=me\n0 3 * * * backup\n";
        for (profile, program, expected) in [
            (
                None,
                "/usr/bin/zirkabot",
                "*/30 * * * * /usr/bin/zirkabot monitor >/dev/null 2>&1 # zirkabot-monitor",
            ),
            (
                Some("work"),
                "/opt/100% a/zirkabot",
                "*/30 * * * * '/opt/100\\% a/zirkabot' --state-name work monitor >/dev/null 2>&1 # zirkabot-monitor-work",
            ),
        ] {
            world.paths.profile = profile.map(str::to_owned);
            let facts = UnitInputs { world: &world, program: Path::new(program), unit: "", label: "" };
            let new = with(&facts, crontab);
            assert_eq!(new, format!("{crontab}{expected}\n"));
            assert_eq!(difference(crontab, &new), format!("--- crontab\n+++ crontab\n+{expected}\n"));
            assert_eq!(with(&facts, &new), new);
            assert_eq!(with(&facts, &new.replace("*/30", "*/5")), new);
            assert_eq!(without(&facts, &new), crontab);
            assert_eq!(without(&facts, crontab), crontab);
        }
    }
}
