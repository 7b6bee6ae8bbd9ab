//! Reads the config tree into [`Desired`]. Lenient: what does not fit its shape is left out
//! here, because `validate` has already said so.

use crate::catalog::{paths, providers};
use crate::config::field::{Distrust, span, span_with_unit};
use crate::config::secret_ref::SecretRef;
use crate::config::{
    AgentConfig, Allowed, CredentialSource, Declared, Desired, EnvEntry, Mode, ModelUse, Order, OwnModel,
    ProviderConfig, Text, cooldowns, login, monitor, names, refresh, shape, substitute, trust, validate,
};
use crate::doc::{DocId, Node, Value};
use crate::sys::secret::Secret;

/// Reads a merged tree. `var` is the environment that `${VAR}` is filled from; `distrust` says which files
/// may not say all.
pub(crate) fn load(
    mut root: Node,
    var: &dyn Fn(&str) -> Option<Secret>,
    distrust: &dyn Fn(DocId) -> Option<Distrust>,
) -> Desired {
    let substituted = substitute::substitute(&mut root, var);
    let mut problems = validate::validate(&root, &shape::CONFIG);
    problems.extend(trust::strip(&mut root, &shape::CONFIG, distrust));
    problems.extend(substituted.problems);
    problems.sort_by_key(|problem| (problem.loc, problem.path.clone()));
    let at = |keys: &[&str]| keys.iter().try_fold(&root, |node, key| node.get(key));
    let desired = Desired {
        profiles: at(&["auth", "profiles"]).map(declared).unwrap_or_default(),
        orders: at(&["auth", "order"]).map(orders).unwrap_or_default(),
        defaults: at(&["agents", "defaults"]).map(models).unwrap_or_default(),
        allowed: at(&["agents", "defaults", "models"]).map(allowed).unwrap_or_default(),
        agents: [at(&["agents", "list"]).map(agents), at(&["agents", "entries"]).map(entries)]
            .into_iter()
            .flatten()
            .flatten()
            .collect(),
        providers: at(&["models", "providers"]).map(own_providers).unwrap_or_default(),
        only_own_providers: at(&["models", "mode"]).and_then(Node::as_str) == Some("replace"),
        env: at(&["env"]).map(env).unwrap_or_default(),
        trusts_cwd: at(&["env", "cwd"]).and_then(Node::as_bool) == Some(true),
        shell_enabled: at(&["env", "shellEnv", "enabled"]).and_then(Node::as_bool).unwrap_or(false),
        shell_timeout: at(&["env", "shellEnv", "timeoutMs"])
            .and_then(Node::as_f64)
            .map(|ms| ms.max(0.0) as i64),
        cooldowns: at(&["auth", "cooldowns"]).map(cooldowns::cooldowns).unwrap_or_default(),
        refresh: at(&["auth", "refresh"]).map(refresh::endpoints).unwrap_or_default(),
        logins: at(&["auth", "login"]).map(login::logins).unwrap_or_default(),
        kept_out: at(&["auth", "keepOut"]).map(refresh::kept_out).unwrap_or_default(),
        untold: at(&["auth", "usage"]).map(refresh::untold).unwrap_or_default(),
        never_refresh_borrowed: at(&["auth", "refreshBorrowed"]).and_then(Node::as_str) == Some("never"),
        allow_refreshable: at(&["auth", "allowRefreshable"]).and_then(Node::as_bool) == Some(true),
        rest_tolerance: at(&["auth", "restTolerance"]).and_then(span_with_unit),
        warn_within: at(&["auth", "warnWithin"]).and_then(span),
        monitor: at(&["monitor"]).map(|node| monitor::monitor(node, &root)).unwrap_or_default(),
        touched_by: at(&["meta", "lastTouchedVersion"]).and_then(text),
        problems,
        references: substituted.references,
        root: None,
    };
    let mut desired = desired;
    desired.problems.extend(names::problems(&root, &desired));
    desired.problems.sort_by_key(|problem| (problem.loc, problem.path.clone()));
    Desired { root: Some(root), ..desired }
}

fn text(node: &Node) -> Option<Text> {
    node.as_str().map(|text| Text { text: text.to_owned(), loc: node.loc })
}

fn texts(node: &Node) -> Vec<Text> {
    node.items().iter().filter_map(text).collect()
}

fn declared(node: &Node) -> Vec<Declared> {
    let one = |member: &crate::doc::Member| {
        let node = &member.node;
        let provider = node.get("provider").and_then(Node::as_str)?;
        let mode = node.get("mode");
        Some(Declared {
            id: member.key.clone(),
            loc: member.key_loc,
            provider: providers::normalise(provider),
            mode: mode.and_then(Node::as_str).and_then(Mode::parse),
            mode_loc: mode.map(|node| node.loc),
            email: node.get("email").and_then(Node::as_str).map(str::to_owned),
            from: node
                .get("from")
                .and_then(Node::as_str)
                .and_then(CredentialSource::parse)
                .unwrap_or_else(|| CredentialSource::default_of(&member.key)),
        })
    };
    node.members().iter().filter_map(one).collect()
}

