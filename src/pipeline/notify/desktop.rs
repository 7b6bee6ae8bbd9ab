//! The desktop: `notify-send`, or `osascript` on macOS.

use crate::pipeline::notify::program::{self, Call};
use crate::pipeline::notify::{Delivery, Sender, Urgency};
use crate::sys::Programs;
use crate::sys::secret::Secret;
use std::path::Path;

/// What `osascript` does with its arguments.
const SCRIPT: &str =
    "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";

pub(super) const SEND: Sender = Sender::Program(send);

fn send(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    if act.host().macos {
        let program = program::found(act, "osascript")?;
        let call = Call::new(program, &["-e", SCRIPT, &message.title, &message.text]);
        return program::run(act, delivery, call);
    }
    let program = program::found(act, "notify-send")?;
    let urgency = if message.urgency == Urgency::High { "critical" } else { "normal" };
    let args = ["-a", "zirkabot", "-u", urgency, "--", &message.title, &message.text];
    let mut call = Call::new(program, &args);
    // A timer or a crontab has no session; the bus of the user is in a known place.
    let bus = format!("/run/user/{}/bus", act.host().uid);
    if act.host().var("DBUS_SESSION_BUS_ADDRESS").is_none() && act.stat(Path::new(&bus)).is_some() {
        call.env.push(("DBUS_SESSION_BUS_ADDRESS".to_owned(), Secret::new(format!("unix:path={bus}"))));
    }
    program::run(act, delivery, call)
}
