//! Kinds of credentials, and how an auth store writes them.

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

/// Names that people and other programs give to fields of a stored credential, by the name that is read.
/// Each field once; the first name that is there counts.
pub fn misnomers(kind: Option<Kind>) -> Vec<(&'static str, &'static [&'static str])> {
    let mut all: Vec<(&'static str, &'static [&'static str])> = vec![("type", &["mode", "kind"])];
    match kind {
        Some(Kind::ApiKey) => all.push(("key", &["apiKey", "api_key", "apikey", "token"])),
        Some(Kind::Token) => {
            all.push(("token", &["accessToken", "access_token", "access", "setupToken", "apiKey", "key"]));
        }
        Some(Kind::OAuth) => {
            all.push(("access", &["accessToken", "access_token", "token"]));
            all.push(("refresh", &["refreshToken", "refresh_token"]));
        }
        None => {}
    }
    if kind != Some(Kind::ApiKey) {
        all.push(("expires", &["expiresAt", "expires_at", "expiry", "expiry_date"]));
    }
    all
}
