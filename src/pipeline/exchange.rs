//! Gets the short-lived token for a credential that is exchanged at use, and keeps it in `$STATE/exchanged.json`. Of
//! many who want it at once one asks. What is asked and what the answer means is in `policy::exchange`.

use crate::change::apply::Target;
use crate::change::apply::state_file::StateFile;
use crate::pipeline::Limits;
use crate::policy::exchange::{self, ExchangeAnswer};
use crate::policy::export::Export;
use crate::sys::{Act, Millis};
use crate::world::World;
use crate::world::exchanged::{self, Exchanged, NAME};

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotExchanged {
    /// The provider does not accept the credential. Why, in a few words.
    Refused(String),
    /// It did not work, but may another time. Why, in a few words.
    Failed(String),
}

impl NotExchanged {
    /// Why, in a few words.
    pub fn why(&self) -> &str {
        match self {
            Self::Refused(why) | Self::Failed(why) => why,
        }
    }
}

/// The credential with a token that lasts for more than five minutes; the same if it needs none.
///
/// # Errors
/// If the provider gives none, or cannot be asked.
pub(crate) fn exchanged(
    act: &mut dyn Act,
    world: &World,
    export: Export,
    limits: Limits,
) -> Result<Export, NotExchanged> {
    if !export.is_to_be_exchanged(act.host().now) {
        return Ok(export);
    }
    let state_dir = world.paths.state.clone();
    let state = Target { state_dir, lock_timeout: limits.wait, command: act.host().command.clone() };
    // Without a place for it the token is used all the same.
    let file = StateFile::take(act, &state, NAME).ok();
    let known = exchanged::read(act.as_look(), &state.state_dir);
    let of = crate::world::asked::mark(&export.credential);
    let mut export = export;
    if let Some(own) = known.iter().find(|own| own.of == of) {
        export.candidate.exchanged = Some(own.clone());
        if !export.is_to_be_exchanged(act.host().now) {
            return Ok(export);
        }
    }
    let token = ask(act, world, &export, limits.request)?;
    if let Some(file) = file {
        let text = exchanged::text(known, &token, act.host().now);
        let _ = file.write(act, &text);
    }
    export.candidate.exchanged = Some(token);
    Ok(export)
}

fn ask(act: &mut dyn Act, world: &World, export: &Export, limit: Millis) -> Result<Exchanged, NotExchanged> {
    let Some(question) = exchange::question(world, &export.credential, limit) else {
        return Err(NotExchanged::Failed("it cannot be exchanged".to_owned()));
    };
    let answer = {
        let _asking = act.progress("requesting a token from the provider");
        act.send(&question)
    };
    match exchange::read(&export.credential, &question, answer) {
        ExchangeAnswer::Token(token) => Ok(token),
        ExchangeAnswer::Refused(why) => Err(NotExchanged::Refused(why)),
        ExchangeAnswer::Failed(why) => Err(NotExchanged::Failed(why)),
    }
}
