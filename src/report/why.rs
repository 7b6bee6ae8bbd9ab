//! `models auth why`: every credential that could serve a provider, in the order in which it is
//! tried, and why it is used or not.

use crate::policy::advice;
use crate::policy::resolve::{Candidate, OrderSource, Resolution, Route, Verdict, Why};
use crate::policy::status::ProviderStatus;
use crate::policy::talk::{Because, Can};
use crate::report::error_json::FixBody;
use crate::report::json::OriginBody;
use crate::report::style::{Sign, Style, Tone};
use crate::report::words::Words;
use crate::sys::Millis;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// The resolution as a document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhyDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// The provider.
    pub provider: String,
    /// Whether it can be used: `yes`, `limited`, `no` or `unknown`, as in `canTalk` of `models status`.
    pub can_use: &'static str,
    /// The name of what is used.
    pub chosen: Option<String>,
    /// Where the order of profiles comes from.
    pub order: OrderBody,
    /// All candidates, in the order in which they are tried.
    pub candidates: Vec<CandidateBody>,
}

/// Where the order of profiles comes from.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct OrderBody {
    /// `store`, `config`, `declared` or `stored`.
    pub from: &'static str,
    /// In words.
    pub text: String,
}

/// One candidate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CandidateBody {
    /// Profile id, variable, or what else it is.
    pub name: String,
    /// `profile`, `env`, `ambient` or `config`.
    pub route: &'static str,
    /// `api_key`, `token` or `oauth`.
    pub kind: Option<&'static str>,
    /// Public prefix and number of its secret.
    pub label: Option<String>,
    /// `chosen`, `later`, `resting` or `unusable`; what is used although it rests is named in `chosen`.
    pub verdict: &'static str,
    /// Until when it rests after failures, in milliseconds since the epoch; null if it does not.
    pub rests_until: Option<Millis>,
    /// Why, in words.
    pub reason: String,
    /// What to do so that it can be used.
    pub fix: FixBody,
    /// Where it stands.
    pub origin: OriginBody,
}

/// What is judged of a provider; `None` if nothing is known of it.
pub(crate) type Judged<'a> = Option<(&'a ProviderStatus, Can, Because)>;

/// Whether a provider can be used.
pub(crate) fn can(world: &World, resolution: &Resolution, judged: Judged<'_>) -> Can {
    match judged {
        Some((_, can, _)) => can,
        None if resolution.usable().is_some() => Can::Yes,
        None if is_hidden(world) => Can::Unknown,
        None => Can::No,
    }
}

fn needs_none(judged: Judged<'_>) -> bool {
    matches!(judged, Some((_, Can::Yes, Because::NeedsNone)))
}

/// Until when a candidate rests, if it does: what is used may rest as well.
fn rests(world: &World, judged: Judged<'_>, candidate: &Candidate) -> Option<Millis> {
    match candidate.verdict {
        Verdict::Unusable(Why::Cooldown(until)) => Some(until),
        Verdict::Chosen => judged?.0.cooling_until(candidate, world.now),
        _ => None,
    }
}

