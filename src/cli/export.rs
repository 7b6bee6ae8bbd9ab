//! `zirkabot export`: credentials in files, as other programs take them. Which files, and what stands in them, is
//! decided in `intent::export` and `policy::targets`.

use crate::catalog::paths::expand;
use crate::catalog::providers::is_secret_var;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome, scope};
use crate::intent::export;
use crate::pipeline::{self, Looked, PlannedRequest, Query};
use crate::policy::known;
use crate::policy::targets::credentials::{self, Sealed};
use crate::policy::targets::{ExportJob, TARGETS, Target, name};
use crate::report::export as report;
use crate::report::plan_json::{self, PlanRequest};
use crate::report::{json, plan};
use crate::sys::{Act, Look, Probed, Stdin};
use crate::world::World;
use crate::world::observe::programs;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// Longest that `systemd-creds` may take, in milliseconds: a TPM is slow.
const LIMIT: i64 = 30_000;

/// Most that is kept of what it prints, in bytes.
const MAX_OUTPUT: usize = 1 << 20;

/// Write credentials to files for other programs
///
/// Exports API keys only, in the order in which the agent uses them. Logins are not exported. Files have
/// mode 0600 and are replaced atomically. Files written by others are not touched, and files no longer
/// exported are removed. `zirkabot undo` restores the previous state. Exit 1 if there is nothing to export,
/// or with --check if the files differ.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Export format
    #[arg(value_name = "TARGET", value_parser = target())]
    target: &'static Target,
    /// File or directory to write to
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Only credentials of this provider; can be repeated
    #[arg(long, value_name = "PROVIDER")]
    provider: Vec<String>,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Skip credentials that are cooling down
    #[arg(long)]
    healthy: bool,
    /// Include access tokens of logins and setup-tokens, which expire and are personal
    #[arg(long)]
    with_access_tokens: bool,
    /// Include credentials that a secrets manager handed over, which should not be on disk
    #[arg(long)]
    with_handed_over: bool,
    /// Kubernetes namespace [default: the current one]
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Encrypt with systemd-creds for this machine; for the format credentials only
    #[arg(long)]
    encrypt: bool,
    /// Only check whether the files are up to date; change nothing
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Also replace files that others wrote or changed
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    writing: Writing,
}

/// Reads the name of a target.
fn target() -> impl TypedValueParser<Value = &'static Target> {
    let names = TARGETS.iter().map(|target| PossibleValue::new(target.name).help(target.help));
    let named =
        |name: String| TARGETS.iter().find(|target| target.name == name).ok_or("there is no such target");
    PossibleValuesParser::new(names).try_map(named)
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let agent = scope::agent(act.as_look(), global, args.agent.as_deref())?;
    let mut job = job(act.as_look(), global, args, agent)?;
    let mut ask = Query { export: Some(job.clone()), ..global.ask_one(Some(&job.agent)) };
    if args.encrypt && !args.check && !args.writing.dry_run {
        job.sealed = Some(sealed(act, &ask, &job)?);
        ask.export = Some(job.clone());
    }
    let request = |world: &World, _: &str| export::export(world, &job, args.force);
    if args.check {
        let planned = pipeline::plan_request(act.as_look(), &ask, &|world: &World| request(world, ""));
        let refused = |why| explained(act.as_look(), &ask, &job, Outcome::from(why));
        return Ok(checked(global, act.as_look(), args, &planned.map_err(refused)?));
    }
    let asked = WriteRequest {
        notes: &|world, _| report::notes(world, &job),
        after: &|_: &Looked, _, _| report::then(&job),
        json: Some(&|looked, done| json::text(&report::document(&looked.world, &job, done))),
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run_asking(act, global, &ask, &asked)
        .map_err(|refused| explained(act.as_look(), &ask, &job, refused))
}

