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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let keys = ["profiles", "order", "cooldowns", "warnWithin"];
        let of = |given| nearest(given, keys.iter().copied());
        assert_eq!(of("profile"), Some("profiles"));
        assert_eq!(of("ordre"), Some("order"));
        assert_eq!(of("warn_within"), Some("warnWithin"));
        assert_eq!(of("zebra"), None);
    }
}
