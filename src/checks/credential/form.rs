//! Secrets themselves: is one well-formed, and of the kind that its place says?

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::kind::{Kind, secret_field};
use crate::catalog::prefix::PrefixKind;
use crate::catalog::providers;
use crate::change::advice::Advice;
use crate::change::proposal::Proposal;
use crate::checks::credential::looked_at;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::config::CredentialSource;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{self, KeyPath};
use crate::policy::advice;
use crate::policy::form::{self, Slot, Sort, WrongKind};
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::Credential;
use zeroize::Zeroizing;

pub(super) fn malformed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let Some(flaw) = candidate.flaw.as_ref().filter(|flaw| !flaw.is_wrong_kind()) else { continue };
            // A blank variable is as good as none; `missing` and `empty-blocks` speak of that.
            if flaw.sort == Sort::Blank && (candidate.route != Route::Profile || credential.refresh.is_some())
            {
                continue;
            }
            let chosen = candidate.verdict == Verdict::Chosen;
            let used = provider.relevant && (chosen || candidate.route == Route::Profile);
            // Through a program in front, another value may come first.
            let matters = used && flaw.is_fatal() && !provider.hidden;
            let origin = &candidate.origin;
            let draft = sink
                .state(&candidate.name, format!("the secret of {} {}", candidate.name, flaw.label()))
                .at_most(Severity::of(matters, provider.relevant))
                .agent(&agent.agent)
                .see(origin.doc, origin.loc, flaw.label())
                .counts(if matters { CheckImpact::Broken } else { CheckImpact::No });
            let repair = mended(case.world, candidate, credential, &provider.provider);
            draft.repair_or_advise(repair, || {
                continued(case.world, candidate, &provider.provider)
                    .unwrap_or_else(|| advice::mend(case.world, candidate, &provider.resolution, flaw))
            });
        }
    }
}

pub(super) fn wrong_kind(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let Some(wrong) = candidate.flaw.as_ref().and_then(|flaw| flaw.wrong) else { continue };
            let is = wrong.name();
            let place = match candidate.route {
                Route::Profile => format!("the {} profile {}", credential.kind.label(), candidate.name),
                _ => candidate.name.clone(),
            };
            let used = candidate.verdict == Verdict::Chosen || candidate.listed;
            let broken = !wrong.works && used && provider.relevant && !provider.hidden;
            let draft = sink
                .state(&candidate.name, format!("{place} contains {is}"))
                .at_most(Severity::of(broken, provider.relevant))
                .agent(&agent.agent)
                .see(candidate.origin.doc, candidate.origin.loc, is)
                .counts(if broken { CheckImpact::Broken } else { CheckImpact::No });
            let repair = put_right(case.world, candidate, credential, wrong, &provider.provider);
            draft.repair_or_advise(repair, || {
                let way = advice::give_way(case.world, &provider.resolution, candidate);
                way.unwrap_or_else(|| right_place(case.world, candidate, wrong, &provider.provider))
            });
        }
    }
}

/// Where a misplaced secret belongs, and what to put here.
fn right_place(world: &World, candidate: &Candidate, wrong: WrongKind, provider: &str) -> Advice {
    if let Some(advice) = advice::undefined(world, candidate, provider).filter(|_| !wrong.works) {
        return advice;
    }
    let kind = wrong.is.and_then(PrefixKind::kind);
    let var = providers::vars(wrong.of).iter().find(|var| Some(var.kind) == kind);
    match var {
        Some(var) => format!("move it to `{}`, and put a credential of {provider} here", var.name).into(),
        None => advice::replace(world, candidate, provider),
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
    let kind = wrong.is.and_then(PrefixKind::kind).filter(|_| wrong.works && wrong.of == provider)?;
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
    Some(Proposal::new(format!("change the type of the profile to {}", kind.as_str()), edits))
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
    if named || [world.here(), world.bot()].iter().any(|sight| sight.env.get(new).is_some()) {
        return None;
    }
    let edit = Edit::value(candidate.origin.doc, KeyPath::of(&[old]), To::Rename(new.to_owned()));
    Some(Proposal::new(format!("rename it to {new}"), vec![edit]))
}

/// The repair of a value of ours: what stands around its secret is taken off, or a name of a variable
/// is written as the config reads it.
fn mended(world: &World, candidate: &Candidate, credential: &Credential, provider: &str) -> Option<Proposal> {
    let doc = candidate.origin.doc;
    let text = credential.secret.expose();
    let config = matches!(world.doc(doc).kind, DocKind::Config | DocKind::Include);
    let at = match (candidate.route, world.doc(doc).kind) {
        (Route::Profile, DocKind::Store) => {
            KeyPath::of(&["profiles", &candidate.name, secret_field(credential.kind)])
        }
        (Route::Env, DocKind::StateDotenv) => KeyPath::of(&[&candidate.name]),
        // What a reference resolves to stands elsewhere.
        (Route::Env | Route::Config, _) if config => {
            let loc = candidate.origin.loc.filter(|loc| world.desired.reference(*loc).is_none())?;
            world.doc(doc).path_of(loc)?
        }
        _ => return None,
    };
    let name = form::variable_of(text).or(Some(text)).filter(|name| config && world.env.is_set(name));
    if let Some(name) = name.filter(|name| *name != candidate.name) {
        let value = Secret::from(format!("${{{name}}}").as_str());
        let edit = Edit::value(doc, at, To::Set(Draft::String(value)));
        return Some(Proposal::new(format!("write it as ${{{name}}}"), vec![edit]));
    }
    let slot = Slot::of(world, provider, credential.kind);
    let sort = candidate.flaw.as_ref()?.sort;
    let inner =
        form::bared(text, slot).filter(|_| matches!(sort, Sort::Around | Sort::Inside | Sort::Encoded))?;
    // The variable's own text may have more around it than blanks, which do no harm.
    let what = match text.matches(&**inner).count() {
        0 if sort == Sort::Encoded => format!("decode the secret of {}", candidate.name),
        0 => format!("remove invalid characters from the secret of {}", candidate.name),
        1 => format!("remove the text around the secret of {}", candidate.name),
        _ => format!("keep one copy of the secret of {}", candidate.name),
    };
    let edit = Edit::value(doc, at, To::Set(Draft::String(Secret::from(inner.as_str()))));
    Some(Proposal::new(what, vec![edit]))
}

/// What to do about a secret whose rest stands on the next line of a `.env` file.
fn continued(world: &World, candidate: &Candidate, provider: &str) -> Option<Advice> {
    let (credential, loc) = (candidate.credential.as_ref()?, candidate.origin.loc?);
    candidate.flaw.as_ref().filter(|flaw| matches!(flaw.sort, Sort::Half | Sort::Perhaps))?;
    let doc = world.doc(candidate.origin.doc);
    if candidate.route != Route::Env || doc.format != Format::Dotenv {
        return None;
    }
    let text = doc.text.expose();
    let rest = doc::dotenv_garbage(text).into_iter().find(|line| line.start >= loc.range().end)?;
    let is_next = text.get(loc.range().end..rest.start)?.trim().is_empty();
    let whole = Zeroizing::new(format!("{}{}", credential.secret.expose(), &text[rest]));
    let is_whole =
        form::judge(&whole, Slot::of(world, provider, credential.kind)).is_none_or(|flaw| !flaw.is_fatal());
    let place = world.at(candidate.origin.doc, Some(loc));
    (is_next && is_whole)
        .then(|| format!("it continues on the next line: join the two lines at {place}").into())
}
