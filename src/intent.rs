//! What a person asks for, as edits of what was observed. Pure.
//!
//! A check proposes edits because something is wrong; an intent proposes them because somebody
//! wants it so. Both become one plan, and go through the same `apply`. An intent reads the world
//! and writes nothing; asked for again after it was carried out, it proposes nothing new.
//!
//! [`credential`] puts a secret where it belongs and takes it away, [`manual`] knows what a person
//! leaves out who gives one, [`order`] says which one comes first, [`models`] which model is used,
//! [`dotenv`] sets a variable, [`setup`] puts these together for a
//! first credential, [`service`] has the gateway and the monitor run, [`session`] says what one chat uses, [`setting`] sets any value of the config, and [`config`] finds the place in the
//! config files for it.

pub mod config;
pub mod credential;
pub mod dotenv;
pub mod manual;
pub mod models;
pub mod order;
pub mod service;
pub mod session;
pub mod setting;
pub mod setup;

use crate::doc::{DocId, State};
use crate::plan::Edit;
use crate::providers::PROVIDERS;
use crate::world::World;
use std::collections::BTreeSet;

/// One thing that is to be done.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What the edits do; the end of a sentence that begins with "this will". No secret.
    pub what: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

impl Wish {
    /// A wish; what looks like a credential in its sentence is hidden, as it stands in the history.
    pub fn new(what: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { what: crate::doc::looks::hide(what.into()), edits }
    }
}

/// Why something that was asked for is not done; nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the finding that says more, if there is one.
    pub code: Option<&'static str>,
    /// Why: a lower-case phrase without a full stop. No secret.
    pub why: String,
    /// What to do instead: a sentence, commands in backquotes. No secret.
    pub help: Option<String>,
    /// Whether the command line is wrong, rather than the state of things.
    pub usage: bool,
}

impl Refusal {
    /// The state of things does not allow it.
    pub fn state(why: impl Into<String>) -> Self {
        Self { code: None, why: crate::doc::looks::hide(why.into()), help: None, usage: false }
    }

    /// What was asked for makes no sense.
    pub fn usage(why: impl Into<String>) -> Self {
        Self { usage: true, ..Self::state(why) }
    }

    /// What to do instead.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(crate::doc::looks::hide(help.into())), ..self }
    }

    /// The finding that says more.
    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

/// What is to be done, or why not.
pub type Wishes = Result<Vec<Wish>, Refusal>;

/// Refuses while it is not known what is meant, as all that writes does. A config that is not there
/// is made, also where `ZIRKABOT_CONFIG_PATH` says.
///
/// # Errors
/// If the config cannot be read.
pub fn known_config(world: &World) -> Result<(), Refusal> {
    let name = world.doc_name(world.config.doc);
    match &world.doc(world.config.doc).state {
        State::Parsed | State::Absent => Ok(()),
        state => Err(Refusal::state(format!("{name} {}", state.in_words()))
            .code("config/syntax")
            .help(format!("`{}` shows where", world.paths.command("doctor")))),
    }
}

/// Refuses to go by a file that is there and cannot be read.
///
/// # Errors
/// If it cannot be read.
pub fn known_file(world: &World, doc: DocId) -> Result<(), Refusal> {
    match &world.doc(doc).state {
        State::Parsed | State::Absent => Ok(()),
        state => {
            let why = format!("{} {}", world.doc_name(doc), state.in_words());
            Err(Refusal::state(why).help(format!("`{}` says more", world.paths.command("doctor"))))
        }
    }
}

/// Refuses to speak of profiles while the config or a store cannot be read.
///
/// # Errors
/// If one cannot be read.
pub fn known_files(world: &World) -> Result<(), Refusal> {
    known_config(world)?;
    world.stores.iter().try_for_each(|store| known_file(world, store.doc))
}

/// Which profiles there are instead, for a person.
pub fn instead(names: &[String]) -> String {
    match names {
        [one] => format!("only {one} is stored"),
        names => format!("{} are stored", listed(names)),
    }
}

/// Refuses a provider that nothing knows: neither our table, nor the config, nor a store.
///
/// # Errors
/// If nothing knows it, with what was probably meant.
pub fn known_provider(world: &World, provider: &str) -> Result<(), String> {
    let known = known_providers(world);
    if known.contains(provider) || world.desired.is_cli_backend(provider) {
        return Ok(());
    }
    let hint = did_you_mean(provider, known.iter().map(String::as_str));
    Err(format!("no provider `{provider}` is known{hint}"))
}

/// The providers of our table, of the config, of the models in use and of the stores.
pub fn known_providers(world: &World) -> BTreeSet<String> {
    let stored = world.stores.iter().flat_map(|store| &store.profiles).map(|stored| &stored.provider);
    let declared = world.desired.profiles.iter().map(|profile| &profile.provider);
    let own = world.desired.providers.iter().map(|own| &own.id);
    let models = world.scope.iter().flat_map(|agent| crate::models::in_use(&world.desired, agent));
    let known = stored.chain(declared).chain(own).cloned().chain(models.map(|used| used.model.provider));
    known.chain(PROVIDERS.iter().map(|row| row.id.to_owned())).collect()
}

/// ` (did you mean `x`?)`, if `given` is probably a slip of one of these.
pub fn did_you_mean<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> String {
    let near = crate::nearest::nearest(given, names);
    near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
