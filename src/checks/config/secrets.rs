//! Secrets that stand in the config in clear, and their way into `$STATE/.env`.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Sink};
use crate::config::channels::CHANNELS;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::redact::is_secret_like;
use crate::doc::{Doc, KeyPath, Loc, State};
use crate::policy::orders::edit_at;
use crate::sys::secret::Secret;
use crate::world::{Sight, World};

/// A secret in clear.
struct ClearText<'w> {
    /// Its key, for people.
    key: String,
    secret: &'w Secret,
    loc: Loc,
    /// The variable that it would be.
    name: String,
    /// Whether it is a variable already, of the config's `env` block.
    is_var: bool,
}

pub(super) fn secret_in_config(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let all = in_clear(world);
    for clear in &all {
        let draft = sink.state(&clear.key, format!("`{}` contains a secret in plain text", clear.key)).see(
            clear.loc.doc,
            Some(clear.loc),
            "a secret",
        );
        let dotenv = world.paths.shown(&world.paths.state.join(".env"));
        // Two secrets cannot go by one name.
        let is_own = all.iter().all(|other| other.name != clear.name || other.secret == clear.secret);
        // A key that was typed in the place of a name is no name.
        let is_name = !is_secret_like(&clear.key) && is_own;
        match moved(world, clear).filter(|_| is_name) {
            Some(edits) => {
                draft.edit(format!("move `{}` to {dotenv} as {}", clear.key, clear.name), edits, Class::Fix)
            }
            None if clear.is_var => draft.advise(format!("move it to {dotenv}")),
            None => draft.advise(format!("move it to {dotenv} and write \"${{NAME}}\" here")),
        };
    }
}

/// All secrets that stand in the config in clear.
fn in_clear(world: &World) -> Vec<ClearText<'_>> {
    let desired = &world.desired;
    let keys = desired.providers.iter().filter_map(|provider| {
        let (secret, loc) = provider.api_key.as_ref()?;
        let key = format!("models.providers.{}.apiKey", provider.id);
        Some(ClearText { key, secret, loc: *loc, name: variable(&provider.id), is_var: false })
    });
    let vars = desired.env.iter().filter(|entry| is_credential(&entry.name)).map(|entry| ClearText {
        key: format!("env.{}", entry.name),
        secret: &entry.value,
        loc: entry.loc,
        name: entry.name.clone(),
        is_var: true,
    });
    let tokens = CHANNELS.iter().filter_map(|channel| {
        let (token, name) = channel.token()?;
        let at = KeyPath::of(&["monitor", channel.name(), token]);
        let node = desired.root.as_ref()?.locate(&at)?;
        Some(ClearText { key: at.to_string(), secret: node.as_secret()?, loc: node.loc, name, is_var: false })
    });
    let is_clear = |clear: &ClearText<'_>| !clear.secret.is_blank() && desired.reference(clear.loc).is_none();
    keys.chain(vars).chain(tokens).filter(is_clear).collect()
}

fn is_credential(name: &str) -> bool {
    providers::PROVIDERS.iter().any(|row| row.vars.iter().any(|var| var.name == name))
}

/// The variable for an API key of a provider: its own, else one that is named after it.
fn variable(provider: &str) -> String {
    let own = providers::vars(provider).iter().find(|var| var.kind == Kind::ApiKey);
    own.map_or_else(
        || {
            let upper = provider.to_ascii_uppercase();
            let name: String =
                upper.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            format!("{name}_API_KEY")
        },
        |var| var.name.to_owned(),
    )
}

/// The edits that move it into `$STATE/.env`; none if anything would have another value then.
fn moved(world: &World, clear: &ClearText<'_>) -> Option<Vec<Edit>> {
    let can_hold = |doc: &&Doc| matches!(doc.state, State::Parsed | State::Absent);
    let dotenv = world.doc_of(DocKind::StateDotenv).filter(can_hold)?;
    let tame = |c: char| c.is_ascii_graphic() && !"\"'`\\$#".contains(c);
    let stays = |sight: Sight<'_>| {
        let bindings = sight.env.bindings(&clear.name);
        match clear.is_var {
            // What is set before, even blank, would win over a `.env` file.
            true => bindings.first().is_some_and(|first| first.loc == Some(clear.loc)),
            false => bindings.iter().all(|binding| binding.value == clear.secret),
        }
    };
    let stays = stays(world.here()) && stays(world.bot());
    if !stays
        || !clear.secret.expose().chars().all(tame)
        || clear.name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let reference = || To::text(&format!("${{{}}}", clear.name));
    let to = if clear.is_var { To::Remove } else { reference() };
    let value = To::Set(Draft::String(clear.secret.clone()));
    let kept = Edit::value(dotenv.id, KeyPath::of(&[&clear.name]), value);
    Some(vec![kept, edit_at(world, clear.loc, to)?])
}
