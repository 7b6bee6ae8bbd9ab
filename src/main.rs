//! The `zirkabot` program: the real machine, the arguments, the outcome.

use std::io::Write;
use std::process::ExitCode;
use zirkabot::cli::grammar::record::command_line;
use zirkabot::sys::command_line::CommandLine;
use zirkabot::sys::real::Real;
use zirkabot::{Exit, run};

fn main() -> ExitCode {
    zirkabot::sys::real::dumps::forbid();
    // A panic is our own fault. Its message is not shown: it could quote what was being read.
    std::panic::set_hook(Box::new(|info| {
        let at = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "error: internal fault{at}; please report it");
    }));
    let outcome = std::panic::catch_unwind(|| {
        let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
        let named = args.clone();
        let command = CommandLine::later(move || command_line(&named));
        run(&mut Real::from_process().with_command(command), &args)
    });
    let Ok(outcome) = outcome else { return Exit::Internal.code().into() };
    let _ = std::io::stderr().write_all(outcome.stderr.as_bytes());
    match std::io::stdout().write_all(outcome.stdout.as_bytes()) {
        // Whoever reads us has seen enough, as in `zirkabot models status | head -1`.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Io.code().into(),
        _ => outcome.exit.code().into(),
    }
}
