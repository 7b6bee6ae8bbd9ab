//! What this run is called in the history and in the holder record of the lock, worked out only when
//! something is written.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The name by which a program was called, without its directory, and without the `.exe` that it has on Windows.
pub fn program_name(program: &str) -> String {
    let name = Path::new(program).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(&name).to_owned()
}

/// A command line without values, which might be secrets.
#[derive(Clone)]
pub struct CommandLine(Arc<dyn Fn() -> String + Send + Sync>);

impl CommandLine {
    /// One that is worked out when it is asked for: to know the words of the grammar costs more than most
    /// commands do.
    pub fn later(text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(text))
    }
}

impl From<String> for CommandLine {
    fn from(text: String) -> Self {
        Self::later(move || text.clone())
    }
}

impl From<&str> for CommandLine {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&(self.0)())
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommandLine")
    }
}
