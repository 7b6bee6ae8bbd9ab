//! The setup-token in what `claude setup-token` wrote to a terminal. Pure.
//!
//! A program draws for eyes: with colours, borders, and the token broken where the window ends. It
//! may draw the same thing several times. Here it is lines again, and the last whole token counts.

use crate::catalog::kind::Kind;
use crate::policy::form::{self, Slot};
use crate::sys::secret::Secret;
use zeroize::Zeroizing;

/// Length of the tokens that are known; a longer one is not put together of several lines.
const USUAL: usize = 108;

/// The last whole setup-token in what was written to a terminal.
pub(crate) fn token(written: &[u8]) -> Option<Secret> {
    let lines = lines(written);
    let starts = lines.iter().enumerate().flat_map(|(at, line)| {
        line.match_indices("sk-ant-").map(move |(from, _)| (at, from)).collect::<Vec<_>>()
    });
    let whole = |(at, from): (usize, usize)| {
        let text = joined(&lines, at, from);
        let is_whole = form::judge(&text, Slot::new("anthropic", Kind::Token)).is_none();
        is_whole.then(|| Secret::from(text.as_str()))
    };
    starts.filter_map(whole).fold(None, |_, token| Some(token))
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The token that begins at a place, with its pieces on the next lines: a piece goes on only where
/// it fills its line as the first one did.
fn joined(lines: &[Zeroizing<String>], at: usize, from: usize) -> Zeroizing<String> {
    let first = &lines[at][from..];
    let end = first.find(|c| !is_token(c)).unwrap_or(first.len());
    let mut text = Zeroizing::new(first[..end].to_owned());
    if end < first.len() {
        return text;
    }
    let full = lines[at].len();
    for line in &lines[at + 1..] {
        let fits = !line.is_empty() && line.len() <= full && line.chars().all(is_token);
        if !fits || text.len() >= USUAL {
            break;
        }
        text.push_str(line);
        // A shorter piece is the last one.
        if line.len() < end {
            break;
        }
    }
    apart(lines, at, first, text)
}

/// The token with pieces that are further away, if it has the usual length only with them.
fn apart(lines: &[Zeroizing<String>], at: usize, first: &str, found: Zeroizing<String>) -> Zeroizing<String> {
    if found.len() >= USUAL {
        return found;
    }
    let mut text = Zeroizing::new(first.to_owned());
    for line in lines[at + 1..].iter().filter(|line| !line.is_empty()) {
        if text.len() >= USUAL || !line.chars().all(is_token) {
            break;
        }
        text.push_str(line);
    }
    if text.len() == USUAL { text } else { found }
}

/// The lines as they were seen, without what commands the terminal, borders, and blanks around.
fn lines(written: &[u8]) -> Vec<Zeroizing<String>> {
    let text = Zeroizing::new(plain(written));
    let is_frame = |c: char| c.is_whitespace() || ('\u{2500}'..='\u{259f}').contains(&c) || c == '|';
    text.split('\n').map(|line| Zeroizing::new(line.trim_matches(is_frame).to_owned())).collect()
}

/// What was written, with moves to another place as line breaks and all other commands left out.
fn plain(written: &[u8]) -> String {
    let text = Zeroizing::new(String::from_utf8_lossy(written).into_owned());
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => {
                    let end = chars.by_ref().find(|c| ('\u{40}'..='\u{7e}').contains(c));
                    match end {
                        Some('A'..='B' | 'E'..='H' | 'd' | 'f' | 'J') => out.push('\n'),
                        Some('C') => out.push(' '),
                        _ => {}
                    }
                }
                // A command of text ends with a bell, or with ESC and a backslash.
                Some(']' | 'P' | '_' | '^') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                            break;
                        }
                    }
                }
                _ => {}
            },
            // A terminal makes `\r\n` of a line feed, also of one behind a `\r`.
            '\r' => {
                while chars.next_if_eq(&'\r').is_some() {}
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' => out.push('\n'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::intent::capture::*;

    fn made(length: usize) -> String {
        let body = "CANARY0123456789abcdefghijklmnopqrstuvwxyz_-".chars().cycle();
        "sk-ant-oat01-".chars().chain(body).take(length).collect()
    }

    fn wrapped(token: &str, width: usize, around: (&str, &str)) -> String {
        let pieces: Vec<String> = token
            .as_bytes()
            .chunks(width)
            .map(|piece| format!("{}{}{}", around.0, String::from_utf8_lossy(piece), around.1))
            .collect();
        format!(
            "\x1b[32m✓\x1b[0m Your OAuth token (valid for 1 year):\r\n\r\n{}\r\n\r\nStore this token securely.\r\nDone\r\n",
            pieces.join("\r\n")
        )
    }

    #[track_caller]
    fn finds(text: &str, token: &str) {
        let found = crate::intent::capture::token(text.as_bytes()).map(|token| token.expose().clone());
        assert_eq!(found.as_deref(), Some(token), "{text:?}");
    }

    #[test]
    fn a_token_is_found_however_it_is_wrapped_and_drawn() {
        let token = made(108);
        for width in [36, 40, 54, 60, 76, 80, 100, 107, 108, 120, 200] {
            for around in [("", ""), ("  ", ""), ("│ ", " │"), ("\x1b[33m", "\x1b[39m"), ("| ", "   |")] {
                let text = wrapped(&token, width, around);
                finds(&text, &token);
                // Drawn again from the top.
                finds(&format!("{text}\x1b[2J\x1b[H{text}"), &token);
            }
        }
        // A program that ends its lines itself, on a terminal that does so too.
        for width in [40, 54, 80, 100] {
            for end in ["\r\r\n", "\r\r\r\n", "\r\n\r\n", "\n\n", "\r\r"] {
                finds(&wrapped(&token, width, ("", "")).replace("\r\n", end), &token);
            }
        }
        finds(&format!("export CLAUDE_CODE_OAUTH_TOKEN={token}\n"), &token);
        finds(&format!("token: {token} (keep it)\n"), &token);
        finds(&format!("\x1b]0;title\x07{token}"), &token);
    }

    #[test]
    fn the_last_of_two_counts_and_what_follows_is_not_part_of_it() {
        let (one, two) = (made(100), made(108));
        finds(&format!("{one}\r\n\r\n{two}\r\n"), &two);
        finds(&format!("{two}\r\nDone\r\n"), &two);
    }

    #[test]
    fn what_is_no_whole_setup_token_is_none() {
        for text in [
            String::new(),
            "no token here".to_owned(),
            made(60),
            made(80),
            format!("{}\r\r\n\r\r\nStore this token securely.\r\r\n", made(80)),
            made(108).replace("oat01", "api03"),
            made(108).replace("oat01", "ort01"),
        ] {
            assert!(token(text.as_bytes()).is_none(), "{text}");
        }
    }
}
