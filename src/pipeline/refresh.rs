//! Renewing a login: under a lock of its provider, so that of many who want it one asks, and the
//! others take what he got. What is asked, and what becomes of it, is decided in `refresh`.
//!
//! ```text
//! settle ─► due? ─► lock ─► settle ─► left over? ─► still due? ─► room ─► ask ─► write down ─► keep ─► read back ─► forget
//! ```
//! The lock is not the one under which files are written: a server may take its time, and no other
//! command is to wait for that. Between "ask" and "forget" signals wait. Whoever is killed behind "write
//! down" has lost nothing, and what is written down is forgotten only when it was read where it belongs.

mod keychain;

use crate::change::advice::Advice;
use crate::change::apply::pending_file::{self, PendingFile, PendingLock, Taken};
use crate::change::apply::{ApplyFault, Target, unjournaled};
use crate::change::proposal::Refusal;
use crate::pipeline::note::note_any;
use crate::pipeline::{Looked, Query, Trouble, look, may_write, note, sync_due, world};
use crate::policy::known::known_auth;
use crate::policy::refresh::answer::{self, TokenAnswer};
use crate::policy::refresh::pending::PendingTokens;
use crate::policy::refresh::{self, Subject, Tokens, keep, pending, request};
use crate::sys::{Act, Look, Millis, send};
use crate::world::World;
use crate::world::observe::Agents;
use std::path::{Path, PathBuf};

/// How often it is looked again whether what was stored is there.
const LOOKS: usize = 10;

/// Milliseconds between two such looks.
const PAUSE: u64 = 20;

/// How long what may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Waiting for those who write, in milliseconds.
    pub lock: Millis,
    /// One request, in milliseconds.
    pub request: Millis,
    /// Waiting for another one who is renewing, in milliseconds.
    pub wait: Millis,
}

impl Limits {
    /// For others' requests it is waited three times as long as for one's own.
    pub fn new(lock: Millis, request: Millis) -> Self {
        Self { lock, request, wait: lock.max(request.saturating_mul(3)) }
    }
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
    // A login may stand in the stores of several agents, and is good in none when it was renewed.
    let all = Query { agents: Agents::All, ..ask.clone() };
    let job = RenewalJob { ask: &all, agent, profile, force, limits };
    let first = sync_due(act, job.ask, limits.lock).looked;
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
        lock_timeout: limits.wait,
        command: act.host().command.clone(),
    };
    let mut lock = match PendingLock::take(act, &target, &pending::name(&seen.1)) {
        Ok(lock) => lock,
        Err(ApplyFault::LockBusy { .. }) => {
            let why = "another zirkabot is still renewing it".to_owned();
            return ended(RenewalOutcome::Failed(why), first);
        }
        Err(fault) => return ended(RenewalOutcome::Failed(unkept(&fault)), first),
    };
    let second = sync_due(act, job.ask, limits.lock).looked;
    match recovered(act, &job, (&mut lock, &target), &seen.0, second) {
        Ok(second) => under_lock(act, &job, &lock, &seen, second),
        Err(done) => *done,
    }
}

/// Whether somebody renewed a login of the provider who did not get to store it everywhere.
pub fn is_unfinished(look: &dyn Look, world: &World, provider: &str) -> bool {
    let waiting = pending_file::waiting(look, &world.paths.state, &pending::name(provider));
    waiting.iter().any(|(_, held)| {
        held.as_ref().ok().and_then(|bytes| pending::read(bytes.expose())).is_some_and(|pending| {
            keep::stored(world, &pending.of).next().is_some()
                || keep::borrowed(world, &pending.of).next().is_some()
                || keep::unkept(world, &pending).is_none()
        })
    })
}

