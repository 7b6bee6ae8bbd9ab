//! Whether what was named is known: configs and files that can be read, providers, profile ids that
//! are free. The refusals say what was probably meant.

use crate::catalog::called::{called, served_by};
use crate::catalog::nearest::{did_you_mean, listed};
use crate::catalog::providers::{self, PROVIDERS};
use crate::change::advice::Command;
use crate::change::proposal::Refusal;
use crate::config::{CredentialSource, ProblemKind};
use crate::doc::redact::is_secret_like;
use crate::doc::{DocId, State};
use crate::world::World;
use std::collections::BTreeSet;

/// Refuses while it is not known what is meant, as all that writes does. A config that is not there
/// is made, also where `ZIRKABOT_CONFIG_PATH` says.
///
/// # Errors
/// If the config cannot be read.
pub(crate) fn known_config(world: &World) -> Result<(), Refusal> {
    let config = world.deciding_config();
    let name = world.doc_name(config);
    match &world.doc(config).state {
        State::Parsed | State::Absent => Ok(()),
        state => Err(Refusal::state(format!("{name} {}", state.in_words()))
            .code("config/syntax")
            .help(Command::look(world.paths.command("doctor")).then(" shows where"))),
    }
}

/// Refuses to hand out, renew or name a credential while it is not known which ones are meant.
///
/// # Errors
/// If the config cannot be read, is not where it is said to be, or is wrong in what says so.
pub(crate) fn known_auth(world: &World) -> Result<(), Refusal> {
    known_config(world)?;
    let name = world.doc_name(world.config.doc);
    if !world.config_is_known() {
        return Err(Refusal::state(format!(
            "{name} does not exist, so it is unknown which credentials to use"
        ))
        .code("config/unreadable")
        .help("correct ZIRKABOT_CONFIG_PATH, or unset it"));
    }
    let Some(problem) = world.desired.auth_doubt() else { return Ok(()) };
    let place = world.at(problem.loc.doc, Some(problem.loc));
    let code = match problem.kind {
        ProblemKind::UnknownKey(_) => "config/unknown-key",
        ProblemKind::LegacyKey(_) => "config/legacy-key",
        ProblemKind::MissingVariable(_) => "config/missing-variable",
        ProblemKind::UnknownProvider { .. } => "config/unknown-provider",
        ProblemKind::Include(_) => "config/unreadable",
        ProblemKind::Untrusted(..) => "config/not-trusted",
        ProblemKind::Expected(..) | ProblemKind::Model(..) | ProblemKind::MissingKey(_) => "config/schema",
    };
    let why = format!("it is unknown which credentials to use: {} ({place})", problem.message());
    Err(Refusal::state(why)
        .code(code)
        .help(Command::look(world.paths.command("config validate")).then(" shows where")))
}

/// Refuses to go by a file that is there and cannot be read.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn known_file(world: &World, doc: DocId) -> Result<(), Refusal> {
    match &world.doc(doc).state {
        State::Parsed | State::Absent => Ok(()),
        state => {
            let why = format!("{} {}", world.doc_name(doc), state.in_words());
            Err(Refusal::state(why).help(Command::look(world.paths.command("doctor")).then(" shows more")))
        }
    }
}

/// Refuses to speak of profiles while the config or a store cannot be read.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn known_files(world: &World) -> Result<(), Refusal> {
    known_config(world)?;
    world.stores.iter().try_for_each(|store| known_file(world, store.doc))
}

/// The provider that a person means: what people call one is taken for it, unless the config has a
/// provider of that name. Every command that is told a provider asks here.
pub(crate) fn meant(world: &World, given: &str) -> String {
    let id = providers::normalise(given);
    let own = world.desired.provider(&id).is_some() || world.desired.is_cli_backend(&id);
    if own { id } else { called(&id).map_or(id, str::to_owned) }
}

