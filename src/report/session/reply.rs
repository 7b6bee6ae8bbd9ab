//! The replies to chat messages about models, in words. What is answered was decided before; no secret
//! is in a reply, only labels.

use crate::intent::models::cautions;
use crate::policy::models::Model;
use crate::policy::models::reference::{ModelSlot, unpaid};
use crate::policy::resolve::{self, Route, Verdict, Why};
use crate::policy::session::browse::{Listing, Shelf};
use crate::policy::session::choose::{
    self, ChatAnswer, ChoiceFault, ChosenBy, Current, Decision, ModelChoice,
};
use crate::policy::session::fuzzy::Candidate;
use crate::policy::session::{SessionEntry, Source};
use crate::report::session::auth;
use crate::report::words::Words;
use crate::world::World;
use crate::world::label::Labels;

/// Longest piece of a message that is repeated, in letters.
const LONGEST: usize = 80;

/// A session in which something is answered.
pub(crate) struct Chat<'a> {
    /// How things are.
    pub world: &'a World,
    /// What is shown of its secrets.
    pub labels: Labels,
    /// The agent.
    pub agent: &'a str,
    /// The session's key.
    pub key: &'a str,
}

impl<'a> Chat<'a> {
    /// A session of an agent.
    pub(crate) fn new(world: &'a World, agent: &'a str, key: &'a str) -> Self {
        Self { world, labels: Labels::new(world), agent, key }
    }

    /// What the session store says of it.
    pub(crate) fn entry(&self) -> SessionEntry {
        choose::entry_of(self.root(), self.key)
    }

    /// Which model it uses.
    pub(crate) fn current(&self) -> Current {
        choose::current(self.world, self.agent, self.root(), self.key)
    }

    fn root(&self) -> Option<&crate::doc::Node> {
        self.world.sessions(self.agent).and_then(|doc| doc.root.as_ref())
    }

    /// A model as a chat user reads it: `alias (provider/model)`, or its key alone.
    pub(crate) fn label(&self, model: &Model) -> String {
        let offered = crate::policy::session::offered::offered(self.world, self.agent);
        let own = offered.iter().find(|own| own.model == *model);
        self.named(model, own.and_then(|own| own.aliases.first()))
    }

    fn named(&self, model: &Model, alias: Option<&String>) -> String {
        let key = self.labels.name(&model.key());
        alias.map_or_else(|| key.clone(), |alias| format!("{} ({key})", self.labels.name(alias)))
    }

    /// What a chat user is told; lines without a last line break.
    pub(crate) fn reply(&self, decision: &Decision) -> String {
        let reply = match &decision.answer {
            ChatAnswer::Nothing => String::new(),
            ChatAnswer::Summary => self.summary(),
            ChatAnswer::Providers(shelves) => self.providers(shelves),
            ChatAnswer::Models(listing) => self.models(listing),
            ChatAnswer::Status => self.status(),
            ChatAnswer::Set { choice, profile } => self.set(choice, profile.as_deref()),
            ChatAnswer::Refused(fault) => self.refused(fault),
        };
        let begun = if decision.begins { "New conversation." } else { "" };
        let gap = if begun.is_empty() || reply.is_empty() { "" } else { "\n" };
        self.labels.scrub(&format!("{begun}{gap}{reply}"))
    }

    fn summary(&self) -> String {
        let mut lines = self.now();
        lines.push("Change it: /model <provider/model>, or /model <short name>@<profile>".to_owned());
        lines.push("Browse: /models for providers, /models <provider> for models".to_owned());
        lines.push("Details: /model status".to_owned());
        lines.join("\n")
    }

    /// Which model is used, and to which profile the session is pinned.
    fn now(&self) -> Vec<String> {
        let current = self.current();
        let whose = match &current.from {
            ChosenBy::Parent(_) => " (from the parent conversation of this thread)",
            _ if current.is_default => " (default)",
            _ => "",
        };
        let mut lines = vec![format!("Current: {}{whose}", self.label(&current.model))];
        if let Some(model) = &current.forbidden {
            let key = self.labels.name(&model.key());
            lines.push(format!("{key}, which was chosen here, is no longer allowed."));
        }
        if let Some(pin) = self.entry().pin {
            let by = if pin.source() == Source::User { "pinned" } else { "pinned by the gateway" };
            lines.push(format!("Auth profile: {} ({by})", self.labels.name(&pin.profile)));
        }
        lines
    }

    fn providers(&self, shelves: &[Shelf]) -> String {
        let line = |shelf: &Shelf| {
            let model = shelf.models.first().map(|candidate| &candidate.model);
            let is_unpaid = model.is_some_and(|model| unpaid(self.world, self.agent, model).is_some());
            let mark = if is_unpaid { ", no credential" } else { "" };
            format!("- {} ({}{mark})", self.labels.name(&shelf.provider), shelf.models.len())
        };
        let lines: Vec<String> = shelves.iter().map(line).collect();
        let how = "Models of a provider: /models <provider>\nChoose a model: /model <provider/model>";
        format!("Providers:\n{}\n{how}", lines.join("\n"))
    }

