//! A program of the user's own, which gets the message as JSON.

use crate::catalog::paths;
use crate::pipeline::notify::{Delivery, Sender};
use crate::pipeline::notify::program::{self, Call};
use crate::sys::Programs;
use crate::sys::secret::Secret;

pub(super) const SEND: Sender = Sender::Program(send);

fn send(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let words = delivery.texts("");
    let Some((program, args)) = words.split_first() else { return Ok(()) };
    let program = if program.contains('/') {
        paths::expand(program, &act.host().home, &act.host().cwd).display().to_string()
    } else {
        program::found(act, program).map_err(|_| "its program is not on PATH")?
    };
    let env = [
        ("MONITOR_STATE", message.state.to_owned()),
        ("MONITOR_TITLE", message.title.clone()),
        ("MONITOR_COUNT", message.count.to_string()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
    program::run(act, delivery, Call { env, input: message.json.clone(), ..Call::new(program, args) })
}
