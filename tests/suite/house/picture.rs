//! The picture of README.md: a terminal with what the program prints, as SVG.

use crate::house::docs::shown;
use crate::support::case;

/// Where it is.
pub(crate) const FILE: &str = "docs/images/status.svg";

/// The fixture whose first command is shown.
const CASE: &str = "status/expired-setup-token";

/// Width of a sign and height of a line, in pixels at a text of 14.
const SIGN: f64 = 8.43;
const LINE: usize = 20;

/// How a line is painted, by how it begins.
fn colour(line: &str) -> &'static str {
    let line = line.trim_start();
    let begins: [(&str, &str); 7] = [
        ("✗", "#ff7b72"),
        ("✓", "#7ee787"),
        ("! ", "#e3b341"),
        ("$ ", "#ffffff"),
        ("help:", "#79c0ff"),
        ("Next:", "#7ee787"),
        ("·", "#ff7b72"),
    ];
    begins.iter().find(|(begin, _)| line.starts_with(begin)).map_or("#c9d1d9", |(_, colour)| colour)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The picture, as it is now.
pub(crate) fn made() -> String {
    let step = &case::named(CASE).steps[0];
    let text = shown(&format!("$ {}\n{}{}", step.line, step.stderr, step.stdout));
    let lines: Vec<&str> = text.lines().collect();
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let width = (widest as f64 * SIGN).ceil() as usize + 48;
    let height = lines.len() * LINE + 72;
    let row = |(n, line): (usize, &&str)| {
        let (y, fill, line) = (64 + n * LINE, colour(line), escaped(line));
        format!("<text x=\"24\" y=\"{y}\" fill=\"{fill}\" xml:space=\"preserve\">{line}</text>\n")
    };
    let rows: String = lines.iter().enumerate().filter(|(_, line)| !line.is_empty()).map(row).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, \
         'DejaVu Sans Mono', monospace\" font-size=\"14\">\n\
         <title id=\"title\">A terminal in which `{line}` says that a setup-token has expired, where it is stored, and \
         which command makes a new one</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#0d1117\"/>\n\
         <circle cx=\"24\" cy=\"22\" r=\"6\" fill=\"#ff5f56\"/><circle cx=\"44\" cy=\"22\" r=\"6\" \
         fill=\"#ffbd2e\"/><circle cx=\"64\" cy=\"22\" r=\"6\" fill=\"#27c93f\"/>\n{rows}</svg>\n",
        line = step.line,
    )
}
