//! The main job on Windows: the program that `release/cross link x86_64-pc-windows-gnu` makes, run by Wine. It says and
//! writes what the program of this machine says and writes in the same home; only the paths have another form.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::linked::{Other, files, said};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const WINDOWS: Other =
    Other { name: "Windows", target: "x86_64-pc-windows-gnu", file: "zirkabot.exe", runner: "wine64" };

const KEY: &str = "sk-ant-api03-CANARY-anthropic-api-key-0000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A path, as Windows names it.
fn named(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// A shell of Windows, in the Windows that `tests/windows/fetch` has made, and the program.
fn shell() -> Option<(Command, PathBuf)> {
    let (mut command, program) = WINDOWS.program()?;
    let windows = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/windows");
    if !windows.join("made").is_file() {
        println!("there is no Windows for Wine (tests/windows/fetch makes it): skipped");
        return None;
    }
    command.env("WINEPREFIX", windows).env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "mscoree,mshtml=");
    command.arg("cmd");
    Some((command, program))
}

/// A shell that waits: it ends when what it reads does. As long as it is there, no program has to start Windows, whose
/// own programs would hold its output open.
fn started() -> Option<Child> {
    let (mut shell, _) = shell()?;
    let shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut shell = shell.spawn().unwrap();
    // It says what it is, once it is there.
    shell.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    Some(shell)
}

/// The program in this home. Wine itself says where the home is, so that only a shell there can say something else.
fn program(home: &Home) -> Command {
    let (mut shell, program) = shell().unwrap();
    shell.args(["/c", "set"]).arg(format!("USERPROFILE={}&&{}", named(&home.path()), named(&program)));
    shell
}

/// What was said, word by word and with paths as they are here: numbers of processes, which end ids of changes, are
/// short in Wine, so that lines break elsewhere.
fn words((code, text): (Option<i32>, String), home: &Home) -> (Option<i32>, String) {
    let text = text.replace(&named(&home.path()), "[HOME]").replace('\\', "/");
    (code, text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The files without their modes, of which there are none on Windows.
fn texts(home: &Home) -> BTreeMap<String, String> {
    files(home).into_iter().map(|(path, (_, text))| (path, text)).collect()
}

#[test]
fn the_main_job_is_done_on_windows_as_it_is_here() {
    let Some(mut windows) = started() else { return };
    let (here, there) = (Home::with(NOW, &[("token", KEY)]), Home::with(NOW, &[("token", KEY)]));
    let mut seen = Vec::new();
    for (line, expected) in [
        ("--version", 0),
        ("models status --check", 1),
        ("models auth paste-token --provider anthropic --token-file token", 0),
        ("models status --check", 0),
        ("config set agents.defaults.model anthropic/claude-opus-4-5", 0),
        ("history", 0),
        ("doctor --dry-run", 0),
        ("undo", 0),
        ("models status --check", 0),
    ] {
        let got = words(said(program(&there), &there, line), &there);
        let wanted = words(said(Command::new(env!("CARGO_BIN_EXE_zirkabot")), &here, line), &here);
        assert_eq!(got, wanted, "{line}");
        assert_eq!(got.0, Some(expected), "{line}: {}", got.1);
        assert_eq!(texts(&there), texts(&here), "{line}");
        seen.push(texts(&there));
    }
    // It has done something: stored, set, and undone that to the byte.
    assert!(!seen[1].contains_key(STORE) && seen[2][STORE].contains(KEY));
    assert!(seen[4][CONFIG].contains("claude-opus-4-5"));
    assert_eq!(seen[3], seen[7]);
    handed_on(&there);
    drop(windows.stdin.take());
    windows.wait().unwrap();
}

/// A program gets the credential, and its exit code is passed on.
fn handed_on(home: &Home) {
    let exec = |rest: &str| {
        let line = format!("exec --provider anthropic -- {rest}");
        words(said(program(home), home, &line), home)
    };
    let (code, text) = exec("cmd /c echo %ANTHROPIC_API_KEY%");
    assert_eq!((code, text.as_str()), (Some(0), KEY));
    assert_eq!(exec("cmd /c exit 7").0, Some(7));
    assert_eq!(exec("no-such-program").0, Some(127));
}