    fn models(&self, listing: &Listing) -> String {
        match listing {
            Listing::Unknown { asked, providers } => {
                let names: Vec<String> =
                    providers.iter().map(|name| format!("- {}", self.labels.name(name))).collect();
                format!("There is no provider {}. Available:\n{}", self.typed(asked), names.join("\n"))
            }
            Listing::Beyond { provider, number, pages } => {
                let name = self.labels.name(provider);
                let have = if *pages == 1 { "one page".to_owned() } else { format!("{pages} pages") };
                format!("Page {number} is out of range: {name} has {have}. Try /models {name} page={pages}")
            }
            Listing::Part { provider, models, before, total, number, pages } => {
                let name = self.labels.name(provider);
                let (first, last) = (before + 1, before + models.len());
                let mut lines = vec![format!("{name}: {first}-{last} of {total}, page {number} of {pages}")];
                lines.extend(models.iter().map(|own| self.line(own)));
                if number < pages {
                    lines.push(format!("More: /models {name} page={}, all: /models {name} all", number + 1));
                }
                lines.push("Choose one: /model <provider/model>".to_owned());
                lines.join("\n")
            }
        }
    }

    /// A model in a list, with its short names.
    fn line(&self, own: &Candidate) -> String {
        let names: Vec<String> = own.aliases.iter().map(|alias| self.labels.name(alias)).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        format!("- {}{names}", self.labels.name(&own.model.key()))
    }

    fn status(&self) -> String {
        let mut lines = self.now();
        let offered = crate::policy::session::offered::offered(self.world, self.agent);
        let default = offered.iter().find(|own| own.is_default).map(|own| self.label(&own.model));
        lines.push(format!("Default: {}", default.unwrap_or_default()));
        lines.push(format!("Agent: {}", self.agent));
        let store = self.world.store(self.agent).map(|store| self.world.doc_name(store.doc));
        lines.push(format!("Auth file: {}", store.unwrap_or_default()));
        let (mut without, current) = (Vec::new(), self.current().model.provider);
        for shelf in crate::policy::session::browse::shelves(self.world, self.agent) {
            let auth = auth::of(self.world, &self.labels, self.agent, &shelf.provider);
            if !auth.is_there && shelf.provider != current {
                without.push(self.labels.name(&shelf.provider));
                continue;
            }
            lines.push(format!("\n[{}] {}", self.labels.name(&shelf.provider), auth.line));
            lines.extend(shelf.models.iter().map(|own| self.line(own)));
        }
        if !without.is_empty() {
            lines.push(format!("\nWithout a credential: {}", without.join(", ")));
        }
        lines.join("\n")
    }

    fn set(&self, choice: &ModelChoice, profile: Option<&str>) -> String {
        let label = self.named(&choice.model, choice.alias.as_ref());
        let mut reply = match choice.is_default {
            true => format!("Model reset to default ({label})."),
            false => format!("Model set to {label}."),
        };
        if let Some(profile) = profile {
            reply.push_str(&format!(" Auth profile set to {}.", self.labels.name(profile)));
        }
        let unfit = profile.and_then(|profile| self.unfit(&choice.model.provider, profile));
        unfit.iter().for_each(|note| reply.push_str(&format!("\nNote: {note}")));
        let notes = cautions(self.world, self.agent, true, ModelSlot::Model, &choice.model.key());
        notes.iter().for_each(|note| reply.push_str(&format!("\nNote: {note}")));
        reply
    }

    /// Why a profile that was chosen cannot be used now, if so.
    fn unfit(&self, provider: &str, profile: &str) -> Option<String> {
        let words = Words { world: self.world, warn: self.world.warn_within(None) };
        let resolution = resolve::resolve(self.world, self.agent, provider);
        let found = resolution.by(Route::Profile).find(|candidate| candidate.name == profile)?;
        // A pin is used whatever the order says.
        let is_unfit = !matches!(found.verdict, Verdict::Unusable(Why::LeftOut))
            && matches!(found.verdict, Verdict::Unusable(_));
        let why = words.reason(found, &resolution.order);
        is_unfit.then(|| format!("{} cannot be used now: {why}", self.labels.name(profile)))
    }

    fn refused(&self, fault: &ChoiceFault) -> String {
        const BROWSE: &str = "/models lists providers, /models <provider> lists models.";
        match fault {
            ChoiceFault::Number(_) => format!("Numeric selection is not supported. {BROWSE}"),
            ChoiceFault::NoModel(profile) => {
                let profile = self.typed(profile);
                format!("Auth profile {profile} needs a model selection: /model <provider/model>@<profile>")
            }
            ChoiceFault::NotAllowed(key) => format!("Model {} is not allowed. {BROWSE}", self.typed(key)),
            ChoiceFault::Unknown(text) => {
                let how = "To use one that is not listed, write /model <provider/model>.";
                let how = if text.contains('/') { "" } else { how };
                format!("No model is called {}. {BROWSE} {how}", self.typed(text)).trim_end().to_owned()
            }
            ChoiceFault::Profile(refusal) => {
                // Commands are of no use in a chat.
                let instead = refusal.help.as_ref().filter(|help| !help.has_command());
                let instead = instead.map(|help| format!("; {help}")).unwrap_or_default();
                format!("That is not possible: {}{instead}.", refusal.why)
            }
        }
    }

    /// What somebody typed, in quotes, and not at any length.
    fn typed(&self, text: &str) -> String {
        // Cut after it was judged whole: half a secret does not look like one.
        let name = self.labels.name(text);
        let cut: String = name.chars().take(LONGEST).collect();
        let more = if cut.len() < name.len() { "…" } else { "" };
        format!("\"{cut}{more}\"")
    }
}
