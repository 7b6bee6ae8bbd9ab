//! Variables that name a file with a secret which gives nothing.

use crate::catalog::documents::DocKind;
use crate::change::advice::Advice;
use crate::checks::finding::{CheckInput, Severity, Sink};
use crate::doc::{Doc, State};
use crate::policy::advice::quoted_doc;
use std::path::Path;

pub(super) fn secret_file(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    if !world.paths.layout.is_own() {
        return;
    }
    let service = world.bot_service().map(|service| &service.env);
    let mut told: Vec<String> = Vec::new();
    for env in [Some(&world.env), service].into_iter().flatten() {
        for name in env.names_of_files() {
            let file = format!("{name}_FILE");
            let Some(text) = env.setting(&file).filter(|text| !text.trim().is_empty()) else { continue };
            let is_it = |doc: &&Doc| {
                doc.kind == DocKind::SecretFile && doc.path.as_deref() == Some(Path::new(text.trim()))
            };
            let doc = world.docs.iter().find(is_it);
            let (why, advice) = match doc.map(|doc| (doc, &doc.state)) {
                Some((_, State::Parsed)) => continue,
                Some((doc, State::Absent)) => {
                    let path = quoted_doc(world, doc.id);
                    (
                        format!("{} does not exist", world.doc_name(doc.id)),
                        Advice::say(format!("put the key into {path}")),
                    )
                }
                Some((doc, state)) => {
                    let (path, why) = (quoted_doc(world, doc.id), state.in_words());
                    let advice = Advice::say(format!("make {path} a readable text file that holds the key"));
                    (format!("{} {why}", world.doc_name(doc.id)), advice)
                }
                None => {
                    let advice = Advice::say(format!("set {file} to a path that begins with /"));
                    ("it is not an absolute path".to_owned(), advice)
                }
            };
            if told.contains(&file) {
                continue;
            }
            let at = env.bindings(&file).first().map(|binding| (binding.doc, binding.loc));
            let draft = sink.state(&file, format!("{file} gives no key: {why}")).advise(advice);
            let draft = match at {
                Some((doc, loc)) => draft.see(doc, loc, "set here"),
                None => draft,
            };
            if env.is_set(&name) {
                draft.at_most(Severity::Info);
            }
            told.push(file);
        }
    }
}
