//! The first line: can this agent talk, through what, and until when.

use crate::checks::answer::Answer;
use crate::policy::resolve::{Candidate, Verdict, Why};
use crate::policy::status::ProviderStatus;
use crate::policy::talk::{Because, Can, Fallback, Talk};
use crate::report::human::StatusPage;
use crate::report::style::{Sign, Tone};
use crate::sys::Millis;
use crate::sys::time::{ago, date, short};
use crate::world::asked::Came;

impl StatusPage<'_> {
    /// The line for an agent: about the provider of its default model, else about the one that
    /// was asked for. Where a service is the bot and this shell has something else, that stands below.
    pub(super) fn headline(&self, answer: &Answer<'_>) -> String {
        let (sign, text) = self.verdict(answer);
        self.signed(sign, &text) + &self.beside(answer.talk.provider)
    }

    fn beside(&self, provider: &ProviderStatus) -> String {
        let known = self.world.auth_is_known();
        let Some(service) = self.world.bot_service().filter(|_| known) else { return String::new() };
        let Some(here) = provider.otherwise() else { return String::new() };
        let id = self.labels.name(&provider.provider);
        let what = match here {
            Some(here) => {
                let place = self.world.at(here.origin.doc, here.origin.loc);
                format!("{id} through {} ({place})", self.labels.name(&here.name))
            }
            None => format!("nothing for {id}"),
        };
        let text = format!("as {} sees it; here it would be {what}", service.name);
        format!("  {}\n", self.style.wrapped(Tone::Quiet, &self.labels.scrub(&text), 2, 2))
    }

    /// The answer in a sign and a sentence.
    pub(super) fn verdict(&self, answer: &Answer<'_>) -> (Sign, String) {
        let mut sentence = self.sentence(&answer.talk);
        if let Some(at) = answer.talk.verified {
            sentence.push_str(&format!("; verified {}", ago(at, self.world.now)));
        }
        let sign = match (answer.can(), answer.talk.because) {
            (Can::Yes, Because::EndUnknown) => Sign::Rest,
            (Can::Yes, _) => Sign::Good,
            (Can::Limited, _) => Sign::Soon,
            (Can::Unknown, _) => Sign::Unknown,
            (Can::No, _) => Sign::Bad,
        };
        let Some(first) = answer.besides.first() else { return (sign, sentence) };
        let more = match answer.besides.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        (sign, format!("{sentence}; but {}{more}", first.message))
    }

    fn sentence(&self, talk: &Talk<'_>) -> String {
        let (name, provider) = (self.labels.name(&talk.agent.agent), talk.provider);
        let id = self.labels.name(&provider.provider);
        let (can, cannot) = match (talk.fallback, talk.is_default) {
            (Some(fallback), _) => self.by(&name, fallback),
            (None, true) => (format!("agent {name} can talk"), format!("agent {name} cannot talk")),
            (None, false) => (format!("agent {name} can use {id}"), format!("agent {name} cannot use {id}")),
        };
        let config = || self.world.doc_name(self.world.config.doc);
        let deciding = || self.world.doc_name(self.world.deciding_config());
        match (talk.because, provider.resolution.chosen()) {
            (Because::Home, _) => {
                format!("it is unknown whether {can}: there are homes of several programs")
            }
            (Because::Config, _) => {
                format!("{} cannot be read, so it is unknown what agent {name} uses", deciding())
            }
            (Because::Auth, _) => {
                format!("auth in {} is invalid, so it is unknown what agent {name} uses", config())
            }
            (Because::Hidden, _) => self.why_unknown(&can, &id, provider),
            (Because::NeedsNone, _) => format!("{can}: {id} needs no credential"),
            (because, Some(chosen)) => self.through((&can, &cannot), because, provider, chosen),
            (_, None) => format!("{cannot}: {}", self.why_not(&id, provider)),
        }
    }

    /// How an agent talks whose default model does not do.
    fn by(&self, name: &str, Fallback { model, is_least }: Fallback<'_>) -> (String, String) {
        let model = self.labels.name(&model.model.key());
        let can = match is_least {
            true => format!("agent {name} can talk at least with its fallback {model}"),
            false => format!("agent {name} can talk with its fallback {model} only"),
        };
        (can, format!("agent {name} cannot talk"))
    }

    /// Why it cannot be told whether a provider can be used.
    fn why_unknown(&self, can: &str, id: &str, provider: &ProviderStatus) -> String {
        let mut candidates = provider.resolution.candidates.iter();
        let elsewhere = candidates.find_map(|candidate| match &candidate.verdict {
            Verdict::Unusable(Why::Elsewhere(what)) => Some((self.labels.name(&candidate.name), what)),
            _ => None,
        });
        if let Some((name, what)) = elsewhere {
            return format!(
                "it is unknown whether {can}: {name} of {id} refers to {what}, which zirkabot does not ask"
            );
        }
        let service = self.world.bot_service();
        let name = service.map_or("the gateway", |service| service.name.as_str());
        let why = match service.and_then(|service| service.through.as_ref()) {
            Some(through) => format!("gets its variables through `{}`", through.name),
            None => "may get variables that are not visible here".to_owned(),
        };
        format!("it is unknown whether {can}: {name} {why}, and there is no other credential for {id}")
    }

    fn through(
        &self,
        (can, cannot): (&str, &str),
        because: Because,
        provider: &ProviderStatus,
        chosen: &Candidate,
    ) -> String {
        let (now, id) = (self.world.now, self.labels.name(&provider.provider));
        let through = format!("{id} through {}", self.labels.name(&chosen.name));
        let flaw = chosen.flaw.as_ref().map_or("", |flaw| flaw.label());
        let kind = chosen.credential.as_ref().map_or("", |credential| credential.kind.label());
        let terms = chosen.credential.as_ref().map(|credential| &credential.terms);
        let assumed = if terms.is_some_and(|terms| terms.is_assumed) { ", assumed" } else { "" };
        match because {
            Because::RestsLong(until) => {
                format!("{cannot}: {through} is cooling down until {}", self.words.when(until))
            }
            Because::Rests(until) => {
                format!("{can}, but {through} is cooling down for another {}", short(until - now))
            }
            Because::Useless => format!("{cannot}: {through}, but that {kind} {flaw}"),
            Because::Unheard => {
                let may = can.replacen(" can ", " may be able to ", 1);
                format!("{may}: {through}, but that {kind} {flaw}")
            }
            Because::Renews(at, last) => self.renews(can, &through, at, last),
            Because::Expired(at) => {
                let ago = short(now.saturating_sub(at));
                let can = can.trim_end_matches(" only");
                format!("{can} only after a renewal: {through} expired {ago} ago")
            }
            Because::Expiring(at) => {
                format!("{can}, but {through} expires in {} ({}{assumed})", short(at - now), date(at))
            }
            Because::Lasts(at) => {
                format!("{can}: {through}, until {} ({}{assumed})", date(at), short(at - now))
            }
            Because::Asked(..) => self.asked((can, cannot), because, provider, &through),
            Because::Endless => format!("{can}: {through} ({kind}, no expiry)"),
            Because::Unending => {
                format!("it is unknown whether {can}: {through} does not say when it expires")
            }
            Because::EndUnreadable => format!("{can}: {through}, but its expiry cannot be read"),
            Because::EndUnknown => format!("{can}: {through}, expiry unknown"),
            _ => format!("{can}: {through}"),
        }
    }

    /// What a provider said of what is chosen that is no success.
    fn asked(
        &self,
        (can, cannot): (&str, &str),
        because: Because,
        provider: &ProviderStatus,
        through: &str,
    ) -> String {
        let Because::Asked(came, at, until) = because else { return String::new() };
        let (now, id) = (self.world.now, self.labels.name(&provider.provider));
        let ago = ago(at, now);
        let why = match came {
            Came::Refused => "was rejected",
            Came::Scope => "is valid for another program only",
            Came::Billing => "is not paid for",
            Came::Limited => {
                let left = until.map_or_else(String::new, |until| format!(" for {}", short(until - now)));
                return format!("{can}, but {through} has reached its limit{left} (checked {ago})");
            }
            Came::Address => {
                return format!("it is unknown whether {can}: something other than {id} answered {ago}");
            }
            _ => return format!("it is unknown whether {can}: {id} gave no answer {ago} ({through})"),
        };
        // What is behind it is tried next.
        let begin = if provider.refused { format!("{cannot}: ") } else { format!("{can}, but ") };
        format!("{begin}{through} {why} (checked {ago})")
    }

    /// Through a login that renews itself: `at` is when what it has now ends, `last` until when it can.
    fn renews(&self, can: &str, through: &str, at: Millis, last: Option<Millis>) -> String {
        let now = self.world.now;
        let until =
            last.map_or_else(String::new, |last| format!(" until {} ({})", date(last), short(last - now)));
        let end = match at - now {
            left if left <= 0 => format!("; it expired {} ago", short(-left)),
            left if left <= self.status.warn_within => format!("; it expires in {}", short(left)),
            _ => String::new(),
        };
        format!("{can}: {through}, which renews itself{until}{end}")
    }

    /// Why nothing of a provider can be used: what became of the first thing that was meant to.
    fn why_not(&self, id: &str, provider: &ProviderStatus) -> String {
        let meant = provider.resolution.base().find(|candidate| candidate.credential.is_some());
        let there = || provider.resolution.candidates.iter().find(|c| c.credential.is_some());
        let declared = || provider.resolution.base().next();
        let Some(candidate) = meant.or_else(there).or_else(declared) else {
            return format!("{id} has no credential");
        };
        let name = self.labels.name(&candidate.name);
        match &candidate.verdict {
            Verdict::Unusable(crate::policy::resolve::Why::Expired(at)) => {
                let ago = short(self.world.now.saturating_sub(*at));
                format!("{name} expired {ago} ago ({})", date(*at))
            }
            Verdict::Unusable(crate::policy::resolve::Why::NotStored) => {
                format!("{id} has no credential ({name} is not stored)")
            }
            _ => {
                let fate = self.words.fate(candidate, &provider.resolution.order);
                format!("{id} has no usable credential ({name}: {fate})")
            }
        }
    }
}
