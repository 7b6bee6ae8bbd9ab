//! Migrations of older configs that are made without asking, because nothing is lost.
//!
//! To add one: a function here that gives its edit, called from [`due`].

use super::{Desired, Mode};
use crate::doc::{Docs, Loc};
use crate::plan::{Draft, Edit, To};
use crate::secret::Secret;

/// The profile that holds Claude Code's login.
const CLAUDE: &str = "anthropic:claude-cli";

/// A migration that is due: where, in words, and the edit.
#[derive(Debug)]
pub struct Migration {
    /// The value that is changed.
    pub loc: Loc,
    /// What is done.
    pub what: &'static str,
    /// How.
    pub edit: Edit,
}

/// All migrations that are due.
pub fn due(desired: &Desired, docs: &Docs) -> Vec<Migration> {
    claude_mode(desired, docs).into_iter().collect()
}

/// `auth.profiles."anthropic:claude-cli".mode`: `token` accepts tokens only, `oauth` both.
fn claude_mode(desired: &Desired, docs: &Docs) -> Option<Migration> {
    let profile = desired.profile(CLAUDE)?;
    let loc = profile.mode_loc.filter(|_| profile.mode == Some(Mode::Token))?;
    // A mode that comes out of a variable is not ours to rewrite.
    if desired.reference(loc).is_some() {
        return None;
    }
    let at = docs.get(loc.doc).path_of(loc)?;
    let to = To::Set(Draft::String(Secret::from("oauth")));
    let what = "mode \"oauth\" accepts both OAuth logins and setup-tokens";
    Some(Migration { loc, what, edit: Edit { doc: loc.doc, at, to } })
}
