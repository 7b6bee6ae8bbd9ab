//! What a command leaves behind: texts, a document, and how it ends. What it says goes through one door,
//! [`Outcome::fit`]; where a document was asked for and the command could not do its work, that door
//! puts the one document of errors on standard output.

use crate::change::proposal::Refusal;
use crate::cli::{Exit, exit_of, grammar};
use crate::doc::redact;
use crate::pipeline::Trouble;
use crate::report::error_json::{self, ErrorBody, FixBody};
use crate::report::json;
use crate::report::style::Style;
use crate::sys::Fault;
use crate::sys::visible::{screen, visible};
use std::path::Path;

/// What a command leaves behind for the terminal.
#[derive(Debug)]
pub struct Outcome {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// How the program ends.
    pub exit: Exit,
    /// Why it could not do its work, for who asked for a document.
    pub(super) error: Option<Box<ErrorBody>>,
}

/// How a command ends; an error if it ends before it could do its work.
pub(crate) type Finished = Result<Outcome, Outcome>;

impl Outcome {
    /// A report, and words beside it.
    pub(super) fn told(stdout: String, stderr: String, exit: Exit) -> Self {
        Self { stdout, stderr, exit, error: None }
    }

    /// Data, or a report, on standard output.
    pub(super) fn out(stdout: String, exit: Exit) -> Self {
        Self::told(stdout, String::new(), exit)
    }

    /// Words on standard error only.
    pub(super) fn err(stderr: String, exit: Exit) -> Self {
        Self::told(String::new(), stderr, exit)
    }

    /// A person said no, or nothing is to be done.
    pub(super) fn unchanged() -> Self {
        Self::out("Nothing was changed.\n".to_owned(), Exit::Ok)
    }

    /// A person quit before anything was done.
    pub(super) fn cancelled() -> Self {
        Self::out("Nothing was changed.\n".to_owned(), Exit::Cancelled)
    }

    /// The last door: nothing commands a terminal, and nothing that looks like a credential goes out, but
    /// for one that was `asked` for. What was typed is not repeated either. Words on standard error are
    /// broken as its terminal is wide. Who asked for a document gets one, also of what could not be done.
    pub(super) fn fit(self, args: &[String], (color, errors): (bool, Style), asked: bool) -> Self {
        let typed = || args.iter().skip(1).map(String::as_str);
        let fit = |text: String| screen(&redact::redact_typed(text, typed()), color);
        let failed = self.exit != Exit::Ok && !json::is_document(&self.stdout) && self.stdout != "null\n";
        let error = (failed && wants_document(args)).then(|| self.error_document(args, fit));
        let stderr = errors.flow(&errors.times(&fit(self.stderr)));
        let stdout = match error.unwrap_or(self.stdout) {
            stdout if asked && self.exit == Exit::Ok => stdout,
            // In a document it is done text by text: it has digests, too.
            stdout if json::is_document(&stdout) => stdout,
            stdout => fit(stdout),
        };
        Self { stdout, stderr, exit: self.exit, error: None }
    }

    /// The document of a command that could not do its work.
    fn error_document(&self, args: &[String], fit: impl Fn(String) -> String) -> String {
        let code = self.exit.code();
        let said = || ErrorBody::of_exit(code, first_error(&self.stderr));
        let mut error = self.error.as_deref().cloned().unwrap_or_else(said).map(fit);
        if self.exit == Exit::Usage && error.fix.text.is_none() {
            let command = format!("{} --help", verb(args));
            let text = Some(format!("see `{command}`"));
            error.fix = FixBody { kind: "tell", text, command: Some(command) };
        }
        json::text(&error_json::document(code, error))
    }

