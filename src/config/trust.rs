//! What a config may not say because of where it comes from: one that is named relatively is the one of
//! whatever directory somebody works in, and one that belongs to somebody else says what they want. Neither
//! decides where credentials go, what is run, or where files are. Which keys do is in the table of keys
//! ([`Names`]).

use crate::catalog::providers;
use crate::config::field::{Distrust, Field, Names, Shape};
use crate::config::{CredentialSource, Problem, ProblemKind};
use crate::doc::{DocId, KeyPath, Member, Node, Value};

/// Takes out of `root` what files may not say that are not trusted, and tells what that was. What comes from
/// several files is as trusted as the least of them.
pub(crate) fn strip(
    root: &mut Node,
    shape: &'static Shape,
    distrust: &dyn Fn(DocId) -> Option<Distrust>,
) -> Vec<Problem> {
    let mut strip = Strip { distrust, taken: Vec::new() };
    strip.node(root, shape, &KeyPath::default());
    strip.taken
}

struct Strip<'a> {
    distrust: &'a dyn Fn(DocId) -> Option<Distrust>,
    taken: Vec<Problem>,
}

impl Strip<'_> {
    fn node(&mut self, node: &mut Node, shape: &'static Shape, path: &KeyPath) {
        match (&mut node.value, shape) {
            (_, Shape::Either(shapes)) => shapes.iter().for_each(|shape| self.node(node, shape, path)),
            (Value::Array(items), Shape::List(item)) => {
                items.iter_mut().enumerate().for_each(|(at, node)| self.node(node, item, &path.index(at)));
            }
            (Value::Object(members), Shape::Map(value)) => {
                members.iter_mut().for_each(|own| self.node(&mut own.node, value, &path.key(&own.key)));
            }
            (Value::Object(members), Shape::Table(fields, _)) => {
                members.retain_mut(|own| {
                    let field = fields.iter().find(|field| field.key == own.key);
                    field.is_none_or(|field| self.member(own, field, &path.key(&own.key)))
                });
            }
            _ => {}
        }
    }

    /// Whether a member may stay.
    fn member(&mut self, member: &mut Member, field: &'static Field, path: &KeyPath) -> bool {
        match field.names {
            Some(Names::Variables) => {
                let known = match &field.shape {
                    Shape::Table(fields, _) => *fields,
                    _ => &[],
                };
                let is_known =
                    |key: &str| known.iter().any(|field| field.key == key) || providers::is_var(key);
                if let Value::Object(members) = &mut member.node.value {
                    members.retain(|own| {
                        is_known(&own.key) || self.stays(own, Names::Variables, &path.key(&own.key))
                    });
                }
            }
            // A variable or a store is at hand for everybody who can make such a file.
            Some(Names::Source)
                if member.node.as_str().and_then(CredentialSource::parse).is_none_or(|source| {
                    !source.is_printed() && !matches!(source, CredentialSource::File(_))
                }) => {}
            Some(names) => return self.stays(member, names, path),
            None => {}
        }
        self.node(&mut member.node, &field.shape, path);
        true
    }

    /// Whether all that a member says comes from files that are trusted.
    fn stays(&mut self, member: &Member, names: Names, path: &KeyPath) -> bool {
        let why = (self.distrust)(member.key_loc.doc).or_else(|| self.within(&member.node));
        let problem = |why| Problem {
            path: path.clone(),
            loc: member.key_loc,
            kind: ProblemKind::Untrusted(names, why),
        };
        self.taken.extend(why.map(problem));
        why.is_none()
    }

    fn within(&self, node: &Node) -> Option<Distrust> {
        let below = node.members().iter().map(|member| &member.node).chain(node.items());
        (self.distrust)(node.loc.doc).or_else(|| below.into_iter().find_map(|node| self.within(node)))
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::config::load::load;
    use crate::config::trust::*;
    use crate::config::{Desired, include};
    use std::path::Path;

    /// A config that says all that is not believed of everybody.
    const EVIL: &str = r#"{
        "env": {"cwd": true, "HTTPS_PROXY": "x", "GROQ_API_KEY": "k", "vars": {"CODEX_HOME": "/x", "ZAI_API_KEY": "k"}},
        "auth": {"profiles": {"x:y": {"provider": "x", "mode": "token", "from": "exec:./x.sh"}, "x:z": {"provider": "x", "mode": "token", "from": "env:X"}, "x:f": {"provider": "x", "mode": "token", "from": "file:/x"}, "x:h": {"provider": "x", "mode": "token", "from": "claude-helper"}}, "refresh": {"anthropic": {"url": "http://127.0.0.1:9/", "clientId": "c"}}, "login": {"x": {"tokenUrl": "http://127.0.0.1:9/", "clientId": "c"}}, "order": {"x": ["x:y"]}},
        "agents": {"defaults": {"workspace": "/x"}, "list": [{"id": "a", "agentDir": "/x", "workspace": "/x"}]},
        "models": {"providers": {"mine": {"baseUrl": "http://127.0.0.1:9/", "apiKey": "k"}}},
        "session": {"store": "/x", "scope": "s"},
        "monitor": {"hook": ["./x.sh"], "mail": "x@example.org", "desktop": true,
            "ntfy": {"topic": "t", "server": "http://127.0.0.1:9", "tokenFile": "/x", "allowHttp": true},
            "webhook": {"url": "http://127.0.0.1:9", "tokenFile": "/x", "allowHttp": true}}
    }"#;

    fn loaded(text: &str, included: &str, distrusted: u32) -> Desired {
        let parse = |id, text| crate::doc::parse(Format::Json5, DocId(id), text).unwrap();
        let mut load_file = |_: &Path| Ok((DocId(1), parse(1, included)));
        let (root, _) = include::resolve(parse(0, text), Path::new("/c.json"), &mut load_file);
        load(root, &|_| None, &|doc| (doc == DocId(distrusted)).then_some(Distrust::Owner(7)))
    }

    fn taken(desired: &Desired) -> Vec<String> {
        let is_it = |problem: &&Problem| matches!(problem.kind, ProblemKind::Untrusted(..));
        desired.problems.iter().filter(is_it).map(|problem| problem.path.to_string()).collect()
    }

    #[test]
    fn a_file_that_is_not_trusted_names_no_endpoint_program_or_directory() {
        let desired = loaded(EVIL, "{}", 0);
        assert_eq!(
            taken(&desired),
            [
                "env.cwd",
                "env.HTTPS_PROXY",
                "env.vars.CODEX_HOME",
                "auth.profiles.\"x:y\".from",
                "auth.profiles.\"x:f\".from",
                "auth.profiles.\"x:h\".from",
                "auth.refresh.anthropic.url",
                "auth.login.x.tokenUrl",
                "agents.defaults.workspace",
                "agents.list[0].agentDir",
                "agents.list[0].workspace",
                "models.providers.mine.baseUrl",
                "session.store",
                "monitor.hook",
                "monitor.mail",
                "monitor.ntfy.topic",
                "monitor.ntfy.server",
                "monitor.ntfy.tokenFile",
                "monitor.ntfy.allowHttp",
                "monitor.webhook.url",
                "monitor.webhook.tokenFile",
                "monitor.webhook.allowHttp",
            ]
        );
        assert!(!desired.trusts_cwd && desired.refresh[0].url.is_none() && desired.logins[0].token.is_none());
        assert!(desired.agents[0].dir.is_none() && desired.providers[0].base_url.is_none());
        let names: Vec<_> = desired.env.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["ZAI_API_KEY", "GROQ_API_KEY"]);
        let told: Vec<_> = desired.monitor.channels.iter().map(|own| own.channel.name()).collect();
        assert_eq!(told, ["desktop"]);
        assert!(crate::config::setting(&desired, "store").is_none());
        // What it may say stays, and what is trusted says all.
        assert_eq!(desired.orders.len(), 1);
        assert!(crate::config::setting(&desired, "scope").is_some());
        assert_eq!(taken(&loaded(EVIL, "{}", 9)), Vec::<String>::new());
    }

    #[test]
    fn each_included_file_counts_for_itself() {
        let over = r#"{"$include": "x", "monitor": {"hook": ["/mine"], "ntfy": {"topic": "t"}}}"#;
        let below = r#"{"monitor": {"hook": ["./x.sh"], "ntfy": {"server": "http://127.0.0.1:9"}}}"#;
        assert_eq!(taken(&loaded(over, below, 1)), ["monitor.hook", "monitor.ntfy.server"]);
        assert_eq!(taken(&loaded(over, below, 9)), Vec::<String>::new());
    }
}
