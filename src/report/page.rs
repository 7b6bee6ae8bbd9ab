//! The status as one page: a file for a colleague or a ticket, which needs no script and nothing else. No secret.

use crate::pipeline::Looked;
use crate::policy::talk::Can;
use crate::report::style::Sign;
use crate::report::timeline::{Span, part, spans, unknown};
use crate::report::{Form, StatusForm, TextForm, diagnostic, human};
use crate::sys::time::date;
use crate::sys::visible::visible;
use crate::world::label::Labels;

/// Its row.
pub(super) const FORM: StatusForm = Form {
    name: "html",
    help: "One page in one file, for a colleague or a ticket",
    text: TextForm::Own(page),
};

/// How it looks.
const STYLE: &str = include_str!("page.css");

/// The whole page.
fn page(looked: &Looked, _: u8) -> String {
    let Looked { world, status, findings } = looked;
    let labels = Labels::new(world);
    let verdicts: String = human::verdicts(world, status, findings)
        .iter()
        .map(|(_, can, text)| {
            let class = match can {
                Can::Yes => "good",
                Can::Limited => "soon",
                _ => "bad",
            };
            format!("<p class=\"verdict {class}\">{}</p>\n", text_of(text))
        })
        .collect();
    let rows: String = spans(looked).iter().map(|span| row(span, world.now)).collect();
    let missing = unknown(looked)
        .map_or_else(String::new, |why| format!("<p class=\"verdict bad\">{}</p>\n", text_of(&why)));
    let table = match rows.as_str() {
        "" if missing.is_empty() => "<p>No credential is stored.</p>\n".to_owned(),
        "" => String::new(),
        rows => format!(
            "<table>\n<thead><tr><th scope=\"col\">Credential</th><th scope=\"col\">Time left \
             <span class=\"quiet\">(7, 30, 365 days)</span></th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        ),
    };
    let lines: String = human::sorted(findings)
        .iter()
        .map(|finding| {
            let help = diagnostic::help(world, finding).map_or_else(String::new, |help| {
                format!("<br><span class=\"quiet\">{}</span>", text_of(&labels.scrub(&help)))
            });
            format!("<li>{}{help}</li>\n", text_of(&diagnostic::line(world, finding, &labels)))
        })
        .collect();
    let found = if lines.is_empty() { "<p>None.</p>\n".to_owned() } else { format!("<ul>\n{lines}</ul>\n") };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>zirkabot status</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>zirkabot status</h1>\n\
         {verdicts}{missing}<h2>Credentials</h2>\n{table}<h2>Findings</h2>\n{found}\
         <footer>{} · zirkabot {}</footer>\n</main>\n</body>\n</html>\n",
        text_of(&date(world.now)),
        env!("CARGO_PKG_VERSION"),
    )
}

fn row(span: &Span, now: i64) -> String {
    let class = match span.sign {
        Sign::Bad => "bad",
        Sign::Soon => "soon",
        _ => "good",
    };
    let share = match span.end {
        _ if span.is_endless => 100.0,
        Some(end) => part(end.saturating_sub(now)) * 100.0,
        None => 0.0,
    };
    let quiet = if span.relevant { "" } else { " class=\"quiet\"" };
    format!(
        "<tr{quiet}><th scope=\"row\">{}<br><span class=\"quiet\">{}, {}, agent {}</span></th><td>\
         <span class=\"bar\" aria-hidden=\"true\"><span class=\"{class}\" style=\"width:{share:.1}%\"></span></span>{}</td></tr>\n",
        text_of(&span.profile),
        text_of(span.kind),
        text_of(&span.provider),
        text_of(&span.agent),
        text_of(&span.how),
    )
}

/// A text in the page: nothing of it is markup.
fn text_of(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