/// The explanation as text.
pub(crate) fn why(
    world: &World,
    resolution: &Resolution,
    (agent, judged): (&str, Judged<'_>),
    style: Style,
) -> String {
    let labels = Labels::new(world);
    let words = Words { world, warn: world.warn_within(None) };
    let mut out = heading((world, &words), &labels, resolution, (agent, judged), style);
    if !resolution.candidates.is_empty() || !needs_none(judged) {
        out.push('\n');
    }
    for (at, candidate) in resolution.candidates.iter().enumerate() {
        let rests = rests(world, judged, candidate);
        out.push_str(&one(&words, &labels, resolution, (at + 1, candidate, rests), style));
    }
    let hint = match resolution.chosen() {
        None if needs_none(judged) => None,
        None if is_hidden(world) => {
            let name = world.bot_service().map_or("the gateway", |service| service.name.as_str());
            Some(format!("The variables of {name} are not visible here."))
        }
        None if resolution.candidates.is_empty() => {
            Some(format!("To get one: {}", advice::get(world, &resolution.provider)))
        }
        _ => None,
    };
    let hint = hint.map(|text| format!("{}\n", style.wrap(&labels.scrub(&text), 0, 2)));
    out.push_str(&hint.unwrap_or_default());
    out.push('\n');
    let order = format!("Order: {}", order(world, resolution));
    out.push_str(&style.wrapped(Tone::Quiet, &labels.scrub(&order), 0, 2));
    out.push('\n');
    out
}

/// Whether the bot may have what cannot be seen from here.
pub(crate) fn is_hidden(world: &World) -> bool {
    world.bot_service().is_some_and(|service| service.opaque)
}

fn heading(
    (world, words): (&World, &Words<'_>),
    labels: &Labels,
    resolution: &Resolution,
    (agent, judged): (&str, Judged<'_>),
    style: Style,
) -> String {
    let talk = judged.map(|(_, can, because)| (can, because));
    let provider = labels.name(&resolution.provider);
    let (sign, text) = match resolution.chosen() {
        Some(chosen) => {
            let place = world.at(chosen.origin.doc, chosen.origin.loc);
            let the = if world.doc(chosen.origin.doc).path.is_some() { "" } else { "the " };
            let name = labels.name(&chosen.name);
            let who = world.bot_service().map(|service| format!(", as {} sees it", service.name));
            let who = who.filter(|_| chosen.route != Route::Profile).unwrap_or_default();
            let text = format!("agent {agent} uses {name} for {provider}, from {the}{place}{who}");
            match (chosen.fatal(), talk) {
                (Some(flaw), _) => (Sign::Bad, format!("{text}, but it {}", flaw.label())),
                (None, Some((can, Because::RestsLong(until) | Because::Rests(until)))) => {
                    let sign = if can == Can::No { Sign::Bad } else { Sign::Soon };
                    (sign, format!("{text}, but it is cooling down until {}", words.when(until)))
                }
                (None, Some((Can::No, _))) => (Sign::Bad, text),
                (None, Some((Can::Limited, _))) => (Sign::Soon, text),
                (None, _) => (Sign::Good, text),
            }
        }
        None if needs_none(judged) => {
            (Sign::Good, format!("agent {agent} needs no credential for {provider}"))
        }
        None if is_hidden(world) || resolution.candidates.iter().any(Candidate::is_elsewhere) => {
            (Sign::Unknown, format!("it is unknown what agent {agent} uses for {provider}"))
        }
        None => (Sign::Bad, format!("agent {agent} has no usable credential for {provider}")),
    };
    let text = style.wrapped(Tone::Strong, &labels.scrub(&text), 2, 2);
    format!("{} {text}\n", style.sign(sign))
}

fn one(
    words: &Words<'_>,
    labels: &Labels,
    resolution: &Resolution,
    (number, candidate, rests): (usize, &Candidate, Option<Millis>),
    style: Style,
) -> String {
    let (sign, state) = rests.map_or_else(|| words.state(candidate), |_| (Sign::Soon, "cooling down"));
    let state =
        if candidate.verdict == Verdict::Chosen { format!("{state}, used") } else { state.to_owned() };
    let name = labels.name(&candidate.name);
    let credential = candidate.credential.as_ref();
    let what = credential.map(|c| format!("{}, {}", c.kind.label(), labels.of(&c.secret)));
    let what = what.map(|what| format!("  {what}")).unwrap_or_default();
    let place = words.world.at(candidate.origin.doc, candidate.origin.loc);
    let reason = reason(words, resolution, candidate, rests);
    let text = match words.remedy(candidate, resolution) {
        Some(remedy) => format!("{reason}; {remedy}"),
        None => reason,
    };
    let width = 13;
    let mut out = format!(
        "{number:>2}. {} {} {}{}\n",
        style.sign(sign),
        style.paint(sign.tone(), &format!("{state:<width$}")),
        style.paint(Tone::Strong, &name),
        style.text(&what)
    );
    for line in [place, text] {
        out.push_str(&format!("      {}\n", style.wrap(&labels.scrub(&line), 6, 6)));
    }
    out
}

/// What becomes of a candidate and why.
fn reason(words: &Words<'_>, of: &Resolution, candidate: &Candidate, rests: Option<Millis>) -> String {
    match rests.filter(|_| candidate.verdict == Verdict::Chosen) {
        Some(until) => format!("used, although it is cooling down until {}", words.when(until)),
        None => words.reason(candidate, &of.order),
    }
}

/// Where the order of profiles comes from, in words.
pub(super) fn order(world: &World, resolution: &Resolution) -> String {
    let rest = "then variables, then the config's own key";
    let sorted = "logins before tokens before keys, least recently used first";
    match &resolution.order {
        OrderSource::Store(loc) => {
            format!("profiles as ordered for the agent in {}, {rest}", world.at(loc.doc, Some(*loc)))
        }
        OrderSource::Config(loc) => {
            format!("profiles as auth.order says in {}, {rest}", world.at(loc.doc, Some(*loc)))
        }
        OrderSource::Declared => {
            let mut declared = world.desired.profiles.iter();
            let first = declared.find(|profile| profile.provider == resolution.provider);
            let place = first.map_or("the config".to_owned(), |p| world.at(p.loc.doc, Some(p.loc)));
            format!("profiles that auth.profiles declares in {place}, {sorted}; {rest}")
        }
        OrderSource::Stored => format!("stored profiles, {sorted}; {rest}"),
    }
}

/// The same in one word.
pub(super) fn order_word(order: &OrderSource) -> &'static str {
    match order {
        OrderSource::Store(_) => "store",
        OrderSource::Config(_) => "config",
        OrderSource::Declared => "declared",
        OrderSource::Stored => "stored",
    }
}

/// The explanation as a document.
pub(crate) fn why_json(
    world: &World,
    resolution: &Resolution,
    (agent, judged): (&str, Judged<'_>),
) -> WhyDocument {
    let labels = Labels::new(world);
    let words = Words { world, warn: world.warn_within(None) };
    let one = |candidate| {
        let rests = rests(world, judged, candidate);
        body(&words, &labels, resolution, (candidate, rests))
    };
    WhyDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        provider: labels.name(&resolution.provider),
        can_use: can(world, resolution, judged).as_str(),
        chosen: resolution.chosen().map(|chosen| labels.name(&chosen.name)),
        order: OrderBody { from: order_word(&resolution.order), text: order(world, resolution) },
        candidates: resolution.candidates.iter().map(one).collect(),
    }
}

fn body(
    words: &Words<'_>,
    labels: &Labels,
    resolution: &Resolution,
    (candidate, rests): (&Candidate, Option<Millis>),
) -> CandidateBody {
    let credential = candidate.credential.as_ref();
    CandidateBody {
        name: labels.name(&candidate.name),
        route: match candidate.route {
            Route::Profile => "profile",
            Route::Env => "env",
            Route::Ambient => "ambient",
            Route::Config => "config",
        },
        kind: credential.map(|credential| credential.kind.as_str()),
        label: credential.map(|credential| labels.of(&credential.secret)),
        verdict: match candidate.verdict {
            _ if rests.is_some() => "resting",
            Verdict::Chosen => "chosen",
            Verdict::Later => "later",
            Verdict::Unusable(_) => "unusable",
        },
        rests_until: rests,
        reason: labels.scrub(&reason(words, resolution, candidate, rests)),
        fix: FixBody::told(words.remedy(candidate, resolution).as_ref()).map(|text| labels.scrub(&text)),
        origin: crate::report::json::origin(words.world, labels, &candidate.origin),
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::resolve::resolve;
    use crate::report::sample::{self, API, STORE};
    use crate::report::why::*;
    use crate::sys::time::DAY;

    fn world() -> World {
        let config = "[auth.order]\nanthropic = [\"anthropic:claude-cli\", \"anthropic:gone\"]\n";
        let files = [
            (STORE, &*sample::token_store(-3 * DAY)),
            ("/home/u/.zirkabot/zirkabot.toml", config),
            ("/home/u/.zirkabot/.env", "ANTHROPIC_API_KEY=sk-ant-api03-CANARY1111111111111\n"),
        ];
        sample::world(&[("ANTHROPIC_API_KEY", API)], &files)
    }

    #[test]
    fn every_candidate_is_told_with_its_reason_and_remedy() {
        let world = world();
        let text = why(&world, &resolve(&world, "main", "anthropic"), ("main", None), Style::PLAIN);
        assert_eq!(
            text,
            "✓ agent main uses ANTHROPIC_API_KEY for anthropic, from the environment

 1. ✗ expired       anthropic:claude-cli  token, sk-ant-oat01-… ‹secret 1›
      ~/.zirkabot/agents/main/agent/auth-profiles.json:7
      it expired 2026-11-19 14:03 UTC (3d ago); run `zirkabot models auth setup-token` on this
      machine, then `zirkabot models status`
 2. ✗ missing       anthropic:gone
      ~/.zirkabot/zirkabot.toml
      declared, but no credential is stored under this name; store one:
      `zirkabot models auth paste-token --provider anthropic --profile-id anthropic:gone`; or remove
      the name
 3. · static, used  ANTHROPIC_API_KEY  API key, sk-ant-api03-… ‹secret 2›
      environment
      used
 4. · unused        ANTHROPIC_API_KEY  API key, sk-ant-api03-… ‹secret 3›
      ~/.zirkabot/.env:1
      ANTHROPIC_API_KEY is already set by the environment, which comes first

Order: profiles as auth.order says in ~/.zirkabot/zirkabot.toml:2, then variables, then the config's
  own key
"
        );
    }

    #[test]
    fn the_document_tells_the_same() {
        let world = world();
        let document = why_json(&world, &resolve(&world, "main", "anthropic"), ("main", None));
        let verdicts: Vec<_> = document.candidates.iter().map(|candidate| candidate.verdict).collect();
        assert_eq!(verdicts, ["unusable", "unusable", "chosen", "unusable"]);
        assert_eq!(document.chosen.as_deref(), Some("ANTHROPIC_API_KEY"));
        assert!(!crate::report::json::text(&document).contains("CANARY"));
    }

    #[test]
    fn nothing_at_all_says_where_to_get_one() {
        let world = sample::world(&[], &[]);
        let text = why(&world, &resolve(&world, "main", "openai"), ("main", None), Style::PLAIN);
        assert!(
            text.starts_with(
                "✗ agent main has no usable credential for openai\n\nTo get one: run `zirkabot onboard`"
            ),
            "{text}"
        );
    }
}
