//! Family `sync`: do our stores have what other programs' logins say?

use crate::catalog::kind::Kind;
use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::tools::Tool;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{KeyPath, State};
use crate::policy::advice::{other_way, quoted_doc, sign_in};
use crate::policy::refresh::{self, keep};
use crate::policy::status::ProfileStatus;
use crate::policy::sync::{self, Decision};
use crate::sys::Fault;
use crate::sys::secret::Secret;
use crate::world::World;
use crate::world::actual::{Borrowed, LoginState, Store, Stored};
use std::collections::HashMap;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "sync/behind",
        severity: Severity::Info,
        what: "another program has a newer login than the auth store",
        why: "The gateway uses the stored login. Any command that is not a dry run updates the store.",
        fix: "Run `zirkabot models status`, which stores the newer login.",
        check: behind,
    },
    Rule {
        code: "sync/renewal-waiting",
        severity: Severity::Warning,
        what: "a renewed login is not stored everywhere yet",
        why: "The server issued new tokens, but storing them was interrupted or failed. They are kept in a file in the state directory. The old ones no longer work.",
        fix: "Run `zirkabot models auth refresh PROFILE`, which stores them without another request to the server.",
        check: renewal_waiting,
    },
    Rule {
        code: "sync/source-blank",
        severity: Severity::Warning,
        what: "another program's login is incomplete",
        why: "It is blank, has no expiry, or has no valid token, so it does not replace the stored login. This happens when a login is interrupted.",
        fix: "Log in again with that program, for example with `zirkabot models auth setup-token`.",
        check: source_blank,
    },
    Rule {
        code: "sync/source-elsewhere",
        severity: Severity::Warning,
        what: "another program uses a kind of login that the gateway cannot use",
        why: "Only a login in the program's own file, or in the macOS Keychain, can be used. An API key belongs to another provider, a personal token or agent identity is for that program only, and the system keyring is not read.",
        fix: "Configure the program to keep its login in a file, log in with an account that has a plan, or use an API key.",
        check: source_elsewhere,
    },
    Rule {
        code: "sync/source-missing",
        severity: Severity::Warning,
        what: "a stored login came from a program that is no longer logged in",
        why: "The copy works until it expires, but can no longer be updated. You may have logged out on purpose. A copy that renews itself keeps working without its source, for example on a server; then this is only a note.",
        fix: "Log in again with that program, or remove the stored profile if you no longer use it.",
        check: source_missing,
    },
    Rule {
        code: "sync/source-unreadable",
        severity: Severity::Warning,
        what: "another program's login cannot be read",
        why: "It is unknown whether the stored copy is up to date. A damaged or locked source is not treated as missing.",
        fix: "Make the file readable, unlock the Keychain, or log in again with that program.",
        check: source_unreadable,
    },
    Rule {
        code: "sync/stale-copy",
        severity: Severity::Warning,
        what: "two agents have copies of the same refresh token",
        why: "When one of them renews its login, the provider may revoke the other one's token.",
        fix: "Keep the login in agent main only (`zirkabot doctor --fix --force` removes copies): agents without their own profiles for a provider use those of agent main.",
        check: stale_copy,
    },
];

fn behind(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for behind in sync::behind(case.world) {
        let tool = behind.tool.row();
        let store = case.world.doc_name(behind.store.doc);
        let what = if behind.decision == Decision::Create {
            "is not stored yet"
        } else {
            "is newer than the stored one"
        };
        let origin = &behind.incoming.origin;
        sink.state(&behind.profile, format!("{}'s login {what} as {}", tool.name, behind.profile))
            .agent(&behind.store.agent)
            .see(origin.doc, origin.loc, "newer login")
            .edit(
                format!("store {}'s login as {} in {store}", tool.name, behind.profile),
                sync::edits(&behind),
                Class::Auto,
            );
    }
}

/// Whether what is stored of a tool's login goes on by itself: then it does without its source.
fn goes_on(case: &CheckInput<'_>, tool: Tool) -> bool {
    let ids = sync::profiles(case.world, tool);
    let own =
        |profile: &&ProfileStatus| ids.iter().any(|id| id == profile.id()) && profile.credential().is_some();
    let mut stored = case.profiles().map(|(_, _, profile)| profile).filter(own).peekable();
    stored.peek().is_some() && stored.all(|profile| profile.renews)
}

