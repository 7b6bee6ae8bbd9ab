//! What a person pasted or piped, as one credential of a provider. Pure.
//!
//! People paste what a page, a mail, a shell or a terminal gave them. `clean` takes off what
//! surrounds the secret; here what is left is judged. What cannot be right is refused with what it
//! is and what to do instead. It is never quoted: it may be a secret.

mod clean;

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, PrefixKind, Provider};
use crate::catalog::tools::Tool;
use crate::change::advice::{Advice, Command};
use crate::change::proposal::Refusal;
use crate::doc::State;
use crate::intent::paste::clean::Bare;
use crate::policy::health::{self, Malformed};
use crate::sys::secret::Secret;
use crate::world::observe::open;
use zeroize::Zeroizing;

/// Most bytes of a text that may be one credential with all that surrounds it.
pub const LARGEST: usize = 16 << 10;

/// Code of what has not the form of a secret.
pub const MALFORMED: &str = "credential/malformed";
/// Code of what belongs elsewhere.
pub const WRONG_KIND: &str = "credential/wrong-kind";

/// Shortest public beginning that does not occur in a secret by chance.
const TELLING: usize = 8;

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
    let judge = Judge { provider, row: providers::find(provider), command };
    if text.len() > LARGEST {
        return Err(too_long());
    }
    let plain = clean::plain(text);
    let bare = clean::bare(&plain.text);
    judge.document(text, bare.value)?;
    let whole = Zeroizing::new(bare.value.split_whitespace().collect::<String>());
    judge.one(&bare, &whole, plain.gaps)?;
    judge.text(&whole)?;
    judge.certain(&whole)?;
    judge.owner(&whole, &bare.names)?;
    judge.form(&whole)?;
    let (kind, note) = judge.kind(&whole, &bare.names);
    let lines = bare.value.lines().count();
    let joined = (lines > 1).then(|| format!("{lines} lines were joined to one"));
    let secret = Secret::from(whole.as_str());
    Ok(Pasted { secret, kind, notes: joined.into_iter().chain(note).collect() })
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
        Refusal::state("this is not text in UTF-8").code(MALFORMED).help(help)
    })
}

struct Judge<'a> {
    provider: &'a str,
    row: Option<&'static Provider>,
    command: &'a CommandLine<'a>,
}

