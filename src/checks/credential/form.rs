//! Secrets themselves: is one well-formed, and of the kind that its place says?

use crate::catalog::documents::DocKind;
use crate::catalog::kind::{Kind, secret_field};
use crate::catalog::providers::{self, PrefixKind};
use crate::change::proposal::Proposal;
use crate::checks::credential::looked_at;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::config::CredentialSource;
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::advice;
use crate::policy::health::{self, WrongKind};
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::Credential;

pub(super) fn malformed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let Some(fault) = health::malformed(credential.secret.expose(), &provider.provider) else {
                continue;
            };
            let blank = fault == health::Malformed::Blank;
            // A blank variable is as good as none; `missing` and `empty-blocks` speak of that.
            if blank && (candidate.route != Route::Profile || credential.refresh.is_some()) {
                continue;
            }
            let chosen = candidate.verdict == Verdict::Chosen;
            let matters = provider.relevant && (chosen || candidate.route == Route::Profile);
            let origin = &candidate.origin;
            let draft = sink
                .state(&candidate.name, format!("the secret of {} {}", candidate.name, fault.label()))
                .at_most(Severity::of(matters, provider.relevant))
                .agent(&agent.agent)
                .see(origin.doc, origin.loc, fault.label())
                .counts(if matters { CheckImpact::Broken } else { CheckImpact::No });
            let what = format!("take away the quotation marks and blanks around {}", candidate.name);
            let edit = bared(case.world, candidate, credential, &provider.provider);
            draft.repair_or_advise(edit.map(|edit| Proposal::new(what, vec![edit])), || {
                advice::replace(case.world, candidate, &provider.provider)
            });
        }
    }
}

pub(super) fn wrong_kind(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let wrong = health::wrong_kind(credential.secret.expose(), credential.kind, &provider.provider);
            let Some(wrong) = wrong else { continue };
            let is = match wrong.is {
                PrefixKind::ApiKey => format!("an API key of {}", wrong.provider),
                PrefixKind::Bearer => format!("a setup-token or access token of {}", wrong.provider),
                PrefixKind::Refresh => {
                    format!("a refresh token of {}, which is no credential by itself", wrong.provider)
                }
                PrefixKind::Admin => {
                    format!("an admin key of {}, which no model answers", wrong.provider)
                }
            };
            let place = match candidate.route {
                Route::Profile => format!("the {} profile {}", credential.kind.label(), candidate.name),
                _ => candidate.name.clone(),
            };
            // Anthropic's own two kinds are told apart by the gateway; anything else cannot work.
            let hopeless = wrong.provider != provider.provider || wrong.is.kind().is_none();
            let used = candidate.verdict == Verdict::Chosen || candidate.listed;
            let broken = hopeless && used && provider.relevant;
            let draft = sink
                .state(&candidate.name, format!("{place} holds {is}"))
                .at_most(Severity::of(broken, provider.relevant))
                .agent(&agent.agent)
                .see(candidate.origin.doc, candidate.origin.loc, is)
                .counts(if broken { CheckImpact::Broken } else { CheckImpact::No });
            let repair = put_right(case.world, candidate, credential, wrong, &provider.provider);
            draft.repair_or_advise(repair, || right_place(wrong, &provider.provider).into());
        }
    }
}

/// Where a misplaced secret belongs.
fn right_place(wrong: WrongKind, provider: &str) -> String {
    let kind = wrong.is.kind();
    let var = providers::vars(wrong.provider).iter().find(|var| Some(var.kind) == kind);
    match var {
        Some(var) => format!("put it into `{}`, and a credential of {provider} here", var.name),
        None => format!("put a credential of {provider} here"),
    }
}

/// The repair that calls a secret of the right provider what it is.
fn put_right(
    world: &World,
    candidate: &Candidate,
    credential: &Credential,
    wrong: WrongKind,
    provider: &str,
) -> Option<Proposal> {
    let kind = wrong.is.kind().filter(|_| wrong.provider == provider)?;
    match (candidate.route, world.doc(candidate.origin.doc).kind) {
        (Route::Profile, DocKind::Store) => retyped(world, candidate, credential, kind),
        (Route::Env, DocKind::StateDotenv) => renamed(world, candidate, kind, provider),
        _ => None,
    }
}

/// The profile as one of another kind. A login has more to it than its secret.
fn retyped(world: &World, candidate: &Candidate, credential: &Credential, kind: Kind) -> Option<Proposal> {
    let doc = candidate.origin.doc;
    let at = KeyPath::of(&["profiles", &candidate.name]);
    let (old, new) = (secret_field(credential.kind), secret_field(kind));
    let tree = world.doc(doc).tree()?;
    let record = tree.locate(&at)?;
    let fixed = world.desired.profile(&candidate.name).and_then(|declared| declared.mode_loc);
    let by_reference = fixed.is_some_and(|loc| world.desired.reference(loc).is_some());
    let mode = world.desired.profile(&candidate.name).and_then(|declared| declared.mode);
    let accepted = mode.is_none_or(|mode| crate::policy::resolve::accepts(mode, kind));
    if credential.kind == Kind::OAuth || record.get(new).is_some() || by_reference || !accepted {
        return None;
    }
    let edits = vec![
        Edit::value(doc, at.key("type"), To::text(kind.as_str())),
        Edit::value(doc, at.key(old), To::Rename(new.to_owned())),
    ];
    Some(Proposal::new(format!("make it a profile of type {}", kind.as_str()), edits))
}

/// The variable under the name that its kind has, if nothing goes by either name.
fn renamed(world: &World, candidate: &Candidate, kind: Kind, provider: &str) -> Option<Proposal> {
    let old = candidate.name.as_str();
    let new = providers::vars(provider).iter().find(|var| var.kind == kind)?.name;
    let desired = &world.desired;
    let named = desired.references.iter().any(|(_, name)| name == old)
        || desired
            .profiles
            .iter()
            .any(|profile| matches!(&profile.from, CredentialSource::Env(name) if name == old));
    if named || world.env.get(new).is_some() {
        return None;
    }
    let edit = Edit::value(candidate.origin.doc, KeyPath::of(&[old]), To::Rename(new.to_owned()));
    Some(Proposal::new(format!("call it {new}"), vec![edit]))
}

/// The edit that takes away what surrounds a secret of ours, if that is all that is wrong.
fn bared(world: &World, candidate: &Candidate, credential: &Credential, provider: &str) -> Option<Edit> {
    let doc = candidate.origin.doc;
    let at = match (candidate.route, world.doc(doc).kind) {
        (Route::Profile, DocKind::Store) => {
            KeyPath::of(&["profiles", &candidate.name, secret_field(credential.kind)])
        }
        (Route::Env, DocKind::StateDotenv) => KeyPath::of(&[&candidate.name]),
        _ => return None,
    };
    let inner = Secret::from(inside(credential.secret.expose()));
    let is_right = health::malformed(inner.expose(), provider).is_none();
    (is_right && inner != credential.secret).then(|| Edit::value(doc, at, To::Set(Draft::String(inner))))
}

/// A text without the blanks and pairs of quotation marks around it.
fn inside(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\'', '`'] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inside(inner);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::checks::credential::form::inside;

    #[test]
    fn only_what_surrounds_a_secret_is_taken_away() {
        for (text, inner) in [
            (" \"sk-x\" ", "sk-x"),
            ("'\" sk-x \"'\n", "sk-x"),
            ("\"sk-x", "\"sk-x"),
            ("sk\"x", "sk\"x"),
            ("\"", "\""),
            ("", ""),
        ] {
            assert_eq!(inside(text), inner);
        }
    }
}
