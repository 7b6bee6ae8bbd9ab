//! What others say for the gateway: those who have the words for people. They are handed in.

use crate::pipeline::serving::Moment;
use crate::sys::Act;

/// What is said for the gateway by those who have the words.
#[derive(Clone, Copy)]
pub(crate) struct Voice {
    /// Makes a document of what a gateway knows of itself.
    pub(crate) tell: fn(&Moment<'_>) -> String,
    /// Does what a message of a chat says, and replies: of an agent, in a session, to a text.
    pub(crate) chat: fn(&mut dyn Act, &str, &str, &str) -> String,
}
