//! What became of `./.env`: for those who want to hear more, on standard error.

use crate::report::style::Style;
use crate::world::World;
use crate::world::label::Labels;

/// Which of its names count, and which do not; nothing if there is none.
pub(crate) fn notes(world: &World) -> String {
    let Some(found) = &world.cwd_dotenv else { return String::new() };
    let (file, labels) = (world.doc_name(found.doc), Labels::new(world));
    let note = |text: String| {
        let text = Style::PLAIN.text(&labels.scrub(&text));
        format!("note: {text}\n")
    };
    if found.refused.is_some() {
        let doctor = world.paths.command("doctor --only env/cwd-not-trusted");
        return note(format!("{file} is not read, because other users can change it; see `{doctor}`"));
    }
    let mut out = String::new();
    if let Some((_, trusted, names)) = world.env.cwd() {
        let names: Vec<&str> = names.collect();
        let (names, several) = (names.join(", "), names.len() > 1);
        match (names.is_empty(), trusted) {
            (true, _) => {}
            (false, true) => {
                let by = if world.desired.trusts_cwd { "env.cwd in the config" } else { "--trust-cwd" };
                out.push_str(&note(format!("{names} may come from {file}, which {by} trusts")));
            }
            (false, false) => {
                let are = if several { "are" } else { "is" };
                let text = format!("{names} in {file} {are} not used: the working directory is not trusted");
                out.push_str(&note(format!("{text}; --trust-cwd does")));
            }
        }
    }
    if !found.ignored.is_empty() {
        let names: Vec<String> = found.ignored.iter().map(|name| labels.name(name)).collect();
        let have = if names.len() > 1 { "have" } else { "has" };
        let names = names.join(", ");
        out.push_str(&note(format!(
            "{names} in {file} {have} no effect: only keys of providers are taken from there"
        )));
    }
    out
}
