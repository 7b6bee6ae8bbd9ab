//! What a person does about a credential: one home for the commands that findings name.

mod at_hand;
pub(crate) mod helper;

pub(crate) use self::at_hand::give_way;
use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::models::{CATALOGUE, ModelRow};
use crate::catalog::providers::{self, Var};
use crate::catalog::tools::{OtherWay, Tool};
use crate::change::advice::{Advice, Command};
use crate::config::CredentialSource;
use crate::doc::{DocId, Loc, State};
use crate::policy::form::{Flaw, Sort, is_useless};
use crate::policy::known::served;
use crate::policy::login::known as login;
use crate::policy::resolve::{self, Candidate, Resolution, Route};
use crate::policy::{models, views};
use crate::sys::quote::shell_word;
use crate::world::actual::LoginState;
use crate::world::env::Binding;
use crate::world::{World, from};
use std::path::Path;

/// How to get a working credential for a provider that has none.
pub(crate) fn get(world: &World, provider: &str) -> Advice {
    helper::or(world, provider, get_other(world, provider))
}

fn get_other(world: &World, provider: &str) -> Advice {
    if is_new(world) {
        return begin(world, provider);
    }
    let other = at_hand(world, provider);
    let set = |model: &str| world.paths.command(&format!("models set {model}"));
    match (other, is_built_in(world)) {
        (Some((name, model)), true) => Advice::say(format!("{name} exists: "))
            .run(set(&model))
            .then(format!(" uses it; or, to use {provider}, {}", get_new(world, provider))),
        (Some((name, model)), false) => {
            get_new(world, provider).then(format!("; or use the existing {name}: `{}`", set(&model)))
        }
        (None, _) => get_new(world, provider),
    }
}

/// How to get a credential that is not here yet.
fn get_new(world: &World, provider: &str) -> Advice {
    if let Some(other) = Tool::of_provider(provider).and_then(|tool| other_way(world, tool)) {
        return other;
    }
    let again = world.paths.command("models status");
    let by_hand = !providers::vars(provider).is_empty();
    let login = Tool::of_provider(provider).map(|tool| sign_in(world, tool));
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
            "{}set `models.providers.{provider}.apiKey` to \"${{VARIABLE}}\" in {}, and the variable in {}",
            served(provider).map_or_else(String::new, |served| format!("{served}; for one of your own, ")),
            world.doc_name(world.config.doc),
            world.paths.shown(&world.paths.state.join(".env"))
        )),
    }
}

/// Whether nothing was set up yet: there is no config, and nothing is stored.
fn is_new(world: &World) -> bool {
    let is_config = world.doc(world.config.doc).state != State::Absent || world.paths.config_chosen;
    !is_config && world.stores.iter().all(|store| store.profiles.is_empty())
}

/// Whether nobody has chosen a model.
fn is_built_in(world: &World) -> bool {
    models::in_use(&world.desired, &world.desired.default_agent())
        .first()
        .is_none_or(|used| used.written.is_none())
}

/// What is there of another provider, if that of the default model is what is lacking, and a model with which it
/// can be used.
fn at_hand(world: &World, provider: &str) -> Option<(String, String)> {
    let agent = world.desired.default_agent();
    let used = models::in_use(&world.desired, &agent);
    used.first().filter(|first| first.model.provider == provider && world.auth_is_known())?;
    let is_used = |row: &ModelRow| used.iter().any(|used| used.model.provider == row.provider);
    let there = |row: &ModelRow| {
        let resolution = resolve::resolve(world, &agent, row.provider);
        let chosen = resolution.usable().filter(|chosen| chosen.credential.is_some())?;
        Some((chosen.name.clone(), row.key()))
    };
    shortest_first(provider).into_iter().filter(|row| !is_used(row)).find_map(there)
}

/// The models of other providers; a provider's own model has the shortest name.
fn shortest_first(provider: &str) -> Vec<&'static ModelRow> {
    let mut others: Vec<_> = CATALOGUE.iter().filter(|model| model.provider != provider).collect();
    others.sort_by_key(|model| model.alias.map_or(usize::MAX, str::len));
    others
}

/// How to begin: with the key that is there, or step by step.
fn begin(world: &World, provider: &str) -> Advice {
    let bot = world.bot();
    let is_key = |id: &str, var: &Var| {
        bot.env
            .get(var.name)
            .is_some_and(|value| !value.is_blank() && !is_useless(world, (id, var.name), value))
    };
    let at_hand = shortest_first(provider).into_iter().find_map(|model| {
        let var = providers::vars(model.provider).iter().find(|var| is_key(model.provider, var))?;
        Some((var.name, model.key()))
    });
    let onboard = world.paths.command("onboard");
    match at_hand {
        Some((name, model)) => Advice::say(format!("{name} is set: "))
            .run(world.paths.command(&format!("models set {model}")))
            .then(format!(" uses it; or `{onboard}` asks step by step")),
        None => Advice::say("run ").run(onboard).then(", which asks step by step"),
    }
}

