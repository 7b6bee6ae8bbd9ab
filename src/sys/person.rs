//! Values of what goes on with a person: programs that they use, what they type, what a browser shows.

use crate::sys::secret::Secret;

/// A program that talks with a person.
#[derive(Clone, Debug)]
pub struct Pty {
    /// Program name or path.
    pub program: String,
    /// Arguments; never a secret.
    pub args: Vec<String>,
    /// Variables that it does not get.
    pub without: Vec<String>,
}

/// A program to become.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Program name, looked for in `PATH`, or path.
    pub program: String,
    /// Arguments; never a secret.
    pub args: Vec<String>,
    /// Variables that it gets beside those of this process.
    pub set: Vec<(String, Secret)>,
    /// Variables that it does not get.
    pub unset: Vec<String>,
}

/// What came of a program that talked with a person.
#[derive(Debug)]
pub enum Conversed {
    /// It ended: exit code (`None` if killed by a signal), and what it wrote to the terminal.
    Ended(Option<i32>, Secret<Vec<u8>>),
    /// It could not be started.
    NotStarted(String),
}

/// What came of asking for a secret.
#[derive(Debug)]
pub enum Hidden {
    /// This was typed or pasted.
    Said(Secret<Vec<u8>>),
    /// It was broken off.
    Cancelled,
    /// More came than any secret has.
    TooLong,
    /// Nobody answers any more.
    Gone,
    /// This terminal cannot be kept from showing what is typed.
    Shown,
}

/// What a browser is shown that was sent back to a port of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// HTML.
    pub body: &'static str,
    /// Whether no further one is waited for.
    pub is_last: bool,
}

/// A port of this machine that is listened to.
#[derive(Debug)]
pub struct Port(pub std::net::TcpListener);

/// Why one does not wait for a browser any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The last page was shown.
    Last,
    /// A person types.
    Typed,
    /// Time is up.
    TimedOut,
}
