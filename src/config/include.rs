//! `$include` in a JSON5 config: other files merged in, with every value keeping its own place.
//!
//! Rules: objects merge key by key, lists are joined, anything else is replaced by what comes
//! later; keys beside `$include` come last. Relative paths start at the including file.

use crate::config::{Problem, ProblemKind};
use crate::doc::{DocId, KeyPath, Loc, Member, Node, Value};
use std::path::{Path, PathBuf};

/// Deepest chain of includes.
pub(crate) const MAX_DEPTH: usize = 10;

/// Most files that one config may include, repetitions counted.
const MAX_FILES: usize = 100;

/// Most values that the included files of one config may hold, repetitions counted.
const MAX_NODES: usize = 1 << 17;

/// Gives the tree of an included file, or why it cannot be had, in words.
pub(crate) type Load<'a> = dyn FnMut(&Path) -> Result<(DocId, Node), String> + 'a;

/// Merges all includes of `root`, the tree of the file `path`.
pub(crate) fn resolve(root: Node, path: &Path, load: &mut Load<'_>) -> (Node, Vec<Problem>) {
    let mut walk = Walk { chain: vec![path.to_owned()], files: 0, nodes: 0, load, problems: Vec::new() };
    let node = walk.node(root, &KeyPath::default());
    (node, walk.problems)
}

struct Walk<'a, 'b> {
    chain: Vec<PathBuf>,
    files: usize,
    nodes: usize,
    load: &'a mut Load<'b>,
    problems: Vec<Problem>,
}

impl Walk<'_, '_> {
    fn node(&mut self, node: Node, path: &KeyPath) -> Node {
        let value = match node.value {
            Value::Array(items) => Value::Array(
                items.into_iter().enumerate().map(|(at, item)| self.node(item, &path.index(at))).collect(),
            ),
            Value::Object(members) => return self.object(node.loc, members, path),
            other => other,
        };
        Node { loc: node.loc, value }
    }

    fn object(&mut self, loc: Loc, members: Vec<Member>, path: &KeyPath) -> Node {
        let (includes, rest): (Vec<_>, Vec<_>) = members.into_iter().partition(|m| m.key == "$include");
        let rest = rest.into_iter().map(|member| {
            let path = path.key(&member.key);
            Member { node: self.node(member.node, &path), ..member }
        });
        let own = Node { loc, value: Value::Object(rest.collect()) };
        let Some(include) = includes.into_iter().last() else { return own };
        let path = path.key("$include");
        let mut merged: Option<Node> = None;
        for (target, loc) in self.targets(&include.node, &path) {
            if let Some(node) = self.file(&target, loc, &path) {
                merged = Some(match merged {
                    Some(base) => merge(base, node),
                    None => node,
                });
            }
        }
        match merged {
            None => own,
            Some(base) if own.members().is_empty() => base,
            Some(base) if matches!(base.value, Value::Object(_)) => merge(base, own),
            Some(_) => {
                self.problem(&path, include.node.loc, "keys beside it need an included table".to_owned());
                own
            }
        }
    }

    fn targets(&mut self, node: &Node, path: &KeyPath) -> Vec<(String, Loc)> {
        let one = std::slice::from_ref(node);
        let items = if matches!(node.value, Value::Array(_)) { node.items() } else { one };
        let mut targets = Vec::new();
        for item in items {
            match item.as_str() {
                Some(text) => targets.push((text.to_owned(), item.loc)),
                None => {
                    self.problem(path, item.loc, format!("expected a file name, not {}", item.kind_name()));
                }
            }
        }
        targets
    }

    fn file(&mut self, target: &str, loc: Loc, path: &KeyPath) -> Option<Node> {
        let base = self.chain.last().and_then(|file| file.parent()).unwrap_or(Path::new("/")).to_owned();
        let file = crate::catalog::paths::expand(target, &base, &base);
        self.files += 1;
        let refused = if self.chain.contains(&file) {
            Some("the files include each other in a circle")
        } else if self.chain.len() > MAX_DEPTH {
            Some("files include each other more than 10 deep")
        } else if self.files > MAX_FILES {
            Some("over 100 files are included")
        } else {
            None
        };
        if let Some(why) = refused {
            self.problem(path, loc, why.to_owned());
            return None;
        }
        match (self.load)(&file) {
            Ok((_, node)) if self.nodes + count(&node) > MAX_NODES => {
                self.problem(path, loc, "the included files together are too large".to_owned());
                None
            }
            Ok((_, node)) => {
                self.nodes += count(&node);
                self.chain.push(file);
                let node = self.node(node, path);
                self.chain.pop();
                Some(node)
            }
            Err(why) => {
                self.problem(path, loc, why);
                None
            }
        }
    }

    fn problem(&mut self, path: &KeyPath, loc: Loc, what: String) {
        self.problems.push(Problem { path: path.clone(), loc, kind: ProblemKind::Include(what) });
    }
}

/// How many values a tree holds.
fn count(node: &Node) -> usize {
    let members = node.members().iter().map(|member| count(&member.node));
    1 + members.chain(node.items().iter().map(count)).sum::<usize>()
}

/// `over` laid over `base`.
pub(crate) fn merge(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::Object(mut members), Value::Object(later)) => {
            for member in later {
                match members.iter().rposition(|old| old.key == member.key) {
                    Some(at) => {
                        let old = members.remove(at);
                        let node = merge(old.node, member.node);
                        members.insert(at, Member { node, ..member });
                    }
                    None => members.push(member),
                }
            }
            Node { loc: over.loc, value: Value::Object(members) }
        }
        (Value::Array(mut items), Value::Array(later)) => {
            items.extend(later);
            Node { loc: over.loc, value: Value::Array(items) }
        }
        (_, value) => Node { loc: over.loc, value },
    }
}
