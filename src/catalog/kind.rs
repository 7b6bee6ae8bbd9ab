//! Kinds of credentials, and how an auth store writes them.

use crate::catalog::nearest::folded;

/// Kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An API key.
    ApiKey,
    /// A static bearer token, such as one of `claude setup-token`.
    Token,
    /// An OAuth login: access token, refresh token, expiry.
    OAuth,
}

impl Kind {
    /// The word in the auth store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Token => "token",
            Self::OAuth => "oauth",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::ApiKey => "API key",
            Self::Token => "token",
            Self::OAuth => "OAuth login",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::ApiKey, Self::Token, Self::OAuth].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The name under which a kind keeps its secret.
pub fn secret_field(kind: Kind) -> &'static str {
    match kind {
        Kind::ApiKey => "key",
        Kind::Token => "token",
        Kind::OAuth => "access",
    }
}

/// Words that people and other programs have for a kind, by letters and digits alone.
const WORDS: &[(&[&str], Kind)] = &[
    (&["apikey", "key"], Kind::ApiKey),
    (&["bearer", "bearertoken", "setuptoken", "static", "statictoken", "token"], Kind::Token),
    (&["login", "oauth", "oauth2"], Kind::OAuth),
];

/// The kind that is meant by a word, as the store has it or otherwise.
pub(crate) fn meant(word: &str) -> Option<Kind> {
    let word = folded(word);
    WORDS.iter().find(|(words, _)| words.contains(&word.as_str())).map(|(_, kind)| *kind)
}

/// Names that people and other programs give to fields of a stored credential, by the name that is read.
type Misnomers = (&'static str, &'static [&'static str]);

const TYPE: Misnomers = ("type", &["mode", "kind", "credentialtype", "authtype"]);
const PROVIDER: Misnomers = ("provider", &["vendor", "service", "providerid"]);
const KEY: Misnomers =
    ("key", &["apikey", "secretkey", "accesskey", "token", "value", "secret", "bearer", "credential"]);
const TOKEN: Misnomers = (
    "token",
    &[
        "accesstoken",
        "access",
        "setuptoken",
        "oauthtoken",
        "authtoken",
        "bearertoken",
        "bearer",
        "apikey",
        "key",
        "value",
        "secret",
        "credential",
    ],
);
const ACCESS: Misnomers = ("access", &["accesstoken", "oauthtoken", "token", "bearer", "value", "secret"]);
const REFRESH: Misnomers = ("refresh", &["refreshtoken"]);
const EXPIRES: Misnomers =
    ("expires", &["expiresat", "expiry", "expirydate", "expireson", "expiration", "expirationdate", "exp"]);

/// The names that fields of a kind are given otherwise, by letters and digits alone. Each field once; the first
/// name that is there counts.
pub(crate) fn misnomers(kind: Option<Kind>) -> &'static [Misnomers] {
    match kind {
        Some(Kind::ApiKey) => &[TYPE, PROVIDER, KEY],
        Some(Kind::Token) => &[TYPE, PROVIDER, TOKEN, EXPIRES],
        Some(Kind::OAuth) => &[TYPE, PROVIDER, ACCESS, REFRESH, EXPIRES],
        None => &[TYPE, PROVIDER, EXPIRES],
    }
}

/// What a record that says no type probably is, by the names of its secrets: the first that is there.
pub(crate) const BY_FIELD: &[(&str, Kind)] = &[
    ("refresh", Kind::OAuth),
    ("refreshtoken", Kind::OAuth),
    ("key", Kind::ApiKey),
    ("apikey", Kind::ApiKey),
    ("secretkey", Kind::ApiKey),
    ("access", Kind::OAuth),
    ("token", Kind::Token),
    ("setuptoken", Kind::Token),
    ("bearertoken", Kind::Token),
    ("bearer", Kind::Token),
    ("authtoken", Kind::Token),
    ("accesstoken", Kind::Token),
];

/// Names of fields that hold a secret of any kind.
pub(crate) fn is_secret_field(name: &str) -> bool {
    let name = folded(name);
    [KEY, TOKEN, ACCESS].iter().any(|(reads, names)| *reads == name || names.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::catalog::kind::*;

    #[test]
    fn kinds_are_known_by_the_words_that_people_have() {
        for (word, kind) in [
            ("api_key", Some(Kind::ApiKey)),
            ("apiKey", Some(Kind::ApiKey)),
            ("API-KEY", Some(Kind::ApiKey)),
            ("OAuth", Some(Kind::OAuth)),
            ("setup-token", Some(Kind::Token)),
            (" token ", Some(Kind::Token)),
            ("passkey", None),
            ("", None),
        ] {
            assert_eq!(meant(word), kind, "{word}");
        }
    }

    #[test]
    fn names_are_written_as_they_are_compared() {
        let all = [TYPE, PROVIDER, KEY, TOKEN, ACCESS, REFRESH, EXPIRES];
        let names = all.iter().flat_map(|(reads, names)| names.iter().chain([reads]));
        let words = WORDS.iter().flat_map(|(words, _)| *words);
        for name in names.chain(words).chain(BY_FIELD.iter().map(|(name, _)| name)) {
            assert_eq!(folded(name), *name);
        }
    }
}
