//! Many commands at once: each plans anew under the lock, so none takes back what another has done.

use crate::support::home::{Home, STORE};
use std::process::{Command, Stdio};

const MANY: usize = 50;

#[test]
fn of_fifty_orders_that_are_set_at_once_none_is_lost() {
    let home = Home::named("auth/order");
    let path = home.path().join(STORE);
    let profiles: Vec<String> = (0..MANY)
        .map(|n| format!(r#""p{n}:a": {{"type": "api_key", "provider": "p{n}", "key": "CANARY-{n:040}"}}"#))
        .collect();
    std::fs::write(&path, format!(r#"{{"version": 1, "profiles": {{{}}}}}"#, profiles.join(", "))).unwrap();
    crate::support::plans::chmod(&path, 0o600);
    let set = |n: usize| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "order", "set", "--lock-timeout", "5m", "--provider"]);
        command.args([format!("p{n}"), format!("p{n}:a")]).env_clear().envs(home.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..MANY).map(set).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let orders = store["order"].as_object().unwrap();
    assert_eq!(orders.len(), MANY);
    assert!((0..MANY).all(|n| orders[&format!("p{n}")] == serde_json::json!([format!("p{n}:a")])));
}
