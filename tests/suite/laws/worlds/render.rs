//! Trees as texts, written as people write them: in any of the ways that a format has, with
//! numbered comments, so that each can be looked for afterwards.

use super::dice::Dice;
use serde_json::{Map, Value};

/// Writes texts; numbers the comments.
pub(crate) struct Writer<'d> {
    pub(crate) dice: &'d mut Dice,
    pub(crate) notes: usize,
}

impl Writer<'_> {
    fn note(&mut self) -> String {
        self.notes += 1;
        format!("note-{}-", self.notes)
    }

    /// A comment that ends its line, or nothing.
    fn after(&mut self, sign: &str) -> String {
        if self.dice.chance(12) { format!(" {sign} {}", self.note()) } else { String::new() }
    }

    /// A comment on its own line, or nothing.
    fn before(&mut self, indent: &str, sign: &str) -> String {
        if self.dice.chance(12) { format!("{indent}{sign} {}\n", self.note()) } else { String::new() }
    }

    /// With line breaks and a byte-order mark as some editors make them.
    fn ends(&mut self, text: String) -> String {
        let text = if self.dice.chance(10) { text.replace('\n', "\r\n") } else { text };
        let text = if self.dice.chance(8) { text.trim_end().to_owned() } else { text };
        if self.dice.chance(6) { format!("\u{feff}{text}") } else { text }
    }

    /// A TOML text.
    pub(crate) fn toml(&mut self, tree: &Map<String, Value>) -> String {
        let mut out = self.before("", "#");
        self.toml_table(&mut Vec::new(), tree, &mut out);
        self.ends(out)
    }

    fn toml_table(&mut self, path: &mut Vec<String>, table: &Map<String, Value>, out: &mut String) {
        let mut later = Vec::new();
        for (key, value) in table {
            let key = self.toml_key(key);
            match value {
                Value::Object(below) if !below.is_empty() => match self.dice.below(10) {
                    0..7 => later.push((key, value)),
                    7 => self.toml_dotted(&key, below, out),
                    _ => self.toml_line(&key, value, out),
                },
                Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
                    if self.dice.chance(20) {
                        self.toml_line(&key, value, out);
                    } else {
                        later.push((key, value));
                    }
                }
                Value::Null => {}
                _ => self.toml_line(&key, value, out),
            }
        }
        for (key, value) in later {
            path.push(key);
            let name = path.join(".");
            match value {
                Value::Object(below) => {
                    let implied = below.values().all(Value::is_object) && self.dice.chance(40);
                    if implied {
                        // Its keys imply it only where each has a header of its own.
                        self.toml_headers_only(path, below, out);
                    } else {
                        let (before, after) = (self.before("", "#"), self.after("#"));
                        out.push_str(&format!("\n{before}[{name}]{after}\n"));
                        self.toml_table(path, below, out);
                    }
                }
                _ => {
                    for item in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
                        out.push_str(&format!("\n[[{name}]]{}\n", self.after("#")));
                        self.toml_table(path, item, out);
                    }
                }
            }
            path.pop();
        }
    }

    fn toml_headers_only(&mut self, path: &mut Vec<String>, table: &Map<String, Value>, out: &mut String) {
        for (key, value) in table {
            path.push(self.toml_key(key));
            out.push_str(&format!("\n[{}]{}\n", path.join("."), self.after("#")));
            if let Value::Object(below) = value {
                self.toml_table(path, below, out);
            }
            path.pop();
        }
    }

    fn toml_dotted(&mut self, prefix: &str, table: &Map<String, Value>, out: &mut String) {
        for (key, value) in table {
            let key = format!("{prefix}.{}", self.toml_key(key));
            match value {
                Value::Object(below) if !below.is_empty() && self.dice.chance(50) => {
                    self.toml_dotted(&key, below, out);
                }
                Value::Null => {}
                _ => self.toml_line(&key, value, out),
            }
        }
    }

    fn toml_line(&mut self, key: &str, value: &Value, out: &mut String) {
        let indent = self.dice.pick(&["", "", "", "  "]);
        let equals = self.dice.pick(&[" = ", "=", "  =  "]);
        out.push_str(&self.before(indent, "#"));
        let value = self.toml_value(value, true);
        out.push_str(&format!("{indent}{key}{equals}{value}{}\n", self.after("#")));
    }

    fn toml_key(&mut self, key: &str) -> String {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        match (bare, self.dice.chance(15)) {
            (true, false) => key.to_owned(),
            (false, true) => format!("'{key}'"),
            _ => format!("\"{key}\""),
        }
    }

    fn toml_value(&mut self, value: &Value, may_break: bool) -> String {
        match value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.toml_value(item, false)).collect();
                if !may_break || items.is_empty() || !self.dice.chance(30) {
                    return format!("[{}]", items.join(", "));
                }
                let lines = items.into_iter().map(|item| format!("  {item},{}\n", self.after("#")));
                format!("[\n{}]", lines.collect::<String>())
            }
            Value::Object(members) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                let members: Vec<String> = members
                    .map(|(key, value)| format!("{} = {}", self.toml_key(key), self.toml_value(value, false)))
                    .collect();
                if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
            }
            Value::String(text) if !text.contains('\'') && self.dice.chance(15) => format!("'{text}'"),
            other => other.to_string(),
        }
    }

    /// A JSON5 text.
    pub(crate) fn json5(&mut self, tree: &Map<String, Value>) -> String {
        let head = self.before("", "//");
        let body = self.json5_value(&Value::Object(tree.clone()), 0);
        let tail = self.after("//");
        self.ends(format!("{head}{body}{tail}\n"))
    }

    fn json5_value(&mut self, value: &Value, depth: usize) -> String {
        let items: Vec<(String, &Value)> = match value {
            Value::Object(members) => {
                members.iter().map(|(key, value)| (self.json5_key(key) + ": ", value)).collect()
            }
            Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
            Value::String(text) if !text.contains(['\'', '\\']) && self.dice.chance(20) => {
                return format!("'{text}'");
            }
            other => return other.to_string(),
        };
        let (open, close) = if value.is_object() { ("{", "}") } else { ("[", "]") };
        if items.is_empty() {
            return format!("{open}{close}");
        }
        let last = items.len() - 1;
        let flat = depth > 1 && self.dice.chance(40);
        let (indent, trailing) = ("  ".repeat(depth + 1), self.dice.chance(30));
        let mut out = String::from(open);
        for (at, (key, item)) in items.into_iter().enumerate() {
            let comma = if at < last || trailing { "," } else { "" };
            let before =
                if flat { String::new() } else { format!("\n{}{indent}", self.before(&indent, "//")) };
            let text = self.json5_value(item, depth + 1);
            let after = match (flat, self.dice.chance(6)) {
                (true, true) => format!(" /* {} */", self.note()),
                (true, false) => " ".to_owned(),
                (false, _) => self.after("//"),
            };
            out.push_str(&format!("{before}{key}{text}{comma}{after}"));
        }
        let end = if flat { String::new() } else { format!("\n{}", "  ".repeat(depth)) };
        out + &end + close
    }

    fn json5_key(&mut self, key: &str) -> String {
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || "_$".contains(c));
        let bare = starts && key.chars().all(|c| c.is_ascii_alphanumeric() || "_$".contains(c));
        match (bare, self.dice.below(10)) {
            (true, 0..6) => key.to_owned(),
            (_, 9) => format!("'{key}'"),
            _ => format!("\"{key}\""),
        }
    }

    /// A strict JSON text.
    pub(crate) fn json(&mut self, tree: &Value) -> String {
        let pretty = serde_json::to_string_pretty(tree).unwrap_or_default();
        let text = match self.dice.below(10) {
            0..6 => pretty + "\n",
            6 => pretty.replace("  ", "\t"),
            7 => pretty.replace('\n', "\r\n"),
            8 => tree.to_string(),
            _ => tree.to_string().replace(":{", " : { ").replace(",\"", " ,\n\""),
        };
        if self.dice.chance(4) { format!("\u{feff}{text}") } else { text }
    }
}