/// Stores what others renewed who did not get to it. How things are then, unless it was what we
/// came for. What belongs nowhere any more stays where it is.
fn recovered(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    (lock, target): (&mut PendingLock, &Target),
    seen: &str,
    mut now: Looked,
) -> Result<Looked, Box<Refreshed>> {
    let name = lock.name().to_owned();
    for (place, held) in pending_file::waiting(act.as_look(), &now.world.paths.state, &name) {
        let Some(pending) = held.ok().and_then(|bytes| pending::read(bytes.expose())) else { continue };
        let files: Vec<PathBuf> = pending.places.iter().map(PathBuf::from).collect();
        let _ = unjournaled::clear(act, target, &files);
        if keep::unkept(&now.world, &pending).is_none() {
            lock.clear(act, place.as_deref());
            continue;
        }
        let stands = keep::stored(&now.world, &pending.of).next().is_some()
            || keep::borrowed(&now.world, &pending.of).next().is_some();
        if !stands {
            continue;
        }
        let done = stored(act, job, &pending, RenewalOutcome::Recovered);
        if done.trouble.is_none() {
            // What stays would only be stored again.
            lock.clear(act, place.as_deref());
        }
        let is_ours = pending.of == seen;
        let is_due = || {
            let world = &done.looked.world;
            subject(world, job).is_ok_and(|subject| refresh::is_due(subject.credential, world.now))
        };
        if is_ours || done.trouble.is_none() && !job.force && !is_due() {
            return Err(Box::new(done));
        }
        now = done.looked;
    }
    Ok(now)
}

fn under_lock(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    lock: &PendingLock,
    (seen, provider): &(String, String),
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
    if !is_due && (!job.force || of != *seen) {
        return ended(RenewalOutcome::Elsewhere, now);
    }
    if subject.credential.provider != *provider {
        let why = format!("{} now belongs to another provider", job.profile);
        return ended(RenewalOutcome::Failed(why), now);
    }
    if let (false, Some(at)) = (job.force, keep::was_refused(world, &subject)) {
        let why = format!("the server rejected it on {}", crate::sys::time::date(at));
        return ended(RenewalOutcome::Refused(why), now);
    }
    let request = match request::of(world, &subject, job.limits.request) {
        Ok(request) => request,
        Err(refusal) => return ended(RenewalOutcome::Not(refusal), now),
    };
    // From here on nothing that can be caught ends us before the answer is where it belongs.
    let _held = act.hold_signals();
    let slot = match can_keep(act, job, lock, world, &of) {
        Ok(slot) => slot,
        Err(why) => return ended(RenewalOutcome::Failed(why), now),
    };
    let places = keep::places(world, &of);
    let (renewal, at) = (subject.renewal, world.now);
    let answer = {
        let _progress = act.progress("renewing a login");
        let answer = send::send(act, &request);
        answer::read(renewal, subject.credential, answer, at)
    };
    let pending = |tokens| PendingTokens { of: of.clone(), tokens, places };
    answered(act, job, slot, &of, answer, pending)
        .unwrap_or_else(|why| ended(RenewalOutcome::Failed(why), now))
}

/// Does what the answer calls for; why nothing is to be done, if it failed.
fn answered(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    mut slot: PendingFile,
    of: &str,
    answer: TokenAnswer,
    pending: impl FnOnce(Tokens) -> PendingTokens,
) -> Result<Refreshed, String> {
    match answer {
        TokenAnswer::Tokens(tokens) => {
            let pending = pending(tokens);
            // Before anything else: from now on only this file has them.
            let written = slot.write(pending::text(&pending).expose().as_bytes());
            let mut refreshed = stored(act, job, &pending, RenewalOutcome::Renewed);
            match (&refreshed.trouble, written) {
                (None, _) => slot.clear(act),
                (Some(_), Err(fault)) => refreshed.trouble = Some(Trouble::Apply(fault)),
                (Some(_), Ok(())) => {}
            }
            Ok(refreshed)
        }
        TokenAnswer::Refused(why) => {
            let noted = note(act, job.ask, job.limits.lock, &|world| keep::refused(world, of));
            // What was prepared for an answer is of no use.
            slot.clear(act);
            Ok(Refreshed {
                trouble: noted,
                ..ended(RenewalOutcome::Refused(why), look(act.as_look(), job.ask))
            })
        }
        TokenAnswer::Failed(why) => {
            slot.clear(act);
            Err(why)
        }
    }
}

