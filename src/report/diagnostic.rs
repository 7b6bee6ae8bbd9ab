//! One finding as text: what is wrong, the place underlined, what to type.
//!
//! The source text comes masked from `doc::mask`, and every run of stars is cut to the same
//! length, so that not even a secret's length is shown. Only the lines around the place are
//! taken (see [`window`]): a store may be one line of a mebibyte.

pub(crate) mod window;

use crate::catalog::paths::MAIN_AGENT;
use crate::change::proposal::Class;
use crate::checks::finding::{Evidence, Finding, Severity};
use crate::doc::Doc;
use crate::report::diagnostic::window::Window;
use crate::report::style::lines::columns;
use crate::report::style::{Style, Tone};
use crate::world::World;
use crate::world::label::Labels;
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};
use std::fmt;

/// The finding with its evidence underlined and its fix; ends with a line break.
pub fn report(world: &World, finding: &Finding, labels: &Labels, style: Style) -> String {
    let main = finding.evidence.first();
    let window = main.and_then(|evidence| Window::new(world, evidence, style));
    let mut out = headed(finding, labels, style);
    if let (Some(window), Some(main)) = (&window, main) {
        let label = Some(style.text(&labels.scrub(&main.label))).filter(|label| !label.is_empty());
        let drawn = framed(&Snippet { label: label.clone(), window }, tone(finding.severity), style);
        match label.filter(|_| drawn.lines().any(|line| columns(line) > style.width)) {
            // It does not fit beside the place.
            Some(label) => {
                out.push_str(&framed(&Snippet { label: None, window }, tone(finding.severity), style));
                out.push_str(&note("here", &label, style));
            }
            None => out.push_str(&drawn),
        }
    }
    let skip = usize::from(window.is_some());
    for evidence in finding.evidence.iter().skip(skip) {
        // A file as a whole that the message names already is nothing more to see.
        if evidence.loc.is_none() && finding.message.contains(&world.doc_name(evidence.doc)) {
            continue;
        }
        let place = style.text(&world.at(evidence.doc, evidence.loc));
        let name = if main.is_some_and(|main| std::ptr::eq(main, evidence)) { "see" } else { "also" };
        let text = match evidence.label.as_str() {
            "" => place,
            label => format!("{} ({place})", labels.scrub(label)),
        };
        out.push_str(&note(name, &text, style));
    }
    if let Some(help) = help(world, finding) {
        out.push_str(&note("help", &labels.scrub(&help), style));
    }
    out
}

/// The finding in one line: `error[code] file:line:column: message`.
pub fn line(world: &World, finding: &Finding, labels: &Labels) -> String {
    let place = finding.evidence.first().map(|evidence| {
        let at = world.at(evidence.doc, evidence.loc);
        match place(world.doc(evidence.doc), evidence) {
            Some((_, column)) if world.doc(evidence.doc).path.is_some() => format!("{at}:{column}"),
            _ => at,
        }
    });
    let place = place.map(|place| format!(" {place}:")).unwrap_or_default();
    let (severity, code) = (finding.severity.as_str(), finding.rule.code);
    Style::PLAIN.text(&format!("{severity}[{code}]{place} {}", labels.scrub(&finding.message)))
}

/// What is wrong and what mends it, as a text that stands alone in the form of another program.
pub fn told(world: &World, finding: &Finding, labels: &Labels) -> String {
    let help = help(world, finding).map(|help| format!(". Help: {help}")).unwrap_or_default();
    labels.scrub(&format!("{}{help}", finding.message))
}

/// Line and column of a piece of evidence, both from 1.
pub fn place(doc: &Doc, evidence: &Evidence) -> Option<(usize, usize)> {
    let loc = evidence.loc?;
    Some(doc.line_col(loc.start as usize))
}

/// What mends a finding, as a sentence with the command in it.
pub fn help(world: &World, finding: &Finding) -> Option<String> {
    let repair = finding.repair.as_ref().zip(repair_command(world, finding)).map(|(repair, command)| {
        match repair.class {
            Class::Auto => format!("`{command}` will {}", repair.what),
            Class::Fix | Class::Force => format!("{}: run `{command}`", repair.what),
        }
    });
    match (&finding.advice, repair) {
        (Some(advice), Some(repair)) => Some(format!("{advice}; or {repair}")),
        (Some(advice), None) => Some(advice.to_string()),
        (None, repair) => repair,
    }
}

/// The command that makes a finding's edits, if edits mend it.
pub fn repair_command(world: &World, finding: &Finding) -> Option<String> {
    let only = finding.rule.code;
    // While the config cannot be read, nothing is written.
    let repair = finding.repair.as_ref().filter(|_| world.config_is_known())?;
    let command = match (repair.class, &finding.agent) {
        (Class::Auto, Some(agent)) if *agent != world.desired.default_agent() && agent != MAIN_AGENT => {
            format!("models status --agent {agent}")
        }
        (Class::Auto, _) => "models status".to_owned(),
        // What is only a note is mended only if it is named.
        (Class::Fix, _) if finding.severity > Severity::Info => "doctor --fix".to_owned(),
        (Class::Fix, _) => format!("doctor --fix --only {only}"),
        (Class::Force, _) => format!("doctor --fix --force --only {only}"),
    };
    Some(world.paths.command(&command))
}

/// The command that a finding says to run, ready for a shell, if it says one.
pub fn command(world: &World, finding: &Finding) -> Option<String> {
    let told = || finding.advice.as_ref()?.mends().map(str::to_owned);
    repair_command(world, finding).or_else(told)
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Soon,
        Severity::Info => Tone::Act,
    }
}

