//! The program from which Claude Code has its API key, where it could serve and no profile uses it: what to write, and
//! who writes it. Pure.

use crate::catalog::tools::Tool;
use crate::change::advice::Advice;
use crate::config::{CLAUDE_HELPER, CredentialSource, Mode};
use crate::doc::Loc;
use crate::policy::advice::paste_token;
use crate::world::World;
use crate::world::observe::helper::KEY;

/// The profile that stands for its key.
pub(crate) const PROFILE: &str = "anthropic:helper";

/// The code of the finding whose repair declares that profile.
pub(crate) const CODE: &str = "claude/key-helper";

/// What that profile says.
pub(crate) const FIELDS: [(&str, &str); 3] =
    [("provider", "anthropic"), ("mode", Mode::ApiKey.as_str()), ("from", CLAUDE_HELPER)];

/// Where the program is named, if it could be asked for the key of a provider, and no profile says so.
pub(crate) fn unused(world: &World, provider: &str) -> Option<Loc> {
    let is_used = world.desired.profiles.iter().any(|own| own.from == CredentialSource::ClaudeHelper);
    let may = provider == Tool::ClaudeCode.row().provider && world.auth_is_known() && !is_used;
    world.helper.loc.filter(|_| may && world.helper.line.is_ok() && world.paths.layout.is_own())
}

/// What keeps the profile from being declared by a repair: an order that would have to name it, or the name is taken.
pub(crate) fn is_in_the_way(world: &World, provider: &str) -> bool {
    let is_ordered = world.desired.order(provider).is_some()
        || world.stores.iter().any(|store| store.order(provider).is_some());
    is_ordered || world.desired.profile(PROFILE).is_some()
}

/// The same as advice, with what else there is to do.
pub(super) fn or(world: &World, provider: &str, else_: Advice) -> Advice {
    if unused(world, provider).is_none() || is_in_the_way(world, provider) {
        return else_;
    }
    let settings = world.doc_name(world.helper.doc);
    Advice::say(format!("use the program that prints Claude Code's key ({KEY} in {settings}): "))
        .run(world.paths.command(&format!("doctor --fix --only {CODE}")))
        .then(format!("; or {else_}"))
}

/// How both have a key where Claude Code asks us for its own.
pub(crate) fn key_for_both(world: &World) -> Advice {
    Advice::say("store the key here, from where Claude Code gets it then: ")
        .run(paste_token(world, "anthropic"))
}
