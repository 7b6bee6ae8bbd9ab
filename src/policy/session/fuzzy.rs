//! Which model somebody means who does not write its name out: a score for each that could be meant,
//! and the best one if it is good enough.

use crate::policy::models::Model;

/// Longest piece that is compared, in bytes; no model has a longer name.
const MAX_BYTES: usize = 256;

/// Furthest slip of the finger that still counts, in letters.
const FURTHEST: usize = 3;

/// Words that tell the variants of a model apart.
const VARIANTS: &[&str] = &["lightning", "preview", "mini", "fast", "turbo", "lite", "beta", "small", "nano"];

/// A model that could be meant.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The model.
    pub model: Model,
    /// Its short names.
    pub aliases: Vec<String>,
    /// Whether it is the default one.
    pub is_default: bool,
}

/// Least score with a provider given, and without.
const LEAST: [i32; 2] = [90, 120];

/// Points for a piece that is a name, begins it, or stands in it.
type Points = [i32; 3];

/// The model of `candidates` that `text` means, if one is near enough. What stands before a slash is
/// first taken for a provider.
pub(crate) fn best<'c>(candidates: &'c [Candidate], text: &str) -> Option<&'c Candidate> {
    let text = text.trim().to_lowercase();
    if !text.contains(char::is_alphanumeric) || text.len() > MAX_BYTES {
        return None;
    }
    let scoped = text.split_once('/').and_then(|(provider, rest)| {
        let provider = crate::catalog::providers::normalise(provider);
        let own = candidates.iter().filter(|candidate| candidate.model.provider == provider);
        top(own, rest.trim(), LEAST[0])
    });
    scoped.or_else(|| top(candidates.iter(), &text, LEAST[1]))
}

/// The best of these, if it has at least `least` points.
fn top<'c>(
    candidates: impl Iterator<Item = &'c Candidate>,
    fragment: &str,
    least: i32,
) -> Option<&'c Candidate> {
    if fragment.is_empty() {
        return None;
    }
    let wanted = variants(fragment);
    let rank = |candidate: &Candidate| {
        let own = variants(&candidate.model.id.to_lowercase());
        let shared = own.iter().filter(|word| wanted.contains(word)).count() as i64;
        let (count, length) = (own.len() as i64, candidate.model.id.chars().count() as i64);
        (score(candidate, fragment), candidate.is_default, shared, -count, -length)
    };
    let ranked = candidates.map(|candidate| (rank(candidate), candidate));
    let better = |one: &(_, &Candidate), other: &(_, &Candidate)| {
        let by_name = || other.1.model.key().cmp(&one.1.model.key());
        let ((one, _), (other, _)): (&(_, _), &(_, _)) = (one, other);
        Ord::cmp(one, other).then_with(by_name)
    };
    let ((points, ..), best) = ranked.max_by(better)?;
    (points >= least).then_some(best)
}

/// How near a model is to a piece of text in lower case.
pub(crate) fn score(candidate: &Candidate, fragment: &str) -> i32 {
    let (provider, id) = (candidate.model.provider.to_lowercase(), candidate.model.id.to_lowercase());
    let key = format!("{provider}/{id}");
    let mut score = points(&key, fragment, [220, 140, 110])
        + points(&provider, fragment, [180, 120, 90])
        + points(&id, fragment, [160, 110, 80]);
    for alias in &candidate.aliases {
        score += points(&alias.to_lowercase(), fragment, [140, 90, 60]);
    }
    let distance = strsim::levenshtein(fragment, &id);
    if distance <= FURTHEST {
        score += (FURTHEST - distance) as i32 * 70;
    }
    if id.starts_with(&provider) {
        score += 30;
    }
    score + variant_points(&id, fragment) + if candidate.is_default { 20 } else { 0 }
}

fn points(name: &str, fragment: &str, [exact, begins, holds]: Points) -> i32 {
    if name == fragment {
        exact
    } else if name.starts_with(fragment) {
        begins
    } else if name.contains(fragment) {
        holds
    } else {
        0
    }
}

/// Who names no variant means none; who names one means that one.
fn variant_points(id: &str, fragment: &str) -> i32 {
    let (own, wanted) = (variants(id), variants(fragment));
    let shared = own.iter().filter(|word| wanted.contains(word)).count() as i32;
    match (wanted.is_empty(), shared) {
        (true, _) => -30 * own.len() as i32,
        (false, 0) => -20,
        (false, shared) => 40 * shared,
    }
}

fn variants(text: &str) -> Vec<&'static str> {
    VARIANTS.iter().copied().filter(|word| text.contains(word)).collect()
}

#[cfg(test)]
mod tests {
    use crate::policy::session::fuzzy::*;

