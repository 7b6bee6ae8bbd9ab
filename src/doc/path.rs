//! Paths as people type them: `auth.profiles."anthropic:manual".mode`, `agents.list[0].id`. What
//! [`KeyPath`] shows is read back as the same path.

use crate::doc::{KeyPath, Seg};

/// Longest path that is read, in bytes.
const MAX_BYTES: usize = 1024;

/// Why a text is no path: a lower-case phrase. Never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathFault(pub &'static str);

impl std::fmt::Display for PathFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for PathFault {}

impl std::str::FromStr for KeyPath {
    type Err = PathFault;

    /// Keys are joined by dots; one that holds a dot, a bracket or a quote stands in quotes. An
    /// item of a list is `[0]`, and `["key"]` is a key too.
    fn from_str(text: &str) -> Result<Self, PathFault> {
        if text.len() > MAX_BYTES {
            return Err(PathFault("it is too long"));
        }
        let mut rest = Rest(text.trim());
        let mut path = Self(vec![rest.key()?]);
        while !rest.0.is_empty() {
            path.0.push(if rest.takes('.') { rest.key()? } else { rest.bracket()? });
        }
        Ok(path)
    }
}

/// What is left to read.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn takes(&mut self, sign: char) -> bool {
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn key(&mut self) -> Result<Seg, PathFault> {
        if let Some(quote) = self.0.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            return self.quoted(quote).map(Seg::Key);
        }
        let end = self.0.find(['.', '[', ']', '"', '\'']).unwrap_or(self.0.len());
        let (key, rest) = self.0.split_at(end);
        if key.is_empty() {
            return Err(PathFault("a key is missing"));
        }
        if key.chars().any(char::is_control) {
            return Err(PathFault("it contains a control character"));
        }
        self.0 = rest;
        Ok(Seg::Key(key.to_owned()))
    }

    /// A key in quotes; in double ones with the escapes that a shown path has.
    fn quoted(&mut self, quote: char) -> Result<String, PathFault> {
        const OPEN: PathFault = PathFault("a quote is not closed");
        self.takes(quote);
        let mut key = String::new();
        loop {
            let c = self.0.chars().next().ok_or(OPEN)?;
            self.0 = &self.0[c.len_utf8()..];
            match c {
                c if c == quote => return Ok(key),
                '\\' if quote == '"' => key.push(self.escaped()?),
                c => key.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, PathFault> {
        const UNKNOWN: PathFault = PathFault("it contains an unknown escape");
        let c = self.0.chars().next().ok_or(UNKNOWN)?;
        self.0 = &self.0[c.len_utf8()..];
        match c {
            '"' | '\'' | '\\' => Ok(c),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            '0' => Ok('\0'),
            'u' if self.takes('{') => {
                let (digits, rest) = self.0.split_once('}').ok_or(UNKNOWN)?;
                self.0 = rest;
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or(UNKNOWN)
            }
            _ => Err(UNKNOWN),
        }
    }

    /// `[0]` or `["key"]`.
    fn bracket(&mut self) -> Result<Seg, PathFault> {
        if !self.takes('[') {
            return Err(PathFault("a dot is missing between two keys"));
        }
        let seg = match self.0.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => Seg::Key(self.quoted(quote)?),
            None => {
                let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
                let (digits, rest) = self.0.split_at(end);
                self.0 = rest;
                Seg::Index(digits.parse().map_err(|_| PathFault("a number is missing in brackets"))?)
            }
        };
        if self.takes(']') { Ok(seg) } else { Err(PathFault("a bracket is not closed")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::path::*;

    fn read(text: &str) -> Result<KeyPath, &'static str> {
        text.parse().map_err(|PathFault(why)| why)
    }

    #[test]
    fn paths_are_read_as_they_are_shown() {
        for text in [
            "auth",
            "agents.defaults.model",
            r#"auth.profiles."anthropic:manual".mode"#,
            "agents.list[0].id",
            "agents.list[0][12]",
            r#"a."with \"quotes\" and \\""#,
            r#"a."line\nbreak\t\u{1}é""#,
            r#"a."""#,
        ] {
            assert_eq!(read(text).map(|path| path.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn people_may_write_them_in_other_ways() {
        for (text, shown) in [
            (" agents.defaults.model ", "agents.defaults.model"),
            ("auth.profiles.anthropic:manual.mode", r#"auth.profiles."anthropic:manual".mode"#),
            ("auth.profiles['anthropic:manual'].mode", r#"auth.profiles."anthropic:manual".mode"#),
            (r#"agents.defaults.models["openai/gpt-5.2"]"#, r#"agents.defaults.models."openai/gpt-5.2""#),
            (r"a.'one\two'", r#"a."one\\two""#),
        ] {
            assert_eq!(read(text).map(|path| path.to_string()).as_deref(), Ok(shown));
        }
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_reason() {
        for (text, why) in [
            ("", "a key is missing"),
            (".a", "a key is missing"),
            ("a.", "a key is missing"),
            ("a..b", "a key is missing"),
            ("[0]", "a key is missing"),
            ("a]", "a dot is missing between two keys"),
            ("a[0]b", "a dot is missing between two keys"),
            ("a\"b\"", "a dot is missing between two keys"),
            ("a[", "a number is missing in brackets"),
            ("a[-1]", "a number is missing in brackets"),
            ("a[99999999999999999999]", "a number is missing in brackets"),
            ("a[0", "a bracket is not closed"),
            ("a.\"b", "a quote is not closed"),
            (r#"a."\x""#, "it contains an unknown escape"),
            (r#"a."\u{110000}""#, "it contains an unknown escape"),
            ("a\u{1}", "it contains a control character"),
        ] {
            assert_eq!(read(text), Err(why), "{text:?}");
        }
        assert!(read(&"a".repeat(2000)).is_err());
    }
}
