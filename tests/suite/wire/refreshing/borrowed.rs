//! Logins of other programs: renewed where they are at home.

use super::*;

/// Claude Code's file, with more than we know in it, written as only a person would.
pub(super) fn claude(n: usize, ends: i64) -> String {
    format!(
        "{{ \"other\": [1,2],\n\t\"claudeAiOauth\":{{\"accessToken\":\"{}\",  \"refreshToken\":\"{}\",\"expiresAt\":{ends} ,\"scopes\":[\"user:inference\"],\"subscriptionType\":\"max\"}} }}",
        access(n),
        refresh(n)
    )
}

pub(super) fn borrower(server: &Server, source: &str, config: &str) -> Home {
    let home = home_with(&server.url("/token"), &[("anthropic:claude-cli", login(0, 1_000_000_000_000))], "");
    crate::support::plans::lay(&home.path().join(CLAUDE), source.as_bytes(), 0o640);
    let path = home.path().join(CONFIG);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("[auth]\n{config}\n{text}")).unwrap();
    home
}

#[test]
fn a_borrowed_login_is_renewed_where_it_is_at_home() {
    let server = rotating();
    let home = borrower(&server, &claude(0, NOW - 1), "");
    let (exit, stdout, _) = home.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(1) + "\n"));
    // Its three fields, and not a byte besides.
    assert_eq!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap(), claude(1, NOW + 3_300_000));
    assert_eq!(home.snapshot()[CLAUDE].mode & 0o777, 0o640);
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:claude-cli"]["refresh"], refresh(1));
    assert_eq!(server.asked().len(), 1);
    // What is over there, and nowhere else, is renewed too.
    let alone = home_with(&server.url("/token"), &[], "");
    crate::support::plans::lay(&alone.path().join(CLAUDE), claude(1, NOW - 1).as_bytes(), 0o600);
    let (exit, stdout, stderr) = alone.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(2) + "\n"), "{stderr}");
    assert_eq!(store(&alone, STORE)["profiles"]["anthropic:claude-cli"]["refresh"], refresh(2));
}

#[test]
fn what_is_fresh_at_its_source_is_taken_from_there() {
    let server = rotating();
    let home = borrower(&server, &claude(5, NOW + 3_600_000), "");
    let (exit, stdout, _) = home.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(5) + "\n"));
    assert_eq!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap(), claude(5, NOW + 3_600_000));
    assert!(server.asked().is_empty());
}

#[test]
fn with_never_a_borrowed_login_is_left_alone() {
    let server = rotating();
    let home = borrower(&server, &claude(0, NOW - 1), "refreshBorrowed = \"never\"");
    let (exit, stdout, stderr) = home.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout.as_str()), (1, ""));
    assert!(stderr.contains("is Claude Code's login, and auth.refreshBorrowed is \"never\""), "{stderr}");
    assert_eq!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap(), claude(0, NOW - 1));
    assert!(server.asked().is_empty());
}

#[test]
fn another_login_at_the_source_is_not_overwritten() {
    let server = rotating();
    // Somebody logged in there with another account, which is over as well, and ended earlier.
    let home = borrower(&server, &claude(7, 900_000_000_000), "");
    let (exit, _) = refreshed(&home, "anthropic:claude-cli");
    assert_eq!(exit, 0);
    assert_eq!(std::fs::read_to_string(home.path().join(CLAUDE)).unwrap(), claude(7, 900_000_000_000));
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:claude-cli"]["refresh"], refresh(1));
}

