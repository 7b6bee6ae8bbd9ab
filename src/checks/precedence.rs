//! Family `precedence`: which of several values wins, where that may surprise.

use crate::catalog::documents::Format;
use crate::catalog::providers::PROVIDERS;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{DocId, KeyPath};
use crate::policy::advice::quoted_doc;
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Fate};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "precedence/disagree",
        severity: Severity::Warning,
        what: "the same variable has different values in two sources",
        why: "Here the first one wins; a service that does not see the first source uses the other one.",
        fix: "Keep the value in one source, best $STATE/.env, and remove it from the others.",
        check: disagree,
    },
    Rule {
        code: "precedence/empty-blocks",
        severity: Severity::Error,
        what: "a variable is set but empty, and so a .env file is ignored",
        why: "A variable that exists, even empty, is not replaced by a .env file. The key in the file has no effect.",
        fix: "Unset the empty variable; out of a .env file `zirkabot doctor --fix` takes it.",
        check: empty_blocks,
    },
    Rule {
        code: "precedence/shadowed",
        severity: Severity::Info,
        what: "a credential is never used because another one comes first",
        why: "The one that comes first is used, even if you meant the other one.",
        fix: "Remove the one you do not mean, or set an order with auth.order.",
        check: shadowed,
    },
    Rule {
        code: "precedence/stored-beats-env",
        severity: Severity::Info,
        what: "a stored profile is used although a variable is set for its provider",
        why: "Profiles of the auth store come before environment variables. Changing the variable has no effect.",
        fix: "Remove the stored profile, or leave the variable unset, to make clear which one is meant.",
        check: stored_beats_env,
    },
];

/// Every variable of every provider, with its values here.
fn variables<'w>(
    case: &CheckInput<'w>,
) -> impl Iterator<Item = (&'static str, &'static str, Vec<Binding<'w>>)> {
    let world = case.world;
    let all = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(move |var| (row.id, var.name)));
    all.map(|(provider, name)| (provider, name, world.env.bindings(name)))
}

fn disagree(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (provider, name, bindings) in variables(case) {
        let Some(winner) =
            bindings.iter().find(|binding| binding.fate == Fate::Wins && !binding.value.is_blank())
        else {
            continue;
        };
        let differs = |other: &&Binding<'_>| {
            !other.value.is_blank() && other.value.expose().trim() != winner.value.expose().trim()
        };
        for other in bindings.iter().filter(|binding| binding.fate != Fate::Wins).filter(differs) {
            let (used, unused) = (case.world.at(winner.doc, winner.loc), case.world.at(other.doc, other.loc));
            let limit = if case.is_relevant(provider) { Severity::Warning } else { Severity::Info };
            sink.state(name, format!("{name} has another value in {unused} than in {used}, which is used"))
                .at_most(limit)
                .see(other.doc, other.loc, "not used here")
                .see(winner.doc, winner.loc, "used here")
                .advise(remove(case.world, name, winner.doc, other.doc));
        }
    }
}

/// How one of two values of a variable is removed: the shell's, which a service does not see,
/// else by hand.
fn remove(world: &World, name: &str, one: DocId, other: DocId) -> Advice {
    let what = format!("remove {name} from one of them: ");
    if [one, other].into_iter().any(|doc| world.doc(doc).path.is_none()) {
        return Advice::say(what).run(format!("unset {name}")).then(", and where your shell sets it");
    }
    format!("{what}edit {} or {}", quoted_doc(world, one), quoted_doc(world, other)).into()
}

fn empty_blocks(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (provider, name, bindings) in variables(case) {
        for blocked in &bindings {
            let Fate::Blocked(by) = blocked.fate else { continue };
            // Filled by a later source after all: then nothing is amiss.
            if bindings.iter().any(|binding| binding.fate == Fate::Wins && !binding.value.is_blank()) {
                continue;
            }
            let needed =
                case.providers().any(|(_, of)| of.relevant && of.provider == provider && !of.is_usable());
            let (source, file) = (case.world.doc_name(by), case.world.doc_name(blocked.doc));
            let draft = sink
                .state(
                    name,
                    format!("{name} is empty in the {source}, and so its value in {file} is ignored"),
                )
                .at_most(Severity::of(needed, case.is_relevant(provider)))
                .see(blocked.doc, blocked.loc, "ignored")
                .counts(if needed { CheckImpact::Broken } else { CheckImpact::No });
            match cleared(case.world, by, name) {
                Some(edit) => {
                    draft.edit(format!("take the empty {name} out of {source}"), vec![edit], Class::Fix)
                }
                None if case.world.doc(by).path.is_some() => {
                    draft.advise(format!("give {name} its value in {source}"))
                }
                None => draft.advise(Advice::command(format!("unset {name}"))),
            };
        }
    }
}

/// The edit that takes an empty variable out of a `.env` file, if it is empty on each of its lines.
fn cleared(world: &World, doc: DocId, name: &str) -> Option<Edit> {
    let file = world.doc(doc);
    let members = file.root.as_ref().filter(|_| file.format == Format::Dotenv)?.members();
    let mut own = members.iter().filter(|member| member.key == name);
    let is_blank = own.all(|member| member.node.as_secret().is_none_or(Secret::is_blank));
    is_blank.then(|| Edit::value(doc, KeyPath::of(&[name]), To::Remove))
}

/// Candidates that could be used, but not before another one.
fn later(
    case: &CheckInput<'_>,
    sink: &mut Sink<'_>,
    first: Route,
    then: &[Route],
    say: fn(&Candidate, &Candidate) -> String,
) {
    for (agent, provider) in case.providers() {
        let Some(chosen) = provider.resolution.chosen().filter(|chosen| chosen.route == first) else {
            continue;
        };
        let why = case.world.paths.command(&format!("models auth why {}", provider.provider));
        let waiting = |candidate: &&Candidate| {
            candidate.verdict == Verdict::Later
                && then.contains(&candidate.route)
                && candidate.credential.as_ref().map(|c| &c.secret)
                    != chosen.credential.as_ref().map(|c| &c.secret)
        };
        for candidate in provider.resolution.candidates.iter().filter(waiting) {
            sink.state(&candidate.name, say(chosen, candidate))
                .at_most(Severity::Info)
                .agent(&agent.agent)
                .see(candidate.origin.doc, candidate.origin.loc, "not used")
                .see(chosen.origin.doc, chosen.origin.loc, "used")
                .advise(Command::look(&why).then(" lists all of them"));
        }
    }
}

fn shadowed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    later(case, sink, Route::Env, &[Route::Env, Route::Config], |chosen, candidate| {
        format!("{} is not used, because {} comes first", candidate.name, chosen.name)
    });
}

fn stored_beats_env(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    later(case, sink, Route::Profile, &[Route::Env], |chosen, candidate| {
        format!("{} is set, but the profile {} is used", candidate.name, chosen.name)
    });
}
