//! What `doctor`, `plan` and `apply` are about: agents, and codes or families.

use super::{Outcome, status::unknown_agent};
use crate::checks;
use crate::cli::{Global, Scope};
use crate::nearest;
use crate::pipeline::{self, Ask};
use crate::plan::{Choice, Class};
use crate::sources::{Agents, Depth};
use crate::status::Options;
use crate::sys::Act;
use std::collections::BTreeSet;

/// What to look at, and which repairs are wanted; a usage error if nobody knows what was named.
pub(super) fn scope(
    act: &dyn Act,
    global: &Global,
    scope: &Scope,
    class: Class,
) -> Result<(Ask, Choice), Outcome> {
    scope.only.iter().try_for_each(|name| known(name))?;
    let ask = Ask {
        agents: scope.agent.clone().map_or(Agents::All, Agents::One),
        profile: global.profile().map(str::to_owned),
        options: Options::default(),
        depth: Depth::Doctor,
    };
    if scope.agent.is_some() {
        let looked = pipeline::look(act.as_look(), &ask);
        // Whoever it is may be in a config that cannot be read; the report says so.
        if looked.world.config_is_known()
            && let Some(refused) = unknown_agent(&looked.world, &ask.agents)
        {
            return Err(refused);
        }
    }
    Ok((ask, Choice { class, only: scope.only.clone() }))
}

/// Whether a code or family exists.
fn known(name: &str) -> Result<(), Outcome> {
    let families = checks::rules().filter_map(|rule| Some(rule.code.split_once('/')?.0));
    let names: BTreeSet<&str> = checks::rules().map(|rule| rule.code).chain(families).collect();
    if names.contains(name) {
        return Ok(());
    }
    let near = nearest::nearest(name, names.into_iter());
    let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
    Err(Outcome::usage(&format!("there is no finding or family `{name}`{hint}")))
}
