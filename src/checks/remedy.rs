//! What a person does about a credential: one home for the commands that findings name.

use crate::desired::From;
use crate::providers;
use crate::resolve::Candidate;
use crate::sources::Tool;
use crate::world::World;

/// How to get a working credential for a provider that has none.
pub fn get(world: &World, provider: &str) -> String {
    let again = world.paths.command("models status");
    let dotenv = world.paths.shown(&world.paths.state.join(".env"));
    let var = providers::vars(provider).iter().find(|var| var.kind == crate::actual::Kind::ApiKey);
    let var = var.or_else(|| providers::vars(provider).first());
    let login =
        Tool::ALL.into_iter().find(|tool| tool.row().provider == provider).map(|tool| tool.row().login);
    let how = providers::find(provider).map(|row| row.how);
    match (how, var, login) {
        (Some(how), Some(var), Some(login)) => format!(
            "{how}, then {}; or, to use the login of another program, run `{login}` on this machine; then `{again}`",
            add(world, var.name)
        ),
        (Some(how), Some(var), None) => format!("{how}, then {}; then `{again}`", add(world, var.name)),
        (_, None, Some(login)) => format!("run `{login}` on this machine, then `{again}`"),
        (Some(how), None, None) => format!("{how}; then `{again}`"),
        (None, ..) => format!(
            "set `models.providers.{provider}.apiKey` to \"${{VARIABLE}}\" in {}, and the variable in {dotenv}",
            world.doc_name(world.config.doc)
        ),
    }
}

/// The command that puts a variable where the gateway finds it, however it is started. The file
/// is private from its first byte.
pub fn add(world: &World, name: &str) -> String {
    let state = world.paths.shown(&world.paths.state);
    // The line break in front ends a last line that has none.
    format!("`(umask 077; mkdir -p {state}; printf '\\n{name}=%s\\n' '<key>' >> {state}/.env)`")
}

/// How to put a good secret in the place of a bad one.
pub fn replace(world: &World, candidate: &Candidate, provider: &str) -> String {
    let origin = &candidate.origin;
    let how = providers::find(provider).map_or("get a new one", |row| row.how);
    match world.doc(origin.doc).path {
        Some(_) => format!("{how}, and write it at {}", world.at(origin.doc, origin.loc)),
        None => format!("{how}, then {}, and `unset {}`", add(world, &candidate.name), candidate.name),
    }
}

/// A path as a word of a shell: in quotes if it needs them, but for a home's `~/`.
pub fn quoted(path: &str) -> String {
    let tame = |c: char| c.is_ascii_alphanumeric() || "_-./:@+,=%~".contains(c);
    let (home, rest) = path.strip_prefix("~/").map_or(("", path), |rest| ("~/", rest));
    if rest.chars().all(tame) {
        return path.to_owned();
    }
    format!("{home}'{}'", rest.replace('\'', r"'\''"))
}

/// How to renew the credential of a profile.
pub fn renew(world: &World, profile: &str, provider: &str) -> String {
    let again = world.paths.command("models status");
    match from(world, profile) {
        From::Tool(Tool::ClaudeCode) => format!(
            "run `claude setup-token` on this machine, then `{again}`; if it only prints a token, keep that as \
             CLAUDE_CODE_OAUTH_TOKEN in {}",
            world.paths.shown(&world.paths.state.join(".env"))
        ),
        From::Tool(tool) => format!("run `{}` on this machine, then `{again}`", tool.row().login),
        From::Env(name) => format!("set `{name}` to a new one, then `{again}`"),
        From::Store => match Tool::ALL.into_iter().find(|tool| tool.row().provider == provider) {
            Some(tool) => format!(
                "put a new one in the place of \"{profile}\", or use {}'s login instead ({}); then `{again}`",
                tool.row().name,
                tool.row().login
            ),
            None => format!("put a new one in the place of \"{profile}\", then `{again}`"),
        },
    }
}

/// Where a profile's credential comes from.
pub fn from(world: &World, profile: &str) -> From {
    world.desired.profile(profile).map_or_else(|| From::default_of(profile), |declared| declared.from.clone())
}
