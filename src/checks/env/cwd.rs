//! `.env` in the working directory: whether it is read, and whether anything rests on it alone.

use crate::change::advice::{Advice, Command};
use crate::checks::finding::{CheckInput, Sink};
use crate::policy::advice;
use crate::policy::resolve::{Candidate, Verdict, Why};
use crate::world::observe::cwd::Distrust;
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn not_trusted(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let Some((found, why)) = world.cwd_dotenv.as_ref().and_then(|found| Some((found, found.refused?))) else {
        return;
    };
    let name = world.doc_name(found.doc);
    let path = world.doc(found.doc).path.clone().unwrap_or_default();
    let dir = path.parent().unwrap_or(Path::new("/"));
    let file = advice::quoted(world, &path);
    let run = |command: String| Advice::say("if it is yours, ").run(Command::from(command));
    let (why, advice) = match why {
        Distrust::Owner(uid) => (
            format!("it belongs to user {uid}"),
            run(format!("sudo chown $USER {file}")).then("; otherwise work in another directory"),
        ),
        Distrust::Writable => ("other users can write it".to_owned(), run(format!("chmod go-w {file}"))),
        Distrust::Directory => (
            "other users can replace it".to_owned(),
            run(format!("chmod go-w {}", advice::quoted(world, dir)))
                .then("; otherwise work in another directory"),
        ),
        Distrust::Link => (
            "it is a link in a directory where other users can create links".to_owned(),
            "work in a directory of your own".into(),
        ),
    };
    sink.state(&name, format!("{name} is not read: {why}")).see(found.doc, None, "not read").advise(advice);
}

pub(super) fn only_here(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let mut told = BTreeSet::new();
    for (_, provider) in case.providers().filter(|(_, provider)| provider.relevant && provider.lacks()) {
        let candidates = &provider.resolution.candidates;
        for candidate in candidates.iter().filter(is_set_aside) {
            let (name, origin) = (&candidate.origin.key, &candidate.origin);
            if told.insert(name.clone()) {
                let file = world.doc_name(origin.doc);
                sink.state(name, format!("{name} is set only in {file}, which is not trusted"))
                    .see(origin.doc, origin.loc, "not used")
                    .advise(advice::trust_cwd(world))
                    .rescues(world.cwd_dotenv.as_ref().is_some_and(|found| found.refused.is_none()));
            }
        }
    }
}

/// Whether a candidate is not used because it stands in the working directory.
fn is_set_aside(candidate: &&Candidate) -> bool {
    let is_there = candidate.credential.as_ref().is_some_and(|credential| !credential.secret.is_blank());
    is_there && candidate.verdict == Verdict::Unusable(Why::Untrusted)
}
