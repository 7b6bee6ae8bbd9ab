//! What a directive comes to: which model and profile are chosen, or why not. Which models may be
//! chosen at all is said here, once, for choosing as for listing.

use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::doc::Node;
use crate::policy::models::{self, Model};
use crate::policy::session::browse::{self, Listing};
use crate::policy::session::chat::{self, ChatMessage, Directive};
use crate::policy::session::offered::{default, may_use, offered};
use crate::policy::session::{SessionEntry, entry, fuzzy, parent};
use crate::world::World;

/// What a message comes to.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// Whether a new conversation begins, for which nothing is chosen but what the message says.
    pub begins: bool,
    /// What is answered and done.
    pub answer: ChatAnswer,
    /// What is left of the message.
    pub text: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum ChatAnswer {
    /// Nothing: no directive stands there.
    Nothing,
    /// Which model is used, and how to change it.
    Summary,
    /// Which providers there are.
    Providers(Vec<browse::Shelf>),
    /// Models of one.
    Models(Listing),
    /// What serves each provider.
    Status,
    /// This is used from now on.
    Set {
        /// The model.
        choice: ModelChoice,
        /// The profile to which the session is pinned; without one an earlier pin goes.
        profile: Option<String>,
    },
    /// Nothing is changed.
    Refused(ChoiceFault),
}

/// A model that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelChoice {
    /// The model.
    pub model: Model,
    /// Its first short name.
    pub alias: Option<String>,
    /// Whether it is the agent's default one, so that the session goes by the config.
    pub is_default: bool,
}

/// Why a directive is refused. What was typed is in it as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChoiceFault {
    /// Lists have no numbers.
    Number(String),
    /// A profile without a model.
    NoModel(String),
    /// The config allows other models only.
    NotAllowed(String),
    /// No model is called so.
    Unknown(String),
    /// The profile is not there, or is another provider's.
    Profile(Refusal),
}

/// Decides about a message to a session of `agent`.
pub(crate) fn decide(world: &World, agent: &str, text: &str) -> Decision {
    let aliases: Vec<String> = models::aliases(&world.desired).into_iter().map(|(alias, _)| alias).collect();
    let ChatMessage { begins, directive, text } = chat::read(text, &aliases);
    match directive {
        Some(directive) => Decision { begins, answer: answer(world, agent, directive), text },
        None if begins => first_words(world, agent, text),
        None => Decision { begins, answer: ChatAnswer::Nothing, text },
    }
}

fn answer(world: &World, agent: &str, directive: Directive) -> ChatAnswer {
    match directive {
        Directive::Summary => ChatAnswer::Summary,
        Directive::Providers => ChatAnswer::Providers(browse::shelves(world, agent)),
        Directive::Models { provider, page } => {
            ChatAnswer::Models(browse::listing(world, agent, &provider, page))
        }
        Directive::Status => ChatAnswer::Status,
        Directive::Number(number) => ChatAnswer::Refused(ChoiceFault::Number(number)),
        Directive::Profile(profile) => ChatAnswer::Refused(ChoiceFault::NoModel(profile)),
        Directive::Select { model, profile } => select(world, agent, &model, profile),
    }
}

fn select(world: &World, agent: &str, model: &str, profile: Option<String>) -> ChatAnswer {
    let choice = match pick(world, agent, model) {
        Ok(choice) => choice,
        Err(fault) => return ChatAnswer::Refused(fault),
    };
    let known = profile.as_deref().map_or(Ok(()), |profile| {
        crate::policy::orders::of_provider(world, agent, &choice.model.provider, profile)
    });
    match known {
        Ok(()) => ChatAnswer::Set { choice, profile },
        Err(refusal) => ChatAnswer::Refused(ChoiceFault::Profile(refusal)),
    }
}

/// Shortest word that is taken for part of a model's name at the beginning of a conversation.
const LONG: usize = 6;

