//! Renewing over TLS, with a certificate authority that only the test knows.

use super::*;
use crate::support::tls::over_tls;

#[test]
fn a_server_is_asked_over_tls_if_its_certificate_is_trusted() {
    let body = json!({"access_token": access(1), "refresh_token": refresh(1), "expires_in": 3600});
    let (port, authority) = over_tls("localhost", body.to_string());
    let home = home_with(&format!("https://localhost:{port}/token"), &[("anthropic:me", login(0, 1))], "");
    let file = home.path().join("authority.pem");
    std::fs::write(&file, authority).unwrap();
    let print = |trusted: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "print", "--provider", "anthropic"]);
        command.env_clear().envs(home.environment()).current_dir("/").stdin(Stdio::null());
        if trusted {
            command.env("SSL_CERT_FILE", &file);
        }
        let output = command.output().unwrap();
        (output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let (stdout, stderr) = print(false);
    assert!(stdout.is_empty() && stderr.contains("certificate is not trusted"), "{stderr}");
    let (stdout, stderr) = print(true);
    assert_eq!((String::from_utf8(stdout).unwrap(), stderr.as_str()), (access(1) + "\n", ""));
    assert_eq!(store(&home, STORE)["profiles"]["anthropic:me"]["refresh"], refresh(1));
}
