//! Asks providers whether credentials work: all questions at once, a few at a time, each with its limit. What came
//! of it is written down beside the fingerprint of the secret, and how things are is judged anew with it. Nobody is
//! asked but by these functions, and only where a person said so.

use crate::catalog::kind::Kind;
use crate::change::apply::Target as StateDir;
use crate::change::apply::state_file::{StateFile, StateText, read};
use crate::checks;
use crate::pipeline::{Looked, Trouble};
use crate::policy::probe::targets::{NotAsked, ProbeRequest, Target, targets};
use crate::policy::probe::{self, Judged};
use crate::policy::status::{self, Options};
use crate::policy::usage::{self, Usage};
use crate::sys::http::Request;
use crate::sys::{Act, Files, Millis};
use crate::world::World;
use crate::world::asked::{self, Asked, Came, NAME, mark};

/// How many questions are open at once.
pub(crate) const CONCURRENCY: usize = 4;

/// The family of findings that follow from what was said.
const FAMILY: &str = "probe";

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Probed {
    /// When it began, in milliseconds since the epoch.
    pub(crate) started: Millis,
    /// How long it took, in milliseconds.
    pub(crate) took: Millis,
    /// One for each credential.
    pub(crate) results: Vec<ProbeResult>,
    /// Why it could not be written down, if so.
    pub(crate) trouble: Option<Trouble>,
}

/// What came of asking about one credential.
#[derive(Debug)]
pub(crate) struct ProbeResult {
    /// About which.
    pub(crate) target: Target,
    /// What was judged of the answer, and how long it took; or why nobody was asked.
    pub(crate) came: Result<(Judged, Millis), NotAsked>,
    /// How much of its limits is used, as far as the provider told.
    pub(crate) usage: Usage,
}

/// Asks, writes down what came of it, and judges anew how things are. `options` are those of the status.
pub(crate) fn probe(
    act: &mut dyn Act,
    looked: Looked,
    options: &Options,
    wanted: ProbeRequest<'_>,
    lock_timeout: Millis,
) -> (Looked, Probed) {
    let targets = targets(&looked.world, &looked.status, wanted);
    let questions: Vec<&Request> =
        targets.iter().filter_map(|target| target.question.as_ref().ok()).collect();
    let begun = act.clock();
    let answers = {
        let _asking = act.progress("contacting providers");
        act.send_all(&questions, CONCURRENCY)
    };
    let took = if questions.is_empty() { 0 } else { act.clock().saturating_sub(begun) };
    let (now, mut answers) = (looked.world.now, answers.into_iter());
    let judged = |target: Target| {
        let answer = target.question.as_ref().map(|_| answers.next());
        let (came, usage) = match answer {
            Err(why) => (Err(why.clone()), Usage::default()),
            Ok(None) => (Err(NotAsked::Address), Usage::default()),
            Ok(Some((answer, took))) => {
                let told = answer.as_ref().map(|answer| usage::read(target.form, answer, now));
                (Ok((probe::judge(&answer, target.credential.kind, now), took)), told.unwrap_or_default())
            }
        };
        ProbeResult { target, came, usage }
    };
    let results: Vec<ProbeResult> = targets.into_iter().map(judged).collect();
    let said: Vec<Asked> = results.iter().filter_map(|result| said(result, now)).collect();
    let trouble = if said.is_empty() { None } else { keep(act, &looked.world, &said, lock_timeout).err() };
    let world = World { asked: asked::merged(looked.world.asked, &said, now), ..looked.world };
    let status = status::of(&world, options);
    // What is kept of a dry run stays; only what follows from the answers is new.
    let (mut findings, new) = (looked.findings, checks::check(&world, &status));
    findings.retain(|finding| !finding.is_of(FAMILY));
    findings.extend(new.into_iter().filter(|finding| finding.is_of(FAMILY)));
    (Looked { world, status, findings }, Probed { started: now, took, results, trouble })
}

/// Asks about a credential that is stored nowhere yet; nothing is written down.
pub(crate) fn ask(act: &mut dyn Act, question: &Request, kind: Kind) -> Judged {
    let _asking = act.progress("contacting the provider");
    let answer = act.send(question);
    probe::judge(&answer, kind, act.clock())
}

/// What is remembered; nothing of what tells nothing.
fn said(result: &ProbeResult, now: Millis) -> Option<Asked> {
    let (judged, _) = result.came.as_ref().ok().filter(|(judged, _)| judged.came != Came::Unknown)?;
    let credential = &result.target.credential;
    Some(Asked {
        provider: credential.provider.clone(),
        of: mark(credential),
        at: now,
        came: judged.came,
        until: judged.until,
        verified: (judged.came == Came::Works).then_some(now),
    })
}

/// Writes down what was said, beside what others have written down meanwhile.
fn keep(act: &mut dyn Files, world: &World, said: &[Asked], lock_timeout: Millis) -> Result<(), Trouble> {
    let command = act.host().command.clone();
    let state = StateDir { state_dir: world.paths.state.clone(), lock_timeout, command };
    let file = StateFile::take(act, &state, NAME).map_err(Trouble::Apply)?;
    let known = match read(act, &state, NAME) {
        StateText::Bytes(bytes) => asked::parse(bytes.expose()),
        StateText::Nothing => Vec::new(),
        StateText::Unreadable(_) => {
            file.set_aside(act).map_err(Trouble::Apply)?;
            Vec::new()
        }
    };
    file.write(act, &asked::text(asked::merged(known, said, world.now))).map_err(Trouble::Apply)
}
