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

/// The variable with the port, before the config.
pub const PORT_VARIABLE: &str = "ZIRKABOT_GATEWAY_PORT";

/// The port that the config says.
pub fn port_in(desired: &Desired) -> Option<u16> {
    let port = root_of(desired)?.get("port")?.as_f64()?;
    u16::try_from(port as i64).ok()
}
