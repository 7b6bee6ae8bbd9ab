//! What the user's systemd hands to everything that it starts, as far as files say so: `environment.d`. What was
//! given to it while it runs is only known by asking it.

use crate::catalog::documents::DocKind;
use crate::doc::{Docs, Loc, Node};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use crate::world::observe::service::{Here, Manager, systemd};
use std::collections::BTreeMap;

/// Directories of the system with such files, first choice first.
const SYSTEM: &[&str] =
    &["etc/environment.d", "run/environment.d", "usr/local/lib/environment.d", "usr/lib/environment.d"];

/// The variables of these files, each with its place. Of two files of one name the nearer one counts, and of two
/// values of one variable that of the later name.
pub(super) fn files(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
    manager: Manager,
) -> BTreeMap<String, (Secret, Option<Loc>)> {
    if manager != Manager::User {
        return BTreeMap::new();
    }
    let own = systemd::config_home(look, &here.paths.home).join("environment.d");
    let dirs = [own].into_iter().chain(SYSTEM.iter().map(|dir| look.host().system(dir)));
    let mut found = BTreeMap::new();
    for dir in dirs {
        for name in look.list(&dir).into_iter().filter(|name| name.ends_with(".conf")) {
            found.entry(name.clone()).or_insert_with(|| dir.join(&name));
        }
    }
    let mut vars: BTreeMap<String, (Secret, Option<Loc>)> = BTreeMap::new();
    for path in found.into_values() {
        let doc = open::open(look, docs, DocKind::UnitEnv, &path);
        for member in docs.get(doc).root.as_ref().map(Node::members).unwrap_or_default() {
            let Some(value) = member.node.as_secret() else { continue };
            let text = expanded(value.expose(), &|name| match vars.get(name) {
                Some((value, _)) => value.expose().clone(),
                None if name == "HOME" => here.paths.home.display().to_string(),
                None => look.host().var(name).filter(|_| name == "PATH").unwrap_or_default().to_owned(),
            });
            vars.insert(member.key.clone(), (Secret::new(text), Some(member.node.loc)));
        }
    }
    vars
}

/// A value with `${NAME}` and `$NAME` replaced.
fn expanded(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        rest = match braced {
            Some((inner, behind)) => {
                let (name, fallback) = inner.split_once(":-").unwrap_or((inner, ""));
                let found = value(name);
                out.push_str(if found.is_empty() { fallback } else { &found });
                behind
            }
            None if end > 0 => {
                out.push_str(&value(&after[..end]));
                &after[end..]
            }
            None => {
                out.push('$');
                after
            }
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::manager_env::*;

    #[test]
    fn values_are_put_together_as_systemd_does() {
        let value = |name: &str| if name == "A" { "x".to_owned() } else { String::new() };
        for (text, expected) in [
            ("plain", "plain"),
            ("${A}/b", "x/b"),
            ("$A/b$A", "x/bx"),
            ("${B:-c}", "c"),
            ("${A:-c}", "x"),
            ("$B", ""),
            ("a$", "a$"),
            ("${A", "${A"),
        ] {
            assert_eq!(expanded(text, &value), expected, "{text}");
        }
    }
}
