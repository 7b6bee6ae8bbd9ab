//! Finds an agent's session store (`sessions.json`), which the gateway writes. Only commands about
//! sessions look at it. What is in it is read by [`crate::policy::session`].

use crate::catalog::documents::DocKind;
use crate::catalog::paths::Paths;
use crate::config::Desired;
use crate::doc::{DocId, Docs};
use crate::sys::Look;
use crate::world::observe::{Depth, open};

/// An agent's session store.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// Whose it is.
    pub agent: String,
    /// The file; may be absent or broken.
    pub doc: DocId,
}

/// The session stores of these agents, if one looks so deep. Several may share a file, which is then
/// read once.
pub(super) fn observe(
    look: &dyn Look,
    docs: &mut Docs,
    (paths, desired): (&Paths, &Desired),
    (agents, depth): (&[String], Depth),
) -> Vec<Sessions> {
    let template = crate::config::setting(desired, "store");
    let mut all: Vec<Sessions> = Vec::new();
    for agent in agents.iter().filter(|_| depth == Depth::Sessions) {
        let path = paths.session_store(agent, template);
        let known = all.iter().find(|own| docs.get(own.doc).path.as_ref() == Some(&path));
        let doc = known.map(|own| own.doc);
        let doc = doc.unwrap_or_else(|| open::open(look, docs, DocKind::Sessions, &path));
        all.push(Sessions { agent: agent.clone(), doc });
    }
    all
}
