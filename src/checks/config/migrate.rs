//! Migrations of older configs.
//!
//! [`due`] are those that are made without asking, because they are lossless and implied;
//! [`legacy`] says how a key of an older version is written today, for the user to decide. To add
//! one: a function that gives its edits, called from one of the two. What moves keeps its text
//! and its comments, and so its `${VAR}`; a value that is there already is never overwritten.

mod models;
mod moves;
mod site;

use crate::change::proposal::Proposal;
use crate::checks::config::migrate::site::Site;
use crate::config::{Desired, Mode, Problem};
use crate::doc::edit::ops::{Edit, To};
use crate::doc::{Docs, Loc, Seg};

/// The profile that holds Claude Code's login.
const CLAUDE: &str = "anthropic:claude-cli";

/// A migration that is due: where, in words, and the edit.
#[derive(Debug)]
pub(crate) struct Migration {
    /// The value that is changed.
    pub loc: Loc,
    /// What is done.
    pub what: &'static str,
    /// How.
    pub edit: Edit,
}

/// All migrations that are due.
pub(crate) fn due(desired: &Desired, docs: &Docs) -> Vec<Migration> {
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
    let to = To::text("oauth");
    let what = "mode \"oauth\" accepts both OAuth logins and setup-tokens";
    Some(Migration { loc, what, edit: Edit::value(loc.doc, at, to) })
}

/// How a key of an older version is written today; `None` if that is not certain, or not
/// possible without a loss. It is [`crate::change::proposal::Class::Force`] to remove what stands in the new
/// place too.
pub(crate) fn legacy(desired: &Desired, docs: &Docs, problem: &Problem) -> Option<Proposal> {
    let site = Site::of(desired, docs, problem)?;
    let keys: Option<Vec<&str>> = problem.path.0.iter().map(Seg::key).collect();
    let rewrite = match keys?.as_slice() {
        ["agent"] => moves::agent(&site),
        ["identity"] => moves::identity(&site),
        ["gateway", "token"] => moves::gateway_token(&site),
        ["agents", "defaults", "modelFallbacks"] => models::fallbacks(&site, "model"),
        ["agents", "defaults", "imageModelFallbacks"] => models::fallbacks(&site, "imageModel"),
        ["agents", "defaults", "allowedModels" | "modelAliases"] => models::listed(&site),
        [channel] if site::is_channel(channel) => moves::channel(&site, channel),
        _ => None,
    };
    rewrite.filter(|rewrite| site.is_safe(&rewrite.edits))
}
