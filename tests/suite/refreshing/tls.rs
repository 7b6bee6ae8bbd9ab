//! Renewing over TLS, with a certificate authority that only the test knows.

use super::*;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// Answers one request over TLS, as `localhost`, and ends. Its address, and its authority's certificate.
fn serve() -> (u16, String) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority_cert = authority.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let cert = own.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let config = Arc::new(config);
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut seen = Vec::new();
            let mut chunk = [0; 4096];
            // Who does not trust us says no more than that.
            while let Ok(count @ 1..) = stream.read(&mut chunk) {
                seen.extend_from_slice(&chunk[..count]);
                if seen.ends_with(b"}") {
                    let body =
                        json!({"access_token": access(1), "refresh_token": refresh(1), "expires_in": 3600})
                            .to_string();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                    break;
                }
            }
        }
    });
    (port, authority_cert.pem())
}

#[test]
fn a_server_is_asked_over_tls_if_its_certificate_is_trusted() {
    let (port, authority) = serve();
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
