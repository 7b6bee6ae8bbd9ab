//! The end of the dialogue: what the answers come to, the plan as a difference, and a yes to it.

use crate::catalog::kind::Kind;
use crate::change::proposal::Refusal;
use crate::cli::apply::{carry_out_shown, notes, receipt};
use crate::cli::menu::{self, Picked};
use crate::cli::onboard::wizard::{Answers, Step, Stop, Talk, variable};
use crate::cli::onboard::{Args, KeyPlace, findings};
use crate::cli::{Exit, Outcome, exit_of};
use crate::intent::credential::made;
use crate::intent::onboard::{Existing, Offer, SetModel};
use crate::intent::setup::{self, DefaultModel, Received, Setup};
use crate::pipeline::{self, PlannedRequest};
use crate::policy::known::free_id;
use crate::report::plan;
use crate::report::style::Tone;
use crate::sys::secret::Secret;
use crate::world::World;

impl Talk<'_> {
    /// The plan, and a yes to it; nothing follows.
    pub(super) fn confirm(&mut self, answers: &mut Answers, args: &Args) -> Result<Step, Stop> {
        let setup = self.setup(answers)?;
        let agent = self.agent.clone();
        let request = |world: &World| setup::set_up(world, &agent, &setup);
        let planned = pipeline::plan_request(self.act.as_look(), &self.ask, &request)?;
        if planned.plan.changes.is_empty() {
            return Err(Outcome::out("\nNothing to change.\n".to_owned(), Exit::Ok).into());
        }
        let text = plan::plan([&planned.now.world, &planned.last().world], &planned.plan, self.style);
        self.act
            .say(&format!("\n{}\n\n{text}\n", self.style.paint(Tone::Strong, "These changes will be made:")));
        if args.writing.dry_run {
            return Err(Outcome::unchanged().into());
        }
        Err(match menu::confirm(self.act, self.style) {
            Picked::Back => Stop::Back,
            Picked::Quit => Stop::Quit,
            Picked::Item(_) => Stop::Done(self.carry_out(&planned, &request, args)),
        })
    }

    /// What a person may want next.
    fn further(&self, world: &World) -> String {
        let steps = [
            ("service install", "runs the gateway permanently"),
            ("monitor install", "warns you before a credential expires"),
        ];
        let line = |(command, what): (&str, &str)| {
            let command = world.paths.command(command);
            format!("  {}  {what}\n", self.style.paint(Tone::Act, &command))
        };
        format!("\nNext steps:\n{}", steps.map(line).concat())
    }

    /// What the answers come to.
    fn setup(&self, answers: &Answers) -> Result<Setup, Refusal> {
        let gets = match (&answers.offer, &answers.secret) {
            _ if answers.gets.is_some() => answers.gets.clone().unwrap_or(Received::Nothing),
            (Some(Offer { there: Existing::Login(tool), .. }), _) => Received::Login(*tool),
            (_, Some((_, value))) if answers.place == Some(KeyPlace::Dotenv) => Received::Dotenv {
                name: variable(answers).unwrap_or_default(),
                value: Secret::from(value.expose().trim()),
            },
            (_, Some((kind, secret))) => {
                let provider = &answers.provider;
                let name = if *kind == Kind::ApiKey { "default" } else { "manual" };
                let id = format!("{provider}:{name}");
                free_id(self.world(), provider, &id)?;
                let secret = Secret::from(secret.expose().trim());
                let credential = made(self.world(), provider, *kind, secret, None);
                Received::Store { id, credential: Box::new(credential) }
            }
            (_, None) => Received::Nothing,
        };
        let endpoint = answers.choice.and_then(|choice| choice.endpoint.zip(choice.model));
        let endpoint = endpoint.map(|(endpoint, (model, _))| (model, endpoint));
        let needed =
            answers.choice.and_then(|choice| choice.model).map(|(model, _)| (model, SetModel::IfNeeded));
        let model = answers.model.clone().unwrap_or_else(|| DefaultModel::of(needed));
        Ok(Setup { gets, model, endpoint })
    }

    /// Does what was shown, and says how things are now.
    fn carry_out(
        &mut self,
        planned: &PlannedRequest,
        request: &pipeline::Intent<'_>,
        args: &Args,
    ) -> Outcome {
        let (ask, wait) = (&self.ask, args.writing.lock_timeout);
        let done = carry_out_shown(self.act, &planned.now.world, &planned.plan, "it", wait, &|reader| {
            Ok(pipeline::plan_request(reader, ask, request)?.plan)
        });
        let exit = done.trouble.as_ref().map_or(Exit::Ok, exit_of);
        let looked = pipeline::look(self.act.as_look(), &self.ask);
        let mut stdout = receipt(&looked.world, &done, self.style);
        if exit == Exit::Ok {
            stdout.push_str(&format!("\n{}", findings(&looked, &self.agent, self.style)));
            stdout.push_str(&self.further(&looked.world));
        }
        Outcome::told(stdout, notes(&done), exit)
    }
}
