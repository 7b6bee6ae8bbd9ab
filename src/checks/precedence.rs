//! Family `precedence`: which of several values wins, where that may surprise.

mod elsewhere;

use crate::catalog::documents::{DocKind, Format};
use crate::catalog::providers::PROVIDERS;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{DocId, KeyPath};
use crate::policy::advice::quoted_doc;
use crate::policy::form;
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::sys::quote::shell_word;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::env::{Binding, Fate};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "precedence/disagree",
        severity: Severity::Warning,
        what: "the same variable has different values in two sources",
        why: "Here the first one wins; a service that does not see it uses the other one.",
        fix: "Keep the value in one source, preferably $STATE/.env, and remove it from the others.",
        check: disagree,
    },
    Rule {
        code: "precedence/empty-blocks",
        severity: Severity::Error,
        what: "an empty variable hides a .env file's value",
        why: "A .env file does not replace a variable that exists, even an empty one. The key in the file has no effect.",
        fix: "Unset the empty variable; `zirkabot doctor --fix` removes it from a .env file.",
        check: empty_blocks,
    },
    Rule {
        code: "precedence/sent-elsewhere",
        severity: Severity::Warning,
        what: "a credential is sent to a host for which the config has another key",
        why: "Profiles and variables come before models.providers.<id>.apiKey, but the address of that entry applies to all of them. So the credential goes to a host that is not its provider's.",
        fix: "To use the key in the config, remove the profile or variable; or store that key as a profile and add it to the order.",
        check: elsewhere::sent_elsewhere,
    },
    Rule {
        code: "precedence/shadowed",
        severity: Severity::Info,
        what: "a credential is never used because another one comes first",
        why: "The first one is used, even if you meant another.",
        fix: "Remove the one you do not want, or set an order with auth.order.",
        check: shadowed,
    },
    Rule {
        code: "precedence/stored-beats-env",
        severity: Severity::Info,
        what: "a stored profile is used although a variable is set for its provider",
        why: "Profiles in the auth store come before environment variables. Changing the variable has no effect.",
        fix: "Remove the stored profile, or unset the variable, to make clear which one to use.",
        check: stored_beats_env,
    },
];

/// Every variable of every provider, with its values for the bot.
fn variables<'w>(
    case: &CheckInput<'w>,
) -> impl Iterator<Item = (&'static str, &'static str, Vec<Binding<'w>>)> {
    let env = case.world.bot().env;
    let all = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(move |var| (row.id, var.name)));
    all.map(|(provider, name)| (provider, name, env.bindings(name)))
}

fn winner<'a, 'e>(bindings: &'a [Binding<'e>]) -> Option<&'a Binding<'e>> {
    bindings.iter().find(|binding| binding.fate == Fate::Wins && !binding.value.is_blank())
}

fn disagree(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let service = world.bot_service();
    for (provider, name, bindings) in variables(case) {
        let Some(winner) = winner(&bindings) else { continue };
        let user = service.map_or("is used".to_owned(), |service| format!("{} uses", service.name));
        let differs = |other: &&Binding<'_>| {
            !other.value.is_blank() && other.value.expose().trim() != winner.value.expose().trim()
        };
        let limit = if case.is_relevant(provider) { Severity::Warning } else { Severity::Info };
        let used = world.at(winner.doc, winner.loc);
        for other in bindings.iter().filter(|binding| binding.fate != Fate::Wins).filter(differs) {
            // What a secrets program resolved stands before its reference.
            let is_resolved = form::is_reference(world, (provider, name), other.value)
                && !form::is_useless(world, (provider, name), winner.value);
            let limit = if is_resolved { Severity::Info } else { limit };
            let unused = world.at(other.doc, other.loc);
            sink.state(
                name,
                format!("{name} has a different value in {unused} than in {used}, which {user}"),
            )
            .at_most(limit)
            .see(other.doc, other.loc, "not used here")
            .see(winner.doc, winner.loc, if service.is_some() { "used by the service" } else { "used here" })
            .advise(remove(world, (provider, name), winner, other));
        }
        let here = service.filter(|service| !service.opaque).map(|_| world.env.bindings(name));
        let here = here.unwrap_or_default();
        let stands_there =
            |here: &&Binding<'_>| bindings.iter().any(|known| (known.doc, known.loc) == (here.doc, here.loc));
        if let Some(here) = self::winner(&here).filter(|here| !stands_there(here)).filter(differs) {
            let place = world.at(here.doc, here.loc);
            sink.state(
                name,
                format!("{name} has a different value in the {place} than in {used}, which {user}"),
            )
            .at_most(limit)
            .see(here.doc, here.loc, "used in this shell only")
            .see(winner.doc, winner.loc, "used by the service")
            .advise(unify(world, (provider, name), winner));
        }
    }
}

