//! What we write for service managers, judged by these themselves: `systemd-analyze verify` for
//! units, Python's plistlib for property lists.

use crate::support::home::{CONFIG, Home};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home in which the program stands on the path, under a name that has to be quoted.
fn home() -> (Home, PathBuf) {
    let mut home = Home::with(0, &[(CONFIG, "")]);
    let bin = home.path().join("my $bin 100%");
    std::fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zirkabot"), bin.join("zirkabot")).unwrap();
    home.set("PATH", &bin.display().to_string());
    let units = home.path().join(".config/systemd/user");
    (home, units)
}

fn ran(home: &Home, line: &str) -> String {
    let (exit, stdout, stderr) = home.run(line);
    assert_eq!(exit, 0, "{line}: {stdout}{stderr}");
    stdout
}

/// What a program of this machine says; `None` if it is not installed.
fn judge(home: &Home, program: &str, args: &[&str], files: &[PathBuf]) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(args).args(files).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
    command.env("XDG_RUNTIME_DIR", home.path()).stdin(Stdio::null());
    match command.output() {
        Ok(output) => Some(output),
        Err(_) => {
            println!("{program} is not installed: skipped");
            None
        }
    }
}

fn is_content(home: &Home, files: &[PathBuf]) {
    let args = ["verify", "--user", "--man=no", "--recursive-errors=no"];
    let Some(output) = judge(home, "systemd-analyze", &args, files) else { return };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{files:?}: {said}");
}

#[test]
fn systemd_is_content_with_our_units() {
    let (home, units) = home();
    ran(&home, "zirkabot service install --no-start");
    ran(&home, "zirkabot monitor install --no-start");
    let names = ["zirkabot-gateway.service", "zirkabot-monitor.service", "zirkabot-monitor.timer"];
    is_content(&home, &names.map(|name| units.join(name)));
}

#[test]
fn systemd_is_content_with_what_is_added_to_a_unit() {
    let (home, units) = home();
    std::fs::create_dir_all(&units).unwrap();
    let unit = units.join("zirkabot-gateway.service");
    std::fs::write(&unit, "[Service]\nExecStart=/bin/zirkabot serve\nRestartSec=1\n").unwrap();
    home.run("zirkabot doctor --fix --force --only service/unit-drift");
    let added = units.join("zirkabot-gateway.service.d/zirkabot.conf");
    let text = std::fs::read_to_string(&added).unwrap();
    assert!(text.contains("ExecStart=\n") && text.contains("RestartSec=5"), "{text}");
    is_content(&home, &[unit]);
}

/// A unit that is wrong is not let through: else the tests above would say nothing.
#[test]
fn systemd_is_not_content_with_everything() {
    let (home, units) = home();
    std::fs::create_dir_all(&units).unwrap();
    let unit = units.join("z.service");
    std::fs::write(&unit, "[Service]\nExecStart=nonsense\nRestartSec=soon\n").unwrap();
    let args = ["verify", "--user", "--man=no", "--recursive-errors=no"];
    if let Some(output) = judge(&home, "systemd-analyze", &args, &[unit]) {
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn property_lists_are_read_by_another_reader() {
    let (home, _) = home();
    ran(&home, "zirkabot --profile a_b service install --manager launchd --no-start");
    let list = home.path().join("Library/LaunchAgents/com.zirkabot.a_b.plist");
    let script = "import plistlib, sys\n\
                  d = plistlib.load(open(sys.argv[1], 'rb'))\n\
                  print(d['Label'], d['ProgramArguments'][1], d['RunAtLoad'], d['KeepAlive'])\n\
                  print(d['ProgramArguments'][0])";
    let Some(output) = judge(&home, "python3", &["-c", script], &[list]) else { return };
    let program: &Path = &home.path().join("my $bin 100%/zirkabot");
    let expected = format!("com.zirkabot.a_b gateway True True\n{}\n", program.display());
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{output:?}");
}

#[test]
fn where_no_manager_answers_its_commands_are_told() {
    let (home, _) = home();
    for (manager, command) in
        [("launchd", "launchctl bootstrap gui/"), ("systemd", "systemctl --user enable --now")]
    {
        let (exit, stdout, stderr) =
            home.run(&format!("zirkabot service install --manager {manager} --force"));
        assert_eq!(exit, 0, "{stderr}");
        assert!(stderr.contains("does not answer here. Where it does, run:"), "{stderr}");
        assert!(stderr.contains(command) && stdout.contains("unknown here"), "{stdout}{stderr}");
        let (exit, _, stderr) = home.run(&format!("zirkabot service uninstall --manager {manager} --force"));
        assert_eq!(exit, 0, "{stderr}");
    }
}
