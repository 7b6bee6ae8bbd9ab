//! What holds where the config sets nothing.

use crate::sys::Millis;
use crate::sys::time::{DAY, MINUTE};

/// The model when nothing is configured.
pub const DEFAULT: &str = "anthropic/claude-opus-4-5";

/// After how long it is told again what has not changed, where nobody says anything else: once a day
/// nobody is annoyed, and nobody forgets.
pub const REMIND: Millis = DAY;

/// How long everything of a provider may rest before it counts as having nothing.
pub const REST: Millis = 15 * MINUTE;

/// Longest wait if nothing is configured, in milliseconds.
pub const TIMEOUT: Millis = 15_000;