/// Whether a profile that a tool's login belongs into is needed, or at least stored.
fn wanted(case: &CheckInput<'_>, tool: Tool) -> (bool, Option<String>) {
    let ids = sync::profiles(case.world, tool);
    let needed =
        case.profiles().any(|(_, _, profile)| profile.relevant && ids.iter().any(|id| id == profile.id()));
    let stored = case.world.stores.iter().flat_map(|store| &store.profiles);
    let stored = stored.map(|stored| stored.id.clone()).find(|id| ids.contains(id));
    (needed, stored)
}

fn renewal_waiting(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for waiting in &world.waiting {
        let (name, provider) = (world.doc_name(waiting.doc), &waiting.provider);
        let stored = keep::stored(world, &waiting.of).next().map(|(store, profile, _)| (store, profile));
        let draft = |what: &str| format!("a renewed login for {provider} is kept in {name}{what}");
        match stored {
            Some((store, profile)) => {
                let found = sink
                    .state(profile, draft(&format!(", and is not stored as {profile} yet")))
                    .agent(&store.agent)
                    .see(waiting.doc, None, "kept here");
                if let Some(command) = refresh::command(world, &store.agent, profile) {
                    found.advise(Advice::command(command));
                }
            }
            None => {
                let remove = format!("rm {}", quoted_doc(world, waiting.doc));
                sink.state(provider, draft("; the login it belongs to is no longer stored anywhere"))
                    .at_most(Severity::Info)
                    .see(waiting.doc, None, "kept here")
                    .advise(Advice::say("if you do not need it, ").run(remove));
            }
        }
    }
}

/// The logins that may be used, and where there could be some.
fn logins(world: &World) -> impl Iterator<Item = &Borrowed> {
    world.borrowed.iter().filter(|borrowed| !world.desired.kept_out.contains(&borrowed.tool))
}

fn source_blank(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for borrowed in logins(case.world) {
        let (what, loc, label) = match &borrowed.found {
            LoginState::Blank(loc) => {
                ("blank or has no expiry, so it is not used".to_owned(), *loc, "no usable login".to_owned())
            }
            LoginState::Login(login) => match sync::flaw(case.world, login) {
                Some(flaw) => (
                    format!("not used: its access token {}", flaw.label()),
                    login.origin.loc,
                    flaw.label().to_owned(),
                ),
                None => continue,
            },
            _ => continue,
        };
        let tool = borrowed.tool.row();
        let (needed, _) = wanted(case, borrowed.tool);
        // With nothing else to use, this is what is amiss.
        let silent = case.lacks_of(tool.provider);
        let needed = silent || needed && !goes_on(case, borrowed.tool);
        sink.state(tool.name, format!("{}'s login is {what}", tool.name))
            .at_most(if needed { Severity::Warning } else { Severity::Info })
            .see(borrowed.doc, loc, label)
            .advise(Advice::say("run ").run(sign_in(case.world, borrowed.tool)));
    }
}

fn source_elsewhere(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for borrowed in logins(case.world) {
        let LoginState::Elsewhere(way, loc) = &borrowed.found else { continue };
        let tool = borrowed.tool.row();
        let (needed, _) = wanted(case, borrowed.tool);
        let serves = needed || case.is_relevant(tool.provider);
        let what = format!("{} {}, which cannot be used for {} here", tool.name, way.label(), tool.provider);
        let draft = sink
            .state(tool.name, what)
            .at_most(if serves { Severity::Warning } else { Severity::Info })
            .see(loc.doc, Some(*loc), "not usable");
        if let Some(other) = other_way(case.world, borrowed.tool) {
            draft.advise(other);
        }
    }
}

fn source_missing(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for borrowed in logins(case.world) {
        let what = match borrowed.found {
            LoginState::Absent => "no longer exists",
            LoginState::LoggedOut => "no longer contains a login",
            _ => continue,
        };
        let tool = borrowed.tool.row();
        let (needed, Some(profile)) = wanted(case, borrowed.tool) else { continue };
        // A token was captured or pasted, or is good without its file: only what was renewed there came from it.
        let held = case.world.stores.iter().find_map(|store| store.profile(&profile)?.credential());
        if held.is_none_or(|held| held.kind != Kind::OAuth) {
            continue;
        }
        let needed = needed && !goes_on(case, borrowed.tool);
        let source = case.world.doc_name(borrowed.doc);
        let store =
            case.world.stores.iter().find_map(|store| Some((store.doc, store.profile(&profile)?.loc)));
        let draft = sink
            .state(&profile, format!("{profile} came from {}, but {source} {what}", tool.name))
            .at_most(if needed { Severity::Warning } else { Severity::Info })
            .advise(
                Advice::say("run ")
                    .run(sign_in(case.world, borrowed.tool))
                    .then(format!(", or remove \"{profile}\" if you no longer use it")),
            );
        if let Some((doc, loc)) = store {
            draft.see(doc, Some(loc), "the stored copy");
        }
    }
}

