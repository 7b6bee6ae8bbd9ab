//! The words for credentials and candidates that several reports share: state, time left,
//! place, what becomes of it and what to do about it. Says what `resolve` and `health` found;
//! finds nothing itself.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::providers;
use crate::change::advice::Advice;
use crate::config::CredentialSource;
use crate::doc::{DocId, Loc};
use crate::policy::advice;
use crate::policy::health::{self, HealthWord};
use crate::policy::probe;
use crate::policy::resolve::{Candidate, OrderSource, Resolution, Route, Verdict, Why};
use crate::report::style::Sign;
use crate::sys::Millis;
use crate::sys::time::{date, short};
use crate::world::World;
use crate::world::actual::{Credential, Expiry};
use crate::world::asked::Came;

/// What is said of candidates, in one world with one warning window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'w> {
    /// The world.
    pub world: &'w World,
    /// The warning window.
    pub warn: Millis,
}

impl Words<'_> {
    /// The state of a candidate in one word.
    pub(crate) fn state(&self, candidate: &Candidate) -> (Sign, &'static str) {
        match &candidate.verdict {
            Verdict::Unusable(Why::NotSynced) if candidate.fatal().is_some() => {
                (Sign::Bad, candidate.fatal().map_or("malformed", |flaw| flaw.word()))
            }
            Verdict::Unusable(why) => self.unusable_state(candidate, why),
            Verdict::Chosen | Verdict::Later if candidate.fatal().is_some() => {
                (Sign::Bad, candidate.fatal().map_or("malformed", |flaw| flaw.word()))
            }
            Verdict::Chosen | Verdict::Later if probe::is_useless(self.world, candidate) => {
                let came = probe::said_of(self.world, candidate).map(|asked| asked.came);
                (Sign::Bad, if came == Some(Came::Billing) { "unpaid" } else { "refused" })
            }
            Verdict::Chosen | Verdict::Later => match self.word(candidate) {
                Some(HealthWord::Ok) => (Sign::Good, "ok"),
                Some(HealthWord::Expiring) => (Sign::Soon, "expiring"),
                Some(HealthWord::Expired) => (Sign::Soon, "expired"),
                Some(HealthWord::Missing) => (Sign::Rest, "unknown"),
                Some(HealthWord::Static) | None => (Sign::Rest, "static"),
            },
        }
    }

    fn unusable_state(&self, candidate: &Candidate, why: &Why) -> (Sign, &'static str) {
        match why {
            Why::NotStored => (Sign::Bad, "missing"),
            Why::Blank => (Sign::Bad, "blank"),
            Why::Expired(_) => (Sign::Bad, "expired"),
            Why::Refused(_) => (Sign::Bad, "needs login"),
            Why::NoScope(_) | Why::Misnamed(..) => (Sign::Bad, "unusable"),
            Why::Unknown => (Sign::Bad, "unknown"),
            Why::Dangling(_) => (Sign::Bad, "missing"),
            Why::Elsewhere(_) => (Sign::Rest, "unknown"),
            Why::Cooldown(_) => (Sign::Soon, "cooling down"),
            Why::NotSynced => (Sign::Soon, "unsynced"),
            Why::Mode(..) | Why::OtherProvider(_) | Why::Incomplete => (Sign::Bad, "unusable"),
            Why::LeftOut | Why::Shadowed(_) | Why::Blocked(_) | Why::Untrusted | Why::Unknowable => {
                match self.word(candidate) {
                    Some(HealthWord::Expired) => (Sign::Rest, "expired"),
                    _ => (Sign::Rest, "unused"),
                }
            }
        }
    }

    /// The health of a candidate's credential.
    pub(crate) fn word(&self, candidate: &Candidate) -> Option<HealthWord> {
        candidate.credential.as_ref().map(|credential| health::of(credential, self.world.now, self.warn))
    }

    /// How long it lasts, in a few words; empty for what does not end.
    pub(crate) fn left(&self, credential: &Credential) -> String {
        match credential.expires {
            Expiry::Never => String::new(),
            Expiry::Unknown => "expiry unknown".to_owned(),
            Expiry::Malformed => "expiry unreadable".to_owned(),
            Expiry::At { at, .. } if at > self.world.now => {
                let assumed = if credential.terms.is_assumed { ", assumed" } else { "" };
                format!("{} left{assumed}", short(at - self.world.now))
            }
            Expiry::At { at, .. } => format!("{} ago", short(self.world.now.saturating_sub(at))),
        }
    }

    /// An instant with its distance: `2026-11-22 23:18 UTC (3d 4h ago)`, `… (5h 12m)`.
    pub(crate) fn when(&self, at: Millis) -> String {
        let now = self.world.now;
        if at > now {
            format!("{} ({})", date(at), short(at - now))
        } else {
            format!("{} ({} ago)", date(at), short(now.saturating_sub(at)))
        }
    }

    /// A place in a few words: `auth store:5`, `config:12`, `~/.zirkabot/.env:3`, `environment`.
    /// `agent` is whose report it is.
    pub(crate) fn place(&self, agent: &str, doc: DocId, loc: Option<Loc>) -> String {
        const LONGEST: usize = 32;
        let full = self.world.at(doc, loc);
        let kind = self.world.doc(doc).kind;
        let line = full.rsplit_once(':').filter(|_| loc.is_some()).map_or("", |(_, line)| line);
        let line = if line.is_empty() { String::new() } else { format!(":{line}") };
        let owner = self.world.stores.iter().find(|store| store.doc == doc);
        match (kind, owner) {
            (DocKind::Store, Some(store)) if store.agent == agent => format!("auth store{line}"),
            (DocKind::Store, Some(store)) => format!("auth store of {}{line}", store.agent),
            (DocKind::Config, _) => format!("config{line}"),
            _ if full.chars().count() > LONGEST => match full.rsplit_once('/') {
                Some((_, name)) if full.starts_with('~') => format!("~/…/{name}"),
                Some((_, name)) => format!("…/{name}"),
                None => full,
            },
            _ => full,
        }
    }

    /// A document in the middle of a sentence: `the environment`, `~/.zirkabot/.env`.
    pub(crate) fn source(&self, doc: DocId) -> String {
        let name = self.world.doc_name(doc);
        match self.world.doc(doc).path {
            Some(_) => name,
            None => format!("the {name}"),
        }
    }

    /// How long something rests after failures.
    pub(crate) fn cooling(&self, until: Millis) -> String {
        format!("cooling down for {}", short(until - self.world.now))
    }

    /// What becomes of a candidate, in a few words.
    pub(crate) fn fate(&self, candidate: &Candidate, order: &OrderSource) -> String {
        let why = match &candidate.verdict {
            Verdict::Chosen => return "in use".to_owned(),
            Verdict::Later => return "standby".to_owned(),
            Verdict::Unusable(why) => why,
        };
        match why {
            Why::NotSynced if candidate.fatal().is_some() => {
                candidate.fatal().map_or("", |flaw| flaw.label()).to_owned()
            }
            Why::NotStored => "not stored".to_owned(),
            Why::OtherProvider(provider) => format!("belongs to {provider}"),
            Why::Mode(mode, kind) => {
                format!("config says {}, but {} is stored", mode.as_str(), kind.as_str())
            }
            Why::Blank if candidate.route == Route::Env => "is empty".to_owned(),
            Why::Blank => "no value".to_owned(),
            Why::Expired(_) => String::new(),
            Why::Refused(_) => "its renewal was rejected".to_owned(),
            Why::NoScope(scope) => format!("lacks the scope {scope}"),
            Why::Misnamed(Some(has), reads) => format!("has `{has}`, not `{reads}`"),
            Why::Misnamed(None, lacks) => format!("lacks `{lacks}`"),
            Why::Unknown => "not a known type".to_owned(),
            Why::NotSynced => "not in the auth store yet".to_owned(),
            Why::Cooldown(until) => self.cooling(*until),
            Why::LeftOut if *order == OrderSource::Declared => "not in auth.profiles".to_owned(),
            Why::LeftOut => "not in the order".to_owned(),
            Why::Shadowed(doc) if candidate.origin.doc == *doc => "set again below".to_owned(),
            Why::Blocked(doc) if candidate.origin.doc == *doc => "set to empty below".to_owned(),
            Why::Shadowed(doc) => format!("hidden by {}", self.world.doc_name(*doc)),
            Why::Blocked(doc) => format!("set to empty by {}", self.world.doc_name(*doc)),
            Why::Incomplete => "a part is missing".to_owned(),
            Why::Untrusted => "only with --trust-cwd".to_owned(),
            Why::Unknowable => "the config is invalid".to_owned(),
            Why::Dangling(what) | Why::Elsewhere(what) => format!("refers to {what}"),
        }
    }

    /// What becomes of a candidate and why, as a sentence without a full stop.
    pub(crate) fn reason(&self, candidate: &Candidate, order: &OrderSource) -> String {
        let name = &candidate.name;
        let why = match &candidate.verdict {
            Verdict::Chosen | Verdict::Later | Verdict::Unusable(Why::NotSynced)
                if candidate.fatal().is_some() =>
            {
                let fault = candidate.fatal().map_or("", |flaw| flaw.label());
                let used = if candidate.verdict == Verdict::Chosen { "used, but " } else { "" };
                return format!("{used}it {fault}");
            }
            Verdict::Chosen => return self.reason_chosen(candidate),
            Verdict::Later => return "usable, but an earlier one is used".to_owned(),
            Verdict::Unusable(why) => why,
        };
        match why {
            Why::NotStored => "declared, but no credential is stored under this name".to_owned(),
            Why::OtherProvider(provider) => format!("it is a profile of {provider}"),
            Why::Mode(mode, kind) => format!(
                "the config says mode \"{}\", which does not accept the stored {}",
                mode.as_str(),
                kind.label()
            ),
            Why::Blank if candidate.route == Route::Env => "it is set, but empty".to_owned(),
            Why::Blank => "it has no value".to_owned(),
            Why::Expired(at) => format!("it expired {}", self.when(*at)),
            Why::Refused(at) => {
                format!("it has expired, and the provider rejected its renewal {}", self.when(*at))
            }
            Why::Misnamed(Some(has), reads) => {
                format!("its record has `{has}`, the gateway reads `{reads}`")
            }
            Why::Misnamed(None, lacks) => format!("its record lacks `{lacks}`"),
            Why::NoScope(scope) => format!("it lacks the scope {scope}, so it cannot be used for models"),
            Why::Unknown => "it is damaged or of an unknown type; it is kept unchanged".to_owned(),
            Why::NotSynced => "it is not in the auth store yet".to_owned(),
            Why::Cooldown(until) => format!("it is cooling down until {}", self.when(*until)),
            Why::LeftOut => match order {
                OrderSource::Declared => {
                    "auth.profiles lists other profiles of this provider, but not this one".to_owned()
                }
                OrderSource::Store(_) => "the order in the auth store leaves it out".to_owned(),
                _ => "auth.order leaves it out".to_owned(),
            },
            Why::Shadowed(doc) if candidate.origin.doc == *doc => {
                format!("a later line of the file sets {name} again, and the last one counts")
            }
            Why::Blocked(doc) if candidate.origin.doc == *doc => {
                format!("a later line of the file sets {name} to nothing, and the last one counts")
            }
            Why::Shadowed(doc) => {
                format!("{name} is already set by {}, which comes first", self.source(*doc))
            }
            Why::Blocked(doc) => {
                format!("{} sets {name} to nothing, and that hides this value", self.source(*doc))
            }
            Why::Incomplete => "some of its parts are missing".to_owned(),
            Why::Untrusted => "the working directory is not trusted".to_owned(),
            Why::Unknowable => "the config is invalid, so it is unknown whether to use it".to_owned(),
            Why::Dangling(what) => format!("it refers to {what}, where nothing is found"),
            Why::Elsewhere(what) => format!("it refers to {what}, which zirkabot does not ask"),
        }
    }

    fn reason_chosen(&self, candidate: &Candidate) -> String {
        if self.world.doc(candidate.origin.doc).kind == DocKind::CwdDotenv {
            let by = if self.world.desired.trusts_cwd { "env.cwd in the config" } else { "--trust-cwd" };
            return format!("used, because the working directory is trusted by {by}");
        }
        let end = candidate.credential.as_ref().and_then(|credential| credential.expires.at());
        match end {
            Some(at) if at > self.world.now => format!("used, until {}", self.when(at)),
            Some(at) => format!("used; it expired {} and is renewed on use", self.when(at)),
            None => "used".to_owned(),
        }
    }

    /// What to do so that a candidate can be used, if there is something.
    pub(crate) fn remedy(&self, candidate: &Candidate, resolution: &Resolution) -> Option<Advice> {
        let Verdict::Unusable(why) = &candidate.verdict else {
            let flaw = candidate.fatal()?;
            return Some(advice::mend(self.world, candidate, resolution, flaw));
        };
        let name = &candidate.name;
        match why {
            Why::NotStored | Why::Expired(_) | Why::Refused(_) | Why::NoScope(_) | Why::Blank
                if candidate.route == Route::Profile =>
            {
                Some(self.renew(candidate, &resolution.provider))
            }
            Why::Blank if candidate.route == Route::Env => {
                Some(format!("set {name} to a value, or unset it").into())
            }
            Why::Blocked(doc) if candidate.origin.doc == *doc => {
                Some(format!("remove the empty line from {}", self.source(*doc)).into())
            }
            Why::Blocked(doc) => {
                Some(format!("unset {name} in {}, or set it to a value there", self.source(*doc)).into())
            }
            Why::NotSynced => Some(Advice::say("run ").run(self.world.paths.command("models status"))),
            Why::Misnamed(..) => Some(Advice::say("run ").run(self.world.paths.command("doctor --fix"))),
            Why::Mode(_, kind) => {
                Some(format!("set auth.profiles.\"{name}\".mode to \"{}\"", kind.as_str()).into())
            }
            Why::LeftOut => Some(self.include(name, resolution).into()),
            Why::Untrusted => Some(advice::trust_cwd(self.world)),
            Why::Incomplete => providers::find(&resolution.provider).map(|row| row.how.into()),
            _ => None,
        }
    }

    fn renew(&self, candidate: &Candidate, provider: &str) -> Advice {
        let (world, name) = (self.world, &candidate.name);
        let holder = world.stores.iter().find(|store| store.doc == candidate.origin.doc);
        let agent = holder.map(|store| &store.agent).or(world.scope.first());
        let agent = agent.map_or(MAIN_AGENT, String::as_str);
        match crate::world::from(world, name) {
            CredentialSource::Store if candidate.credential.is_none() => {
                match advice::paste(world, agent, name, provider) {
                    Some(paste) => Advice::say("store one: ").run(paste).then("; or remove the name"),
                    None => "store one, or remove the name".into(),
                }
            }
            _ => advice::renew(world, agent, name, provider),
        }
    }

    /// How a profile is brought among those that are tried.
    fn include(&self, name: &str, resolution: &Resolution) -> String {
        match &resolution.order {
            OrderSource::Store(loc) | OrderSource::Config(loc) => {
                format!("add \"{name}\" to the order in {}", self.world.at(loc.doc, Some(*loc)))
            }
            _ => format!("declare it: auth.profiles.\"{name}\""),
        }
    }

    /// Who renews a credential of a profile without a person: the gateway with its refresh
    /// token, or the program from which it is borrowed; nobody for anything else.
    pub(crate) fn renewed_by(&self, profile: &str, credential: &Credential) -> Option<&'static str> {
        if health::is_refreshable(&self.world.desired, credential, self.world.now) {
            return Some("gateway");
        }
        match crate::world::from(self.world, profile) {
            CredentialSource::Tool(tool) if credential.kind == Kind::OAuth => Some(tool.row().from),
            _ => None,
        }
    }
}

/// A kind in one short word, for tables.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "API key",
        Kind::Token => "token",
        Kind::OAuth => "OAuth",
    }
}

/// One thing or several: `1 note`, `2 notes`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
