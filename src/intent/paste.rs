//! What a person pasted or piped, as one credential of a provider. Pure.
//!
//! People paste what a page, a mail, a shell or a terminal gave them. `policy::form::clean` takes off
//! what surrounds the secret; what is left is judged by `policy::form`, and refused with what it is and
//! what to do instead. It is never quoted: it may be a secret.

use crate::catalog::kind::Kind;
use crate::catalog::prefix::PrefixKind;
use crate::catalog::providers::{self, Provider};
use crate::catalog::tools::Tool;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Refusal;
use crate::doc::State;
use crate::policy::form::clean::{self, Bare};
use crate::policy::form::{self, Flaw, Slot, Sort, WrongKind};
use crate::sys::quote::shell_word;
use crate::sys::secret::Secret;
use crate::world::observe::open;
use zeroize::Zeroizing;

/// Most bytes of a text that may be one credential with all that surrounds it.
pub const LARGEST: usize = 16 << 10;

/// Code of what has not the form of a secret.
pub const MALFORMED: &str = "credential/malformed";
/// Code of what belongs elsewhere.
pub const WRONG_KIND: &str = "credential/wrong-kind";

/// A credential as it was pasted.
#[derive(Debug)]
pub struct Pasted {
    /// The secret, without white space, control characters and quotation marks.
    pub secret: Secret,
    /// [`Kind::ApiKey`] or [`Kind::Token`].
    pub kind: Kind,
    /// What a person may want to know of how it was read; sentences without a full stop.
    pub notes: Vec<String>,
}

/// Makes a command to type of what stands behind the program's name, such as `models status`.
pub type CommandLine<'c> = dyn Fn(&str) -> String + 'c;

/// Reads a credential of a normalised `provider`.
///
/// # Errors
/// If the text is not one credential that can be used there.
pub fn read(provider: &str, text: &str, command: &CommandLine<'_>) -> Result<Pasted, Refusal> {
    of_text(provider, text, command, false)
}

/// The same, if `force` also of what is only not known to be one: what is known to be none stays
/// refused.
///
/// # Errors
/// If the text is not one credential.
pub fn of_text(
    provider: &str,
    text: &str,
    command: &CommandLine<'_>,
    force: bool,
) -> Result<Pasted, Refusal> {
    let judge = Judge { provider, row: providers::find(provider), command, force };
    if text.len() > LARGEST {
        return Err(too_long());
    }
    let plain = clean::plain(text);
    let mut bare = clean::bare(&plain.text);
    let mut whole = Zeroizing::new(bare.value.split_whitespace().collect::<String>());
    let (kind, _) = judge.kind(&whole, &bare.names);
    let lines = bare.value.lines().count();
    let taken = form::taken_off(&whole, Slot::new(provider, kind));
    let note = taken.map(|(inner, what)| {
        whole = inner;
        format!("the pasted text {what}; only the key or token is stored")
    });
    if note.is_some() {
        bare.value = &whole;
    }
    let unseen = clean::unseen(text).map(|c| format!("{} was removed", form::character(c)));
    judge.document(text, bare.value)?;
    let (kind, stored) = judge.kind(&whole, &bare.names);
    let flaw = form::judge(&whole, Slot::new(provider, kind));
    judge.none(&bare, flaw.as_ref())?;
    judge.one(&bare, &whole, plain.gaps)?;
    judge.owner(&whole, &bare.names)?;
    judge.other(flaw)?;
    judge.certain(&whole)?;
    let joined = (lines > 1).then(|| format!("{lines} lines were joined"));
    let secret = Secret::from(whole.as_str());
    let notes = [joined, unseen, note, stored].into_iter().flatten().collect();
    Ok(Pasted { secret, kind, notes })
}

/// Refuses what is larger than [`LARGEST`].
pub fn too_long() -> Refusal {
    Refusal::state("this is far too long for a key or token")
        .code(MALFORMED)
        .help("paste the key or token itself")
}

/// The same of bytes that were piped or typed.
///
/// # Errors
/// As those of [`text_of`] and [`read`].
pub fn read_bytes(
    provider: &str,
    bytes: &Secret<Vec<u8>>,
    command: &CommandLine<'_>,
) -> Result<Pasted, Refusal> {
    read(provider, text_of(bytes)?, command)
}

/// The text of bytes that were piped or typed.
///
/// # Errors
/// If they are no text.
pub fn text_of(bytes: &Secret<Vec<u8>>) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes.expose()).map_err(|_| {
        let help = "save it as UTF-8, or paste the key or token itself";
        Refusal::state("this is not UTF-8 text").code(MALFORMED).help(help)
    })
}

