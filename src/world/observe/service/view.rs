//! The environment as the service sees it, in the same layers as here, but for the shell in
//! which a person types: what the unit gives, `.env` where it works, `$STATE/.env`, the config's
//! `env` block, and the login shell if that is switched on.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::Paths;
use crate::config::Desired;
use crate::doc::{DocId, Docs};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::env::Env;
use crate::world::observe::service::systemd::is_taken_out;
use crate::world::observe::service::{Definition, Here, Manager, ServiceVar};
use crate::world::observe::{config, open, shell};
use std::collections::BTreeMap;
use std::path::Path;

/// What follows from a definition.
pub(super) struct ServiceView {
    pub(super) env: Env,
    pub(super) paths: Paths,
    pub(super) dotenv: DocId,
    pub(super) desired: Desired,
    /// Whether its config is another one, which is not looked at.
    pub(super) opaque: bool,
}

/// Puts the layers together. `inherited` is what the manager hands on.
pub(super) fn of(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
    found: &Definition,
    inherited: &BTreeMap<String, Secret>,
) -> ServiceView {
    let mut env = Env::default();
    let given = |one: &ServiceVar| (one.name.clone(), (one.value.clone(), Some(one.loc)));
    env.push_given(found.doc, found.given.iter().map(given).collect());
    let kept = |(name, value): &(&String, &Secret)| {
        !found.unset.iter().any(|entry| is_taken_out(entry, name, value))
    };
    let inherited = inherited.iter().filter(kept).map(|(name, value)| (name.clone(), (value.clone(), None)));
    let inherited = inherited.collect();
    // A process that nothing defines has its variables from whoever started it.
    let giver = match found.manager {
        Manager::Process => found.doc,
        _ => open::virtual_doc(docs, DocKind::Manager),
    };
    env.push_given(giver, inherited);
    let own = known_or_open(look, docs, DocKind::ServiceDotenv, &found.cwd.join(".env"));
    env.push_dotenv(docs, own);
    let home = env.setting("HOME").filter(|home| home.starts_with('/'));
    let home = home.map_or_else(|| here.paths.home.clone(), Into::into);
    let profile = found.profile.as_deref();
    let paths = Paths::new(&home, &found.cwd, profile, &|name| env.setting(name));
    // What is in another state directory is another installation's, and not ours to change.
    let kind = if paths.state == here.paths.state { DocKind::StateDotenv } else { DocKind::ServiceDotenv };
    let dotenv = known_or_open(look, docs, kind, &paths.state.join(".env"));
    if paths.state != found.cwd {
        env.push_dotenv(docs, dotenv);
    }
    let opaque = paths.configs != here.paths.configs;
    let desired = match opaque {
        true => Desired::default(),
        false => config::of(look, docs, here.config.doc, &|name| env.get(name).cloned()),
    };
    env.push_config(here.config.doc, &desired.env);
    let vars = shell::import_for_service(look, &env, &desired);
    env.push_shell(open::virtual_doc(docs, DocKind::LoginShell), vars);
    ServiceView { env, paths, dotenv, desired, opaque }
}

/// The document of this file if it was looked at already; one that is to be edited has to be ours.
fn known_or_open(look: &dyn Look, docs: &mut Docs, kind: DocKind, path: &Path) -> DocId {
    let fits = |known: DocKind| known == DocKind::StateDotenv || known == DocKind::CwdDotenv || known == kind;
    // An absent `./.env` is not ours to make, an absent `$STATE/.env` is.
    let known = docs.iter().find(|doc| {
        doc.path.as_deref() == Some(path)
            && fits(doc.kind)
            && (doc.exists() || doc.kind == kind || kind == DocKind::ServiceDotenv)
    });
    match known {
        Some(doc) => doc.id,
        None => open::open(look, docs, kind, path),
    }
}
