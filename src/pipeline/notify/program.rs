//! For channels that are programs of this machine. None gets a secret, neither as an argument nor in
//! its environment; none is run by a shell.

use crate::catalog::providers;
use crate::pipeline::notify::Delivery;
use crate::sys::secret::Secret;
use crate::sys::{Probed, Programs, Stdin};
use crate::world::observe::programs;

/// A program to tell something.
pub(super) struct Call {
    pub(super) program: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, Secret)>,
    pub(super) input: String,
}

impl Call {
    pub(super) fn new(program: String, args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { program, args, env: Vec::new(), input: String::new() }
    }
}

/// The program of a name.
pub(super) fn found(act: &dyn Programs, name: &str) -> Result<String, String> {
    programs::path(act, name).ok_or_else(|| format!("there is no `{name}` on PATH"))
}

/// Tells it.
pub(super) fn run(act: &mut dyn Programs, delivery: &Delivery<'_>, call: Call) -> Result<(), String> {
    let Call { program, args, env, input } = call;
    let input = Secret::new(input.into_bytes());
    let without = act.host().env.keys().filter(|name| providers::is_secret_var(name)).cloned().collect();
    let listener = Stdin { program, args, env, without, input, limit: delivery.limit, max_output: 0 };
    match act.run_with_stdin(&listener) {
        Probed::Done(Some(0), _) => Ok(()),
        Probed::Done(Some(code), _) => Err(format!("its program ended with exit code {code}")),
        Probed::Done(None, _) => Err("its program was killed".to_owned()),
        Probed::NotStarted(why) => Err(format!("its program cannot be started: {why}")),
        Probed::TimedOut | Probed::TooMuch => Err("its program took too long".to_owned()),
    }
}
