//! Headline, `canTalk`, plugin and exit code of every fixture say the same, as a user gets them.

use super::worlds::answer;
use crate::support::case;
use crate::support::home::Home;
use serde_json::Value;
use zirkabot::pipeline::{self, Query};
use zirkabot::policy::status::Options;
use zirkabot::world::observe::{Agents, Depth};

#[test]
fn every_way_to_ask_a_fixture_gives_the_same_answer() {
    let mut failures = Vec::new();
    for case in case::all() {
        let home = Home::of(&case);
        let (exit, text, _) = home.hurried("zirkabot models status --check --all-agents");
        let (_, json, _) = home.hurried("zirkabot models status --check --json --all-agents");
        let document: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{}: {json}", case.name));
        let agents = document["agents"].as_array().unwrap();
        let said: Vec<_> = agents.iter().filter_map(|agent| agent["canTalk"].as_str()).collect();
        // Whose home it is stands before, if it is not ours.
        let text = text
            .split_once("\n\n")
            .filter(|(head, _)| head.starts_with('~'))
            .map_or(&*text, |(_, rest)| rest);
        let signs: Vec<_> = text.lines().take_while(|line| !line.is_empty()).collect();
        let is_green = signs.iter().all(|line| line.starts_with(['✓', '·', ' ']));
        if is_green != said.iter().all(|word| *word == "yes") || is_green && exit != 0 && !said.is_empty() {
            failures.push(format!("{}: exit {exit}, {said:?}: {signs:?}", case.name));
        }
        let (real, _) = home.called("zirkabot models status");
        for depth in [Depth::Gateway, Depth::Doctor] {
            let looked = pipeline::look(
                &real,
                &Query {
                    agents: Agents::All,
                    profile: None,
                    depth,
                    options: Options::default(),
                    trusts_cwd: false,
                    export: None,
                },
            );
            failures
                .extend(answer::one(&looked).err().map(|why| format!("{} ({depth:?}): {why}", case.name)));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