    fn candidate(key: &str, aliases: &[&str], is_default: bool) -> Candidate {
        let (provider, id) = key.split_once('/').unwrap();
        let model = Model { provider: provider.to_owned(), id: id.to_owned() };
        Candidate { model, aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(), is_default }
    }

    fn all() -> Vec<Candidate> {
        vec![
            candidate("anthropic/claude-opus-4-5", &["opus"], true),
            candidate("anthropic/claude-sonnet-4-5", &[], false),
            candidate("minimax/MiniMax-M2.1", &[], false),
            candidate("minimax/MiniMax-M2.1-lightning", &[], false),
            candidate("moonshot/kimi-k2-0905-preview", &[], false),
            candidate("lmstudio/minimax-m2.1-gs32", &[], false),
            candidate("openai/gpt-5-mini", &["gpt-mini"], false),
            candidate("openai/gpt-5.2", &["gpt"], false),
        ]
    }

    #[test]
    fn what_is_meant_is_found() {
        let all = all();
        for (text, key) in [
            ("kimi", Some("moonshot/kimi-k2-0905-preview")),
            ("moonshot/kimi", Some("moonshot/kimi-k2-0905-preview")),
            ("kimi-k2-0905-preview", Some("moonshot/kimi-k2-0905-preview")),
            ("minimax", Some("minimax/MiniMax-M2.1")),
            ("minimax/m2.1", Some("minimax/MiniMax-M2.1")),
            ("minimax/minimax-m2.1", Some("minimax/MiniMax-M2.1")),
            ("lightning", Some("minimax/MiniMax-M2.1-lightning")),
            ("minimax-lightning", None),
            ("minimax/lightning", Some("minimax/MiniMax-M2.1-lightning")),
            ("claud-opus-4-5", Some("anthropic/claude-opus-4-5")),
            ("Claude", Some("anthropic/claude-opus-4-5")),
            ("sonnet", Some("anthropic/claude-sonnet-4-5")),
            ("anthropic/sonnet", Some("anthropic/claude-sonnet-4-5")),
            ("gpt-5", Some("openai/gpt-5.2")),
            ("mini", Some("minimax/MiniMax-M2.1")),
            ("nothing-like-it", None),
            ("", None),
            ("/", None),
        ] {
            let found = best(&all, text).map(|candidate| candidate.model.key());
            assert_eq!(found.as_deref(), key, "{text}");
        }
        assert!(best(&all, &"x".repeat(1 << 20)).is_none());
    }

    #[test]
    fn points_are_those_of_the_table() {
        let opus = candidate("anthropic/claude-opus-4-5", &["opus"], false);
        let mini = candidate("openai/gpt-5-mini", &[], false);
        let own = candidate("zai/zai-x", &[], true);
        for (candidate, fragment, points) in [
            // key holds it, model holds it, alias is it
            (&opus, "opus", 110 + 80 + 140),
            // key is it
            (&opus, "anthropic/claude-opus-4-5", 220),
            // key holds it, model is it, no letter apart
            (&opus, "claude-opus-4-5", 110 + 160 + 210),
            // one letter apart
            (&opus, "claud-opus-4-5", 140),
            (&opus, "claue-opus-4-", 70),
            // key begins so, provider is it
            (&opus, "anthropic", 140 + 180),
            (&opus, "anth", 140 + 120),
            (&opus, "thropi", 110 + 90),
            // key and model hold it, less a variant that was not named
            (&mini, "gpt", 110 + 110 - 30),
            (&mini, "mini", 110 + 80 + 40),
            (&mini, "gpt-turbo", -20),
            // two letters apart, the model begins like its provider, and is the default one
            (&own, "zai", 140 + 180 + 110 + 70 + 30 + 20),
            (&own, "qqqqqqqqq", 30 + 20),
        ] {
            assert_eq!(score(candidate, fragment), points, "{fragment}");
        }
    }

    #[test]
    fn of_equals_the_default_then_the_plainest_then_the_first() {
        let of = |list: &[Candidate], text: &str| best(list, text).map(|found| found.model.key());
        let two = [candidate("b/model-long", &[], false), candidate("a/model-long", &[], false)];
        assert_eq!(of(&two, "model"), Some("a/model-long".to_owned()));
        let lengths = [candidate("a/model-longer", &[], false), candidate("b/model-long", &[], false)];
        assert_eq!(of(&lengths, "model"), Some("b/model-long".to_owned()));
        let default = [candidate("a/model-long", &[], false), candidate("b/model-long", &[], true)];
        assert_eq!(of(&default, "model"), Some("b/model-long".to_owned()));
    }
}