/// What can be done where the program of a provider gets in another way that the gateway cannot go.
pub(crate) fn other_way(world: &World, tool: Tool) -> Option<Advice> {
    let borrowed = world.borrowed.iter().find(|borrowed| borrowed.tool == tool)?;
    let LoginState::Elsewhere(way, loc) = &borrowed.found else { return None };
    let (row, again) = (tool.row(), world.paths.command("models status"));
    let login = format!("log in with an account that has a plan (`{}`), then `{again}`", row.login);
    Some(match way {
        OtherWay::Keyring => {
            let (_, _, key) = row.keyring?;
            let file = world.doc_name(loc.doc);
            let login = format!("then log in again: `{}`, and `{again}`", row.login);
            format!("set `{key} = \"file\"` in {file}, {login}").into()
        }
        OtherWay::ApiKey(provider) => {
            let paste = paste_token(world, provider);
            let list = world.paths.command("models list");
            Advice::say(format!("for {provider}, store the same key: "))
                .run(paste)
                .then(format!(", and choose one of its models (see `{list}`); or {login}"))
        }
        OtherWay::PersonalToken | OtherWay::AgentIdentity => Advice::say(login)
            .then(format!("; or use an API key of openai: `{}`", paste_token(world, "openai"))),
    })
}

/// The command by which the gateway gets the login of another program.
pub(crate) fn sign_in(world: &World, tool: Tool) -> String {
    tool.row().sign_in(|rest| world.paths.command(rest))
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

/// How a variable that stands in `./.env` is used.
pub(crate) fn trust_cwd(world: &World) -> Advice {
    let state = world.paths.shown(&world.paths.state.join(".env"));
    let always = world.paths.command("config set env.cwd true");
    Advice::say(format!("move it to {state}, or use --trust-cwd"))
        .then(format!("; to always trust `./.env`, run `{always}`"))
        .at_hand()
}

/// A path as a shell takes it, ready to be pasted.
pub(crate) fn quoted(world: &World, path: &Path) -> String {
    shell_word(&world.paths.shown(path))
}

/// The path of a document as a shell takes it.
pub(crate) fn quoted_doc(world: &World, doc: DocId) -> String {
    shell_word(&world.doc_name(doc))
}

/// What to do about a bad secret in the definition of a service, which is no place for a good one, either.
pub(crate) fn undefined(world: &World, candidate: &Candidate, provider: &str) -> Option<Advice> {
    let (origin, name) = (&candidate.origin, candidate.name.as_str());
    let definitions = [DocKind::Unit, DocKind::Plist, DocKind::Manager, DocKind::Crontab];
    let is_one = candidate.route == Route::Env && definitions.contains(&world.doc(origin.doc).kind);
    let all = world.bot_service().filter(|_| is_one)?.env.bindings(name);
    let is_good =
        |one: &&Binding<'_>| !one.value.is_blank() && !is_useless(world, (provider, name), one.value);
    let place = |one: &Binding<'_>| world.at(one.doc, one.loc);
    let place_here = world.at(origin.doc, origin.loc);
    if let Some(good) = all.iter().find(is_good) {
        let before: Vec<String> = all.iter().take_while(|one| !is_good(one)).map(place).collect();
        let places = if before.is_empty() { place_here } else { before.join(" and ") };
        let counts =
            format!("remove {name} from {places} and restart the gateway, so that {} is used", place(good));
        return Some(counts.into());
    }
    let how = match views::better_here(world, name, provider) {
        Some(here) => format!("use the one from the {}", place(&here)),
        None => providers::find(provider).map_or("get a new one", |row| row.how).to_owned(),
    };
    let out = format!("remove {name} from {place_here}, {how}, and put it where the gateway reads it: ");
    Some(Advice::say(out).run(add(world, name)).then(", and restart the gateway"))
}

/// How to put a good secret in the place of a bad one.
pub(crate) fn replace(world: &World, candidate: &Candidate, provider: &str) -> Advice {
    let (origin, name) = (&candidate.origin, &candidate.name);
    let how = providers::find(provider).map_or("get a new one", |row| row.how);
    if let Some(advice) = undefined(world, candidate, provider) {
        return advice;
    }
    if candidate.route == Route::Env
        && let Some(here) = views::better_here(world, name, provider)
    {
        let (good, place) = (world.at(here.doc, here.loc), world.at(origin.doc, origin.loc));
        return format!("write the {name} from the {good} to {place}, and restart the gateway").into();
    }
    match world.doc(origin.doc).path {
        Some(_) => format!("{how}, and write it to {}", world.at(origin.doc, origin.loc)).into(),
        None => {
            Advice::say(format!("{how}, then ")).run(add(world, name)).then(format!(", and `unset {name}`"))
        }
    }
}

/// What to do about a secret that is none. A new one is the advice only where the old one is of no use, and
/// nothing else is there.
pub(crate) fn mend(world: &World, candidate: &Candidate, resolution: &Resolution, flaw: &Flaw) -> Advice {
    let (again, provider) = (world.paths.command("models status"), &*resolution.provider);
    if let Some(advice) = undefined(world, candidate, provider) {
        return advice;
    }
    if let Some(way) = give_way(world, resolution, candidate) {
        return way.then(format!("; then `{again}`"));
    }
    match flaw.sort {
        Sort::Blank | Sort::Placeholder | Sort::Elsewhere | Sort::Short | Sort::Kind | Sort::Unheard => {
            replace(world, candidate, provider)
        }
        _ => {
            let place = (candidate.name.as_str(), candidate.origin.doc, candidate.origin.loc);
            amend(world, place, provider, flaw).then(format!(", then `{again}`"))
        }
    }
}

/// What to change of a value that is no secret, without what comes then.
pub(crate) fn amend(
    world: &World,
    (name, doc, loc): (&str, DocId, Option<Loc>),
    provider: &str,
    flaw: &Flaw,
) -> Advice {
    let here = match world.doc(doc).path {
        // What a program prints is made elsewhere.
        Some(_) if world.doc(doc).kind == DocKind::SecretProgram => {
            format!(" where {} takes it from", world.at(doc, loc))
        }
        Some(_) => format!(" at {}", world.at(doc, loc)),
        None => format!(" in `{name}`"),
    };
    let what = match flaw.sort {
        Sort::Around => format!("remove the text around the secret{here}"),
        Sort::Inside => {
            format!("remove it{here}, or copy the complete secret again as plain text")
        }
        Sort::Encoded => format!("decode it, and write the result{here}"),
        Sort::Joined => format!("keep one secret{here}, and move what follows to its own line"),
        Sort::Reference => format!(
            "write the secret itself{here}, or start zirkabot and the gateway with the program that resolves it"
        ),
        Sort::Half | Sort::Perhaps => {
            format!("copy all of it, including every line, and write it{here}")
        }
        _ => {
            let how = providers::find(provider).map_or("get a new one", |row| row.how);
            format!("{how}, and write it{here}")
        }
    };
    what.into()
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
    let placed = |paste: String| Advice::say("replace it: ").run(paste);
    match from(world, profile) {
        CredentialSource::Tool(tool) => other_way(world, tool)
            .unwrap_or_else(|| Advice::say("run ").run(sign_in(world, tool)).then(on_this_machine(world))),
        CredentialSource::Env(name) => {
            Advice::say(format!("set `{name}` to a new one, then ")).run(Command::look(again))
        }
        CredentialSource::File(path) => {
            Advice::say(format!("put a new one into `{path}`, then ")).run(Command::look(again))
        }
        CredentialSource::Program(words) => {
            let program = words.first().map_or("", String::as_str);
            Advice::say(format!("have `{program}` print a new one, then ")).run(Command::look(again))
        }
        CredentialSource::ClaudeHelper => {
            let settings = world.doc_name(world.helper.doc);
            Advice::say(format!("have the program of {settings} print a new one, then "))
                .run(Command::look(again))
        }
        CredentialSource::Store => {
            let is_login = world
                .view(agent, provider)
                .and_then(|store| store.profile(profile)?.credential())
                .is_some_and(|stored| stored.kind == Kind::OAuth);
            let or = Tool::of_provider(provider).map(|tool| {
                format!(", or use {}'s login instead (`{}`)", tool.row().name, sign_in(world, tool))
            });
            let login = login::command(world, agent, profile, provider).filter(|_| is_login);
            let way = login.map(|login| Advice::say("log in again: ").run(login));
            match (way.or_else(|| paste(world, agent, profile, provider).map(placed)), or) {
                (Some(way), Some(or)) => way.then(format!("{or}; then `{again}`")),
                (Some(way), None) => way.then(format!(", then `{again}`")),
                (None, Some(or)) => {
                    Advice::say(format!("replace \"{profile}\"{or}")).then(format!("; then `{again}`"))
                }
                (None, None) => {
                    Advice::say(format!("replace \"{profile}\", then ")).run(Command::look(again))
                }
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
            ("a\n'b\\\u{1b}\u{202e}é", r"$'a\012\'b\\\033\U0000202eé'"),
            ("$(x)\"", "'$(x)\"'"),
        ] {
            assert_eq!(shell_word(word), quoted);
        }
    }
}