/// Sign, severity and code: `✗ error[expiry/expired]:`.
fn head(finding: &Finding) -> String {
    let sign = match finding.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
        Severity::Info => "·",
    };
    format!("{sign} {}[{}]:", finding.severity.as_str(), finding.rule.code)
}

pub(super) fn headed(finding: &Finding, labels: &Labels, style: Style) -> String {
    let head = head(finding);
    let text = style.wrap(&labels.scrub(&finding.message), head.chars().count() + 1, 4);
    let gap = if text.starts_with('\n') { "" } else { " " };
    format!("{}{gap}{text}\n", style.paint(tone(finding.severity), &head))
}

/// `  help: text`, wrapped.
fn note(name: &str, text: &str, style: Style) -> String {
    let indent = name.len() + 4;
    let text = style.wrap(text, indent, indent);
    format!("  {} {text}\n", style.paint(Tone::Act, &format!("{name}:")))
}

/// The place of a finding, drawn by miette, without miette's own headline.
fn framed(snippet: &Snippet<'_>, tone: Tone, style: Style) -> String {
    let theme = GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: ThemeStyles::none(),
    };
    let under = theme.characters.vbar_break;
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .without_primary_span_start()
        .with_width(style.width);
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, snippet).is_err() {
        return String::new();
    }
    // What is below the text stands out, in a colour of ours.
    let line = |line: &str| match line.split_once(under).filter(|(before, _)| before.trim().is_empty()) {
        Some((before, mark)) => format!("{before}{under}{}\n", style.paint(tone, mark)),
        None => format!("{line}\n"),
    };
    drawn.lines().skip(1).map(|drawn| line(drawn.trim_end())).collect()
}

/// A window as miette wants it; the headline is ours, so the message is empty.
#[derive(Debug)]
struct Snippet<'a> {
    label: Option<String>,
    window: &'a Window,
}

impl fmt::Display for Snippet<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet<'_> {}

impl miette::Diagnostic for Snippet<'_> {
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self.window)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(self.label.clone(), self.window.span());
        Some(Box::new(std::iter::once(label)))
    }
}

#[cfg(test)]
mod tests {
    use crate::change::proposal::Proposal;
    use crate::report::diagnostic::*;
    use crate::report::sample::{self, API, EXPIRED, STORE};
    use crate::sys::time::DAY;

    fn finding(world: &World, advice: &str) -> Finding {
        let mut finding =
            sample::finding(&EXPIRED, "anthropic:claude-cli", "anthropic:claude-cli is over", advice);
        finding.evidence.push(sample::expiry_of(world, "over"));
        finding
    }

    fn text(world: &World, finding: &Finding, style: Style) -> String {
        let text = report(world, finding, &Labels::new(world), style);
        assert!(!text.contains("CANARY"), "{text}");
        text
    }

    #[test]
    fn one_line_has_the_place_and_no_secret() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut finding = finding(&world, "x");
        finding.message = format!("{API} is over");
        let line = line(&world, &finding, &Labels::new(&world));
        assert_eq!(
            line,
            "error[expiry/expired] ~/.zirkabot/agents/main/agent/auth-profiles.json:8:18: ‹hidden› is over"
        );
    }

    #[test]
    fn a_store_in_one_long_line_shows_only_what_is_around_the_place() {
        let store = sample::token_store(-DAY).replace('\n', " ");
        let padding = format!("\"padding\": \"{}\", \"profiles\"", "CANARY ".repeat(100_000));
        let store = store.replacen("\"profiles\"", &padding, 1);
        let world = sample::world(&[], &[(STORE, &store)]);
        let text = text(&world, &finding(&world, "x"), Style { width: 60, ..Style::PLAIN });
        assert!(text.lines().all(|line| line.chars().count() <= 66), "{text}");
        assert!(text.contains("expires") && text.contains("─┬─"), "{text}");
    }

    #[test]
    fn further_evidence_is_named_and_evidence_without_a_place_too() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut finding = finding(&world, "x");
        finding.evidence.push(Evidence { doc: world.config.doc, loc: None, label: "meant here".to_owned() });
        assert!(
            text(&world, &finding, Style::PLAIN)
                .contains("\n  also: meant here (~/.zirkabot/zirkabot.toml)\n")
        );
        finding.evidence.remove(0);
        assert_eq!(
            text(&world, &finding, Style::PLAIN),
            "✗ error[expiry/expired]: anthropic:claude-cli is over\n  see: meant here (~/.zirkabot/zirkabot.toml)\n  help: x\n"
        );
    }

    #[test]
    fn colour_is_used_only_where_it_is_wanted() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let finding = finding(&world, "x");
        assert!(!text(&world, &finding, Style::PLAIN).contains('\u{1b}'));
        let colored = text(&world, &finding, Style { color: true, ..Style::PLAIN });
        assert!(colored.contains("\u{1b}[") && !colored.contains("\u{1b}]8"), "{colored}");
    }

    #[test]
    fn edits_name_the_command_that_makes_them() {
        let world = sample::world(&[], &[]);
        for (class, expected) in [
            (Class::Auto, "`zirkabot models status` will set the mode"),
            (Class::Fix, "set the mode: run `zirkabot doctor --fix`"),
            (Class::Force, "set the mode: run `zirkabot doctor --fix --force --only expiry/expired`"),
        ] {
            let repair = Some(Proposal { class, ..Proposal::new("set the mode", Vec::new()) });
            let finding = Finding { repair, advice: None, ..sample::finding(&EXPIRED, "x", "y", "z") };
            assert_eq!(help(&world, &finding).as_deref(), Some(expected));
        }
    }
}
