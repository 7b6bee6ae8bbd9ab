//! What the config says of the gateway itself, as far as others than the gateway ask for it. How it serves is read
//! in `gateway/settings.rs`.

use crate::config::Desired;
use crate::doc::Node;

/// The port on which it listens, unless something else is said.
pub const PORT: u16 = 18789;

/// The variable with the token that clients have to show.
pub const TOKEN: &str = "ZIRKABOT_GATEWAY_TOKEN";

/// The part of the config about it.
pub fn root_of(desired: &Desired) -> Option<&Node> {
    desired.root.as_ref()?.get("gateway")
}
