//! Why something cannot be read or written, in a few words for people.

/// Why something cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not a regular file: "a directory", "a FIFO", …
    NotAFile(&'static str),
    /// Stands in the place of a file of our own, and is not taken for it.
    NotOurs(NotOurs),
    /// Permission denied.
    Denied,
    /// Any other error of the operating system.
    Os(String),
}

impl Fault {
    /// What an error of the operating system means to the user.
    pub fn of(error: &std::io::Error) -> Self {
        if let Some(why) = error.get_ref().and_then(|inner| inner.downcast_ref::<NotOurs>()) {
            return Self::NotOurs(*why);
        }
        if error.kind() == std::io::ErrorKind::PermissionDenied {
            return Self::Denied;
        }
        if error.kind() == std::io::ErrorKind::NotADirectory {
            return Self::Os("one of its directories is a file".to_owned());
        }
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        Self::Os(text.to_lowercase())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAFile(what) => write!(f, "is {what}, not a file"),
            Self::NotOurs(why) => why.fmt(f),
            Self::Denied => f.write_str("permission denied"),
            Self::Os(what) => f.write_str(what),
        }
    }
}

/// Why what stands in the place of a file of our own is not taken for it: nothing is written through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOurs {
    /// It is a symbolic link.
    Link,
    /// It is no regular file: "a directory", "a FIFO", …
    Kind(&'static str),
    /// The file has another name, too.
    Names,
    /// The file belongs to user `uid` and not to user `of`, as it should.
    Owner {
        /// Whose it is.
        uid: u32,
        /// Whose it should be.
        of: u32,
    },
}

impl NotOurs {
    /// The command that makes room for a file of ours, or makes it ours; `word` is the path as a shell
    /// reads it. Nothing is lost by it but a name.
    pub fn remedy(self, word: &str) -> String {
        match self {
            Self::Kind("a directory") => format!("mv {word} {word}.aside"),
            Self::Link | Self::Kind(_) => format!("rm {word}"),
            Self::Names => format!("cp -p {word} {word}.own && mv {word}.own {word}"),
            Self::Owner { of, .. } => format!("sudo chown {of} {word}"),
        }
    }
}

impl std::fmt::Display for NotOurs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link => f.write_str("is a symbolic link, which zirkabot does not follow to its own files"),
            Self::Kind(what) => write!(f, "is {what}, where zirkabot keeps its own file"),
            Self::Names => f.write_str("has another name (a hard link), so it may be another user's file"),
            Self::Owner { uid, of } => write!(f, "belongs to user {uid}, but should belong to user {of}"),
        }
    }
}

impl std::error::Error for NotOurs {}
