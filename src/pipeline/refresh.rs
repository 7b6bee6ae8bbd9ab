//! Renewing a login: under a lock of its provider, so that of many who want it one asks, and the
//! others take what he got. What is asked, and what becomes of it, is decided in `refresh`.
//!
//! ```text
//! settle ─► due? ─► lock ─► settle ─► still due? ─► left over? ─► ask ─► write down ─► keep ─► forget
//! ```
//! The lock is not the one under which files are written: a server may take its time, and no other
//! command is to wait for that. Whoever is killed behind "write down" has lost nothing.

mod keychain;

use crate::change::advice::Advice;
use crate::change::apply::pending_file::{self, PendingFile};
use crate::change::apply::{ApplyFault, Target};
use crate::change::proposal::Refusal;
use crate::pipeline::{Looked, Query, Trouble, look, may_write, note, sync_due};
use crate::policy::refresh::answer::{self, TokenAnswer};
use crate::policy::refresh::{self, Subject, Tokens, keep, pending, request};
use crate::sys::{Act, Look, Millis, send};
use crate::world::World;

/// How long what may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Waiting for those who write, in milliseconds.
    pub lock: Millis,
    /// One request, in milliseconds. For another one's request it is waited three times as long.
    pub request: Millis,
}

/// What came of it.
#[derive(Debug)]
pub enum RenewalOutcome {
    /// It is not due.
    Fresh,
    /// Another process, or the program that it is borrowed from, has renewed it.
    Elsewhere,
    /// It was renewed.
    Renewed,
    /// It had been renewed by somebody who did not get to store it.
    Recovered,
    /// The refresh token is not valid any more: a person has to log in. Why, in a few words.
    Refused(String),
    /// It did not work, but may another time. Why, in a few words.
    Failed(String),
    /// It is nothing that can be renewed.
    Not(Refusal),
}

/// What came of it, and how things are now.
#[derive(Debug)]
pub struct Refreshed {
    /// What came of it.
    pub outcome: RenewalOutcome,
    /// How things are now.
    pub looked: Looked,
    /// What the server gave but could not be stored; it is tried again next time.
    pub tokens: Option<Tokens>,
    /// Why it could not be stored.
    pub trouble: Option<Trouble>,
}

/// Who is meant, and how.
struct RenewalJob<'a> {
    ask: &'a Query,
    agent: &'a str,
    profile: &'a str,
    /// Also if it is not due.
    force: bool,
    limits: Limits,
}

/// Renews the login of a profile as `agent` sees it, if it is due or `force` says so.
pub fn refresh(
    act: &mut dyn Act,
    ask: &Query,
    (agent, profile): (&str, &str),
    force: bool,
    limits: Limits,
) -> Refreshed {
    let job = RenewalJob { ask, agent, profile, force, limits };
    let first = sync_due(act, ask, limits.lock).looked;
    let seen = match subject(&first.world, &job) {
        Ok(subject) => {
            let provider = subject.credential.provider.clone();
            let is_due = force || refresh::is_due(subject.credential, first.world.now);
            if !is_due && !is_unfinished(act.as_look(), &first.world, &provider) {
                return ended(RenewalOutcome::Fresh, first);
            }
            (crate::sys::digest::fingerprint(subject.token), provider)
        }
        Err(refusal) => return ended(RenewalOutcome::Not(refusal), first),
    };
    let target = Target {
        state_dir: first.world.paths.state.clone(),
        lock_timeout: limits.lock.max(limits.request.saturating_mul(3)),
        command: act.host().command.clone(),
    };
    let name = pending::name(&seen.1);
    let mut slot = match PendingFile::take(act, &target, &name) {
        Ok(slot) => slot,
        Err(ApplyFault::LockBusy { .. }) => {
            let why = "another zirkabot is still renewing it".to_owned();
            return ended(RenewalOutcome::Failed(why), first);
        }
        Err(fault) => return ended(RenewalOutcome::Failed(unkept(&fault)), first),
    };
    let second = sync_due(act, ask, limits.lock).looked;
    let second = match recovered(act, &job, (&mut slot, &name), &seen.0, second) {
        Ok(looked) => looked,
        Err(done) => return *done,
    };
    under_lock(act, &job, &mut slot, &seen.0, second)
}

/// Whether somebody renewed a login of the provider who did not get to store it everywhere.
pub fn is_unfinished(look: &dyn Look, world: &World, provider: &str) -> bool {
    let left = pending_file::read(look, &world.paths.state, &pending::name(provider));
    left.is_some_and(|bytes| pending::read(bytes.expose()).is_some())
}

/// Stores what somebody renewed who did not get to it. How things are then, unless it was what we
/// came for.
fn recovered(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    (slot, name): (&mut PendingFile, &str),
    seen: &str,
    now: Looked,
) -> Result<Looked, Box<Refreshed>> {
    let Some(bytes) = pending_file::read(act.as_look(), &now.world.paths.state, name) else { return Ok(now) };
    let Some((of, tokens)) = pending::read(bytes.expose()) else { return Ok(now) };
    if keep::stored(&now.world, &of).next().is_none() && keep::borrowed(&now.world, &of).next().is_none() {
        return Ok(now);
    }
    let done = stored(act, job, slot, (&of, tokens), RenewalOutcome::Recovered);
    let is_ours = of == seen || done.trouble.is_some();
    let is_due = || {
        let world = &done.looked.world;
        subject(world, job).is_ok_and(|subject| refresh::is_due(subject.credential, world.now))
    };
    if is_ours || !job.force && !is_due() { Err(Box::new(done)) } else { Ok(done.looked) }
}