/// [`meant`], if anything knows it.
///
/// # Errors
/// As those of [`known_provider`].
pub(crate) fn provider(world: &World, given: &str) -> Result<String, Refusal> {
    let provider = meant(world, given);
    known_provider(world, &provider)?;
    Ok(provider)
}

/// Refuses a provider that nothing knows: neither our table, nor the config, nor a store.
///
/// # Errors
/// If nothing knows it, with what was probably meant.
fn known_provider(world: &World, provider: &str) -> Result<(), Refusal> {
    let known = known_providers(world);
    if known.contains(provider) || world.desired.is_cli_backend(provider) {
        return named_provider(provider);
    }
    if let Some(served) = served(provider) {
        return Err(Refusal::state(format!("`{provider}` is not a provider here; {served}")));
    }
    named_provider(provider)?;
    let hint = did_you_mean(provider, &known);
    Err(Refusal::state(format!("unknown provider `{provider}`{hint}")))
}

/// Who serves the models of a vendor that is no provider itself.
pub(crate) fn served(vendor: &str) -> Option<String> {
    let by: Vec<String> = served_by(vendor).iter().map(|id| (*id).to_owned()).collect();
    (!by.is_empty()).then(|| format!("its models are served by {}", listed(&by)))
}

/// Refuses what is no name of a provider, wherever it is asked for.
///
/// # Errors
/// If it is empty, too long, has other signs in it, or looks like a secret.
pub(crate) fn named_provider(provider: &str) -> Result<(), Refusal> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if is_secret_like(provider) {
        let why = "the name of the provider looks like a secret, but names are never hidden";
        return Err(Refusal::usage(why));
    }
    if provider.is_empty() || provider.len() > 64 || !provider.chars().all(fine) {
        let why = "the name of a provider has letters, digits, dots and dashes, such as anthropic";
        return Err(Refusal::usage(why));
    }
    Ok(())
}

/// The providers of our table, of the config, of the models in use and of the stores.
pub(crate) fn known_providers(world: &World) -> BTreeSet<String> {
    let stored = world.stores.iter().flat_map(|store| &store.profiles).map(|stored| &stored.provider);
    let declared = world.desired.profiles.iter().map(|profile| &profile.provider);
    let own = world.desired.providers.iter().map(|own| &own.id);
    let models = world.scope.iter().flat_map(|agent| crate::policy::models::in_use(&world.desired, agent));
    let known = stored.chain(declared).chain(own).cloned().chain(models.map(|used| used.model.provider));
    known.chain(PROVIDERS.iter().map(|row| row.id.to_owned())).collect()
}

/// Refuses an id that a person's own credential cannot have.
///
/// # Errors
/// If it is not `<provider>:<name>`, looks like a secret, belongs to another program's login, or
/// comes from a variable.
pub(crate) fn free_id(world: &World, provider: &str, id: &str) -> Result<(), Refusal> {
    let fine = |c: char| !c.is_control() && !c.is_whitespace() && !"\"'`\\".contains(c);
    let named = id
        .split_once(':')
        .filter(|(of, name)| providers::normalise(of) == provider && !name.is_empty() && id.len() <= 128);
    if is_secret_like(id) {
        return Err(Refusal::usage("the profile id looks like a secret, but names are never hidden"));
    }
    if named.is_none() || !id.chars().all(fine) {
        return Err(Refusal::usage(format!("a profile id for {provider} is `{provider}:` and a name")));
    }
    match crate::world::from(world, id) {
        CredentialSource::Store => Ok(()),
        from if from.is_elsewhere() => {
            let why = format!("{id} comes from {}, according to the config", from.in_words());
            Err(Refusal::state(why).help(format!("use another --profile-id, such as {provider}:manual")))
        }
        from => {
            let why = format!("{id} is {}, and the next sync would restore it", from.in_words());
            Err(Refusal::state(why).help(format!("use another --profile-id, such as {provider}:manual")))
        }
    }
}

/// The name of a credential that was given by hand.
pub(crate) fn default_id(provider: &str) -> String {
    format!("{provider}:manual")
}
