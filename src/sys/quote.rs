//! Quoting of words in commands that are told to people.

use crate::sys::visible::is_unseen;

/// A word in single quotes if a shell would read it otherwise; `~/` in front stays the home. What nobody
/// could see in it is written as an escape, `$'…'`, which bash, zsh and ksh read.
pub(crate) fn shell_word(text: &str) -> String {
    if text.chars().any(is_unseen) {
        return escaped(text);
    }
    let tame = |c: char| c.is_alphanumeric() || "/._-+:@,%=".contains(c);
    let (home, rest) = text.strip_prefix("~/").map_or(("", text), |rest| ("~/", rest));
    if text == "~" || (!text.is_empty() && rest.chars().all(tame)) {
        return text.to_owned();
    }
    format!("{home}'{}'", rest.replace('\'', r"'\''"))
}

fn escaped(text: &str) -> String {
    let mut out = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii() && is_unseen(c) => out.push_str(&format!("\\{:03o}", u32::from(c))),
            c if is_unseen(c) => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "'"
}