/// The login, unless the config keeps us from renewing it.
fn subject<'w>(world: &'w World, job: &RenewalJob<'w>) -> Result<Subject<'w>, Refusal> {
    known_auth(world)?;
    let subject = refresh::subject(world, job.agent, job.profile)?;
    match subject.tool {
        Some(tool) if world.desired.never_refresh_borrowed => {
            let row = tool.row();
            let why =
                format!("{} is {}'s login, and auth.refreshBorrowed is \"never\"", job.profile, row.name);
            Err(Refusal::state(why).help(
                Advice::say(format!("use {} once, which renews it", row.name))
                    .then(format!("; or log in again: `{}`", crate::policy::advice::sign_in(world, tool))),
            ))
        }
        _ => Ok(subject),
    }
}

/// Whether what a server gives can be kept: it gives it only once.
/// The place where it waits until it is stored.
fn can_keep(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    lock: &PendingLock,
    world: &World,
    of: &str,
) -> Result<PendingFile, String> {
    for (store, ..) in keep::stored(world, of) {
        if let Some(path) = &world.doc(store.doc).path
            && !may_write(act.as_look(), path)
        {
            return Err(format!(
                "{} is not writable, so no renewal was requested",
                world.doc_name(store.doc)
            ));
        }
    }
    for borrowed in keep::borrowed(world, of) {
        if let Some(path) = &world.doc(borrowed.doc).path
            && !may_write(act.as_look(), path)
        {
            let name = world.doc_name(borrowed.doc);
            return Err(format!(
                "{name} is not writable, and {} would lose its login",
                borrowed.tool.row().name
            ));
        }
    }
    // Our own files are fit to write with.
    let target = Target {
        state_dir: world.paths.state.clone(),
        lock_timeout: job.limits.lock,
        command: act.host().command.clone(),
    };
    unjournaled::clear(act, &target, &[]).map_err(|fault| unkept(&fault))?;
    // Room for what is to come, and the right to write it.
    lock.reserve(act, of).map_err(|taken| match taken {
        Taken::Waiting => {
            "it was already renewed, but the new login could not be stored yet; it is kept".to_owned()
        }
        Taken::Fault(fault) => unkept(&fault),
    })
}

fn unkept(fault: &ApplyFault) -> String {
    format!("the server's answer could not be kept: {fault}")
}

/// Puts the tokens everywhere where they belong, and looks whether they are there.
fn stored(
    act: &mut dyn Act,
    job: &RenewalJob<'_>,
    pending: &PendingTokens,
    outcome: RenewalOutcome,
) -> Refreshed {
    let (of, tokens) = (&pending.of, &pending.tokens);
    let before = look(act.as_look(), job.ask);
    let trouble = note_any(act, job.ask, job.limits.lock, &|world| keep::tokens(world, of, tokens));
    let trouble = trouble.or_else(|| to_keychain(act, &before.world, of, tokens).err().map(Trouble::Blocked));
    let trouble = trouble.or_else(|| lacking(act, job, pending).map(Trouble::Blocked));
    let tokens = trouble.is_some().then(|| tokens.clone());
    // What was only at its source is stored now that it is good again.
    let looked = sync_due(act, job.ask, job.limits.lock).looked;
    Refreshed { outcome, looked, tokens, trouble }
}

/// Why the tokens cannot be said to be where they belong. Somebody may be writing one of the files just
/// now, so it is looked at again for a moment.
fn lacking(act: &mut dyn Act, job: &RenewalJob<'_>, pending: &PendingTokens) -> Option<String> {
    for tries in 0.. {
        let world = world(act.as_look(), job.ask);
        let unseen = |place: &&String| {
            let is_seen = world.docs.iter().any(|doc| keep::place(&world, doc.id) == **place);
            !is_seen && act.stat(Path::new(place)).is_some()
        };
        let unseen = pending.places.iter().find(unseen);
        let lacking = keep::unkept(&world, pending)
            .or_else(|| unseen.map(|place| format!("{place} could not be read")));
        if lacking.is_none() || tries == LOOKS {
            return lacking;
        }
        act.pause(PAUSE);
    }
    None
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
