//! What answers at the gateway's port. It is only asked, and only on this machine. The token of clients is shown
//! to nobody but a program of this user.

use crate::config::gateway::{PORT, TOKEN, port_in, root_of};
use crate::doc::Node;
use crate::sys::http::{Method, Request, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis, Reading};
use crate::world::observe::service::view::ServiceView;
use serde_json::Value;

/// Longest wait for an answer, in milliseconds.
const LIMIT: Millis = 2_000;

/// Most bytes of an answer, and of a table of the kernel.
const MOST: (usize, usize) = (1 << 16, 1 << 20);

/// How the gateway's answer to everybody begins.
pub(crate) const GREETING: &str = "zirkabot gateway: ";

/// What answers at a port.
#[derive(Debug)]
pub struct Port {
    /// The port.
    pub number: u16,
    /// Who answers.
    pub who: Who,
}

/// Who answers.
#[derive(Debug)]
pub enum Who {
    /// Nobody listens.
    Nobody,
    /// Something that is no gateway of ours.
    Other,
    /// Something that listens and gives no answer in time.
    Silent,
    /// The gateway.
    Gateway(Heard),
}

/// What the gateway says of itself.
#[derive(Debug, Default)]
pub struct Heard {
    /// Whether it can serve requests.
    pub ready: bool,
    /// What is wrong with its config, if it cannot be read.
    pub config_error: Option<String>,
    /// Settings that it has taken at its start and that say something else by now; none if it was not asked.
    pub outdated: Option<Vec<String>>,
}

/// Asks; none if that cannot be told.
pub(super) fn ask(look: &dyn Look, view: &ServiceView, named: Option<u16>) -> Option<Port> {
    let own = root_of(&view.desired);
    let bind = own.and_then(|own| own.get("bind")).and_then(Node::as_str);
    // What listens on an address of the network alone is not asked.
    if bind.is_some_and(|bind| !matches!(bind, "loopback" | "auto" | "lan" | "127.0.0.1" | "0.0.0.0")) {
        return None;
    }
    let number = named.or_else(|| view.env.gateway_port()).or_else(|| port_in(&view.desired)).unwrap_or(PORT);
    // Where the kernel says who listens, only a program of this user is asked.
    let owners = owners(look, number);
    match owners.as_deref() {
        Some([]) => return Some(Port { number, who: Who::Nobody }),
        Some(owners) if owners.iter().any(|uid| *uid != look.host().uid) => {
            return Some(Port { number, who: Who::Other });
        }
        _ => {}
    }
    let token = owners.and_then(|_| token(view));
    let headers = token.into_iter().map(|token| ("x-zirkabot-token", token)).collect();
    let request = Request {
        method: Method::Get,
        url: Secret::new(format!("http://127.0.0.1:{number}/readyz")),
        headers,
        body: Secret::new(Vec::new()),
        connect: LIMIT,
        whole: LIMIT,
        max_answer: MOST.0,
        in_clear: false,
    };
    let who = match look.ask(&request) {
        Ok(answer) => heard(answer.status, &String::from_utf8_lossy(answer.body.expose())),
        Err(Unanswered::Refused) => Who::Nobody,
        Err(Unanswered::TimedOut) => Who::Silent,
        Err(Unanswered::Connection(_) | Unanswered::NoHttp | Unanswered::TooLarge) => Who::Other,
        Err(_) => return None,
    };
    Some(Port { number, who })
}

fn heard(status: u16, body: &str) -> Who {
    let ready = status == 200;
    if body.starts_with(GREETING) {
        return Who::Gateway(Heard { ready, ..Heard::default() });
    }
    let Some(said) = serde_json::from_str::<Value>(body).ok().filter(|said| said["ready"].is_boolean())
    else {
        return Who::Other;
    };
    let names = |list: &Vec<Value>| list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Who::Gateway(Heard {
        ready,
        config_error: said["configError"].as_str().map(str::to_owned),
        outdated: said["outdated"].as_array().map(names),
    })
}

/// The token that clients show.
fn token(view: &ServiceView) -> Option<Secret> {
    let of_config = || root_of(&view.desired)?.get("auth")?.get("token")?.as_secret().cloned();
    let token = view.env.get(TOKEN).cloned().or_else(of_config).filter(|token| !token.is_blank())?;
    Some(Secret::from(token.expose().trim()))
}

/// The users of those who listen on a port; none if the kernel does not tell.
fn owners(look: &dyn Look, port: u16) -> Option<Vec<u32>> {
    let read = |table: &str| match look.read(&look.host().system(table), MOST.1) {
        Reading::File(bytes, _) => Some(String::from_utf8_lossy(bytes.expose()).into_owned()),
        _ => None,
    };
    let mut owners = listeners(&read("proc/net/tcp")?, port);
    owners.extend(read("proc/net/tcp6").map(|table| listeners(&table, port)).unwrap_or_default());
    Some(owners)
}

/// The users of those who listen on a port, by the kernel's table.
fn listeners(table: &str, port: u16) -> Vec<u32> {
    let user = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, own) = fields.get(1)?.rsplit_once(':')?;
        let listens = fields.get(3) == Some(&"0A") && u16::from_str_radix(own, 16) == Ok(port);
        if listens { fields.get(7)?.parse().ok() } else { None }
    };
    table.lines().skip(1).filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::port::*;

    #[test]
    fn who_listens_is_read_from_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \u{20}  0: 0100007F:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n\
            \u{20}  1: 0100007F:4965 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1\n\
            \u{20}  2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0\n";
        assert_eq!(listeners(table, 18789), [1000]);
        assert_eq!(listeners(table, 22), [0]);
        assert!(
            listeners(table, 80).is_empty()
                && listeners("", 80).is_empty()
                && listeners("x\ny z", 80).is_empty()
        );
    }

    #[test]
    fn only_what_speaks_as_the_gateway_is_one() {
        for (status, body, expected) in [
            (200, "zirkabot gateway: ready\n", Some(true)),
            (503, "zirkabot gateway: not ready\n", Some(false)),
            (200, "{\"ready\":true}", Some(true)),
            (200, "{\"ready\":1}", None),
            (200, "<html>", None),
            (404, "", None),
        ] {
            let ready = match heard(status, body) {
                Who::Gateway(heard) => Some(heard.ready),
                _ => None,
            };
            assert_eq!(ready, expected, "{body}");
        }
    }
}
