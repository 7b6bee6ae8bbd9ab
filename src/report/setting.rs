//! `config get`: a value of the config as it is written, secrets as labels.

use crate::catalog::documents::DocKind;
use crate::config::schema;
use crate::doc::redact::{self, is_secret_like};
use crate::doc::{KeyPath, Node, Value};
use crate::report::style::{Style, Tone};
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::label::Labels;
use serde_json::{Map, Number, json};

/// A value that may be shown.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The value.
    pub value: serde_json::Value,
    /// Whether a secret in it is a label.
    pub has_label: bool,
    /// Whether something in it is hidden, because it belongs to other parts of the product.
    pub is_hidden: bool,
}

impl Shown {
    /// For a person or a script: text on one line, anything else as JSON.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            serde_json::Value::String(text) => visible(text) + "\n",
            value => crate::report::json::text(value),
        }
    }
}

/// The line by which editors find the schema beside the config.
pub(crate) fn schema_line(world: &World, style: Style) -> String {
    let config = world.doc(world.config.doc);
    let (name, is_named) = schema::file(config);
    let line = style.paint(Tone::Act, &schema::line(config.format, &name));
    let text = match is_named {
        true => "Editors find it by this line of the config:",
        false => "Editors find it by this line at the top of the config:",
    };
    format!("{}\n  {line}\n", style.wrap(text, 0, 0))
}

/// The value at `path`, if there is one.
pub(crate) fn value(world: &World, path: &KeyPath) -> Option<Shown> {
    let node = world.desired.root.as_ref()?.locate(path)?;
    let mut page = ValueView { world, labels: Labels::new(world), has_label: false, is_hidden: false };
    let value = page.node(node, path);
    Some(Shown { value, has_label: page.has_label, is_hidden: page.is_hidden })
}

struct ValueView<'w> {
    world: &'w World,
    labels: Labels,
    has_label: bool,
    is_hidden: bool,
}

impl ValueView<'_> {
    fn node(&mut self, node: &Node, path: &KeyPath) -> serde_json::Value {
        let is_plain = crate::config::plain::is_plain(DocKind::Config, path);
        match &node.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => json!(value),
            Value::Number(number) if is_plain => serde_json::Value::Number(whole(number.0)),
            Value::Number(_) => self.hidden(),
            Value::String(_) => json!(self.string(node, path, is_plain)),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(at, item)| self.node(item, &path.index(at))).collect()
            }
            Value::Object(members) => {
                let mut map = Map::new();
                for member in members {
                    let value = self.node(&member.node, &path.key(&member.key));
                    map.insert(self.labels.name(&member.key), value);
                }
                serde_json::Value::Object(map)
            }
        }
    }

    fn string(&mut self, node: &Node, path: &KeyPath, is_plain: bool) -> String {
        if self.world.desired.reference(node.loc).is_some() {
            return self.written(node);
        }
        let Some(secret) = node.as_secret() else { return String::new() };
        let text = secret.expose();
        if is_plain && !is_secret_like(text) {
            return self.labels.scrub(text);
        }
        let is_ours = matches!(crate::config::find::at(path), crate::config::find::ShapeAt::Shape(_));
        if is_ours || self.labels.knows(secret) {
            self.has_label = true;
            return self.labels.of(secret);
        }
        self.is_hidden = true;
        redact::HIDDEN.to_owned()
    }

    /// A value with a `${VARIABLE}` as it stands in its file.
    fn written(&mut self, node: &Node) -> String {
        let doc = self.world.doc(node.loc.doc);
        let written = doc.path_of(node.loc).and_then(|at| doc.locate(&at)?.as_str().map(str::to_owned));
        let (rest, _) = crate::config::substitute::without_references(written.as_deref().unwrap_or_default());
        match written.filter(|_| !is_secret_like(rest.strip_prefix("Bearer ").unwrap_or(&rest))) {
            Some(written) => self.labels.scrub(&written),
            None => {
                self.has_label = true;
                redact::HIDDEN.to_owned()
            }
        }
    }

    fn hidden(&mut self) -> serde_json::Value {
        self.is_hidden = true;
        json!(redact::HIDDEN)
    }
}

/// A number as people write it: whole where it is.
fn whole(number: f64) -> Number {
    #[expect(clippy::cast_possible_truncation, reason = "exact below 2^53")]
    let integer = (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    integer.map_or_else(|| Number::from_f64(number).unwrap_or_else(|| Number::from(0)), Number::from)
}
