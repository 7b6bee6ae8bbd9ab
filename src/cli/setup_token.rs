//! `zirkabot models auth setup-token`: runs `claude setup-token` where the user sees it, and stores
//! what comes of it.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, wait};
use crate::cli::menu::says_yes;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Finished, Outcome, scope};
use crate::config::CredentialSource;
use crate::intent::capture;
use crate::intent::credential::made;
use crate::intent::setup::{self, DefaultModel, Received, Setup};
use crate::pipeline::{self, Query};
use crate::policy::known::{self, known_files};
use crate::policy::sync::{self, Decision};
use crate::report::human;
use crate::sys::quote::shell_word;
use crate::sys::{Act, Conversed, Pty};
use crate::world::actual::Credential;
use crate::world::observe::programs;
use crate::world::{World, login};

/// The provider whose subscriptions have setup-tokens.
const PROVIDER: &str = "anthropic";

/// Create a setup-token with Claude Code, and store it
///
/// Needs a terminal: Claude Code asks you to log in in a browser. The login that it stores, or the token
/// that it prints, is stored without copying.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Provider; only anthropic has setup-tokens
    #[arg(long, value_name = "PROVIDER", default_value = "anthropic")]
    pub(super) provider: String,
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    pub(super) agent: Option<String>,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(super) yes: bool,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub(super) lock_timeout: i64,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_all());
    let provider = known::provider(&world, &args.provider)?;
    if provider != PROVIDER {
        let paste =
            world.paths.command(&format!("models auth paste-token --provider {}", shell_word(&provider)));
        let refusal = Refusal::usage(format!("{provider} has no setup-tokens; only Anthropic does"));
        return Err(refusal.help(format!("`{paste}` stores a key or token for it")).into());
    }
    let agent = scope::agent(act, global, args.agent.as_deref())?;
    let gets = obtain(act, &global.ask_all(), args.yes)?.ok_or_else(Outcome::unchanged)?;
    let setup = Setup { gets, model: DefaultModel::Keep, endpoint: None };
    let writing = Writing { dry_run: false, json: false, lock_timeout: args.lock_timeout };
    let request = |world: &World, agent: &str| setup::set_up(world, agent, &setup);
    let asked = WriteRequest {
        agent: Some(&agent),
        after: &|looked, _, style| {
            let changes = human::Changes::default();
            human::status(&looked.world, &looked.status, &looked.findings, changes, style, false)
        },
        ..WriteRequest::new(&writing, &request)
    };
    write::run(act, global, &asked)
}

/// Runs `claude setup-token`; what is to be stored. `None` if the user does not want to.
///
/// # Errors
/// If it cannot be run here, fails, or gives nothing.
pub(super) fn obtain(act: &mut dyn Act, ask: &Query, yes: bool) -> Result<Option<Received>, Refusal> {
    let before = pipeline::world(act.as_look(), ask);
    known_files(&before)?;
    let paste = before.paths.command("models auth paste-token --provider anthropic");
    if !act.host().stdin_tty || !act.host().stdout_tty {
        let why = "claude setup-token needs a terminal and a login in a browser";
        return Err(Refusal::usage(why)
            .help(format!("run this in a terminal (over SSH with -t), or store a setup-token from another machine with `{paste}`")));
    }
    let Some(Some(program)) = programs::find(act.as_look(), "claude") else {
        return Err(Refusal::state("Claude Code is not installed: there is no `claude` on PATH")
            .code("claude/cli-missing")
            .help("run `npm install -g @anthropic-ai/claude-code`, then this command again"));
    };
    let question =
        "This runs `claude setup-token`, which opens a login in your browser. Continue? [y]es, [n]o: ";
    if !yes && !says_yes(act, question) {
        return Ok(None);
    }
    let interactive = Pty {
        program: program.display().to_string(),
        args: vec!["setup-token".to_owned()],
        without: secrets(act),
    };
    let said = match act.run_on_pty(&interactive) {
        Conversed::Ended(Some(0), said) => said,
        Conversed::Ended(Some(code), _) => {
            return Err(Refusal::state(format!("`claude setup-token` ended with exit code {code}"))
                .help("nothing was changed; see its output above, and try again"));
        }
        Conversed::Ended(None, _) => {
            return Err(Refusal::state("`claude setup-token` was interrupted").help("nothing was changed"));
        }
        Conversed::NotStarted(why) => {
            return Err(Refusal::state(format!("{} cannot be started: {why}", program.display())));
        }
    };
    let after = pipeline::world(act.as_look(), ask);
    if let Some(new) = login(&after, Tool::ClaudeCode)
        && new.expires.at().is_none_or(|at| at > after.now)
        && login(&before, Tool::ClaudeCode).is_none_or(|old| old.secret != new.secret)
    {
        return Ok(Some(Received::Login(Tool::ClaudeCode)));
    }
    let token = capture::token(said.expose()).ok_or_else(|| {
        Refusal::state("`claude setup-token` neither stored a login nor printed a complete token")
            .help(format!("if you see one above, store it with `{paste}`"))
    })?;
    let credential = made(&after, PROVIDER, Kind::Token, token, None);
    Ok(Some(Received::Store { id: id(&after, &credential), credential: Box::new(credential) }))
}

/// Under which name a captured token is stored: Claude Code's own, unless the next look would put a
/// login of Claude Code into its place.
fn id(world: &World, token: &Credential) -> String {
    let own = Tool::ClaudeCode.row().profile;
    let goes = |new| !matches!(sync::decide(Some(token), new, world.now), Decision::Keep(_));
    let would_go = login(world, Tool::ClaudeCode).is_some_and(goes);
    let its = CredentialSource::Tool(Tool::ClaudeCode);
    let is_its = world.desired.profile(own).is_none_or(|declared| declared.from == its);
    if would_go || !is_its { format!("{PROVIDER}:setup-token") } else { own.to_owned() }
}

/// Variables that Claude Code is not to see: it would use a key instead of logging in.
fn secrets(act: &dyn Act) -> Vec<String> {
    act.host().env.keys().filter(|name| providers::is_secret_var(name)).cloned().collect()
}