fn orders(node: &Node) -> Vec<Order> {
    let one = |member: &crate::doc::Member| {
        matches!(member.node.value, Value::Array(_)).then(|| Order {
            provider: providers::normalise(&member.key),
            loc: member.key_loc,
            ids: texts(&member.node),
        })
    };
    node.members().iter().filter_map(one).collect()
}

/// `model` and `imageModel` of `agents.defaults` or of an agent.
fn models(node: &Node) -> ModelUse {
    let (primary, fallbacks) = choice(node.get("model"));
    let (image, image_fallbacks) = choice(node.get("imageModel"));
    ModelUse { primary, fallbacks, image, image_fallbacks: image_fallbacks.unwrap_or_default() }
}

/// A model choice: a name, or a table of primary and fallbacks.
fn choice(node: Option<&Node>) -> (Option<Text>, Option<Vec<Text>>) {
    let Some(node) = node else { return (None, None) };
    match text(node) {
        Some(name) => (Some(name), None),
        None => (node.get("primary").and_then(text), node.get("fallbacks").map(texts)),
    }
}

fn allowed(node: &Node) -> Vec<Allowed> {
    let one = |member: &crate::doc::Member| Allowed {
        key: Text { text: member.key.clone(), loc: member.key_loc },
        alias: member.node.get("alias").and_then(Node::as_str).map(str::to_owned),
    };
    node.members().iter().map(one).collect()
}

fn agents(node: &Node) -> Vec<AgentConfig> {
    node.items().iter().filter_map(|node| Some(agent(node.get("id")?.as_str()?, node))).collect()
}

/// Agents by id, as openclaw has them.
fn entries(node: &Node) -> Vec<AgentConfig> {
    node.members().iter().map(|member| agent(&member.key, &member.node)).collect()
}

fn agent(id: &str, node: &Node) -> AgentConfig {
    let default = node.get("default").filter(|node| node.as_bool() == Some(true));
    AgentConfig {
        id: paths::agent_id(id),
        loc: node.loc,
        default: default.map(|node| node.loc),
        dir: node.get("agentDir").and_then(text),
        models: models(node),
    }
}

fn own_providers(node: &Node) -> Vec<ProviderConfig> {
    let one = |member: &crate::doc::Member| {
        let node = &member.node;
        let key = node.get("apiKey");
        ProviderConfig {
            id: providers::normalise(&member.key),
            loc: member.key_loc,
            base_url: node.get("baseUrl").and_then(Node::as_str).map(str::to_owned),
            api_key: key.and_then(|node| Some((node.as_secret()?.clone(), node.loc))),
            key_ref: key.and_then(SecretRef::of),
            auth: node.get("auth").and_then(Node::as_str).map(str::to_owned),
            models: node.get("models").map(own_models).unwrap_or_default(),
        }
    };
    node.members().iter().map(one).collect()
}

fn own_models(node: &Node) -> Vec<OwnModel> {
    let one = |node: &Node| {
        let context = node.get("contextWindow").and_then(Node::as_f64);
        Some(OwnModel {
            id: node.get("id")?.as_str()?.to_owned(),
            name: node.get("name").and_then(Node::as_str).map(str::to_owned),
            images: node
                .get("input")
                .is_some_and(|input| input.items().iter().any(|item| item.as_str() == Some("image"))),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded just here")]
            context: context.filter(|tokens| (1.0..1e15).contains(tokens)).map(|tokens| tokens as u64),
        })
    };
    node.items().iter().filter_map(one).collect()
}

/// Keys of the `env` block that are no variables.
const OWN_OF_ENV: [&str; 3] = ["vars", "shellEnv", "cwd"];

/// The `env` block, what is hidden by a direct key left out; blank values too.
fn env(node: &Node) -> Vec<EnvEntry> {
    let entry = |member: &crate::doc::Member| {
        let value = member.node.as_secret().filter(|value| !value.is_blank())?.clone();
        Some(EnvEntry { name: member.key.clone(), value, loc: member.node.loc })
    };
    let direct = node.members().iter().filter(|member| !OWN_OF_ENV.contains(&member.key.as_str()));
    let direct: Vec<_> = direct.filter_map(entry).collect();
    let vars = node.get("vars").map(Node::members).unwrap_or_default();
    let mut all: Vec<_> =
        vars.iter().filter_map(entry).filter(|var| direct.iter().all(|over| over.name != var.name)).collect();
    all.extend(direct);
    all
}
