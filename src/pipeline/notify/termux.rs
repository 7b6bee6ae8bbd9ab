//! A phone on which this runs: `termux-notification`.

use crate::pipeline::notify::program::{self, Call};
use crate::pipeline::notify::{Delivery, Sender, Urgency};
use crate::sys::Programs;

pub(super) const SEND: Sender = Sender::Program(send);

fn send(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let program = program::found(act, "termux-notification")?;
    let priority = if message.urgency == Urgency::High { "high" } else { "default" };
    let (title, text) = (message.title.as_str(), message.text.as_str());
    let args = ["--id", "zirkabot", "--priority", priority, "--title", title, "--content", text];
    program::run(act, delivery, Call::new(program, &args))
}
