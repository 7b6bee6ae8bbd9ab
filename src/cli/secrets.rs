//! `zirkabot secrets resolve`: the credentials that another gateway asks for, by the protocol of its secret providers.

use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::handout::{ExportQuery, Meant};
use crate::cli::refresh::Asking;
use crate::cli::{Exit, Finished, Outcome, scope};
use crate::report::secrets::{self as report, Answer};
use crate::sys::Act;

verbs! {
    /// Answer other programs that ask for secrets
    pub(super) Secrets {
        Resolve(Args) => resolve,
    }
}

/// Longest question, in bytes.
const LARGEST: usize = 1 << 20;

/// Most secrets in one question.
const MOST: usize = 1_000;

/// Resolve secrets for another gateway, which asks for them on standard input
///
/// The protocol is that of openclaw's exec secret provider, version 1: a JSON document with `ids` on standard input, one
/// with `values` and `errors` on standard output. An id is a provider, such as openai, or a profile, such as openai:work;
/// `providers/openai/apiKey` means openai too. Exit 0 if the question could be read, whatever the answers are.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    #[command(flatten)]
    asking: Asking,
}

/// Runs the command.
fn resolve(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let unreadable = |why: &str| {
        Refusal::usage(format!("the question on standard input cannot be read: {why}")).help(
            "it is one JSON document, such as {\"protocolVersion\": 1, \"provider\": \"zirkabot\", \"ids\": [\"openai\"]}",
        )
    };
    let input = act.input(LARGEST).map_err(|error| unreadable(&error.to_string()))?;
    let input = input.ok_or_else(|| unreadable("it is longer than 1 MiB"))?;
    let ids = report::question(input.expose()).map_err(|why| unreadable(&why))?;
    if ids.len() > MOST {
        return Err(unreadable("it asks for more than 1,000 secrets").into());
    }
    let agent = scope::agent(act, global, args.agent.as_deref())?;
    let mut answers: Vec<(String, Answer)> = Vec::new();
    for id in ids {
        let (provider, profile) = meant(&id);
        let mut query = ExportQuery::new(global, agent.clone(), &args.asking).exchanging(true);
        let meant = Meant { only: profile.map(str::to_owned), first: None };
        let answer = match query.one(act, provider, &meant) {
            Ok((_, handout)) => Answer::Value(handout.token().clone()),
            Err(_) => Answer::NotFound,
        };
        answers.push((id, answer));
    }
    Ok(Outcome::out(report::answer(&answers), Exit::Ok))
}

/// The provider and the profile that an id means.
fn meant(id: &str) -> (&str, Option<&str>) {
    let inner = id.strip_prefix("providers/").and_then(|rest| rest.strip_suffix("/apiKey"));
    let id = inner.unwrap_or(id);
    match id.split_once(':') {
        Some((provider, _)) => (provider, Some(id)),
        None => (id, None),
    }
}
