//! The main job on the other processor: the program that `release/cross link aarch64-unknown-linux-musl` makes, run by
//! QEMU. It says and writes what the program of this machine says and writes in the same home.

use crate::support::home::{Home, STORE};
use crate::support::linked::{Other, files, said};
use std::process::Command;

const ARM64: Other = Other {
    name: "arm64",
    target: "aarch64-unknown-linux-musl",
    file: "zirkabot",
    runner: "qemu-aarch64-static",
};

fn program() -> Option<Command> {
    let (mut command, program) = ARM64.program()?;
    command.arg(program);
    Some(command)
}

#[test]
fn the_main_job_is_done_on_arm64_as_it_is_here() {
    if program().is_none() {
        return;
    }
    let (here, there) = (Home::named("doctor/repairs"), Home::named("doctor/repairs"));
    let mut seen = Vec::new();
    for home in [&here, &there] {
        let key = format!("sk-or-v1-{}", "0123456789abcdef".repeat(4));
        std::fs::write(home.path().join("token"), key).unwrap();
    }
    for (line, expected) in [
        ("--version", 0),
        ("models status --check", 1),
        ("doctor --fix", 0),
        ("models status --check", 0),
        ("models auth paste-token --provider openrouter --token-file token", 0),
        ("undo", 0),
        ("config set auth.warnWithin 3d", 0),
        ("doctor --fix", 0),
        ("models list --all --json", 0),
    ] {
        let got = said(program().unwrap(), &there, line);
        let wanted = said(Command::new(env!("CARGO_BIN_EXE_zirkabot")), &here, line);
        assert_eq!(got, wanted, "{line}");
        assert_eq!(got.0, Some(expected), "{line}: {}", got.1);
        assert_eq!(files(&there), files(&here), "{line}");
        seen.push(files(&there));
    }
    // It has done something: repaired, stored, and undone that to the byte.
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[1], seen[2]);
    assert_ne!(seen[3][STORE], seen[4][STORE]);
    assert_eq!(seen[3], seen[5]);
}
