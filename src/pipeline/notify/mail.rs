//! Mail, through `sendmail`.

use crate::pipeline::notify::{Delivery, Sender};
use crate::pipeline::notify::program::{self, Call};
use crate::sys::{Programs, time};
use crate::world::observe::programs;
use std::path::Path;

/// Where `sendmail` is where it is not on `PATH`.
const SENDMAIL: &[&str] = &["/usr/sbin/sendmail", "/usr/lib/sendmail"];

pub(super) const SEND: Sender = Sender::Program(send);

fn send(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let to = delivery.texts("");
    let odd = |address: &&str| !address.contains('@') || address.chars().any(|c| c.is_control() || c == ',');
    if to.iter().any(odd) {
        return Err("one of its addresses is invalid".to_owned());
    }
    let other = SENDMAIL.iter().find(|path| act.stat(Path::new(path)).is_some());
    let program = programs::path(act, "sendmail").or(other.map(|path| (*path).to_owned()));
    let program = program.ok_or("there is no `sendmail`")?;
    let head = [
        format!("To: {}", to.join(", ")),
        format!("Subject: {}", message.title),
        format!("Date: {}", time::mail_date(act.host().now)),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
    ];
    let input = format!("{}\n\n{}\n", head.join("\n"), message.text);
    program::run(act, delivery, Call { input, ..Call::new(program, &["-t", "-i"]) })
}
