//! `NAME=value` lines, for Compose, for `EnvironmentFile=` and for whatever else reads a `.env`.

use crate::policy::export::Export;
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, single};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "dotenv",
    help: "One .env file with the variable of each provider",
    is_dir: false,
    first_only: true,
    lacks,
    files,
    then: "env_file: {} in a Compose file; restart running containers",
};

fn lacks(_: &World, export: &Export) -> Option<&'static str> {
    if export.variables().0.is_empty() {
        return Some("no variable is known for it");
    }
    // Every reader of such files has another idea of what a quote in quotes is.
    let is_odd = |c: char| c == '\'' || c.is_control();
    let has_odd = export.credential.secret.expose().contains(is_odd);
    has_odd.then_some("it contains a quote or control character, which not all readers of .env files accept")
}

fn files(_: &ExportJob, _: &World, picks: &[Pick]) -> Vec<TargetFile> {
    let mut names: Vec<&str> = Vec::new();
    let mut out = String::new();
    for pick in picks {
        for name in pick.export.variables().0 {
            // Two providers may take the same one; the first of them has it.
            if !names.contains(&name) {
                names.push(name);
                out.push_str(&format!("{name}={}\n", value(pick.secret())));
            }
        }
    }
    single(&out)
}

/// A value as it stands, or in quotes in which nothing means anything.
fn value(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/+=@%,~".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{text}'") }
}