impl Judge<'_> {
    /// Refuses what has not the form of a secret.
    fn malformed(&self, why: &str) -> Refusal {
        let how = self.row.map(|row| format!("; to get one: {}", row.how)).unwrap_or_default();
        Refusal::state(why).code(MALFORMED).help(format!("paste the key or token itself{how}"))
    }

    fn paste(&self, provider: &str) -> String {
        (self.command)(&format!("models auth paste-token --provider {provider}"))
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
            return Err(self.malformed("this is a JSON document, or a part of one"));
        };
        let (name, status) = (login.row().name, (self.command)("models status"));
        Err(Refusal::state(format!("this is the whole login of {name}")).code(WRONG_KIND).help(
            Advice::say("run ").run(status).then(format!(", which takes over {name}'s login by itself")),
        ))
    }

    /// Refuses what is not exactly one secret.
    fn one(&self, bare: &Bare<'_>, whole: &str, gaps: bool) -> Result<(), Refusal> {
        let blank_or_filler = health::malformed(whole, self.provider);
        match blank_or_filler {
            Some(Malformed::Blank) if bare.names.is_empty() => {
                return Err(self.malformed("nothing was pasted"));
            }
            Some(Malformed::Blank) => return Err(self.malformed("nothing was assigned to this name")),
            Some(Malformed::Placeholder) => {
                return Err(self.malformed("this is a placeholder, or a key that is shown in part only"));
            }
            _ => {}
        }
        let odd = |c: char| c.is_control() && !c.is_whitespace();
        if bare.value.contains(odd) {
            return Err(self.malformed("there are control characters in this"));
        }
        let known = providers::prefix_of(whole);
        let again = known.is_some_and(|(_, prefix)| {
            prefix.text.len() >= TELLING && whole[prefix.text.len()..].contains(prefix.text)
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
            let why = "there is white space inside a line of this, so it is more than a key or token";
            return Err(self.malformed(why));
        }
        Ok(())
    }

    /// Refuses what no secret looks like.
    fn text(&self, whole: &str) -> Result<(), Refusal> {
        let is_masked = whole.contains(['•', '●', '∙', '·']) || whole.contains("***");
        let why = if is_masked {
            "this shows a key in part only"
        } else if whole.contains("://") || whole.starts_with("www.") {
            "this is the address of a page"
        } else if whole.starts_with('$') {
            "this names a variable, and is not what is in it"
        } else if whole.contains('\\') {
            "there is a backslash inside, which no key or token has"
        } else if whole.contains(clean::is_quote) {
            "there is a quotation mark inside, or at one end only, so a part may be missing"
        } else if !whole.chars().all(|c| c.is_ascii_graphic()) {
            "there are characters in this that no key or token has, such as the dash of an editor"
        } else {
            return Ok(());
        };
        Err(self.malformed(why))
    }

    /// Refuses what would be read otherwise a second time: it is not certain what is the secret.
    fn certain(&self, whole: &str) -> Result<(), Refusal> {
        let again = clean::plain(whole);
        if clean::bare(&again.text).value == whole {
            return Ok(());
        }
        Err(self.malformed("it is not certain where in this the key or token begins and ends"))
    }

    /// Refuses what belongs to another provider.
    fn owner(&self, whole: &str, names: &[&str]) -> Result<(), Refusal> {
        let prefix = providers::prefix_of(whole);
        let foreign = |of: &str| {
            let paste = self.paste(of);
            move |why: String| Refusal::state(why).code(WRONG_KIND).help(Command::from(paste))
        };
        if let Some((row, prefix)) = prefix {
            // The kind is what its beginning says, so that only the rest can be wrong.
            let kind = prefix.is.kind().unwrap_or(Kind::Token);
            let Some(wrong) = health::wrong_kind(whole, kind, self.provider) else { return Ok(()) };
            return Err(match wrong.is {
                PrefixKind::Refresh => self.refresh(row),
                PrefixKind::Admin => {
                    let why = format!("this is an admin key of {}, which no model answers", row.id);
                    Refusal::state(why).code(WRONG_KIND).help(row.how)
                }
                PrefixKind::ApiKey => foreign(row.id)(format!("this is an API key of {}", row.id)),
                PrefixKind::Bearer => foreign(row.id)(format!("this is a token of {}", row.id)),
            });
        }
        let other =
            names.iter().find_map(|name| providers::of_var(name).filter(|(row, _)| row.id != self.provider));
        match (other, self.row) {
            // One of the user's own may stand for another.
            (Some((row, var)), Some(_)) => {
                Err(foreign(row.id)(format!("{} is a variable of {}", var.name, row.id)))
            }
            _ => Ok(()),
        }
    }

    fn refresh(&self, row: &Provider) -> Refusal {
        let why = format!("this is a refresh token of {}, which is no credential by itself", row.id);
        let tool = Tool::of_provider(row.id);
        let status = (self.command)("models status");
        let take = tool.map(|tool| {
            let (name, login) = (tool.row().name, tool.row().login);
            Advice::command(status).then(format!(
                " takes over {name}'s login by itself; or run `{login}` and paste what it prints"
            ))
        });
        Refusal::state(why).code(WRONG_KIND).help(take.unwrap_or_else(|| row.how.into()))
    }

    /// Refuses what this provider's secrets do not look like.
    fn form(&self, whole: &str) -> Result<(), Refusal> {
        let Some(row) = self.row else { return Ok(()) };
        if health::malformed(whole, self.provider) == Some(Malformed::Short) {
            return Err(self.malformed("this is too short to be a key or token of this provider"));
        }
        if let Some((_, prefix)) = providers::prefix_of(whole) {
            let fine = |c: char| c.is_ascii_alphanumeric() || "-_.~+/=".contains(c);
            if whole.len() < prefix.least {
                let why = format!("this begins like a token of {}, but is cut off", row.id);
                let help = "copy the whole token, with all the lines over which it goes";
                return Err(Refusal::state(why).code(MALFORMED).help(help));
            }
            if !whole.chars().all(fine) {
                return Err(self.malformed("there is a character in this that no such key or token has"));
            }
            return Ok(());
        }
        let is_jwt = whole.starts_with("eyJ") && whole.matches('.').count() == 2;
        if is_jwt && !takes_any_token(row) {
            let why = format!("this is a JSON Web Token, as logins have them; {} takes none", row.id);
            return Err(self.malformed(&why).code(WRONG_KIND));
        }
        if row.closed {
            return Err(self.neither(row, whole));
        }
        Ok(())
    }

    /// Refuses what does not begin as all secrets of this provider do.
    fn neither(&self, row: &Provider, whole: &str) -> Refusal {
        let usable = row.prefixes.iter().filter_map(|prefix| {
            let is = if prefix.is.kind()? == Kind::ApiKey { "an API key" } else { "a token" };
            Some(format!("{is} (`{}…`)", prefix.text))
        });
        let usable = usable.collect::<Vec<_>>().join(" nor ");
        let why = if whole.contains('#') {
            "this is the code of a login, which belongs into the program that asked for it".to_owned()
        } else {
            format!("this is neither {usable} of {}", row.id)
        };
        let help = match Tool::of_provider(row.id) {
            Some(tool) => {
                Advice::say(format!("{}, or run ", row.how)).run(tool.row().login).then(" for a token")
            }
            None => row.how.into(),
        };
        Refusal::state(why).code(WRONG_KIND).help(help)
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
            Some(Kind::ApiKey) => (Kind::ApiKey, Some("this is an API key, and is stored as one".to_owned())),
            Some(_) => (Kind::Token, None),
            None if of_table.is_some() => {
                let note = format!("{} has API keys only, so this is stored as one", self.provider);
                (Kind::ApiKey, Some(note))
            }
            None => (Kind::Token, None),
        }
    }
}

/// Whether a provider's secrets may begin anyhow.
fn takes_any_token(row: &Provider) -> bool {
    let bearer = row.prefixes.iter().any(|prefix| prefix.is == PrefixKind::Bearer);
    let token = row.vars.iter().any(|var| var.kind == Kind::Token);
    row.prefixes.is_empty() || (token && !bearer)
}
