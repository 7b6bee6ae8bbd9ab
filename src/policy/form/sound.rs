//! The quick way of the judge: a text of a known form in which nothing stands that any other step looks for. Most
//! secrets are so, and each is judged several times in a run. Held to the long way by a test.

use crate::catalog::providers;
use crate::catalog::secrets::{EXAMPLES, PLAIN_MARKS};
use crate::policy::form::kind::SHORTEST;
use std::sync::LazyLock;

/// Shortest public beginning that does not occur in a secret by chance.
pub(crate) const TELLING: usize = 8;

/// Whether a text is made of letters, digits, `-` and `_` only, as most secrets are.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Texts that are looked for at once, by their first letters.
struct Words {
    /// Whether one begins with this byte.
    begins: [bool; 256],
    words: Vec<&'static str>,
}

impl Words {
    fn new(words: Vec<&'static str>) -> Self {
        let mut begins = [false; 256];
        for first in words.iter().filter_map(|word| word.bytes().next()) {
            begins[usize::from(first)] = true;
            begins[usize::from(first.to_ascii_uppercase())] = true;
        }
        Self { begins, words }
    }

    /// Whether one of them stands in a text; the case of letters does not matter.
    fn any_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_at = |at: usize, word: &str| {
            bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
        };
        let begins = |at: &usize| self.begins[usize::from(bytes[*at])];
        (0..bytes.len()).filter(begins).any(|at| self.words.iter().any(|word| is_at(at, word)))
    }
}

/// What examples and hidden parts have in them.
static TELLTALES: LazyLock<Words> =
    LazyLock::new(|| Words::new(EXAMPLES.iter().chain(PLAIN_MARKS).copied().collect()));

/// How secrets begin that do not begin so by chance.
static BEGINNINGS: LazyLock<Words> = LazyLock::new(|| {
    let telling = providers::prefixes().filter(|prefix| prefix.text.len() >= TELLING);
    Words::new(telling.map(|prefix| prefix.text).collect())
});

/// Whether a text is beyond doubt a secret of a known form, and only one. Whether it is one of this vendor's and of
/// this kind, and whether it is whole, remains to be judged.
pub(super) fn is_sound(text: &str) -> bool {
    let Some((_, prefix)) = providers::prefix_of(text) else { return false };
    let rest = &text[prefix.text.len()..];
    let Some(first) = rest.bytes().next() else { return false };
    let varies = || rest.bytes().any(|byte| byte != first && !matches!(byte, b'x' | b'X' | b'-' | b'_'));
    text.len() >= 2 * SHORTEST
        && is_plain(text)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && varies()
        && !TELLTALES.any_in(text)
        && !BEGINNINGS.any_in(rest)
        && !rest.contains(prefix.text)
}

#[cfg(test)]
mod tests {
    use crate::catalog::kind::Kind;
    use crate::catalog::secrets::{FILLERS, REFERENCES, STAND_INS};
    use crate::doc::cut;
    use crate::policy::form::shape::{flaw, thorough};
    use crate::policy::form::sound::*;
    use crate::policy::form::{Endpoint, Slot};

    /// What may stand in a secret, and mean something.
    fn inserts() -> Vec<&'static str> {
        let references = REFERENCES.iter().map(|row| row.begin);
        let words = EXAMPLES.iter().chain(PLAIN_MARKS).chain(STAND_INS).chain(FILLERS).copied();
        let others =
            ["", "=", "\"", " ", "\n", "OPENAI_API_KEY=", "export X=", "xxxx", "----", "é", "==", "***"];
        let beginnings = providers::prefixes().map(|prefix| prefix.text);
        words.chain(references).chain(beginnings).chain(others).collect()
    }

    #[test]
    fn the_quick_way_says_what_the_long_one_says() {
        let tail = "CANARYabc0123456789-DEFghiJKLmno_pqrSTUvwxYZ".repeat(4);
        let mut sound = 0;
        for (turn, prefix) in providers::prefixes().enumerate() {
            let whole = prefix.length.least().max(40) - prefix.text.len();
            // Each prefix has a part of them, and each of them several prefixes.
            for (number, insert) in inserts().into_iter().enumerate().skip(turn % 8).step_by(8) {
                let at = number % 13;
                let text = format!("{}{}{insert}{}", prefix.text, &tail[..at], &tail[at..whole]);
                let all = "X".repeat(whole);
                for text in [
                    &text,
                    &text.to_uppercase(),
                    &format!("{}{all}", prefix.text),
                    &text[..cut::before(&text, 30)],
                ] {
                    sound += usize::from(is_sound(text));
                    for (provider, kind, endpoint) in [
                        ("anthropic", Kind::ApiKey, Endpoint::Vendor),
                        ("anthropic", Kind::Token, Endpoint::Vendor),
                        ("openai", Kind::ApiKey, Endpoint::Vendor),
                        ("openai", Kind::OAuth, Endpoint::Own),
                        ("mine", Kind::ApiKey, Endpoint::Local),
                    ] {
                        let slot = Slot { provider, kind, endpoint };
                        assert_eq!(flaw(text, slot), thorough(text, slot), "{text:?} {slot:?}");
                    }
                }
            }
        }
        assert!(sound > 200, "only {sound} went the quick way");
    }
}
