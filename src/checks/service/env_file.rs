//! The state directory's `.env`, where a unit has systemd read it too: what systemd reads comes
//! first, and its rules are other ones.

use crate::change::advice::Advice;
use crate::checks::finding::{CheckInput, Sink};
use crate::checks::service::{asked, shown};
use crate::doc::Node;

/// Values that systemd reads otherwise than the gateway does: with a comment behind them as a part
/// of them, or with other escapes.
pub(super) fn differs(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let Some(service) = asked(world) else { return };
    let dotenv = world.doc(service.dotenv);
    let is_same = |file: &&crate::doc::DocId| world.doc(**file).path == dotenv.path;
    let Some(file) = service.files.iter().find(is_same).map(|file| world.doc(*file)) else { return };
    let (theirs, ours) = (file.root.as_ref(), dotenv.root.as_ref());
    let value = |root: Option<&Node>, name: &str| root.and_then(|root| root.get(name)).cloned();
    let name = world.doc_name(service.dotenv);
    for member in ours.map(Node::members).unwrap_or_default() {
        let (Some(read), Some(meant)) = (value(theirs, &member.key), value(ours, &member.key)) else {
            continue;
        };
        if read.as_secret() == meant.as_secret() {
            continue;
        }
        let key = shown(&member.key);
        sink.state(key, format!("systemd reads {key} in {name} differently from the gateway"))
            .see(service.dotenv, Some(meant.loc), "read differently")
            .advise(
                Advice::say(format!(
                    "write {key} in {name} in plain double quotes, without escapes or a comment after it"
                ))
                .then("; then restart the service"),
            );
    }
}
