//! Whether one can log in to a provider here, and by which command. Pure.

use crate::catalog::logins;
use crate::sys::quote::shell_word;
use crate::world::World;

/// Whether a person can log in to a provider here.
pub(crate) fn is_known(world: &World, provider: &str) -> bool {
    logins::find(provider).is_some_and(|row| row.over.is_none())
        || world
            .desired
            .logins
            .iter()
            .any(|own| own.provider == provider && (own.authorize.is_some() || own.device.is_some()))
}

/// The command that logs in anew in the place of a profile that `agent` uses, if there is one.
pub(crate) fn command(world: &World, agent: &str, profile: &str, provider: &str) -> Option<String> {
    if !is_known(world, provider) || crate::policy::known::free_id(world, provider, profile).is_err() {
        return None;
    }
    let mut command = format!("models auth login --provider {}", shell_word(provider));
    if profile != default_id(provider) {
        command.push_str(&format!(" --profile-id {}", shell_word(profile)));
    }
    // Where the command would put it by itself.
    let default = world.home_of(&world.desired.default_agent(), provider);
    let view = world.view(agent, provider).filter(|store| store.profile(profile).is_some());
    if let Some(store) = view.filter(|store| store.agent != default) {
        command.push_str(&format!(" --agent {}", shell_word(&store.agent)));
    }
    Some(world.paths.command(&command))
}

/// The profile of a login that was not named.
pub(crate) fn default_id(provider: &str) -> String {
    format!("{provider}:{}", logins::find(provider).map_or("default", |row| row.name))
}
