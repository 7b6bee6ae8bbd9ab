//! A server that takes JSON.

use crate::pipeline::notify::{Delivery, Sender};
use crate::pipeline::notify::web::{self, Post};
use crate::sys::Http;
use crate::sys::secret::Secret;

pub(super) const SEND: Sender = Sender::Server(send);

fn send(act: &mut dyn Http, delivery: &Delivery<'_>) -> Result<(), String> {
    let url = delivery.text("url").unwrap_or_default().into();
    let headers = vec![("Content-Type", Secret::from("application/json"))];
    web::post(act, delivery, Post { url, headers, body: &delivery.message.json, is_bearer: true })
}
