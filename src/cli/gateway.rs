//! `zirkabot gateway`: serves, and says how clients are pointed at it.

use crate::cli::grammar::Global;
use crate::cli::menu::say;
use crate::cli::{Exit, Finished, Outcome, session};
use crate::doc::redact;
use crate::gateway::{self, Flags, Settings, Stopped, Voice};
use crate::pipeline;
use crate::policy::advice::quoted;
use crate::policy::{models, resolve};
use crate::sys::secret::Secret;
use crate::sys::{Act, Fault, Look, Reading};
use crate::world::World;
use std::path::{Path, PathBuf};

/// Serve model requests of clients, each with the right credential
///
/// Passes requests on with the agent's credential. A credential that fails cools down, and the next one is
/// used. Listens on this machine only, unless the config says otherwise. `zirkabot service install` runs it
/// permanently.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    reach: Reach,
}

/// How it is reached.
#[derive(Clone, Debug, clap::Args)]
struct Reach {
    /// Port to listen on [default: gateway.port in the config, or 18789]
    #[arg(long, value_name = "NUMBER")]
    port: Option<u16>,
    /// File with the token for clients [default: ZIRKABOT_GATEWAY_TOKEN, or the config]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    token_file: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Other {
    /// Show the variables that point a client at the gateway
    ///
    /// To set them in this shell: `eval "$(zirkabot gateway env --with-token)"`.
    Env {
        #[command(flatten)]
        reach: Reach,
        /// Include the token that clients need
        #[arg(long)]
        with_token: bool,
        /// Shell to print them for
        #[arg(long, value_enum, value_name = "SHELL", default_value = "sh")]
        shell: ShellKind,
    },
}

/// How a shell sets a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ShellKind {
    /// sh, bash, zsh
    Sh,
    /// fish
    Fish,
}

impl Args {
    /// Whether the token is what was asked for.
    pub(super) fn prints_credential(&self) -> bool {
        matches!(self.other, Some(Other::Env { with_token: true, .. }))
    }
}

/// Longest wait in milliseconds for others who write.
const PATIENCE: i64 = 5_000;

/// Most bytes of a file with a token.
const TOKEN: usize = 4_096;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    match &args.other {
        Some(Other::Env { reach, with_token, shell }) => env(act, global, reach, *with_token, *shell),
        None => serve(act, global, &args.reach),
    }
}

fn serve(act: &mut dyn Act, global: &Global, reach: &Reach) -> Finished {
    let mut world = pipeline::world(act.as_look(), &global.ask_one(None));
    let flags = flags(act.as_look(), reach)?;
    if world.config_is_known() && gateway::lacks_token(&world, &flags) {
        world = with_token(act, global, world);
    }
    let settings = gateway::settings(&world, &flags).map_err(never_good)?;
    let mut host = act.host().clone();
    if let Some(name) = &world.paths.profile {
        host.env.insert("ZIRKABOT_PROFILE".to_owned(), Secret::from(name.as_str()));
    }
    gateway::without_dotenv(&world, &mut host.env);
    let mut own = act.elsewhere(host);
    let (next, env) = (next(&world), world.paths.command("gateway env --with-token"));
    let file = reach.token_file.as_ref().map(|path| quoted(&world, path));
    let file = file.map(|path| format!(" --token-file {path}")).unwrap_or_default();
    let greet = &mut |act: &mut dyn Act, address: &str| {
        // The port that was given here is not known there.
        let port = address.rsplit(':').next().filter(|_| reach.port.is_some());
        let port = port.map(|port| format!(" --port {port}")).unwrap_or_default();
        say(
            act,
            &format!(
                "zirkabot gateway listens on http://{address}\n\
             next: {next}\n\
             to point a client at it: eval \"$({env}{port}{file})\"\n",
            ),
        );
    };
    let voice = Voice { tell: crate::report::gateway::text, chat: session::answer };
    match gateway::serve(own.as_mut(), settings, greet, voice) {
        Ok(()) => Ok(Outcome::out(String::new(), Exit::Ok)),
        Err(Stopped::InUse(address)) => Err(Outcome::err(
            format!(
                "error: {address} is already in use\n  help: `{}` shows whether it is the service; --port selects another port\n",
                world.paths.command("service status")
            ),
            Exit::Busy,
        )),
        Err(Stopped::Exposed(address)) => Err(Outcome::err(
            format!(
                "error: the socket unit listens on {address}, which other machines can reach, but gateway.bind allows this machine only\n  help: `{}` rewrites it\n",
                world.paths.command("service install --socket --force")
            ),
            Exit::NeverGood,
        )),
        Err(Stopped::Fault(error)) => {
            Err(Outcome::err(format!("error: cannot listen: {}\n", Fault::of(&error)), Exit::Io))
        }
    }
}