    /// A wrong command line.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        let message = message.into();
        let error = ErrorBody::new(error_json::USAGE, message.as_str(), None);
        let text = Style::PLAIN.text(&message);
        let stderr = format!("error: {text}\n\nFor more information, try '--help'.\n");
        Self { error: Some(Box::new(error)), ..Self::err(stderr, Exit::Usage) }
    }

    /// Help, version, or a usage error. The parser repeats what it was given, so that it is given what can
    /// be shown of it; and knows all verbs only in the whole grammar.
    pub(super) fn unparsed(error: &clap::Error, args: &[String], color: bool) -> Self {
        let is_version = error.kind() == clap::error::ErrorKind::DisplayVersion;
        let shown: Vec<String> = args.iter().map(|arg| visible(arg)).collect();
        let again = if is_version { None } else { grammar::help::whole().try_get_matches_from(&shown).err() };
        let again = again.map(|error| grammar::front::suggest(error, &shown));
        let error = again.as_ref().unwrap_or(error);
        let text = error.render();
        let is_plain = error.use_stderr() || !color;
        let text = if is_plain { text.to_string() } else { text.ansi().to_string() };
        if error.use_stderr() { Self::err(text, Exit::Usage) } else { Self::out(text, Exit::Ok) }
    }

    /// A file that could not be read or written.
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::err(format!("error: {}: {}\n", path.display(), Fault::of(error)), Exit::Io)
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Trouble::from(refusal).into()
    }
}

/// Why nothing was done, and what to do instead.
impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        let (code, help) = match &trouble {
            Trouble::Refused(refusal) => (refusal.code, refusal.help.as_ref()),
            _ => (None, None),
        };
        let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
        let text = redact::redact(trouble.to_string());
        let mut stderr = format!("error{code}: {}\n", visible(&text));
        if let Some(help) = help {
            stderr.push_str(&format!("  help: {}\n", visible(&redact::redact(help.to_string()))));
        }
        let error = Some(Box::new(ErrorBody::from(&trouble)));
        Self { error, ..Self::err(stderr, exit_of(&trouble)) }
    }
}

/// Whether a document was typed for, in whatever place: also where the rest makes no sense.
fn wants_document(args: &[String]) -> bool {
    let own: Vec<&str> = args.iter().skip(1).map(String::as_str).take_while(|arg| *arg != "--").collect();
    let format = own.windows(2).any(|pair| pair == ["--format", "json"]);
    format || own.iter().any(|arg| ["--json", "--status-json", "--format=json"].contains(arg))
}

/// The first thing that words on standard error say is wrong.
fn first_error(stderr: &str) -> String {
    let first = stderr.split("\n\n").find(|part| part.starts_with("error") || part.contains("\nerror"));
    let first = first.unwrap_or(stderr);
    let from = first.rfind("error: ").map_or(first, |at| &first[at + "error: ".len()..]);
    from.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a command line that name the command, as far as there is such a command.
fn verb(args: &[String]) -> String {
    let mut command = grammar::whole();
    let mut words = vec!["zirkabot".to_owned()];
    for arg in args.iter().skip(1) {
        let Some(next) = command.find_subcommand(arg).cloned() else { continue };
        words.push(next.get_name().to_owned());
        command = next;
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use crate::cli::outcome::*;

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_document_is_asked_for_in_any_place_but_behind_the_end_of_options() {
        for (line, wants) in [
            ("zirkabot plan --json", true),
            ("zirkabot --json plna", true),
            ("zirkabot models auth print --format json", true),
            ("zirkabot models auth print --format=json", true),
            ("zirkabot models status --status-json --bogus", true),
            ("zirkabot plan", false),
            ("zirkabot exec --provider openai -- curl --json x", false),
            ("zirkabot doctor --format sarif", false),
        ] {
            assert_eq!(wants_document(&args(line)), wants, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_read_off_the_words() {
        for (words, first) in
            [("error: a b\n  c\n\nUsage: x\n", "a b c"), ("note: x\nerror: y\n", "y"), ("x\n", "x")]
        {
            assert_eq!(first_error(words), first);
        }
    }

    #[test]
    fn a_command_is_named_as_far_as_there_is_one() {
        assert_eq!(verb(&args("zirkabot models --bogus auth order set x")), "zirkabot models auth order set");
        assert_eq!(verb(&args("zirkabot plna --json")), "zirkabot");
    }
}
