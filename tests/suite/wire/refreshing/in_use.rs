//! Logins that are renewed because somebody wants to use them.

use super::*;

#[test]
fn what_is_asked_for_is_good_and_renewed_only_if_it_is_due() {
    let server = rotating();
    for (left, calls) in [(-1, 1), (0, 1), (300_000, 1), (300_001, 0), (3_600_000, 0)] {
        let server = rotating();
        let home = home_with(&server.url("/token"), &[("anthropic:me", login(0, NOW + left))], "");
        let (exit, stdout, stderr) = home.hurried("zirkabot models auth print --provider anthropic");
        assert_eq!((exit, stdout, stderr.as_str()), (0, access(calls) + "\n", ""), "{left}");
        assert_eq!(server.asked().len(), calls, "{left}");
    }
    // Without a recorded end nobody knows that it is over.
    let mut record = login(0, 1);
    record.as_object_mut().unwrap().remove("expires");
    let home = home_with(&server.url("/token"), &[("anthropic:me", record)], "");
    assert_eq!(home.hurried("zirkabot models auth print --provider anthropic").1, access(0) + "\n");
    assert!(server.asked().is_empty());
}

#[test]
fn who_cannot_be_renewed_is_passed_over() {
    let key = (
        "anthropic:key",
        json!({"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-FAKE-0000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
    );
    // Over, with another one behind it.
    let server = Server::start(&[Answer::Says(400, r#"{"error":"invalid_grant"}"#)]);
    let both = home_with(&server.url("/token"), &[("anthropic:me", login(0, NOW - 1)), key.clone()], "");
    let (exit, stdout, stderr) = both.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout.trim()), (0, key.1["key"].as_str().unwrap()));
    assert!(stderr.contains("anthropic:me was not renewed: it needs a new login"), "{stderr}");
    // Nobody is asked again in vain, and it is said what to do.
    let (_, _, stderr) = both.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((server.asked().len(), stderr.as_str()), (1, ""));
    let (exit, stdout, _) = both.hurried("zirkabot models status --check");
    assert!(
        exit == 1 && stdout.contains("needs login") && stdout.contains("rejected its renewal"),
        "{stdout}"
    );
    assert!(stdout.contains("models auth login"), "{stdout}");
    // Good for some minutes yet.
    let server = Server::start(&[Answer::Status(400)]);
    let soon = home_with(&server.url("/token"), &[("anthropic:me", login(0, NOW + 60_000)), key], "");
    let (exit, stdout, stderr) = soon.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(0) + "\n"));
    assert!(stderr.contains("was not renewed: it answered 400"), "{stderr}");
    // Over, and nothing else.
    let server = Server::start(&[Answer::Status(400)]);
    let alone = home(&server.url("/token"));
    let (exit, stdout, stderr) = alone.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout.as_str()), (1, ""));
    assert!(stderr.contains("error[credential/missing]") && stderr.contains("it answered 400"), "{stderr}");
}

