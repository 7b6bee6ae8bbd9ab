//! Telegram: a message of a bot to a chat.

use crate::pipeline::notify::web::{self, Post};
use crate::pipeline::notify::{Delivery, Sender};
use crate::sys::Http;
use crate::sys::secret::Secret;
use serde_json::json;

/// The server that is used where none is named.
const SERVER: &str = "https://api.telegram.org";

/// Longest text that is taken, in characters.
const LONGEST: usize = 4_000;

pub(super) const SEND: Sender = Sender::Server(send);

fn send(act: &mut dyn Http, delivery: &Delivery<'_>) -> Result<(), String> {
    let Some(chat) = delivery.text("chat") else {
        return Err("it has no chat: set monitor.telegram.chat, or channels.telegram.allowFrom".to_owned());
    };
    let Some(token) = web::token(act, delivery)? else {
        return Err("it has no bot: set monitor.telegram.token, or channels.telegram.botToken".to_owned());
    };
    let tame = |c: char| c.is_ascii_alphanumeric() || ":_-".contains(c);
    if !token.expose().chars().all(tame) {
        return Err("its token may have letters, digits, :, _ and - only".to_owned());
    }
    let text = format!("{}\n\n{}", delivery.message.title, delivery.message.text);
    let text: String = text.chars().take(LONGEST).collect();
    let body = json!({ "chat_id": chat, "text": text, "disable_web_page_preview": true }).to_string();
    let server = delivery.text("server").unwrap_or(SERVER).trim_end_matches('/');
    let url = Secret::new(format!("{server}/bot{}/sendMessage", token.expose()));
    let headers = vec![("Content-Type", Secret::from("application/json"))];
    web::post(act, delivery, Post { url, headers, body: &body, is_bearer: false })
}
