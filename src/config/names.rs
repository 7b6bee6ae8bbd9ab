//! Names in the config that nothing answers to: of providers that are known under another name, and of
//! models that can be none. Pure.

use crate::catalog::called::called;
use crate::catalog::nearest;
use crate::catalog::providers::{self, PROVIDERS};
use crate::config::{Desired, Problem, ProblemKind, model_name};
use crate::doc::{KeyPath, Loc, Node};

/// All of them.
pub(super) fn problems(root: &Node, desired: &Desired) -> Vec<Problem> {
    let mut found = Vec::new();
    each_provider(root, &mut |path, loc, name| found.extend(provider(desired, path, loc, name)));
    each_model(root, &mut |path, loc, text| {
        let half = text.split_once('/');
        match model_name::fault_in(desired, text) {
            Some(what) => {
                let kind = ProblemKind::Model(what, model_name::meant(desired, text));
                found.push(Problem { path, loc, kind });
            }
            None => found.extend(half.and_then(|(named, _)| provider(desired, path, loc, named))),
        }
    });
    found
}

/// A provider under a name that people use, or a slip of one. One that nothing is like may be a plug-in's.
fn provider(desired: &Desired, path: KeyPath, loc: Loc, name: &str) -> Option<Problem> {
    let named = providers::normalise(name);
    let own = desired.provider(&named).is_some() || desired.is_cli_backend(&named);
    if own || providers::find(&named).is_some() || named.is_empty() {
        return None;
    }
    let ids = PROVIDERS.iter().map(|row| row.id);
    let ids = ids.chain(desired.providers.iter().map(|own| own.id.as_str()));
    let meant = called(&named).or_else(|| nearest::slip(&named, ids))?.to_owned();
    Some(Problem { path, loc, kind: ProblemKind::UnknownProvider { named, meant } })
}

/// Where the config names a provider by itself: the path, the place, the name.
fn each_provider(root: &Node, visit: &mut dyn FnMut(KeyPath, Loc, &str)) {
    for keys in [&["auth", "order"][..], &["auth", "cooldowns", "billingBackoffHoursByProvider"]] {
        let at = KeyPath::of(keys);
        for member in root.locate(&at).map(Node::members).unwrap_or_default() {
            visit(at.key(&member.key), member.key_loc, &member.key);
        }
    }
    let at = KeyPath::of(&["auth", "profiles"]);
    for member in root.locate(&at).map(Node::members).unwrap_or_default() {
        if let Some(node) = member.node.get("provider")
            && let Some(name) = node.as_str()
        {
            visit(at.key(&member.key).key("provider"), node.loc, name);
        }
    }
}

/// Where the config names a model.
fn each_model(root: &Node, visit: &mut dyn FnMut(KeyPath, Loc, &str)) {
    let defaults = KeyPath::of(&["agents", "defaults"]);
    choices(root, &defaults, visit);
    let list = KeyPath::of(&["agents", "list"]);
    let count = root.locate(&list).map_or(0, |node| node.items().len());
    (0..count).for_each(|at| choices(root, &list.index(at), visit));
    let allowed = defaults.key("models");
    for member in root.locate(&allowed).map(Node::members).unwrap_or_default() {
        visit(allowed.key(&member.key), member.key_loc, &member.key);
    }
}

/// The models of all agents, or of one.
fn choices(root: &Node, of: &KeyPath, visit: &mut dyn FnMut(KeyPath, Loc, &str)) {
    let mut text = |path: KeyPath| {
        if let Some(node) = root.locate(&path)
            && let Some(text) = node.as_str()
        {
            visit(path, node.loc, text);
        }
    };
    for key in ["model", "imageModel"] {
        let at = of.key(key);
        text(at.clone());
        text(at.key("primary"));
        let list = at.key("fallbacks");
        let count = root.locate(&list).map_or(0, |node| node.items().len());
        (0..count).for_each(|item| text(list.index(item)));
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::config::load;
    use crate::config::names::*;
    use crate::doc::{DocId, parse};

    fn told(text: &str) -> Vec<String> {
        let tree = parse(Format::Json5, DocId(0), text).unwrap();
        let desired = load::load(tree, &|_| None, &|_| None);
        let problems = desired.problems.iter();
        let doubt = |problem: &Problem| if problem.hides_auth() { "!" } else { "" };
        problems.map(|problem| format!("{}{}", doubt(problem), problem.message())).collect()
    }

    #[test]
    fn slips_and_names_that_people_use_are_told_where_the_gateway_reads_an_id() {
        for (text, expected) in [
            (
                "{auth: {order: {antropic: []}}}",
                "!`auth.order.antropic` names an unknown provider: `antropic` (did you mean `anthropic`?)",
            ),
            (
                "{auth: {order: {Gemini: []}}}",
                "!`auth.order.Gemini` names an unknown provider: `gemini` (did you mean `google`?)",
            ),
            (
                "{auth: {profiles: {'grok:a': {provider: 'grok', mode: 'api_key'}}}}",
                "!`auth.profiles.\"grok:a\".provider` names an unknown provider: `grok` (did you mean `xai`?)",
            ),
            (
                "{agents: {defaults: {model: 'claude/opus'}}}",
                "`agents.defaults.model` names an unknown provider: `claude` (did you mean `anthropic`?)",
            ),
            (
                "{agents: {defaults: {models: {'opneai/gpt': {}}}}}",
                "`agents.defaults.models.\"opneai/gpt\"` names an unknown provider: `opneai` (did you mean `openai`?)",
            ),
            (
                "{agents: {list: [{id: 'a', model: {primary: 'zai/x', fallbacks: ['/x']}}]}}",
                "`agents.list[0].model.fallbacks[0]` must be a model, written as provider/model with both",
            ),
        ] {
            assert_eq!(told(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_may_be_somebodys_own_is_not_told() {
        for text in [
            "{auth: {order: {anthropic: [], qwen: [], 'z.ai': [], lmstudio: []}}}",
            "{models: {providers: {claude: {baseUrl: 'http://x', models: []}}}, auth: {order: {claude: []}}}",
            "{agents: {defaults: {model: 'claude-cli/opus', models: {'openrouter/anthropic/x': {}}}}}",
            "{agents: {defaults: {model: 'opus', imageModel: {primary: 'gpt'}}}}",
        ] {
            assert_eq!(told(text), Vec::<String>::new(), "{text}");
        }
    }
}
