//! `zirkabot models auth setup-token`: runs `claude setup-token` where the user sees it, and stores
//! what comes of it.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::catalog::tools::Tool;
use crate::change::proposal::Refusal;
use crate::cli::Outcome;
use crate::cli::grammar::{Global, SetupToken, Writing};
use crate::cli::write::{self, WriteRequest};
use crate::config::CredentialSource;
use crate::intent::capture;
use crate::intent::credential::made;
use crate::intent::setup::{self, DefaultModel, Received, Setup};
use crate::pipeline::{self, Ask, Trouble};
use crate::policy::sync::{self, Decision};
use crate::report::human;
use crate::sys::time::DAY;
use crate::sys::{Act, Conversed, Pty};
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::observe::programs;

/// The provider whose subscriptions have setup-tokens.
const PROVIDER: &str = "anthropic";

/// How long a token lasts that is said to be valid for a year.
const YEAR: i64 = 365 * DAY;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &SetupToken) -> Outcome {
    let provider = providers::normalise(&args.provider);
    let world = pipeline::look(act.as_look(), &write::ask(global)).world;
    if provider != PROVIDER {
        if let Err(message) = crate::policy::known::known_provider(&world, &provider) {
            return Outcome::usage(&message);
        }
        let paste = world.paths.command(&format!("models auth paste-token --provider {provider}"));
        let refusal = Refusal::usage(format!("{provider} has no setup-tokens; they are Anthropic's"));
        return write::refused(&Trouble::Refused(
            refusal.help(format!("`{paste}` stores a key or token of it")),
        ));
    }
    let agent = match write::agent(act.as_look(), global, args.agent.as_deref()) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    let gets = match obtain(act, &write::ask(global), args.yes) {
        Ok(Some(gets)) => gets,
        Ok(None) => return Outcome::out("Nothing was changed.\n".to_owned(), crate::cli::Exit::Ok),
        Err(refusal) => return write::refused(&Trouble::Refused(refusal)),
    };
    let setup = Setup { gets, model: DefaultModel::Keep, endpoint: None };
    let asked = WriteRequest {
        agent: Some(&agent),
        writing: &Writing { dry_run: false, json: false, lock_timeout: args.lock_timeout },
        request: &|world, agent| setup::set_up(world, agent, &setup),
        question: None,
        after: &|looked, _, style| {
            let changes = human::Changes::default();
            human::status(&looked.world, &looked.status, &looked.findings, changes, style, false)
        },
        json: None,
    };
    write::run(act, global, &asked)
}

/// Runs `claude setup-token`; what is to be stored. `None` if the user does not want to.
///
/// # Errors
/// If it cannot be run here, fails, or gives nothing.
pub(super) fn obtain(act: &mut dyn Act, ask: &Ask, yes: bool) -> Result<Option<Received>, Refusal> {
    let before = pipeline::look(act.as_look(), ask).world;
    crate::policy::known::known_files(&before)?;
    let paste = before.paths.command("models auth paste-token --provider anthropic");
    if !act.host().stdin_tty || !act.host().stdout_tty {
        let why = "claude setup-token needs a terminal, and somebody who logs in in a browser";
        return Err(Refusal::usage(why)
            .help(format!("run `claude setup-token` on any machine with a terminal, then here `{paste}`")));
    }
    let Some(Some(program)) = programs::find(act.as_look(), "claude") else {
        return Err(Refusal::state("Claude Code is not installed: there is no `claude` on PATH")
            .code("claude/cli-missing")
            .help("`npm install -g @anthropic-ai/claude-code`, then run this again"));
    };
    if !yes {
        act.say("This runs `claude setup-token`, which opens a login in your browser. Go on? [y]es, [n]o: ");
        match act.answer().as_deref().map(str::trim) {
            Some("y" | "Y" | "yes") => {}
            _ => return Ok(None),
        }
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
                .help("nothing was changed; what it wrote above says why, and it can be run again"));
        }
        Conversed::Ended(None, _) => {
            return Err(Refusal::state("`claude setup-token` was broken off").help("nothing was changed"));
        }
        Conversed::NotStarted(why) => {
            return Err(Refusal::state(format!("{} cannot be started: {why}", program.display())));
        }
    };
    let after = pipeline::look(act.as_look(), ask).world;
    if let Some(login) = crate::world::login(&after, Tool::ClaudeCode)
        && login.expires.at().is_none_or(|at| at > after.now)
        && crate::world::login(&before, Tool::ClaudeCode).is_none_or(|old| old.secret != login.secret)
    {
        return Ok(Some(Received::Login(Tool::ClaudeCode)));
    }
    let token = capture::token(said.expose()).ok_or_else(|| {
        Refusal::state("`claude setup-token` has neither stored a login nor printed a token")
            .help(format!("if you see one above, store it with `{paste}`"))
    })?;
    let end = capture::lasts_a_year(said.expose()).then(|| after.now.saturating_add(YEAR));
    let credential = made(&after, PROVIDER, Kind::Token, token, end);
    Ok(Some(Received::Store { id: id(&after, &credential), credential: Box::new(credential) }))
}

/// Under which name a captured token is stored: Claude Code's own, unless the next look would put a
/// login of Claude Code into its place.
fn id(world: &World, token: &Credential) -> String {
    let own = Tool::ClaudeCode.row().profile;
    let login = crate::world::login(world, Tool::ClaudeCode);
    let would_go =
        login.is_some_and(|login| !matches!(sync::decide(Some(token), login, world.now), Decision::Keep(_)));
    let is_its = world
        .desired
        .profile(own)
        .is_none_or(|declared| declared.from == CredentialSource::Tool(Tool::ClaudeCode));
    if would_go || !is_its { format!("{PROVIDER}:setup-token") } else { own.to_owned() }
}

/// Variables that Claude Code is not to see: it would use a key instead of logging in.
fn secrets(act: &dyn Act) -> Vec<String> {
    act.host().env.keys().filter(|name| providers::is_secret_var(name)).cloned().collect()
}
