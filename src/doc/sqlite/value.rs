//! What comes out of a database: values, or the reason why there are none.
use std::fmt;

/// Why a database could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not an SQLite database, or one wholly encrypted: the two look alike.
    NotADatabase,
    /// A sound database, as far as is known, using something this reader does not know.
    Unsupported(&'static str),
    /// The database contradicts itself, or is cut short.
    Corrupt(&'static str),
    /// More than this reader agrees to hold.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADatabase => f.write_str("not an SQLite database, or an encrypted one"),
            Self::Unsupported(what) => write!(f, "the database uses {what}: not supported"),
            Self::Corrupt(what) => write!(f, "the database is damaged: {what}"),
            Self::TooLarge => f.write_str("the database is too large"),
        }
    }
}

impl std::error::Error for Fault {}

/// One value of a row.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes; also text that is not well-formed in the database's encoding, as it was stored.
    Blob(Vec<u8>),
}

/// Texts and blobs can be secrets: only their lengths are shown.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Integer(n) => write!(f, "Integer({n})"),
            Self::Real(n) => write!(f, "Real({n:?})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Blob(bytes) => write!(f, "Blob({} bytes)", bytes.len()),
        }
    }
}
