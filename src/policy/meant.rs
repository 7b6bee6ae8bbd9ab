//! Which stored profile somebody means who does not write its id as it is. Pure.

use crate::catalog::called::called;
use crate::catalog::nearest::{respelt, slip};
use crate::catalog::providers;

/// The one of these ids of a provider that is plainly meant: it is written without its provider, under a name that
/// people use for the provider, with another sign behind it, in other letters, or with a slip of the finger.
pub(crate) fn meant<'i>(provider: &str, ids: &[&'i str], entry: &str) -> Option<&'i str> {
    let names: Vec<&str> = ids.iter().map(|id| id.split_once(':').map_or(*id, |(_, name)| name)).collect();
    let all = || names.iter().copied();
    let of_name = |name: &str| names.iter().position(|own| *own == name).map(|at| ids[at]);
    let same = |name: &str| names.iter().position(|own| own.eq_ignore_ascii_case(name)).map(|at| ids[at]);
    let given = own_names(provider, entry.trim_matches(AROUND));
    let each = |find: &dyn Fn(&str) -> Option<&'i str>| given.iter().find_map(|name| find(name));
    let found = each(&same).or_else(|| each(&|name| of_name(respelt(name, all())?)));
    // Of names of a few letters each is one of its own.
    let slipped = || given.first().filter(|name| name.chars().count() >= SHORTEST);
    found.or_else(|| of_name(slip(slipped()?, all())?))
}

/// All of these ids that a text lists, if it is a whole list of such.
pub(crate) fn all_meant<'i>(provider: &str, ids: &[&'i str], text: &str) -> Vec<&'i str> {
    let parts: Vec<&str> = parts(text).collect();
    let one = |part: &&str| ids.iter().copied().find(|id| id == part).or_else(|| meant(provider, ids, part));
    let all: Option<Vec<&str>> = parts.iter().map(one).collect();
    all.filter(|_| parts.len() > 1).unwrap_or_default()
}

/// What a text lists, between commas or blanks.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || ",;".contains(c)).filter(|part| !part.is_empty())
}

/// Fewest letters of a name in which one may be wrong.
const SHORTEST: usize = 4;

/// What stands around an id by mistake.
const AROUND: [char; 7] = [' ', '\t', '"', '\'', '`', '@', ':'];

/// What stands between the provider and the name, the right sign first.
const BETWEEN: [char; 8] = [':', '/', '=', '@', '.', '|', '-', '_'];

/// The names that an entry may hold, without the provider that stands before them, the likeliest first; none if
/// that is another provider.
fn own_names<'e>(provider: &str, entry: &'e str) -> Vec<&'e str> {
    let is_known = |id: &str| providers::find(id).is_some() || called(id).is_some();
    let is_it = |of: &str| {
        let id = providers::normalise(of);
        let is_slip = || !is_known(&id) && slip(&id, [provider].into_iter()).is_some();
        id == provider || called(&id) == Some(provider) || is_slip()
    };
    let (of, _) = entry.split_once([':', '/']).unwrap_or_default();
    let is_others = entry.contains(':') || is_known(&providers::normalise(of));
    if !of.is_empty() && is_others && !is_it(of) {
        return Vec::new();
    }
    let halves = |sign: char| entry.match_indices(sign).map(|(at, _)| (&entry[..at], &entry[at + 1..]));
    let own = |(of, name): (&str, &'e str)| {
        let name = name.trim_matches(AROUND);
        (is_it(of) && !name.is_empty()).then_some(name)
    };
    let mut names: Vec<&str> = BETWEEN.iter().flat_map(|sign| halves(*sign).filter_map(own)).collect();
    // What has no provider before it is a name; one that begins like a provider may be, too.
    if !entry.contains(':') {
        names.insert(usize::from(entry.contains('/')).min(names.len()), entry);
    }
    names
}

#[cfg(test)]
mod tests {
    use crate::policy::meant::*;

    #[test]
    fn ids_that_are_written_otherwise_are_known() {
        let ids = ["anthropic:default", "anthropic:claude-cli", "anthropic:my-work", "anthropic:b2"];
        for (entry, id) in [
            ("default", Some("anthropic:default")),
            ("anthropic/default", Some("anthropic:default")),
            ("Anthropic:Default", Some("anthropic:default")),
            (" anthropic:default ", Some("anthropic:default")),
            ("anthropic: default", Some("anthropic:default")),
            ("anthropic::default", Some("anthropic:default")),
            ("anthropic@default", Some("anthropic:default")),
            ("anthropic-default", Some("anthropic:default")),
            ("antropic:defualt", Some("anthropic:default")),
            ("claude:default", Some("anthropic:default")),
            ("claude-cli", Some("anthropic:claude-cli")),
            ("claude_cli", Some("anthropic:claude-cli")),
            ("anthropic.claude.cli", Some("anthropic:claude-cli")),
            ("anthropic/my work", Some("anthropic:my-work")),
            ("openai:default", None),
            ("openai/default", None),
            ("anthropic:b1", None),
            ("anthropic:a2", None),
            ("anthropic:nobody", None),
            ("", None),
        ] {
            assert_eq!(meant("anthropic", &ids, entry), id, "{entry}");
        }
        let all = |text| all_meant("anthropic", &ids, text);
        assert_eq!(all("anthropic:b2, default"), ["anthropic:b2", "anthropic:default"]);
        assert_eq!(all("anthropic:b2;claude-cli"), ["anthropic:b2", "anthropic:claude-cli"]);
        assert!(all("anthropic:b2, nobody").is_empty());
        assert!(all("anthropic:b2").is_empty());
    }
}
