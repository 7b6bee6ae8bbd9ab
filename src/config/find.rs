//! What may stand at a path of the config, by its shape. Pure.

use crate::config::field::{Field, Shape};
use crate::config::shape::CONFIG;
use crate::config::validate::nearest;
use crate::config::{Problem, ProblemKind};
use crate::doc::{DocId, KeyPath, Loc, Seg};

/// What the shape says of a path.
#[derive(Debug)]
pub(crate) enum ShapeAt {
    /// A value of this shape.
    Shape(&'static Shape),
    /// It belongs to another part of the product.
    Foreign,
    /// So many steps of the path lead to a key of an older version; what to write instead.
    Legacy(usize, &'static str),
    /// So many steps of the path lead to a key that nobody knows, among these.
    Unknown(usize, &'static [Field]),
    /// So many steps of the path lead to a value into which the next one does not go; what it is.
    NoWay(usize, &'static str),
}

/// What may stand at `path`.
pub(crate) fn at(path: &KeyPath) -> ShapeAt {
    let mut shape = &CONFIG;
    for (depth, seg) in path.0.iter().enumerate() {
        shape = match step(shape, seg) {
            ShapeStep::To(shape) => shape,
            ShapeStep::Foreign => return ShapeAt::Foreign,
            ShapeStep::Legacy(instead) => return ShapeAt::Legacy(depth + 1, instead),
            ShapeStep::Unknown(fields) => return ShapeAt::Unknown(depth + 1, fields),
            ShapeStep::NoWay(what) => return ShapeAt::NoWay(depth, what),
        };
    }
    if matches!(shape, Shape::Foreign) { ShapeAt::Foreign } else { ShapeAt::Shape(shape) }
}

/// Whether what stands at `path` is zirkabot's to judge, and no other part's of the product.
pub(crate) fn is_ours(path: &KeyPath) -> bool {
    !matches!(at(path), ShapeAt::Foreign)
}

/// One step into a shape.
enum ShapeStep {
    To(&'static Shape),
    Foreign,
    Legacy(&'static str),
    Unknown(&'static [Field]),
    NoWay(&'static str),
}

fn step(shape: &'static Shape, seg: &Seg) -> ShapeStep {
    match (shape, seg) {
        (Shape::Foreign, _) => ShapeStep::Foreign,
        (Shape::Either(shapes), _) => {
            let steps = shapes.iter().map(|shape| step(shape, seg));
            steps
                .reduce(|one, other| if matches!(one, ShapeStep::NoWay(_)) { other } else { one })
                .unwrap_or(ShapeStep::Foreign)
        }
        (Shape::List(item), Seg::Index(_)) => ShapeStep::To(item),
        (Shape::CommandLine, Seg::Index(0)) => ShapeStep::To(&Shape::Text),
        (Shape::CommandLine, Seg::Index(_)) => ShapeStep::To(&Shape::Hidden),
        (Shape::List(_) | Shape::CommandLine, Seg::Key(_)) => ShapeStep::NoWay("a list"),
        (Shape::Map(value), Seg::Key(_)) => ShapeStep::To(value),
        (Shape::Table(fields, rest), Seg::Key(key)) => {
            match (fields.iter().find(|field| field.key == key), rest) {
                (Some(Field { instead: Some(instead), .. }), _) => ShapeStep::Legacy(instead),
                (Some(field), _) => ShapeStep::To(&field.shape),
                (None, Some(rest)) => ShapeStep::To(rest),
                (None, None) => ShapeStep::Unknown(fields),
            }
        }
        (Shape::Map(_) | Shape::Table(..), Seg::Index(_)) => ShapeStep::NoWay("a table"),
        _ => ShapeStep::NoWay("a single value"),
    }
}

/// What may stand one step below a value of this shape, if that is known.
pub(crate) fn below(shape: &'static Shape, seg: &Seg) -> Option<&'static Shape> {
    match step(shape, seg) {
        ShapeStep::To(shape) => Some(shape),
        _ => None,
    }
}

/// What holds where nothing is set at `path`, as far as it is zirkabot that decides it.
pub(crate) fn built_in(path: &KeyPath) -> Option<String> {
    let keys: Vec<&str> = path.0.iter().map(|seg| seg.key().unwrap_or_default()).collect();
    match keys.as_slice() {
        ["agents", "defaults", "model"] | ["agents", "defaults", "model", "primary"] => {
            Some(crate::config::defaults::DEFAULT.to_owned())
        }
        ["auth", "allowRefreshable"] => Some("false".to_owned()),
        ["auth", "refreshBorrowed"] => Some("write-back".to_owned()),
        ["auth", "restTolerance"] => Some(crate::sys::time::short(crate::config::defaults::REST)),
        ["auth", "warnWithin"] => Some(format!("{}h", crate::sys::time::DAY / crate::sys::time::HOUR)),
        ["env", "cwd"] | ["env", "shellEnv", "enabled"] => Some("false".to_owned()),
        ["env", "shellEnv", "timeoutMs"] => Some(crate::config::defaults::TIMEOUT.to_string()),
        ["gateway", "port"] => Some(crate::config::gateway::PORT.to_string()),
        ["monitor", "allowRefreshable"] => {
            Some(crate::config::monitor::Monitor::default().allow_refreshable.to_string())
        }
        ["monitor", _] if matches!(at(path), ShapeAt::Shape(Shape::Bool)) => Some("false".to_owned()),
        ["monitor", "remind"] => {
            Some(format!("{}h", crate::config::defaults::REMIND / crate::sys::time::HOUR))
        }
        ["models", "mode"] => Some("merge".to_owned()),
        _ => None,
    }
}

/// The paths at which zirkabot itself knows something, with what it is for. What stands in a list or
/// below a key of the user's own is not among them.
pub(crate) fn paths() -> Vec<(String, &'static str)> {
    let mut paths = Vec::new();
    walk(&CONFIG, "", &mut paths);
    paths
}

fn walk(shape: &'static Shape, before: &str, paths: &mut Vec<(String, &'static str)>) {
    let fields = match shape {
        Shape::Either(shapes) => return shapes.iter().for_each(|shape| walk(shape, before, paths)),
        Shape::Table(fields, _) => fields.iter(),
        _ => return,
    };
    let is_foreign = |shape: &Shape| matches!(shape, Shape::Foreign | Shape::Table(_, Some(Shape::Foreign)));
    for field in fields.filter(|field| field.instead.is_none() && !is_foreign(&field.shape)) {
        let path = if before.is_empty() { field.key.to_owned() } else { format!("{before}.{}", field.key) };
        paths.push((path.clone(), field.about()));
        walk(&field.shape, &path, paths);
    }
}

/// What is wrong with a path; `None` if something may stand there.
pub(crate) fn problem(path: &KeyPath) -> Option<Problem> {
    let of = |steps: usize, kind| Problem {
        path: KeyPath(path.0[..steps].to_vec()),
        loc: Loc::new(DocId(0), 0..0),
        kind,
    };
    match at(path) {
        ShapeAt::Shape(_) | ShapeAt::Foreign | ShapeAt::NoWay(..) => None,
        ShapeAt::Legacy(steps, instead) => Some(of(steps, ProblemKind::LegacyKey(instead))),
        ShapeAt::Unknown(steps, fields) => {
            let key = path.0[steps - 1].key().unwrap_or_default();
            Some(of(steps, ProblemKind::UnknownKey(nearest(key, fields))))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::find::*;

    fn said(path: &str) -> String {
        match at(&path.parse().unwrap()) {
            ShapeAt::Shape(Shape::Secret) => "secret".to_owned(),
            ShapeAt::Shape(Shape::Hidden) => "hidden".to_owned(),
            ShapeAt::Shape(Shape::Either(_)) => "either".to_owned(),
            ShapeAt::Shape(Shape::Table(..)) => "table".to_owned(),
            ShapeAt::Shape(_) => "other".to_owned(),
            ShapeAt::Foreign => "foreign".to_owned(),
            ShapeAt::Legacy(steps, instead) => format!("{steps} now {instead}"),
            ShapeAt::Unknown(..) => match problem(&path.parse().unwrap()) {
                Some(Problem { path, kind: ProblemKind::UnknownKey(nearest), .. }) => {
                    format!("{} near {}", path.0.len(), nearest.unwrap_or("nothing"))
                }
                other => panic!("{other:?}"),
            },
            ShapeAt::NoWay(steps, what) => format!("{steps} is {what}"),
        }
    }

    #[test]
    fn the_paths_are_those_of_the_table() {
        let paths = paths();
        for (path, _) in &paths {
            assert!(!["foreign", "near", "now"].iter().any(|word| said(path).contains(word)), "{path}");
        }
        let has = |wanted: &str| paths.iter().any(|(path, _)| path == wanted);
        for path in ["auth", "auth.order", "agents.defaults.model.primary", "gateway.port"] {
            assert!(has(path), "{path}");
        }
        for path in ["channels", "agent", "tools"] {
            assert!(!has(path), "{path}");
        }
    }

    #[test]
    fn every_path_is_known_for_what_it_is() {
        for (path, expected) in [
            ("agents.defaults.model", "either"),
            ("agents.defaults.model.primary", "other"),
            ("agents.defaults.model.fallbacks[3]", "other"),
            ("agents.defaults.model.first", "4 near nothing"),
            ("agents.defaults.modle", "3 near model"),
            ("agents.list[0]", "table"),
            ("agents.list[0].heartbeat.every", "foreign"),
            ("agents.list.id", "2 is a list"),
            ("agents[0]", "1 is a table"),
            ("gateway.port.x", "2 is a single value"),
            ("gateway.auth.token", "secret"),
            ("gateway.token", "2 now gateway.auth.token"),
            ("env.OPENAI_API_KEY", "secret"),
            ("env.vars.X", "secret"),
            ("monitor.hook[0]", "other"),
            ("monitor.hook[1]", "hidden"),
            ("monitor.hook[12]", "hidden"),
            ("monitor.hook.x", "2 is a list"),
            ("models.providers.lab.headers.X-Key", "secret"),
            ("models.providers.lab.models[0].id", "foreign"),
            ("channels.telegram.botToken", "foreign"),
            ("identity.name", "1 now agents.list[].identity"),
            ("tools.exec.host", "foreign"),
            ("nobody", "1 near nothing"),
        ] {
            assert_eq!(said(path), expected, "{path}");
        }
    }
}
