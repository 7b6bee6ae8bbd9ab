//! ntfy: messages to phones, by topic.

use crate::pipeline::notify::web::{self, Post};
use crate::pipeline::notify::{Delivery, Sender, Urgency};
use crate::sys::Http;
use crate::sys::secret::Secret;

/// The server that is used where none is named.
const SERVER: &str = "https://ntfy.sh";

pub(super) const SEND: Sender = Sender::Server(send);

fn send(act: &mut dyn Http, delivery: &Delivery<'_>) -> Result<(), String> {
    let topic = delivery.text("topic").unwrap_or_default();
    let tame = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !(1..=64).contains(&topic.len()) || !topic.chars().all(tame) {
        return Err("its topic may have letters, digits, _ and - only, at most 64".to_owned());
    }
    let (priority, tag) = match delivery.message.urgency {
        Urgency::High => ("high", "rotating_light"),
        Urgency::Normal => ("default", "warning"),
        Urgency::Low => ("low", "white_check_mark"),
    };
    let headers = vec![
        ("Title", Secret::from(delivery.message.title.as_str())),
        ("Priority", Secret::from(priority)),
        ("Tags", Secret::from(tag)),
        ("Content-Type", Secret::from("text/plain; charset=utf-8")),
    ];
    let server = delivery.text("server").unwrap_or(SERVER).trim_end_matches('/');
    let url = Secret::new(format!("{server}/{topic}"));
    web::post(act, delivery, Post { url, headers, body: &delivery.message.text, is_bearer: true })
}