#[test]
fn copies_of_a_login_are_renewed_together() {
    let server = rotating();
    let home = home(&server.url("/token"));
    let other = json!({"version": 1, "profiles": {"anthropic:mine": login(0, NOW - 1), "anthropic:other": login(9, NOW - 1)}});
    crate::support::plans::lay(&home.path().join(OPS), other.to_string().as_bytes(), 0o600);
    let text = std::fs::read_to_string(home.path().join(CONFIG)).unwrap();
    std::fs::write(
        home.path().join(CONFIG),
        text + "[[agents.list]]\nid = \"main\"\n[[agents.list]]\nid = \"ops\"\n",
    )
    .unwrap();
    let (exit, _) = refreshed(&home, "anthropic:me");
    assert_eq!(exit, 0);
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:me"]["refresh"], refresh(1));
    assert_eq!(store(&home, OPS)["profiles"]["anthropic:mine"]["refresh"], refresh(1));
    assert_eq!(store(&home, OPS)["profiles"]["anthropic:other"]["refresh"], refresh(9));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn the_doctor_renews_what_is_over_if_it_is_told_to() {
    let server = rotating();
    let home = home(&server.url("/token"));
    // It renews itself on use, so nobody has to do anything.
    let (exit, stdout, _) = home.hurried("zirkabot doctor -v --only expiry");
    assert_eq!((exit, server.asked().len()), (0, 0), "{stdout}");
    assert!(!stdout.contains("Next:"), "{stdout}");
    assert!(stdout.contains("zirkabot models auth refresh anthropic:me"), "{stdout}");
    home.hurried("zirkabot doctor --dry-run --fix --only expiry");
    home.hurried("zirkabot doctor --fix --only config");
    assert_eq!(server.asked().len(), 0);
    let (_, stdout, _) = home.hurried("zirkabot doctor --fix --only expiry");
    assert!(stdout.contains("✓ renew the login of anthropic:me"), "{stdout}");
    assert_eq!(server.asked().len(), 1);
    // Refused: it says so, and what a person has to do.
    let refusing = Server::start(&[Answer::Says(400, r#"{"error":"invalid_grant"}"#)]);
    let home = super::home(&refusing.url("/token"));
    let (exit, stdout, stderr) = home.hurried("zirkabot doctor --fix --only expiry");
    assert_eq!(exit, 1);
    assert!(stderr.contains("anthropic:me needs a new login"), "{stderr}");
    assert!(stdout.contains("the provider rejected its renewal"), "{stdout}");
}

/// Who renews a login may be suspended: nobody waits for him for long if there is something else to use.
#[test]
fn behind_one_who_does_not_come_to_an_end_another_credential_is_used() {
    let key = "sk-ant-api03-FAKE-0000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let record = json!({"type": "api_key", "provider": "anthropic", "key": key});
    let server = rotating();
    let profiles = [("anthropic:me", login(0, NOW - 1)), ("anthropic:key", record)];
    let home = home_with(&server.url("/token"), &profiles, "");
    let path = home.path().join(".zirkabot/.refresh-anthropic.lock");
    crate::support::plans::lay(&path, b"", 0o600);
    let held = std::fs::File::open(&path).unwrap();
    held.lock().unwrap();
    let (real, args) = home.called("zirkabot models auth print --provider anthropic");
    let mut act = crate::support::hooked::Hooked::over(real, NOW, |_, _| Ok(()));
    let outcome = zirkabot::run(&mut act, &args);
    assert_eq!((outcome.exit.code(), outcome.stdout.trim()), (0, key), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("another zirkabot is still renewing it"), "{}", outcome.stderr);
    assert!(act.clock - NOW <= 2_000, "it waited {} ms", act.clock - NOW);
    assert!(server.asked().is_empty());
}

/// A server gives its answer once, so nothing is asked while what we write with is somebody else's.
#[test]
fn nothing_is_asked_while_our_own_files_are_not_fit_to_write_with() {
    for own in [".lock", "journal.jsonl", "backups", ".refresh-anthropic.lock"] {
        let server = rotating();
        let home = home(&server.url("/token"));
        std::os::unix::fs::symlink("../thesis.txt", home.path().join(".zirkabot").join(own)).unwrap();
        let (exit, stdout, stderr) = home.hurried("zirkabot models auth refresh anthropic:me");
        assert!(exit != 0 && !stdout.contains('✓'), "{own}: {stdout}{stderr}");
        assert!(
            stderr.contains("symbolic link") || stdout.contains("symbolic link"),
            "{own}: {stdout}{stderr}"
        );
        assert!(server.asked().is_empty(), "{own}: {stdout}{stderr}");
        assert_eq!(store(&home, STORE)["profiles"]["anthropic:me"]["refresh"], refresh(0), "{own}");
    }
}

#[test]
fn what_could_not_be_stored_gets_no_tick_and_waits() {
    let server = rotating();
    let home = home(&server.url("/token"));
    let (real, args) = home.called("zirkabot models auth refresh anthropic:me");
    let mut act = crate::support::hooked::Hooked::over(real, NOW, |what, path| {
        let is_store = path.to_string_lossy().contains("auth-profiles.json");
        let is_write = ["create", "rename"].contains(&what);
        if is_store && is_write { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let outcome = zirkabot::run(&mut act, &args);
    assert!(outcome.exit.code() != 0 && !outcome.stdout.contains('✓'), "{}", outcome.stdout);
    assert_eq!(server.asked().len(), 1, "{}", outcome.stderr);
    let (_, doctor, _) = home.hurried("zirkabot doctor --only sync");
    assert!(doctor.contains("warning[sync/renewal-waiting]"), "{doctor}");
    let (exit, stdout, _) = home.hurried("zirkabot models auth refresh anthropic:me");
    assert!(exit == 0 && stdout.contains('✓'), "{stdout}");
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:me"]["refresh"], refresh(1));
    // Nobody was asked again.
    assert!(server.asked().is_empty());
}
