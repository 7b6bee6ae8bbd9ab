//! "Did you mean …?" for keys, codes and ids: one rule for all.

/// The candidate nearest to `given`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = given.to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The candidate that `given` is but for one or two letters: nobody means both. What differs in its
/// number only, such as `box1` and `box2`, is no slip.
pub(crate) fn slip<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = given.to_lowercase();
    let most = if lower.chars().count() < 6 { 1 } else { 2 };
    let letters = |text: &str| text.to_lowercase().replace(|c: char| c.is_ascii_digit(), "");
    candidates
        .filter(|candidate| letters(candidate) != letters(given))
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| (1..=most).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A name by its letters and digits alone, in lower case: people write the same name with other signs between.
pub(crate) fn folded(name: &str) -> String {
    letters(name).collect()
}

/// Whether that is what a name is by its letters and digits.
pub(crate) fn is_folded(name: &str, folded: &str) -> bool {
    letters(name).eq(folded.chars())
}

fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// The only candidate of the same letters and digits; nobody means two names by them.
pub(crate) fn respelt<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(given);
    let mut same = candidates.filter(|candidate| !wanted.is_empty() && is_folded(candidate, &wanted));
    same.next().filter(|first| same.all(|other| other == *first))
}

/// Which profiles there are instead, for a person.
pub(crate) fn instead(names: &[String]) -> String {
    match names {
        [one] => format!("only {one} is stored"),
        names => format!("{} are stored", listed(names)),
    }
}

/// ` (did you mean `x`?)`, if `given` is probably a slip of one of these.
pub(crate) fn did_you_mean<'a, N>(given: &str, names: impl IntoIterator<Item = &'a N>) -> String
where
    N: AsRef<str> + ?Sized + 'a,
{
    hint(nearest(given, names.into_iter().map(AsRef::as_ref)))
}

/// The same of what was found to be meant.
pub(crate) fn hint(meant: Option<impl std::fmt::Display>) -> String {
    meant.map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"))
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::nearest::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["profiles", "order", "cooldowns", "warnWithin"];
        let of = |given| nearest(given, keys.iter().copied());
        assert_eq!(of("profile"), Some("profiles"));
        assert_eq!(of("ordre"), Some("order"));
        assert_eq!(of("warn_within"), Some("warnWithin"));
        assert_eq!(of("zebra"), None);
    }
    #[test]
    fn the_same_letters_and_digits_are_the_same_name() {
        let ids = ["claude-opus-4-5", "gpt-5.2", "a_b", "a-b"];
        let of = |given| respelt(given, ids.iter().copied());
        assert_eq!(of("Claude Opus 4.5"), Some("claude-opus-4-5"));
        assert_eq!(of("GPT_5.2"), Some("gpt-5.2"));
        for other in ["a b", "", "--", "gpt-5.3"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn names_of_ones_own_are_no_slips() {
        let ids = ["anthropic", "openai", "zai"];
        let of = |given| slip(given, ids.iter().copied());
        assert_eq!(of("antropic"), Some("anthropic"));
        assert_eq!(of("opneai"), Some("openai"));
        assert_eq!(of("zia"), Some("zai"));
        for own in ["openai", "openai2", "openai-proxy", "my-openai", "zebra", "xyz"] {
            assert_eq!(of(own), None, "{own}");
        }
    }
}
