//! Channels that are programs of this machine. None gets a secret, neither as an argument nor in its
//! environment; none is run by a shell.

use crate::catalog::paths;
use crate::catalog::providers;
use crate::pipeline::notify::{Delivery, Urgency};
use crate::sys::secret::Secret;
use crate::sys::{Probed, Programs, Stdin, time as duration};
use crate::world::observe::programs;

/// Where `sendmail` is where it is not on `PATH`.
const SENDMAIL: &[&str] = &["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/// What `osascript` does with its arguments.
const SCRIPT: &str =
    "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";

/// A program to tell something.
struct Call {
    program: String,
    args: Vec<String>,
    env: Vec<(String, Secret)>,
    input: String,
}

impl Call {
    fn new(program: String, args: &[&str]) -> Self {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Self { program, args, env: Vec::new(), input: String::new() }
    }
}

pub(super) fn mail(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let to = &delivery.settings.mail;
    let odd =
        |address: &String| !address.contains('@') || address.chars().any(|c| c.is_control() || c == ',');
    if to.iter().any(odd) {
        return Err("one of its addresses is none".to_owned());
    }
    let other = SENDMAIL.iter().find(|path| act.stat(std::path::Path::new(path)).is_some());
    let program = programs::path(act, "sendmail").or(other.map(|path| (*path).to_owned()));
    let program = program.ok_or("there is no `sendmail`")?;
    let head = [
        format!("To: {}", to.join(", ")),
        format!("Subject: {}", message.title),
        format!("Date: {}", duration::mail_date(act.host().now)),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
    ];
    let input = format!("{}\n\n{}\n", head.join("\n"), message.text);
    tell(act, delivery, Call { input, ..Call::new(program, &["-t", "-i"]) })
}

pub(super) fn desktop(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    if act.host().macos {
        let program = found(act, "osascript")?;
        return tell(act, delivery, Call::new(program, &["-e", SCRIPT, &message.title, &message.text]));
    }
    let program = found(act, "notify-send")?;
    let urgency = if message.urgency == Urgency::High { "critical" } else { "normal" };
    let args = ["-a", "zirkabot", "-u", urgency, "--", &message.title, &message.text];
    let mut call = Call::new(program, &args);
    // A timer or a crontab has no session; the bus of the user is in a known place.
    let bus = format!("/run/user/{}/bus", act.host().uid);
    if act.host().var("DBUS_SESSION_BUS_ADDRESS").is_none() && act.stat(std::path::Path::new(&bus)).is_some()
    {
        call.env.push(("DBUS_SESSION_BUS_ADDRESS".to_owned(), Secret::new(format!("unix:path={bus}"))));
    }
    tell(act, delivery, call)
}

pub(super) fn termux(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let program = found(act, "termux-notification")?;
    let priority = if message.urgency == Urgency::High { "high" } else { "default" };
    let (title, text) = (message.title.as_str(), message.text.as_str());
    let args = ["--id", "zirkabot", "--priority", priority, "--title", title, "--content", text];
    tell(act, delivery, Call::new(program, &args))
}

pub(super) fn hook(act: &mut dyn Programs, delivery: &Delivery<'_>) -> Result<(), String> {
    let message = delivery.message;
    let Some((program, args)) = delivery.settings.hook.split_first() else { return Ok(()) };
    let program = if program.contains('/') {
        paths::expand(program, &act.host().home, &act.host().cwd).display().to_string()
    } else {
        found(act, program).map_err(|_| "its program is not on PATH")?
    };
    let env = [
        ("MONITOR_STATE", message.state.to_owned()),
        ("MONITOR_TITLE", message.title.clone()),
        ("MONITOR_COUNT", message.count.to_string()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), Secret::new(value))).into();
    tell(act, delivery, Call { program, args: args.to_vec(), env, input: message.json.clone() })
}

fn found(act: &dyn Programs, name: &str) -> Result<String, String> {
    programs::path(act, name).ok_or_else(|| format!("there is no `{name}` on PATH"))
}

fn tell(act: &mut dyn Programs, delivery: &Delivery<'_>, call: Call) -> Result<(), String> {
    let Call { program, args, env, input } = call;
    let input = Secret::new(input.into_bytes());
    let listener = Stdin { program, args, env, without: secrets(act), input, limit: delivery.limit };
    match act.run_with_stdin(&listener) {
        Probed::Done(Some(0), _) => Ok(()),
        Probed::Done(Some(code), _) => Err(format!("its program ended with exit code {code}")),
        Probed::Done(None, _) => Err("its program was killed".to_owned()),
        Probed::NotStarted(why) => Err(format!("its program cannot be started: {why}")),
        Probed::TimedOut | Probed::TooMuch => Err("its program took too long".to_owned()),
    }
}

/// Variables that are nobody else's business.
fn secrets(act: &dyn Programs) -> Vec<String> {
    act.host().env.keys().filter(|name| providers::is_secret_var(name)).cloned().collect()
}