/// Makes a token for clients, and stores it; how things are then. Where that fails they are as before.
fn with_token(act: &mut dyn Act, global: &Global, world: World) -> World {
    let Ok(bytes) = act.random() else { return world };
    let made = Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let request = |world: &World| gateway::with_token(world, &made);
    let done = pipeline::carry_out_request(act, &global.ask_one(None), PATIENCE, &request);
    match done {
        Ok(done) if done.done.trouble.is_none() => {
            let show = done.looked.world.paths.command("gateway env --with-token");
            act.complain(&format!("note: a token for clients was created; `{show}` shows it\n"));
            done.looked.world
        }
        _ => world,
    }
}

/// What was never good does not get better by starting again.
fn never_good(refusal: crate::change::proposal::Refusal) -> Outcome {
    let mut outcome = Outcome::from(refusal);
    outcome.exit = Exit::NeverGood;
    outcome
}

/// Which credential is next, by provider.
fn next(world: &World) -> String {
    let agent = world.desired.default_agent();
    let mut providers: Vec<String> = Vec::new();
    for used in models::in_use(&world.desired, &agent) {
        if !providers.contains(&used.model.provider) {
            providers.push(used.model.provider);
        }
    }
    let labels = crate::world::label::Labels::new(world);
    let one = |provider: &String| {
        let resolution = resolve::resolve(world, &agent, provider);
        match resolution.usable() {
            Some(candidate) => format!("{} for {provider}", labels.name(&candidate.name)),
            None => format!("no usable credential for {provider}"),
        }
    };
    providers.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn flags(look: &dyn Look, reach: &Reach) -> Result<Flags, Outcome> {
    let token = reach.token_file.as_deref().map(|path| read(look, path)).transpose()?;
    Ok(Flags { port: reach.port, token })
}

fn read(look: &dyn Look, path: &Path) -> Result<Secret, Outcome> {
    let wrong = |why: &str| {
        let shown = redact::redact(path.display().to_string());
        Outcome::err(format!("error: {shown} {why}\n"), Exit::Io)
    };
    match look.read(path, TOKEN) {
        Reading::File(bytes, _) => {
            let text = std::str::from_utf8(bytes.expose()).map_err(|_| wrong("is not text"))?;
            match text.trim() {
                "" => Err(wrong("is empty")),
                token => Ok(Secret::from(token)),
            }
        }
        Reading::Absent => Err(wrong("does not exist")),
        Reading::TooLarge(_) => Err(wrong("is too large for a token")),
        Reading::Fault(fault, _) => Err(wrong(&format!("cannot be read: {fault}"))),
    }
}

fn env(act: &mut dyn Act, global: &Global, reach: &Reach, with_token: bool, shell: ShellKind) -> Finished {
    let world = pipeline::world(act.as_look(), &global.ask_one(None));
    let flags = flags(act.as_look(), reach)?;
    let Settings { address, token, .. } = gateway::settings(&world, &flags)?;
    let url = format!("http://{address}");
    let mut lines = vec![("ANTHROPIC_BASE_URL", url.clone()), ("OPENAI_BASE_URL", format!("{url}/v1"))];
    if with_token {
        let token = token.expose();
        lines.extend([("ANTHROPIC_AUTH_TOKEN", token.clone()), ("OPENAI_API_KEY", token.clone())]);
    }
    let word = |text: &str| crate::sys::quote::shell_word(text);
    let line = |(name, value): &(&str, String)| match shell {
        ShellKind::Sh => format!("export {name}={}\n", word(value)),
        ShellKind::Fish => format!("set -gx {name} {}\n", word(value)),
    };
    Ok(Outcome::out(lines.iter().map(line).collect(), Exit::Ok))
}
