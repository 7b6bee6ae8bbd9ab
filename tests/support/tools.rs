//! Programs of others that judge what we write for them: installed, or unpacked by `tests/run`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `tests/run` unpacks what is not to be installed.
fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/usr")
}

/// The program of this name, ready to be given its arguments; `None` if it is not there.
pub(crate) fn tool(name: &str) -> Option<Command> {
    let libraries = unpacked().join(format!("lib/{}-linux-gnu", std::env::consts::ARCH));
    // Icinga's own file of this name in `sbin` is a script that wants its service.
    let own = [libraries.join(name).join("sbin"), unpacked().join("bin")];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = own.into_iter().chain(std::env::split_paths(&path)).map(|dir| dir.join(name));
    let Some(program) = found.into_iter().find(|path| path.is_file()) else {
        println!("{name} is not installed: skipped");
        return None;
    };
    let mut command = Command::new(&program);
    if program.starts_with(unpacked()) {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    Some(command)
}

/// What a program prints, and whether it was content.
pub(crate) fn said(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