/// How one of two values of a variable is removed: the shell's, which a service does not see; the one that is no
/// credential; one that stands in a definition; else by hand.
fn remove(
    world: &World,
    (provider, name): (&str, &str),
    winner: &Binding<'_>,
    other: &Binding<'_>,
) -> Advice {
    let place = |one: &Binding<'_>| world.at(one.doc, one.loc);
    let is_useless = |one: &Binding<'_>| form::is_useless(world, (provider, name), one.value);
    let goes = match (is_useless(winner), is_useless(other)) {
        (true, false) => Some((winner, other)),
        (false, true) => Some((other, winner)),
        _ => None,
    };
    if let Some((goes, stays)) = goes.filter(|(goes, _)| world.doc(goes.doc).path.is_some()) {
        return format!("remove {name} from {}; {} has a different value", place(goes), place(stays)).into();
    }
    if [winner, other].iter().any(|one| world.doc(one.doc).path.is_none()) {
        let what = format!("remove {name} from one of them: ");
        return Advice::say(what)
            .run(format!("unset {name}"))
            .then(", and remove it where your shell sets it");
    }
    if winner.doc == other.doc {
        return format!("remove one of the two lines from {}", quoted_doc(world, winner.doc)).into();
    }
    let is_unit = |one: &&Binding<'_>| matches!(world.doc(one.doc).kind, DocKind::Unit | DocKind::Plist);
    if let Some(goes) = Some(winner).filter(is_unit) {
        return format!("remove {name} from {}; {} has a different value", place(goes), place(other)).into();
    }
    if world.bot_service().is_some() {
        let (counts, idle) = (place(winner), place(other));
        return format!("keep one: remove {name} from {counts} to use {idle}, or remove it from {idle}")
            .into();
    }
    format!(
        "remove {name} from one of them: edit {} or {}",
        quoted_doc(world, winner.doc),
        quoted_doc(world, other.doc)
    )
    .into()
}

/// What is done about a value that the service has otherwise than this shell. The shell's is never put over the
/// service's: which of them is meant only a person knows.
fn unify(world: &World, (provider, name): (&str, &str), winner: &Binding<'_>) -> Advice {
    let place = world.at(winner.doc, winner.loc);
    let edit = format!("to use this shell's value, write it to {place} and restart the gateway");
    if form::is_useless(world, (provider, name), winner.value) {
        return format!("write a key to {place}, which has none, and restart the gateway").into();
    }
    Advice::say("to use the service's value, ").run(format!("unset {name}")).then(format!("; {edit}"))
}

fn empty_blocks(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (provider, name, bindings) in variables(case) {
        for blocked in &bindings {
            let Fate::Blocked(by) = blocked.fate else { continue };
            // What a definition sets to nothing is told by what the service does not see.
            let by_service = [DocKind::Unit, DocKind::UnitEnv, DocKind::Plist, DocKind::Manager];
            if by_service.contains(&case.world.doc(by).kind) {
                continue;
            }
            // Filled by a later source after all: then nothing is amiss.
            if bindings.iter().any(|binding| binding.fate == Fate::Wins && !binding.value.is_blank()) {
                continue;
            }
            let needed = case.providers().any(|(_, of)| of.relevant && of.provider == provider && of.lacks());
            let (source, file) = (case.world.doc_name(by), case.world.doc_name(blocked.doc));
            if by == blocked.doc {
                let limit = Severity::of(needed, case.is_relevant(provider));
                let counts = if needed { CheckImpact::Broken } else { CheckImpact::No };
                emptied_later(case.world, sink, name, (&bindings, blocked), (limit, counts));
                continue;
            }
            let draft = sink
                .state(name, format!("{name} is empty in the {source}, so its value in {file} is ignored"))
                .at_most(Severity::of(needed, case.is_relevant(provider)))
                .see(blocked.doc, blocked.loc, "ignored")
                .counts(if needed { CheckImpact::Broken } else { CheckImpact::No });
            match cleared(case.world, by, name) {
                Some(edit) => {
                    draft.edit(format!("remove the empty {name} from {source}"), vec![edit], Class::Fix)
                }
                None if case.world.doc(by).path.is_some() => {
                    draft.advise(format!("set {name} to its value in {source}"))
                }
                None => draft.advise(Advice::command(format!("unset {name}"))),
            };
        }
    }
}

/// A later line of the same file sets the variable to nothing.
fn emptied_later(
    world: &World,
    sink: &mut Sink<'_>,
    name: &str,
    (bindings, blocked): (&[Binding<'_>], &Binding<'_>),
    (limit, counts): (Severity, CheckImpact),
) {
    let last = bindings.iter().find(|binding| binding.doc == blocked.doc && binding.value.is_blank());
    let (empty, set) = (last.and_then(|last| last.loc), world.at(blocked.doc, blocked.loc));
    let file = world.doc_name(blocked.doc);
    let what = format!("set the last {name} line to the value of {set}");
    let draft = sink
        .state(name, format!("a later line of {file} sets {name} to nothing, and the last line counts"))
        .at_most(limit)
        .see(blocked.doc, empty, "counts")
        .see(blocked.doc, blocked.loc, "does not count")
        .counts(counts);
    if world.doc(blocked.doc).kind.row().ours {
        let to = To::Set(Draft::String(blocked.value.clone()));
        draft.edit(what, vec![Edit::value(blocked.doc, KeyPath::of(&[name]), to)], Class::Fix);
    } else {
        draft.advise(format!("remove the empty line from {}", quoted_doc(world, blocked.doc)));
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
        let why = case.world.paths.command(&format!("models auth why {}", shell_word(&provider.provider)));
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
