//! Quoting of words in commands that are told to people.

/// A word in single quotes if a shell would read it otherwise; `~/` in front stays the home.
pub(crate) fn shell_word(text: &str) -> String {
    let tame = |c: char| c.is_alphanumeric() || "/._-+:@,%=".contains(c);
    let (home, rest) = text.strip_prefix("~/").map_or(("", text), |rest| ("~/", rest));
    if text == "~" || (!text.is_empty() && rest.chars().all(tame)) {
        return text.to_owned();
    }
    format!("{home}'{}'", rest.replace('\'', r"'\''"))
}