#[test]
fn codex_and_qwen_get_theirs_back_too() {
    let answer = || {
        Server::start(&[Answer::Says(
            200,
            r#"{"access_token":"CANARY-new-0000000000","refresh_token":"CANARY-next-0000000000","expires_in":3600}"#,
        )])
    };
    for (provider, path, before, after) in [
        (
            "openai-codex",
            ".codex/auth.json",
            r#"{"tokens":{"id_token":"i","access_token":"CANARY-old-0000000000","refresh_token":"CANARY-first-0000000000","account_id":"a"},"last_refresh":"2020-01-01T00:00:00Z"}"#,
            r#"{"tokens":{"id_token":"i","access_token":"CANARY-new-0000000000","refresh_token":"CANARY-next-0000000000","account_id":"a"},"last_refresh":"2026-11-22T12:00:00Z"}"#.to_owned(),
        ),
        (
            "qwen-portal",
            ".qwen/oauth_creds.json",
            r#"{"access_token":"CANARY-old-0000000000","refresh_token":"CANARY-first-0000000000","expiry_date":1795348799999,"resource_url":"x"}"#,
            format!(r#"{{"access_token":"CANARY-new-0000000000","refresh_token":"CANARY-next-0000000000","expiry_date":{},"resource_url":"x"}}"#, NOW + 3_600_000),
        ),
    ] {
        let server = answer();
        let config = format!("[auth.refresh.{provider}]\nurl = \"{}\"\n", server.url("/x"));
        let mut home = home_with(&server.url("/x"), &[], &config);
        crate::support::plans::lay(&home.path().join(path), before.as_bytes(), 0o600);
        home.at(NOW);
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        std::fs::File::options().write(true).open(home.path().join(path)).unwrap().set_modified(old).unwrap();
        let (exit, stdout, stderr) = home.hurried(&format!("zirkabot models auth print --provider {provider}"));
        assert_eq!((exit, stdout.as_str()), (0, "CANARY-new-0000000000\n"), "{stderr}");
        assert_eq!(std::fs::read_to_string(home.path().join(path)).unwrap(), after);
    }
}

/// Stands in for security(1): keeps one item in a file, and takes its commands from standard input.
const SECURITY: &str = r#"#!/bin/sh
item="${0%/*}/item"
printf '%s\n' "$*" >> "${0%/*}/seen"
case "$*" in
  "find-generic-password -s Claude Code-credentials") printf 'keychain: "login"\nattributes:\n    "acct"<blob>="me"\n    "svce"<blob>="Claude Code-credentials"\n' ;;
  "find-generic-password -s Claude Code-credentials -w"|"find-generic-password -s Claude Code-credentials -a me -w") cat "$item" ;;
  "-i")
    read -r add update a account s service name X hex
    [ "$add $update $a $account $s $service $name $X" = 'add-generic-password -U -a "me" -s "Claude Code-credentials" -X' ] || exit 3
    printf "$(printf '%s' "$hex" | sed 's/../\\x&/g')" > "$item" ;;
  *) exit 44 ;;
esac
"#;

#[test]
fn a_login_in_the_keychain_is_written_back_without_being_an_argument() {
    let server = rotating();
    let mut home = home_with(&server.url("/token"), &[("anthropic:claude-cli", login(0, 1))], "");
    let bin = home.path().join("bin");
    crate::support::plans::lay(
        &bin.join("security"),
        SECURITY.replace("#!/bin/sh", "#!/bin/bash").as_bytes(),
        0o700,
    );
    std::fs::write(bin.join("item"), claude(0, 1)).unwrap();
    home.keychain(&bin.join("security"));
    let (exit, stdout, stderr) = home.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout, stderr.as_str()), (0, access(1) + "\n", ""));
    assert_eq!(std::fs::read_to_string(bin.join("item")).unwrap(), claude(1, NOW + 3_300_000));
    let seen = std::fs::read_to_string(bin.join("seen")).unwrap();
    assert!(seen.contains("-i\n") && !seen.contains("CANARY") && !seen.contains("add-generic"), "{seen}");
    // Locked again meanwhile: nothing is lost.
    let mut locked = home_with(&server.url("/token"), &[("anthropic:claude-cli", login(1, 1))], "");
    let bin = locked.path().join("bin");
    let refuses = SECURITY.replace("#!/bin/sh", "#!/bin/bash").replace("read -r add", "exit 51; read -r add");
    crate::support::plans::lay(&bin.join("security"), refuses.as_bytes(), 0o700);
    std::fs::write(bin.join("item"), claude(1, 1)).unwrap();
    locked.keychain(&bin.join("security"));
    let (exit, stdout, stderr) = locked.hurried("zirkabot models auth print --provider anthropic");
    assert_eq!((exit, stdout), (0, access(2) + "\n"));
    assert!(stderr.contains("could not be stored everywhere") && stderr.contains("Keychain"), "{stderr}");
    crate::support::plans::lay(
        &bin.join("security"),
        SECURITY.replace("#!/bin/sh", "#!/bin/bash").as_bytes(),
        0o700,
    );
    assert_eq!(locked.hurried("zirkabot models auth print --provider anthropic").1, access(2) + "\n");
    assert_eq!(std::fs::read_to_string(bin.join("item")).unwrap(), claude(2, NOW + 3_300_000));
    assert_eq!(server.asked().len(), 2);
}