fn under_lock(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    slot: &mut PendingFile,
    seen: &str,
    now: Looked,
) -> Refreshed {
    let world = &now.world;
    let subject = match subject(world, job) {
        Ok(subject) => subject,
        Err(refusal) => return ended(RenewalOutcome::Not(refusal), now),
    };
    let of = crate::sys::digest::fingerprint(subject.token);
    let is_due = refresh::is_due(subject.credential, world.now);
    // What another one got while we waited is what we came for.
    if !is_due && (!job.force || of != seen) {
        return ended(RenewalOutcome::Elsewhere, now);
    }
    if let (false, Some(at)) = (job.force, keep::was_refused(world, &subject)) {
        let why = format!("the server refused it on {}", crate::sys::time::date(at));
        return ended(RenewalOutcome::Refused(why), now);
    }
    let request = match request::of(world, &subject, job.limits.request) {
        Ok(request) => request,
        Err(refusal) => return ended(RenewalOutcome::Not(refusal), now),
    };
    if let Err(why) = can_keep(act, slot, world, &of) {
        return ended(RenewalOutcome::Failed(why), now);
    }
    let (renewal, at) = (subject.renewal, world.now);
    let answer = {
        let _progress = act.progress("renewing a login");
        answer::read(renewal, send::send(act, &request), at)
    };
    answered(act, job, slot, &of, answer).unwrap_or_else(|why| ended(RenewalOutcome::Failed(why), now))
}

/// Does what the answer calls for; why nothing is to be done, if it failed.
fn answered(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    slot: &mut PendingFile,
    of: &str,
    answer: TokenAnswer,
) -> Result<Refreshed, String> {
    match answer {
        TokenAnswer::Tokens(tokens) => {
            // Before anything else: from now on only this file has them.
            let written = slot.write(pending::text(of, &tokens).expose().as_bytes());
            let mut refreshed = stored(act, job, slot, (of, tokens), RenewalOutcome::Renewed);
            if let (Err(fault), Some(_)) = (written, &refreshed.trouble) {
                refreshed.trouble = Some(Trouble::Apply(fault));
            }
            Ok(refreshed)
        }
        TokenAnswer::Refused(why) => {
            let noted = note(act, job.ask, job.limits.lock, &|world| keep::refused(world, of));
            // What was prepared for an answer is of no use.
            slot.clear();
            Ok(Refreshed {
                trouble: noted,
                ..ended(RenewalOutcome::Refused(why), look(act.as_look(), job.ask))
            })
        }
        TokenAnswer::Failed(why) => {
            slot.clear();
            Err(why)
        }
    }
}

/// The login, unless the config keeps us from renewing it.
fn subject<'w>(world: &'w World, job: &RenewalJob<'w>) -> Result<Subject<'w>, Refusal> {
    let subject = refresh::subject(world, job.agent, job.profile)?;
    match subject.tool {
        Some(tool) if world.desired.never_refresh_borrowed => {
            let row = tool.row();
            let why =
                format!("{} is {}'s login, and auth.refreshBorrowed is \"never\"", job.profile, row.name);
            Err(Refusal::state(why).help(
                Advice::say(format!("use {} once, which renews it", row.name))
                    .then(format!("; or log in again: `{}`", row.login)),
            ))
        }
        _ => Ok(subject),
    }
}

/// Whether what a server gives can be kept: it gives it only once.
fn can_keep(act: &mut dyn Act, slot: &mut PendingFile, world: &World, of: &str) -> Result<(), String> {
    for (store, ..) in keep::stored(world, of) {
        if let Some(path) = &world.doc(store.doc).path
            && !may_write(act.as_look(), path)
        {
            return Err(format!("{} cannot be written, so nothing was asked for", world.doc_name(store.doc)));
        }
    }
    for borrowed in keep::borrowed(world, of) {
        if let Some(path) = &world.doc(borrowed.doc).path
            && !may_write(act.as_look(), path)
        {
            let name = world.doc_name(borrowed.doc);
            return Err(format!(
                "{name} cannot be written, and {} would lose its login",
                borrowed.tool.row().name
            ));
        }
    }
    // Room for what is to come, and the right to write it.
    slot.reserve().map_err(|fault| unkept(&fault))
}

fn unkept(fault: &ApplyFault) -> String {
    format!("what the server gives could not be kept: {fault}")
}

/// Puts the tokens everywhere where they belong.
fn stored(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    slot: &mut PendingFile,
    (of, tokens): (&str, Tokens),
    outcome: RenewalOutcome,
) -> Refreshed {
    let before = look(act.as_look(), job.ask);
    let trouble = note(act, job.ask, job.limits.lock, &|world| keep::tokens(world, of, &tokens));
    let trouble =
        trouble.or_else(|| to_keychain(act, &before.world, of, &tokens).err().map(Trouble::Blocked));
    if trouble.is_none() {
        // What stays would only be stored again.
        slot.clear();
    }
    let tokens = trouble.is_some().then_some(tokens);
    // What was only at its source is stored now that it is good again.
    let looked = sync_due(act, job.ask, job.limits.lock).looked;
    Refreshed { outcome, looked, tokens, trouble }
}

/// Writes logins back that the Keychain keeps, in which they stood when this began.
fn to_keychain(act: &mut dyn Act, world: &World, of: &str, tokens: &Tokens) -> Result<(), String> {
    for borrowed in keep::borrowed(world, of) {
        let doc = world.doc(borrowed.doc);
        if doc.path.is_none() {
            let edits = keep::back(borrowed, tokens, world.now);
            keychain::write(act, borrowed.tool, doc, &edits)?;
        }
    }
    Ok(())
}

fn ended(outcome: RenewalOutcome, looked: Looked) -> Refreshed {
    Refreshed { outcome, looked, tokens: None, trouble: None }
}