/// The first words after `/new` may name a model: `provider model`, `provider/model`, a short name, or
/// a piece of a name that is no ordinary word.
fn first_words(world: &World, agent: &str, text: String) -> Decision {
    let (first, rest) = split_word(&text);
    let (second, behind) = split_word(rest);
    let is_provider =
        offered(world, agent).iter().any(|own| own.model.provider == providers::normalise(first));
    let named = |name: &str| pick(world, agent, name).ok();
    let pair = (is_provider && !second.is_empty()).then(|| named(&format!("{first}/{second}"))).flatten();
    let short = || models::aliases(&world.desired).iter().any(|(alias, _)| alias.eq_ignore_ascii_case(first));
    let may_be = || is_provider || first.contains('/') || first.len() >= LONG || short();
    let found = match pair {
        Some(choice) => Some((choice, behind)),
        None => may_be().then(|| named(first)).flatten().map(|choice| (choice, rest)),
    };
    match found {
        Some((choice, rest)) => {
            let answer = ChatAnswer::Set { choice, profile: None };
            Decision { begins: true, answer, text: rest.to_owned() }
        }
        None => Decision { begins: true, answer: ChatAnswer::Nothing, text },
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// The model that somebody names, if it may be used.
///
/// # Errors
/// If no model is called so, or the config does not allow it.
pub(crate) fn pick(world: &World, agent: &str, text: &str) -> Result<ModelChoice, ChoiceFault> {
    let offered = offered(world, agent);
    let choice = |model: &Model| {
        let own = offered.iter().find(|candidate| candidate.model == *model);
        ModelChoice {
            model: model.clone(),
            alias: own.and_then(|own| own.aliases.first().cloned()),
            is_default: own.is_some_and(|own| own.is_default),
        }
    };
    let meant = crate::policy::models::reference::reference(world, text);
    if let Ok(model) = &meant
        && may_use(world, &offered, model, text.contains('/'))
    {
        return Ok(choice(model));
    }
    if let Some(near) = fuzzy::best(&offered, text) {
        return Ok(choice(&near.model));
    }
    if let Some(default) = offered.iter().find(|own| own.is_default && text.eq_ignore_ascii_case("default")) {
        return Ok(choice(&default.model));
    }
    match meant {
        Ok(model) if !world.desired.allowed.is_empty() => Err(ChoiceFault::NotAllowed(model.key())),
        _ => Err(ChoiceFault::Unknown(text.to_owned())),
    }
}

/// Which model a session uses.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    /// The model.
    pub model: Model,
    /// Whether it is the agent's default one.
    pub is_default: bool,
    /// Whose choice it is.
    pub from: ChosenBy,
    /// What the session has chosen that may not be used any more.
    pub forbidden: Option<Model>,
}

/// Whose choice a model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// The config's.
    Config,
    /// The session's own.
    Session,
    /// That of the session with this key, of which it is a thread.
    Parent(String),
}

/// Which model a session uses: its own choice, else that of the session it is a thread of, else the
/// agent's default one. What the config no longer allows is passed over.
pub(crate) fn current(world: &World, agent: &str, root: Option<&Node>, key: &str) -> Current {
    let inherited = inherited(world, agent, root, key);
    let Some(model) = root.and_then(|root| entry(root.get(key)?)?.choice()) else { return inherited };
    if !may_use(world, &offered(world, agent), &model, true) {
        return Current { forbidden: Some(model), ..inherited };
    }
    let is_default = model == default(world, agent);
    Current { model, is_default, from: ChosenBy::Session, forbidden: None }
}

/// Which model a session uses that has chosen none.
pub(crate) fn inherited(world: &World, agent: &str, root: Option<&Node>, key: &str) -> Current {
    let default = default(world, agent);
    let above = || {
        let above = parent(key)?;
        let model = entry(root?.get(above)?)?.choice()?;
        may_use(world, &offered(world, agent), &model, true)
            .then(|| (model, ChosenBy::Parent(above.to_owned())))
    };
    let (model, from) = above().unwrap_or_else(|| (default.clone(), ChosenBy::Config));
    Current { is_default: model == default, model, from, forbidden: None }
}

/// The entry of a session in a parsed store; an empty one if it has none.
pub(crate) fn entry_of(root: Option<&Node>, key: &str) -> SessionEntry {
    root.and_then(|root| entry(root.get(key)?)).unwrap_or_default()
}
