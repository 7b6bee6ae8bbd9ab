//! The program as a module of Ansible: the example role, played by a real ansible-core against
//! homes of this machine.

use crate::support::canary;
use crate::support::home::Home;
use crate::wire::fleet::python;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const KEY: &str = "sk-ant-api03-CANARY-anthropic-api-key-0000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A playbook's place, with the role and the program in its library.
fn stage(home: &Home) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/ansible");
    for entry in walkdir::WalkDir::new(&root).min_depth(1) {
        let entry = entry.unwrap();
        let to = home.path().join(entry.path().strip_prefix(&root).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
    let library = home.path().join("roles/zirkabot/library");
    std::fs::create_dir_all(&library).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zirkabot"), library.join("zirkabot")).unwrap();
}

/// Homes of hosts, each with something to mend, and an inventory of them.
fn hosts(home: &Home, count: usize) {
    let mut inventory = "[gateways]\n".to_owned();
    for number in 0..count {
        let own = home.path().join(format!("homes/h{number}"));
        let state = own.join(".zirkabot");
        std::fs::create_dir_all(&state).unwrap();
        let mut config = "# my bot\n[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n".to_owned();
        if number % 2 == 0 {
            config.push_str("\n[auth.order]\nanthropic = [\"anthropic:gone\", \"anthropic:manual\"]\n");
            let store = state.join("agents/main/agent");
            std::fs::create_dir_all(&store).unwrap();
            let text = format!(
                "{{\"version\":1,\"profiles\":{{\"anthropic:manual\":{{\"type\":\"api_key\",\"provider\":\"anthropic\",\"key\":\"{KEY}\"}}}}}}"
            );
            std::fs::write(store.join("auth-profiles.json"), text).unwrap();
        }
        std::fs::write(state.join("zirkabot.toml"), config).unwrap();
        std::fs::write(state.join(".env"), format!("ANTHROPIC_API_KEY={KEY}\n")).unwrap();
        std::fs::set_permissions(state.join(".env"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let _ = writeln!(inventory, "h{number} ansible_connection=local zirkabot_home={}", own.display());
    }
    std::fs::write(home.path().join("hosts"), inventory).unwrap();
}

/// What a play says, and whether it went well; `None` without Ansible.
fn play(home: &Home, args: &[&str]) -> Option<(bool, String)> {
    let root = home.path();
    let mut command = Command::new(python()?.with_file_name("ansible-playbook"));
    command.args(["-i", "hosts", "site.yml", "--forks", "4"]).args(args).current_dir(&root).env_clear();
    command.envs([("PATH", "/usr/bin:/bin"), ("LANG", "C.UTF-8"), ("ANSIBLE_NOCOLOR", "1")]);
    let own = |dir: &str| root.join(dir).display().to_string();
    command
        .env("HOME", &root)
        .env("ANSIBLE_LOCAL_TEMP", own("local"))
        .env("ANSIBLE_REMOTE_TEMP", own("remote"));
    let output = command.env("ANSIBLE_HOME", own("ansible")).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert_eq!(canary::leaks(&text), Vec::<&str>::new());
    Some((output.status.success(), String::from_utf8(text).unwrap()))
}

fn count(text: &str, what: &str) -> usize {
    text.lines().filter(|line| line.contains("ok=") && line.contains(what)).count()
}

#[test]
fn twenty_hosts_are_changed_once() {
    let home = Home::with(0, &[]);
    stage(&home);
    hosts(&home, 20);
    let before = home.snapshot();
    let homes = |snapshot: crate::support::home::Snapshot| -> Vec<_> {
        snapshot.into_iter().filter(|(path, _)| path.starts_with("homes/")).collect()
    };
    let Some((fine, rehearsed)) = play(&home, &["--check", "--diff"]) else { return };
    assert!(fine && count(&rehearsed, "changed=1") == 20, "{rehearsed}");
    assert!(rehearsed.contains("-anthropic = [\"anthropic:gone\""), "{rehearsed}");
    assert!(homes(before) == homes(home.snapshot()), "check mode changed something");
    let (fine, first) = play(&home, &["--diff"]).unwrap();
    assert!(fine && count(&first, "changed=1") == 20, "{first}");
    assert!(first.contains("-anthropic = [\"anthropic:gone\""), "{first}");
    let after = homes(home.snapshot());
    let (fine, second) = play(&home, &["--diff"]).unwrap();
    assert!(fine && count(&second, "changed=0") == 20, "{second}");
    assert!(after == homes(home.snapshot()), "the second run changed something");
}

#[test]
fn a_task_that_makes_no_sense_or_is_left_with_an_error_fails() {
    let home = Home::with(0, &[]);
    stage(&home);
    hosts(&home, 1);
    let Some((fine, text)) = play(&home, &["-e", "zirkabot_fail_on=eror"]) else { return };
    assert!(!fine && text.contains("`fail_on` must be error, warning or never"), "{text}");
    let tasks = home.path().join("roles/zirkabot/tasks/main.yml");
    let role = std::fs::read_to_string(&tasks).unwrap();
    std::fs::write(&tasks, role.replace("    force:", "    forse:")).unwrap();
    let (fine, text) = play(&home, &[]).unwrap();
    assert!(!fine && text.contains("there is no option `forse` (did you mean `force`?)"), "{text}");
    std::fs::write(&tasks, role).unwrap();
    let state = home.path().join("homes/h0/.zirkabot");
    std::fs::remove_file(state.join(".env")).unwrap();
    std::fs::remove_dir_all(state.join("agents")).unwrap();
    let (fine, text) = play(&home, &["-e", "zirkabot_state=checked"]).unwrap();
    assert!(!fine && text.contains("order/unknown-profile"), "{text}");
    let (fine, text) =
        play(&home, &["-e", "zirkabot_state=checked", "-e", "zirkabot_fail_on=never"]).unwrap();
    assert!(fine && count(&text, "changed=0") == 1, "{text}");
}
