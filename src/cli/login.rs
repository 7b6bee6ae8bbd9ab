//! `zirkabot models auth login`: logs a person in to a provider, and stores what it gives. The ways to a login are
//! in [`flow`]; what is judged, in `policy::login`.

mod flow;

use crate::catalog::logins::LOGINS;
use crate::change::proposal::Refusal;
use crate::cli::grammar::{Global, Writing, wait};
use crate::cli::login::flow::Obtained;
pub(super) use crate::cli::login::flow::{Method, Way, obtain};
use crate::cli::menu::{self, Picked, says_yes};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Finished, Outcome, scope};
use crate::doc::redact;
use crate::intent::credential;
use crate::pipeline;
use crate::policy::known::{self, free_id, known_config};
use crate::policy::login::place::{self, LoginPlace};
use crate::policy::login::{answer, known as logins};
use crate::report::list;
use crate::report::style::Style;
use crate::sys::Act;
use crate::world::World;
use crate::world::actual::Credential;

/// Log in to a provider, and store the login
///
/// Needs a terminal. Opens a browser on this machine if there is one; otherwise it shows the address, and
/// you paste the final address back. `zirkabot undo` removes the login again.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Provider, such as openai-codex [default: asks]
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// How to log in [default: browser, if the provider supports it]
    #[arg(long, value_enum, value_name = "METHOD")]
    method: Option<Method>,
    /// Enter a code on another device; same as --method device
    #[arg(long, conflicts_with_all = ["method", "paste"])]
    device: bool,
    /// Paste the final address, without listening on a port; same as --method paste
    #[arg(long, conflicts_with = "method")]
    paste: bool,
    /// Do not open a browser, only show the address
    #[arg(long)]
    no_browser: bool,
    /// Profile name [default: PROVIDER:default]
    #[arg(long, value_name = "PROFILE")]
    profile_id: Option<String>,
    /// Store it for this agent only, instead of for all agents without their own
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Replace the login of another account without asking
    #[arg(long)]
    yes: bool,
    /// How long to wait for another zirkabot process that is writing
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    lock_timeout: i64,
}

impl Args {
    /// What `models auth add` asks for.
    pub(super) fn of(provider: String, agent: Option<String>, lock_timeout: i64) -> Self {
        Self {
            provider: Some(provider),
            method: None,
            device: false,
            paste: false,
            no_browser: false,
            profile_id: None,
            agent,
            yes: false,
            lock_timeout,
        }
    }

    fn way(&self) -> Way {
        let flag = self.device.then_some(Method::Device).or(self.paste.then_some(Method::Paste));
        Way { method: self.method.or(flag), opens: !self.no_browser }
    }
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_all());
    known_config(&world)?;
    let style = global.style(act);
    let named = args.provider.as_deref().map(|given| named(&world, given)).transpose()?;
    if !act.host().stdin_tty || !act.host().stdout_tty {
        let why = Refusal::usage("logging in needs a terminal");
        return Err(why.help("run this in a terminal (over SSH with -t)").into());
    }
    let place = match named {
        Some(place) => place,
        None => place::place(&world, &picked(act, &world, style).ok_or_else(Outcome::cancelled)?)?,
    };
    let provider = place.provider.clone();
    let id = args.profile_id.as_deref().map_or_else(|| place.default_id(), |id| id.trim().to_owned());
    free_id(&world, &provider, &id)?;
    let agent = scope::agent(act.as_look(), global, args.agent.as_deref())?;
    let home = args.agent.clone().unwrap_or_else(|| world.home_of(&agent, &provider));
    let got = obtain(act, &world, style, &place, args.way())?.ok_or_else(Outcome::unchanged)?;
    let Obtained { credential: got, mut held } = got;
    if let Some(question) = question(&world, &home, &id, &got).filter(|_| !args.yes) {
        drop(held);
        if !says_yes(act, &format!("{} [y]es, [n]o: ", style.text(&redact::redact(question)))) {
            return Err(Outcome::unchanged());
        }
        held = act.hold_signals();
    }
    let stored = store(act, global, args, (&place, &id), &got);
    drop(held);
    stored
}

/// Where one logs in to the provider that a person named.
fn named(world: &World, given: &str) -> Result<LoginPlace, Refusal> {
    let provider = known::meant(world, given);
    known::named_provider(&provider)?;
    place::place(world, &provider)
}

/// The provider that a person chooses.
fn picked(act: &mut dyn Act, world: &World, style: Style) -> Option<String> {
    let own = world.desired.logins.iter().map(|own| own.provider.clone());
    let all = LOGINS.iter().map(|row| row.provider.to_owned()).chain(own);
    let mut all: Vec<String> = all.filter(|provider| logins::is_known(world, provider)).collect();
    all.sort();
    all.dedup();
    let items: Vec<String> = all.iter().cloned().map(redact::redact).collect();
    match menu::ask(act, style, "Log in to which provider?", &items) {
        Picked::Item(at) => all.get(at).cloned(),
        Picked::Back | Picked::Quit => None,
    }
}

/// What is asked before the login of another account takes the place of the one that is there.
fn question(world: &World, home: &str, id: &str, got: &Credential) -> Option<String> {
    let old = world.store(home)?.profile(id)?.credential()?;
    let (before, after) = answer::other_account(old, got)?;
    Some(format!("{id} is the login of {before}, but this is the login of {after}. Replace it?"))
}

/// Stores it, and says what is true afterwards.
fn store(
    act: &mut dyn Act,
    global: &Global,
    args: &Args,
    (place, id): (&LoginPlace, &str),
    got: &Credential,
) -> Finished {
    let provider = &place.provider;
    let request = |world: &World, agent: &str| {
        let home = args.agent.as_ref().map_or_else(|| world.home_of(agent, provider), |_| agent.to_owned());
        credential::store(world, &home, id, got)
    };
    let writing = Writing { dry_run: false, json: false, lock_timeout: args.lock_timeout };
    let asked = WriteRequest {
        agent: args.agent.as_deref(),
        after: &|looked, agent, style| {
            said(got, style) + &list::list(&looked.world, &looked.status, agent, Some(provider), style)
        },
        ..WriteRequest::new(&writing, &request)
    };
    write::run(act, global, &asked)
}

/// Whose it is, and what a person should know of it.
fn said(got: &Credential, style: Style) -> String {
    let account = got.email.as_ref().or(got.account.as_ref());
    let whose = account.map(|account| format!(" as {account}")).unwrap_or_default();
    let renews = got.kind != crate::catalog::kind::Kind::OAuth || got.refresh.is_some();
    let once = if renews { "" } else { " It has no refresh token: when it expires, log in again." };
    let text = redact::redact(format!("Logged in to {}{whose}.{once}", got.provider));
    format!("{}\n", style.text(&text))
}
