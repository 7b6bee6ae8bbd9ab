//! What a request would get now, for who wants to see it: asked as a request asks, and nothing is sent.

use crate::catalog::kind::Kind;
use crate::change::proposal::Refusal;
use crate::gateway::keeper::{Ask, Keeper, Picked};
use crate::pipeline::serving::{Next, Outlook, Rest, Withheld};
use crate::policy::status::{self, Options, ProviderStatus, Status};
use crate::sys::Millis;
use crate::world::World;

/// Most providers, and most models that rest, that are told of.
const MOST: (usize, usize) = (50, 200);

/// What is known for an agent, from one look.
pub(crate) struct Seen<'k> {
    pub(crate) world: &'k World,
    pub(crate) status: Status,
    /// When it was read.
    pub(crate) read: Millis,
    /// What is wrong with the config, and since when.
    pub(crate) fault: Option<(Refusal, Millis)>,
    pub(crate) outlooks: Vec<Outlook>,
    pub(crate) models: Vec<Rest>,
}

impl Keeper {
    /// What an agent's requests would get, and how things are.
    pub(in crate::gateway) fn seen(&mut self, agent: &str) -> Seen<'_> {
        let judged = status::of(self.open.world(agent), &Options::default());
        let providers = judged.agents.iter().flat_map(|own| &own.providers).take(MOST.0);
        let outlooks = providers.map(|of| self.outlook(agent, of)).collect();
        let now = self.clock();
        let mut models = self.memory.models(now);
        models.truncate(MOST.1);
        let (fault, read) = (self.config_fault(agent), self.open.read_at(agent).unwrap_or(now));
        // Judged again: asking may have read a file that was changed just now.
        let world = self.open.world(agent);
        let status = status::of(world, &Options::default());
        Seen { world, status, read, fault, outlooks, models }
    }

    fn outlook(&mut self, agent: &str, of: &ProviderStatus) -> Outlook {
        let ask = Ask {
            agent: agent.to_owned(),
            provider: of.provider.clone(),
            model: None,
            pinned: None,
            sticky: None,
            subscription: false,
        };
        let next = match self.pick(&ask, &[]) {
            Picked::Use(chosen) => Next::Uses(chosen.name),
            Picked::Rests(until) => Next::Rests(until),
            Picked::Subscription => Next::Withheld,
            Picked::Nothing => Next::Nothing,
        };
        let withheld = if self.is_kept(&ask, Kind::OAuth) {
            Some(Withheld::Subscription)
        } else {
            self.is_led_astray(&ask, Kind::OAuth).then_some(Withheld::Elsewhere)
        };
        let now = self.clock();
        let rest = |candidate: &crate::policy::resolve::Candidate| {
            let secret = &candidate.credential.as_ref()?.secret;
            self.memory.rest(&candidate.name, secret, now)
        };
        let rests = of.resolution.candidates.iter().filter_map(rest).collect();
        Outlook { provider: of.provider.clone(), next, withheld, rests }
    }
}
