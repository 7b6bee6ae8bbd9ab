//! The environment as the service sees it, in the same layers as here, but for the shell in
//! which a person types: what the unit gives, `.env` where it works, `$STATE/.env`, the config's
//! `env` block, and the login shell if that is switched on.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::Paths;
use crate::config::Desired;
use crate::doc::{DocId, Docs, Loc};
use crate::sys::Look;
use crate::sys::secret::Secret;
use crate::world::env::Env;
use crate::world::observe::service::systemd::is_taken_out;
use crate::world::observe::service::{Definition, Here, Inherited, Manager, ServiceVar};
use crate::world::observe::{config, cwd, fetch, open, shell};
use std::collections::BTreeMap;
use std::path::Path;

/// What follows from a definition.
pub(super) struct ServiceView {
    pub(super) env: Env,
    pub(super) paths: Paths,
    pub(super) dotenv: DocId,
    pub(super) desired: Desired,
    /// Whether it may get what cannot be seen: nor is another config looked at.
    pub(super) opaque: bool,
}

/// Puts the layers together. `process` are the variables of the gateway's own process, which are what it has got,
/// whatever its definition says by now.
pub(super) fn of(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
    found: &Definition,
    inherited: &Inherited,
    process: Option<&BTreeMap<String, Secret>>,
) -> ServiceView {
    let mut env = Env::default();
    let given = |one: &ServiceVar| (one.name.clone(), (one.value.clone(), Some(one.loc)));
    let has = |one: &&ServiceVar| process.is_none_or(|vars| vars.get(&one.name) == Some(&one.value));
    env.push_given(found.doc, found.given.iter().filter(has).map(given).collect());
    let (giver, handed) = handed_on(docs, found, inherited, process);
    env.push_given(giver, handed);
    let home = env.setting("HOME").filter(|home| home.starts_with('/'));
    let home = home.map_or_else(|| here.paths.home.clone(), Into::into);
    // The service of another program has its variables, and its home.
    let layout = here.paths.layout;
    let theirs = (!layout.is_own()).then(|| {
        let set = env.setting(&format!("{}STATE_DIR", layout.prefix)).filter(|dir| dir.starts_with('/'));
        set.unwrap_or_else(|| layout.home(&home).display().to_string())
    });
    let profile = theirs.as_deref().or(found.profile.as_deref());
    let there = |path: &Path| look.stat(path).is_some();
    let paths = Paths::new(&home, &found.cwd, profile, &|name| env.setting(name), &there);
    // What is in another state directory is another installation's, and not ours to change.
    let kind = if paths.state == here.paths.state { DocKind::StateDotenv } else { DocKind::ServiceDotenv };
    let dotenv = known_or_open(look, docs, kind, &paths.state.join(".env"));
    if paths.state != found.cwd {
        let own = known_or_open(look, docs, DocKind::ServiceDotenv, &found.cwd.join(".env"));
        if cwd::is_believed(look, &found.cwd) {
            env.push_cwd(docs, own);
        }
    }
    env.push_dotenv(docs, dotenv);
    for file in found.files.iter().filter(|file| docs.get(**file).path == docs.get(dotenv).path) {
        env.merge(docs, *file, dotenv);
    }
    let is_seen = !paths.layout.is_own() || fetch::given(look, docs, &mut env, &found.credentials);
    let is_another = paths.configs != here.paths.configs;
    let opaque = is_another || found.masked || (found.opaque || !is_seen) && process.is_none();
    let desired = match is_another {
        true => Desired::default(),
        false => config::of(look, docs, (here.config.doc, here.paths.config_is_relative), &|name| {
            env.named(name).cloned()
        }),
    };
    env.push_config(here.config.doc, &desired.env);
    // Where it works is chosen by its definition, not by where somebody happens to be.
    env.trust_cwd();
    let vars = shell::import_for_service(look, &env, &desired);
    env.push_shell(open::virtual_doc(docs, DocKind::LoginShell), vars);
    ServiceView { env, paths, dotenv, desired, opaque }
}

/// What it has besides what it is given, and who gives it.
fn handed_on(
    docs: &mut Docs,
    found: &Definition,
    inherited: &Inherited,
    process: Option<&BTreeMap<String, Secret>>,
) -> (DocId, BTreeMap<String, (Secret, Option<Loc>)>) {
    let plain = |vars: &BTreeMap<String, Secret>| -> BTreeMap<String, (Secret, Option<Loc>)> {
        vars.iter().map(|(name, value)| (name.clone(), (value.clone(), None))).collect()
    };
    if let Some(vars) = process {
        // A process that nothing defines has its variables from whoever started it.
        let doc = match found.manager {
            Manager::Process => found.doc,
            _ => open::virtual_doc(docs, DocKind::Process),
        };
        return (doc, plain(vars));
    }
    let mut vars = match inherited {
        Inherited::Manager(vars) => plain(vars),
        Inherited::Files(vars) => vars.clone(),
    };
    let is_unset =
        |name: &str, value: &Secret| found.unset.iter().any(|entry| is_taken_out(entry, name, value));
    vars.retain(|name, (value, _)| !found.cleared && !is_unset(name, value));
    (open::virtual_doc(docs, DocKind::Manager), vars)
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
