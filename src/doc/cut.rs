//! Where a text may be cut: between two characters. The standard library's own functions for this need a newer
//! Rust than the rest of the program.

/// The last place up to the byte `at` where a character begins, or the text ends.
pub(crate) fn before(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The first such place from there on.
pub(crate) fn after(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_is_cut_between_characters() {
        let text = "a\u{e9}\u{1f511}";
        let at = |cut: fn(&str, usize) -> usize| (0..9).map(|at| cut(text, at)).collect::<Vec<_>>();
        assert_eq!(at(super::before), [0, 1, 1, 3, 3, 3, 3, 7, 7]);
        assert_eq!(at(super::after), [0, 1, 3, 3, 7, 7, 7, 7, 7]);
    }
}
