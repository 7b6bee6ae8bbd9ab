//! The stamp of a file that we wrote: a checksum of the rest, so that one that somebody changed is
//! known and left alone.

/// What a stamp begins with, behind the sign of a comment.
pub(crate) const STAMP: &str = "Written by zirkabot, checksum ";

/// The line that is put into `text` behind its first `after` lines, as `comment` makes it one.
pub(crate) fn stamped(text: &str, after: usize, comment: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let stamp = format!("{}\n", comment(&format!("{STAMP}{}", checksum(text))));
    lines.insert(after.min(lines.len()), &stamp);
    lines.concat()
}

/// What the stamp says of the rest of the text: 16 hexadecimal digits.
pub(crate) fn checksum(text: &str) -> String {
    crate::sys::digest::sha256(text.as_bytes()).chars().take(16).collect()
}

/// Whether we wrote the text, and nobody has changed it since. Every byte counts: the stamp is a
/// whole line in one of the two ways in which we write it, and the checksum covers the rest.
pub(crate) fn is_untouched(text: &str) -> bool {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(4) {
        let rest = || format!("{}{}", &text[..at], &text[at + line.len()..]);
        if line.contains(STAMP) {
            let stamp = format!("{STAMP}{}", checksum(&rest()));
            return line == format!("# {stamp}\n") || line == format!("<!-- {stamp} -->\n");
        }
        at += line.len();
    }
    false
}