fn source_unreadable(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for borrowed in logins(case.world) {
        let LoginState::Unreadable(why) = &borrowed.found else { continue };
        let tool = borrowed.tool.row();
        let name = case.world.doc_name(borrowed.doc);
        let (needed, stored) = wanted(case, borrowed.tool);
        let serves = needed || stored.is_some() || case.is_relevant(tool.provider);
        let loc = match &case.world.doc(borrowed.doc).state {
            State::Unparsable(faults) => {
                faults.first().map(|fault| crate::doc::Loc::new(borrowed.doc, fault.span.clone()))
            }
            _ => None,
        };
        sink.state(tool.name, format!("{}'s login cannot be read: {name} {why}", tool.name))
            .at_most(if serves { Severity::Warning } else { Severity::Info })
            .see(borrowed.doc, loc, "here")
            .advise(open_up(case, borrowed, &sign_in(case.world, borrowed.tool)))
            .rescues(case.lacks_of(tool.provider));
    }
}

/// How a source is made readable, or replaced by a new login.
fn open_up(case: &CheckInput<'_>, borrowed: &Borrowed, login: &str) -> Advice {
    let doc = case.world.doc(borrowed.doc);
    match (&doc.path, &doc.state) {
        (None, State::Unparsable(_)) => Advice::say("run ").run(login.to_owned()),
        (None, _) => {
            Advice::command("security unlock-keychain").then(format!(" and allow access, or run `{login}`"))
        }
        (Some(_), State::Unreadable(Fault::Denied)) => {
            Advice::command(format!("chmod u+r {}", quoted_doc(case.world, doc.id)))
                .then(format!(", or run `{login}`"))
        }
        (Some(_), _) => Advice::say(format!("restore {}, or run ", case.world.doc_name(doc.id))).run(login),
    }
}

fn stale_copy(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let mut first: HashMap<&Secret, (&Store, &Stored)> = HashMap::new();
    for store in &case.world.stores {
        for stored in &store.profiles {
            let Some(refresh) = stored.credential().and_then(|held| held.refresh.as_ref()) else { continue };
            let (other, their) = *first.entry(refresh).or_insert((store, stored));
            // Two agents may have been given one directory.
            if other.agent == store.agent || other.dir == store.dir {
                continue;
            }
            let (id, agent) = (&stored.id, &store.agent);
            let draft = sink
                .state(id, format!("agents {} and {agent} have the same login as {id}", other.agent))
                .agent(agent)
                .see(store.doc, Some(stored.loc), "a copy")
                .see(other.doc, Some(their.loc), "the same login");
            match copies(store, other, &stored.provider) {
                Some(edits) => {
                    let what = format!(
                        "remove {id} from the store of agent {agent}, which then uses that of agent main"
                    );
                    draft.edit(what, edits, Class::Force)
                }
                None => draft
                    .advise(format!("log in again for one of them, or remove \"{id}\" from agent {agent}")),
            };
        }
    }
}

/// The edits that remove a secondary agent's profiles of a provider, if main has all of them: an
/// agent sees main's only if it has none of its own.
fn copies(store: &Store, main: &Store, provider: &str) -> Option<Vec<Edit>> {
    let own: Vec<_> = store.profiles.iter().filter(|stored| stored.provider == provider).collect();
    let is_copy = |stored: &&Stored| {
        let theirs = main.profile(&stored.id).and_then(Stored::credential);
        stored.credential().zip(theirs).is_some_and(|(own, theirs)| {
            own.kind == theirs.kind && own.secret == theirs.secret && own.refresh == theirs.refresh
        })
    };
    if main.agent != MAIN_AGENT || !own.iter().all(is_copy) {
        return None;
    }
    let gone = own.iter().map(|stored| KeyPath::of(&["profiles", &stored.id]));
    Some(gone.map(|at| Edit::value(store.doc, at, To::Remove)).collect())
}