struct Judge<'a> {
    provider: &'a str,
    row: Option<&'static Provider>,
    command: &'a CommandLine<'a>,
    force: bool,
}

impl Judge<'_> {
    /// Refuses what has not the form of a secret.
    fn malformed(&self, why: &str) -> Refusal {
        let how = self.row.map(|row| format!("; to get one: {}", row.how)).unwrap_or_default();
        Refusal::state(why).code(MALFORMED).help(format!("paste the key or token itself{how}"))
    }

    fn paste(&self, provider: &str) -> String {
        (self.command)(&format!("models auth paste-token --provider {}", shell_word(provider)))
    }

    /// Refuses whole documents.
    fn document(&self, text: &str, value: &str) -> Result<(), Refusal> {
        if text.contains("-----BEGIN ") {
            return Err(self.malformed("this is a PEM block, such as a private key or a certificate"));
        }
        if !value.starts_with(['{', '[']) {
            return Ok(());
        }
        let json = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let login = Tool::ALL.into_iter().find(|tool| {
            let doc = open::of_bytes(tool.row().doc, json.as_bytes().to_vec());
            doc.state == State::Parsed && crate::world::observe::login::is_login(*tool, &doc)
        });
        let Some(login) = login else {
            return Err(self.malformed("this is a JSON document, or part of one"));
        };
        let (name, status) = (login.row().name, (self.command)("models status"));
        Err(Refusal::state(format!("this is the complete login of {name}"))
            .code(WRONG_KIND)
            .help(Advice::say("run ").run(status).then(format!(", which uses {name}'s login automatically"))))
    }

    /// Refuses what is no secret of anybody's.
    fn none(&self, bare: &Bare<'_>, flaw: Option<&Flaw>) -> Result<(), Refusal> {
        let Some(flaw) = flaw else { return Ok(()) };
        match flaw.sort {
            Sort::Blank if bare.names.is_empty() => Err(self.malformed("nothing was pasted")),
            Sort::Blank => Err(self.malformed("this name has no value")),
            Sort::Reference => {
                let why = format!("this {}", flaw.label());
                Err(Refusal::state(why).code(MALFORMED).help("paste the value itself"))
            }
            Sort::Placeholder => Err(self.malformed(&format!("this {}", flaw.label()))),
            _ => Ok(()),
        }
    }

    /// Refuses what is not exactly one secret.
    fn one(&self, bare: &Bare<'_>, whole: &str, gaps: bool) -> Result<(), Refusal> {
        let known = providers::prefix_of(whole);
        let again = known.is_some_and(|(_, prefix)| {
            prefix.text.len() >= form::TELLING && whole[prefix.text.len()..].contains(prefix.text)
        });
        let other = |text: &str| {
            let inner = clean::bare(text);
            !inner.names.is_empty() || providers::prefix_of(inner.value).is_some()
        };
        let lines = bare.value.lines().skip(1).any(other);
        let words = bare.value.split_whitespace().skip(1).any(other);
        if again || lines || words || (gaps && known.is_none()) {
            return Err(self.malformed("this is more than one key or token").help("paste one at a time"));
        }
        if bare.value.contains(|c: char| c.is_whitespace() && c != '\n') {
            let why = "this contains white space, so it is more than a key or token";
            return Err(self.malformed(why));
        }
        // A service of one's own may take such a token; that it was pasted whole is not certain.
        if whole.contains(['"', '\'', '`']) {
            let why = "there is a quotation mark inside, or at one end only, so part of it may be missing";
            return Err(self.malformed(why));
        }
        if whole.contains('\\') {
            return Err(self.malformed("there is a backslash inside, which keys and tokens never have"));
        }
        Ok(())
    }

    /// Refuses what the judge of secrets refuses, but with `force` what is only unheard of.
    fn other(&self, flaw: Option<Flaw>) -> Result<(), Refusal> {
        let Some(flaw) = flaw else { return Ok(()) };
        if let Some(wrong) = flaw.wrong {
            return if wrong.works { Ok(()) } else { Err(self.wrong_kind(wrong)) };
        }
        let why = format!("this {}", flaw.label());
        match flaw.sort {
            Sort::Unheard | Sort::Short | Sort::Perhaps if self.force => Ok(()),
            Sort::Unheard => Err(self.unheard(why)),
            Sort::Half => {
                let help = "copy all of it, including every line";
                Err(Refusal::state(why).code(MALFORMED).help(help))
            }
            Sort::Perhaps => {
                let help = Advice::from("copy all of it, including every line");
                let help = help.then(format!("; `{}` stores it anyway", self.forced()));
                Err(Refusal::state(why).code(MALFORMED).help(help))
            }
            _ => Err(self.malformed(&why)),
        }
    }

    /// The command that stores what is only not known to be a secret.
    fn forced(&self) -> String {
        let provider = shell_word(self.provider);
        (self.command)(&format!("models auth paste-token --provider {provider} --force"))
    }

    /// Refuses what would be read otherwise a second time: it is not certain what is the secret.
    fn certain(&self, whole: &str) -> Result<(), Refusal> {
        let again = clean::plain(whole);
        if clean::bare(&again.text).value == whole {
            return Ok(());
        }
        Err(self.malformed("it is unclear where the key or token begins and ends"))
    }

    /// Refuses what belongs elsewhere.
    fn wrong_kind(&self, wrong: WrongKind) -> Refusal {
        let why = format!("this is {}", wrong.name());
        let row = providers::find(wrong.of);
        match (wrong.is, row) {
            (Some(PrefixKind::Refresh), Some(row)) => self.refresh(row),
            (Some(PrefixKind::ApiKey | PrefixKind::Bearer), Some(row)) => {
                Refusal::state(why).code(WRONG_KIND).help(Command::from(self.paste(row.id)))
            }
            (Some(_), Some(row)) => Refusal::state(why).code(WRONG_KIND).help(row.how),
            _ => self.malformed(&why).code(WRONG_KIND),
        }
    }

    /// Refuses what was assigned to a variable of another provider.
    fn owner(&self, whole: &str, names: &[&str]) -> Result<(), Refusal> {
        if providers::prefix_of(whole).is_some() {
            return Ok(());
        }
        let other =
            names.iter().find_map(|name| providers::of_var(name).filter(|(row, _)| row.id != self.provider));
        match (other, self.row) {
            // One of the user's own may stand for another.
            (Some((row, var)), Some(_)) if !self.force => {
                let why = format!("{} is a variable of {}", var.name, row.id);
                Err(Refusal::state(why).code(WRONG_KIND).help(Command::from(self.paste(row.id))))
            }
            _ => Ok(()),
        }
    }

    fn refresh(&self, row: &Provider) -> Refusal {
        let why = format!("this is a refresh token of {}, which is not a credential itself", row.id);
        let tool = Tool::of_provider(row.id);
        let status = (self.command)("models status");
        let take = tool.map(|tool| {
            let (name, login) = (tool.row().name, tool.row().sign_in(self.command));
            Advice::command(status).then(format!(" uses {name}'s login automatically; or run `{login}`"))
        });
        Refusal::state(why).code(WRONG_KIND).help(take.unwrap_or_else(|| row.how.into()))
    }

    /// Refuses what does not look like secrets of this provider, as far as they are known.
    fn unheard(&self, why: String) -> Refusal {
        let force = self.forced();
        let how = self.row.map_or("get a new one", |row| row.how);
        let help = match self.row.and_then(|row| Tool::of_provider(row.id)) {
            Some(tool) => Advice::say(format!("{how}, or run "))
                .run(tool.row().sign_in(self.command))
                .then(" for a token"),
            None => how.into(),
        };
        Refusal::state(why).code(WRONG_KIND).help(help.then(format!("; `{force}` stores it anyway")))
    }

    /// What it is stored as, and why, where that is not what one might think.
    fn kind(&self, whole: &str, names: &[&str]) -> (Kind, Option<String>) {
        let by_prefix = providers::prefix_of(whole).and_then(|(_, prefix)| prefix.is.kind());
        let own =
            names.iter().find_map(|name| providers::of_var(name).filter(|(row, _)| row.id == self.provider));
        let vars = providers::vars(self.provider);
        let only_keys = !vars.is_empty() && vars.iter().all(|var| var.kind == Kind::ApiKey);
        let of_table = only_keys.then_some(Kind::ApiKey);
        match by_prefix.or(own.map(|(_, var)| var.kind)) {
            Some(Kind::ApiKey) => {
                (Kind::ApiKey, Some("this is an API key, so it is stored as one".to_owned()))
            }
            Some(_) => (Kind::Token, None),
            None if of_table.is_some() => {
                let note = format!("{} has API keys only, so this is stored as one", self.provider);
                (Kind::ApiKey, Some(note))
            }
            None => (Kind::Token, None),
        }
    }
}
