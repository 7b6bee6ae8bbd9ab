//! What a person does about a credential: one home for the commands that findings name.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::change::advice::{Advice, Command};
use crate::config::CredentialSource;
use crate::doc::DocId;
use crate::policy::known::known_files;
use crate::policy::resolve::Candidate;
use crate::sys::quote::shell_word;
use crate::world::{World, from};
use std::path::Path;

/// How to get a working credential for a provider that has none.
pub(crate) fn get(world: &World, provider: &str) -> Advice {
    let again = world.paths.command("models status");
    let by_hand = !providers::vars(provider).is_empty();
    let login = Tool::of_provider(provider).map(|tool| tool.row().login);
    let how = providers::find(provider).map(|row| row.how);
    let pasted = |how| Advice::say(format!("{how}, then ")).run(paste_token(world, provider));
    match (how, by_hand, login) {
        (Some(how), true, Some(login)) => pasted(how).then(format!(
            "; or, to use the login of another program, run `{login}` on this machine; then `{again}`"
        )),
        (Some(how), true, None) => pasted(how).then(format!("; then `{again}`")),
        (_, false, Some(login)) => Advice::say("run ").run(login).then(on_this_machine(world)),
        (Some(how), false, None) => Advice::say(how).then(format!("; then `{again}`")),
        (None, ..) => Advice::say(format!(
            "set `models.providers.{provider}.apiKey` to \"${{VARIABLE}}\" in {}, and the variable in {}",
            world.doc_name(world.config.doc),
            world.paths.shown(&world.paths.state.join(".env"))
        )),
    }
}

/// What follows the command of another program's login.
fn on_this_machine(world: &World) -> String {
    format!(" on this machine, then `{}`", world.paths.command("models status"))
}

/// The command that asks for a key or token of a provider, and stores it.
pub(crate) fn paste_token(world: &World, provider: &str) -> String {
    world.paths.command(&format!("models auth paste-token --provider {}", shell_word(provider)))
}

/// The command that puts a variable where the gateway finds it, however it is started. The file
/// is private from its first byte.
pub(crate) fn add(world: &World, name: &str) -> Command {
    let state = quoted(world, &world.paths.state);
    // The line break in front ends a last line that has none.
    Command::template(format!(
        "(umask 077; mkdir -p {state}; printf '\\n{name}=%s\\n' '<key>' >> {state}/.env)"
    ))
}

/// A path as a shell takes it, ready to be pasted.
pub(crate) fn quoted(world: &World, path: &Path) -> String {
    shell_word(&world.paths.shown(path))
}

/// The path of a document as a shell takes it.
pub(crate) fn quoted_doc(world: &World, doc: DocId) -> String {
    shell_word(&world.doc_name(doc))
}

/// How to put a good secret in the place of a bad one.
pub(crate) fn replace(world: &World, candidate: &Candidate, provider: &str) -> Advice {
    let (origin, name) = (&candidate.origin, &candidate.name);
    let how = providers::find(provider).map_or("get a new one", |row| row.how);
    match world.doc(origin.doc).path {
        Some(_) => format!("{how}, and write it at {}", world.at(origin.doc, origin.loc)).into(),
        None => {
            Advice::say(format!("{how}, then ")).run(add(world, name)).then(format!(", and `unset {name}`"))
        }
    }
}

/// The command that puts a new credential in the place of a profile that `agent` uses; `None` if
/// one of this provider, or under this name, cannot be given by hand.
pub(crate) fn paste(world: &World, agent: &str, profile: &str, provider: &str) -> Option<String> {
    let by_hand = providers::find(provider).is_none_or(|row| !row.vars.is_empty());
    if !by_hand || crate::policy::known::free_id(world, provider, profile).is_err() {
        return None;
    }
    let view = world.view(agent, provider);
    let holder = view.filter(|store| store.profile(profile).is_some()).map(|store| store.agent.as_str());
    let stored = view.and_then(|store| store.profile(profile)?.credential());
    let mut command = paste_token(world, provider);
    if profile != crate::policy::known::default_id(provider) {
        command.push_str(&format!(" --profile-id {}", shell_word(profile)));
    }
    // Where the command would put it by itself.
    let default = world.home_of(&world.desired.default_agent(), provider);
    if let Some(holder) = holder.filter(|holder| *holder != default) {
        command.push_str(&format!(" --agent {holder}"));
    }
    // Keys do not end; of a token one wants to be warned.
    if stored.is_some_and(|stored| stored.kind == Kind::Token) {
        command.push_str(" --expires-in 365d");
    }
    Some(command)
}

/// How to renew the credential of a profile that `agent` uses.
pub(crate) fn renew(world: &World, agent: &str, profile: &str, provider: &str) -> Advice {
    let again = world.paths.command("models status");
    let placed = |paste: String| Advice::say("put a new one in its place: ").run(paste);
    match from(world, profile) {
        // Ours stores what it gives, for which the store has to be in order.
        CredentialSource::Tool(Tool::ClaudeCode) if known_files(world).is_ok() => {
            Advice::say("run ").run(world.paths.command("models auth setup-token")).then(format!(
                " on this machine, which runs claude setup-token and stores what it gives; then `{again}`"
            ))
        }
        CredentialSource::Tool(tool) => {
            Advice::say("run ").run(tool.row().login).then(on_this_machine(world))
        }
        CredentialSource::Env(name) => {
            Advice::say(format!("set `{name}` to a new one, then ")).run(Command::look(again))
        }
        CredentialSource::Store => {
            let tool = Tool::of_provider(provider).map(Tool::row);
            let or = tool.map(|row| format!(", or use {}'s login instead ({})", row.name, row.login));
            match (paste(world, agent, profile, provider), or) {
                (Some(paste), Some(or)) => placed(paste).then(format!("{or}; then `{again}`")),
                (Some(paste), None) => placed(paste).then(format!(", then `{again}`")),
                (None, Some(or)) => Advice::say(format!("put a new one in the place of \"{profile}\"{or}"))
                    .then(format!("; then `{again}`")),
                (None, None) => Advice::say(format!("put a new one in the place of \"{profile}\", then "))
                    .run(Command::look(again)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sys::quote::shell_word;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        for (word, quoted) in [
            ("~", "~"),
            ("~/.zirkabot/.env", "~/.zirkabot/.env"),
            ("/srv/bot/a.json", "/srv/bot/a.json"),
            ("~/my bot/.env", "~/'my bot/.env'"),
            ("/srv/it's $HOME", r"'/srv/it'\''s $HOME'"),
            ("~other/x", "'~other/x'"),
            ("a`b;c*", "'a`b;c*'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(word), quoted);
        }
    }
}