/// What is to be exported and is not encrypted yet, encrypted.
fn sealed(act: &mut dyn Act, ask: &Query, job: &ExportJob) -> Result<Vec<Sealed>, Outcome> {
    let world = pipeline::world(act.as_look(), ask);
    let mut sealed = Vec::new();
    for (name, input) in credentials::unsealed(job, &world) {
        let program = programs::path(act.as_look(), "systemd-creds");
        let refused = |why: &str| Refusal::state(format!("{why}; nothing was written"));
        let program = program.ok_or_else(|| refused("there is no `systemd-creds` on PATH"))?;
        let args = ["encrypt", &format!("--name={name}"), "-", "-"].map(str::to_owned).to_vec();
        let without = act.host().env.keys().filter(|name| is_secret_var(name)).cloned().collect();
        let told =
            Stdin { program, args, env: Vec::new(), without, input, limit: LIMIT, max_output: MAX_OUTPUT };
        let done = match act.run_with_stdin(&told) {
            Probed::Done(Some(0), output) => Sealed::new(&name, &told.input, &output),
            _ => None,
        };
        sealed.push(done.ok_or_else(|| {
            refused("`systemd-creds encrypt` failed")
                .help("run `systemd-creds setup` as root to create the key it needs")
        })?);
    }
    Ok(sealed)
}

/// A refusal with what was left out, of which it may come.
fn explained(look: &dyn Look, ask: &Query, job: &ExportJob, mut refused: Outcome) -> Outcome {
    let notes = report::instead(&pipeline::world(look, ask), job);
    refused.stderr.extend(notes.iter().map(|note| write::note(note)));
    refused
}

/// What is asked for, with the providers that are meant.
fn job(look: &dyn Look, global: &Global, args: &Args, agent: String) -> Result<ExportJob, Outcome> {
    let out = args.out.to_str().filter(|text| !text.trim().is_empty());
    let out = out.ok_or_else(|| Refusal::usage("the path is not text"))?;
    if args.encrypt && args.target.name != "credentials" {
        return Err(Refusal::usage("--encrypt works with the target credentials only").into());
    }
    if args.namespace.is_some() && args.target.name != "k8s-secret" {
        return Err(Refusal::usage("--namespace works with the target k8s-secret only").into());
    }
    if args.namespace.as_deref().is_some_and(|text| !name::is_namespace(text)) {
        let why = "a namespace has lower-case letters, digits and dashes, such as ai-gateway";
        return Err(Refusal::usage(why).into());
    }
    let world = pipeline::world(look, &global.ask_one(Some(&agent)));
    known::known_auth(&world)?;
    let mut providers = Vec::new();
    for given in &args.provider {
        let provider = known::provider(&world, given)?;
        if !providers.contains(&provider) {
            providers.push(provider);
        }
    }
    Ok(ExportJob {
        target: args.target,
        out: expand(out, &look.host().home, &look.host().cwd),
        agent,
        providers,
        healthy: args.healthy,
        access_tokens: args.with_access_tokens,
        handed_over: args.with_handed_over,
        namespace: args.namespace.clone(),
        encrypt: args.encrypt,
        sealed: None,
    })
}

/// Whether the files are as they would be written.
fn checked(global: &Global, look: &dyn Look, args: &Args, planned: &PlannedRequest) -> Outcome {
    let PlannedRequest { now, plan, .. } = planned;
    let exported = now.world.exported.iter();
    let docs = exported.flat_map(|own| own.files.iter().map(|(_, doc)| *doc).chain(own.ledger));
    let paths: Vec<_> = docs.filter_map(|doc| now.world.doc(doc).path.clone()).collect();
    let drift = plan.changes.iter().any(|change| paths.contains(&change.path));
    let exit = if drift { Exit::Broken } else { Exit::Ok };
    let worlds = [&now.world, &planned.last().world];
    let stdout = if args.writing.json {
        json::text(&plan_json::plan(worlds[0], plan, PlanRequest::default(), &[]))
    } else {
        plan::text(worlds, plan, plan::Left::default(), global.style(look))
    };
    Outcome::out(stdout, exit)
}
