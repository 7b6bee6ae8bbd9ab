//! What `%h` and its like stand for in a unit. What systemd knows and cannot be known from here
//! is told apart from what is no specifier, which stays as it is written.

use crate::sys::{Look, Reading};
use crate::world::observe::service::{Here, Manager};
use std::path::{Path, PathBuf};

/// Signs that some version of systemd replaces.
const KNOWN: &str = "aAbBcCdDEfgGhHiIjJlLmMnNoOpPqrRsStTuUvVwWyY";

/// Most that is read of a file that tells of the machine, in bytes.
const MAX_BYTES: usize = 1 << 16;

/// What the specifiers of a unit stand for.
pub(super) struct Names<'a> {
    pub(super) look: &'a dyn Look,
    pub(super) here: &'a Here<'a>,
    pub(super) manager: Manager,
    pub(super) name: &'a str,
    pub(super) config: &'a Path,
}

/// A text with its specifiers replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    /// What is not known stays as it is written.
    pub(super) text: String,
    /// Whether all of it is known.
    pub(super) known: bool,
}

impl Names<'_> {
    /// The text with its specifiers replaced.
    pub(super) fn expand(&self, text: &str) -> Expanded {
        let (mut out, mut rest, mut known) = (String::with_capacity(text.len()), text, true);
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let Some(sign) = after.chars().next() else {
                out.push('%');
                return Expanded { text: out, known };
            };
            match self.specifier(sign) {
                Some(value) => out.push_str(&value),
                None => {
                    known &= !KNOWN.contains(sign);
                    out.extend(['%', sign]);
                }
            }
            rest = &after[sign.len_utf8()..];
        }
        out.push_str(rest);
        Expanded { text: out, known }
    }

    fn is_user(&self) -> bool {
        self.manager == Manager::User
    }

    fn specifier(&self, sign: char) -> Option<String> {
        let (stem, prefix, instance) = self.parts();
        let last = |text: &str| text.rsplit('-').next().unwrap_or_default().to_owned();
        Some(match sign {
            '%' => "%".to_owned(),
            'n' => self.name.to_owned(),
            'N' => stem.to_owned(),
            'p' => prefix.to_owned(),
            'P' => unescaped(prefix)?,
            'i' => instance.to_owned(),
            'I' => unescaped(instance)?,
            'j' => last(prefix),
            'J' => unescaped(&last(prefix))?,
            'f' => {
                let path = unescaped(if instance.is_empty() { prefix } else { instance })?;
                format!("/{}", path.trim_start_matches('/'))
            }
            'H' => self.line("proc/sys/kernel/hostname")?,
            'l' => self.line("proc/sys/kernel/hostname")?.split('.').next()?.to_owned(),
            'v' => self.line("proc/sys/kernel/osrelease")?,
            'b' => self.line("proc/sys/kernel/random/boot_id")?.replace('-', ""),
            'm' => self.line("etc/machine-id").filter(|id| id.len() == 32)?,
            'd' => self.credentials()?.display().to_string(),
            _ => return self.place(sign),
        })
    }

    /// What tells of users and places.
    fn place(&self, sign: char) -> Option<String> {
        let (host, home) = (self.look.host(), &self.here.paths.home);
        let below = |variable: &str, of_user: &str, of_system: &str| match self.is_user() {
            true => {
                let named = host.var(variable).filter(|text| text.starts_with('/')).map(PathBuf::from);
                named.unwrap_or_else(|| home.join(of_user)).display().to_string()
            }
            false => of_system.to_owned(),
        };
        Some(match sign {
            'h' if self.is_user() => home.display().to_string(),
            'h' => "/root".to_owned(),
            'u' if self.is_user() => user(self.look)?,
            'u' => "root".to_owned(),
            'U' if self.is_user() => host.uid.to_string(),
            'U' => "0".to_owned(),
            'g' if !self.is_user() => "root".to_owned(),
            'G' if !self.is_user() => "0".to_owned(),
            'E' if self.is_user() => self.config.display().to_string(),
            'E' => "/etc".to_owned(),
            // For users these have moved between versions.
            'S' if !self.is_user() => "/var/lib".to_owned(),
            'L' if !self.is_user() => "/var/log".to_owned(),
            'C' => below("XDG_CACHE_HOME", ".cache", "/var/cache"),
            't' if self.is_user() => host.var("XDG_RUNTIME_DIR")?.to_owned(),
            't' => "/run".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            _ => return None,
        })
    }

    /// Where the unit's credentials are for it.
    pub(super) fn credentials(&self) -> Option<PathBuf> {
        let base = match self.is_user() {
            true => PathBuf::from(self.look.host().var("XDG_RUNTIME_DIR")?),
            false => PathBuf::from("/run"),
        };
        Some(base.join("credentials").join(self.name))
    }

    /// Name without ending, what stands before `@`, and what behind it.
    fn parts(&self) -> (&str, &str, &str) {
        let stem = self.name.strip_suffix(".service").unwrap_or(self.name);
        let (prefix, instance) = stem.split_once('@').unwrap_or((stem, ""));
        (stem, prefix, instance)
    }

    fn line(&self, place: &str) -> Option<String> {
        let text = text(self.look, place)?;
        text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// The directory in which the service works: the user's home, or the root, if none is named.
    pub(super) fn directory(&self, named: Option<&str>) -> PathBuf {
        match (named.map(str::trim), self.manager) {
            (Some("~"), _) => self.here.paths.home.clone(),
            (None | Some(""), Manager::System) => PathBuf::from("/"),
            (None | Some(""), _) => self.here.paths.home.clone(),
            (Some(named), _) => PathBuf::from(named),
        }
    }
}

/// The name of the user: by the list of users, else by the environment.
pub(super) fn user(look: &dyn Look) -> Option<String> {
    let host = look.host();
    let uid = host.uid.to_string();
    let listed = text(look, "etc/passwd").and_then(|text| {
        let of = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
        text.lines().find(of)?.split(':').next().map(str::to_owned)
    });
    let named = || host.var("USER").or_else(|| host.var("LOGNAME")).map(str::to_owned);
    listed.or_else(named).filter(|name| !name.is_empty() && !name.contains('/'))
}

fn text(look: &dyn Look, place: &str) -> Option<String> {
    match look.read(&look.host().system(place), MAX_BYTES) {
        Reading::File(bytes, _) => String::from_utf8(bytes.expose().clone()).ok(),
        _ => None,
    }
}

/// A part of a unit's name without its escapes: `-` is a slash, `\x2d` a dash.
fn unescaped(text: &str) -> Option<String> {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [byte, after @ ..] = rest {
        rest = after;
        match (*byte, after) {
            (b'-', _) => out.push(b'/'),
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                rest = after;
            }
            (b'\\', _) => return None,
            _ => out.push(*byte),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use crate::world::observe::service::systemd::specifiers::*;

    #[test]
    fn names_lose_their_escapes() {
        for (text, expected) in
            [("a-b", Some("a/b")), (r"a\x2db", Some("a-b")), (r"a\q", None), ("", Some("")), (r"\x", None)]
        {
            assert_eq!(unescaped(text).as_deref(), expected, "{text}");
        }
    }
}
