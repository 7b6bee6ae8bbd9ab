//! Property lists of macOS in their XML form, as far as a launchd definition needs it: tables,
//! lists, strings, numbers and truth values. Read only. The binary form is read in `binary`.

pub(super) mod binary;

use crate::doc::{DocId, Loc, MAX_DEPTH, Member, Node, Number, SyntaxFault, Value};
use crate::sys::secret::Secret;
use std::ops::Range;

/// Parses a text.
pub(super) fn parse(id: DocId, text: &str) -> Result<Node, Vec<SyntaxFault>> {
    let mut reader = Reader { id, text, at: 0, depth: 0 };
    reader.document().map_err(|what| vec![SyntaxFault::at(text, reader.at..reader.at + 1, what)])
}

/// Tags that may be shown.
pub(super) fn is_tag(tag: &str) -> bool {
    const TAGS: [&str; 8] = ["plist", "dict", "array", "key", "string", "integer", "true", "false"];
    TAGS.contains(&tag.trim_matches('/'))
}

struct Reader<'t> {
    id: DocId,
    text: &'t str,
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Node, &'static str> {
        if !self.tag()?.starts_with("plist") {
            return Err("this is not a property list");
        }
        let tag = self.tag()?;
        self.value(tag)
    }

    /// The inside of the next tag. White space, comments and declarations before it are skipped.
    fn tag(&mut self) -> Result<&'t str, &'static str> {
        loop {
            let rest = self.text[self.at..].trim_start();
            self.at = self.text.len() - rest.len();
            let skip = match rest {
                _ if rest.starts_with("<!--") => rest.find("-->").map(|end| end + 3),
                _ if rest.starts_with("<?") || rest.starts_with("<!") => rest.find('>').map(|end| end + 1),
                _ => {
                    let inside = rest.strip_prefix('<').ok_or("a tag is missing here")?;
                    let (inside, _) = inside.split_once('>').ok_or("a tag is not closed")?;
                    self.at += inside.len() + 2;
                    return Ok(inside.trim());
                }
            };
            self.at += skip.ok_or("a comment or declaration is not closed")?;
        }
    }

    fn value(&mut self, tag: &str) -> Result<Node, &'static str> {
        let start = self.at;
        let whole = self.text[..start].rfind('<').unwrap_or(start)..start;
        let (place, value) = match tag {
            "dict" => self.below(Self::table)?,
            "array" => self.below(Self::list)?,
            "dict/" | "dict /" => (start..start, Value::Object(Vec::new())),
            "array/" | "array /" => (start..start, Value::Array(Vec::new())),
            "true/" | "true /" => (whole, Value::Bool(true)),
            "false/" | "false /" => (whole, Value::Bool(false)),
            "string/" | "string /" => (start..start, Value::String(Secret::from(""))),
            "string" | "date" | "data" => {
                let place = self.text_until(tag)?;
                (place.clone(), Value::String(Secret::new(decoded(&self.text[place]))))
            }
            "integer" | "real" => {
                let place = self.text_until(tag)?;
                let number = self.text[place.clone()].trim().parse().map_err(|_| "this is not a number")?;
                (place, Value::Number(Number(number)))
            }
            _ => return Err("this tag is unknown"),
        };
        Ok(Node { loc: Loc::new(self.id, place), value })
    }

    fn below(
        &mut self,
        read: fn(&mut Self) -> Result<Value, &'static str>,
    ) -> Result<(Range<usize>, Value), &'static str> {
        let start = self.at;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("this is nested too deeply");
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok((start..self.at, value))
    }

    fn table(&mut self) -> Result<Value, &'static str> {
        let mut members = Vec::new();
        loop {
            match self.tag()? {
                "/dict" => return Ok(Value::Object(members)),
                "key" => {}
                _ => return Err("a key is missing here"),
            }
            let place = self.text_until("key")?;
            let (key, key_loc) = (decoded(&self.text[place.clone()]), Loc::new(self.id, place));
            let tag = self.tag()?;
            let node = self.value(tag)?;
            members.push(Member { key, key_loc, node });
        }
    }

    fn list(&mut self) -> Result<Value, &'static str> {
        let mut items = Vec::new();
        loop {
            match self.tag()? {
                "/array" => return Ok(Value::Array(items)),
                tag => items.push(self.value(tag)?),
            }
        }
    }

    /// The text before the closing tag, which is passed over.
    fn text_until(&mut self, tag: &str) -> Result<Range<usize>, &'static str> {
        let start = self.at;
        let length = self.text[start..].find('<').ok_or("a tag is not closed")?;
        self.at = start + length;
        let closing = self.text[self.at..].strip_prefix("</").and_then(|rest| rest.strip_prefix(tag));
        let rest =
            closing.and_then(|rest| rest.trim_start().strip_prefix('>')).ok_or("a tag is not closed")?;
        self.at = self.text.len() - rest.len();
        Ok(start..start + length)
    }
}

/// A text with its entities replaced; what is none stays as it is.
fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        rest = match entity {
            Some((c, after)) => {
                out.push(c);
                after
            }
            None => {
                out.push('&');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
            char::from_u32(code?)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::KeyPath;
    use crate::doc::plist::*;

    const TEXT: &str = "<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"x\" \"y\">\n<plist version=\"1.0\">\n<!-- c <key> -->\n<dict>\n\
         <key>Label</key><string>com.zirkabot.gateway</string>\n<key>KeepAlive</key><true/>\n<key>Nice</key><integer> 5 </integer>\n\
         <key>ProgramArguments</key><array><string>/bin/z</string><string>gateway</string></array>\n\
         <key>EnvironmentVariables</key><dict><key>A</key><string>CANARY &lt;&#38;&#x3e; b</string><key>B</key><string/></dict>\n</dict>\n</plist>\n";

    #[test]
    fn definitions_are_read() {
        let root = parse(DocId(0), TEXT).unwrap();
        let at = |keys: &[&str]| root.locate(&KeyPath::of(keys)).unwrap();
        assert_eq!(at(&["Label"]).as_str(), Some("com.zirkabot.gateway"));
        assert_eq!(at(&["KeepAlive"]).as_bool(), Some(true));
        assert_eq!(at(&["Nice"]).as_f64(), Some(5.0));
        assert_eq!(at(&["ProgramArguments"]).items().len(), 2);
        let value = at(&["EnvironmentVariables", "A"]);
        assert_eq!(value.as_str(), Some("CANARY <&> b"));
        assert_eq!(&TEXT[value.loc.range()], "CANARY &lt;&#38;&#x3e; b");
        assert_eq!(at(&["EnvironmentVariables", "B"]).as_str(), Some(""));
    }

    #[test]
    fn only_names_and_tags_are_shown() {
        let doc = crate::world::observe::open::of_bytes(
            crate::catalog::documents::DocKind::Plist,
            TEXT.as_bytes().to_vec(),
        );
        let masked =
            crate::doc::mask::mask(&doc, &|path| crate::config::plain::is_plain(doc.kind, path), &|_| false);
        assert!(!masked.contains("CANARY") && !masked.contains("com.zirkabot"), "{masked}");
        assert!(masked.contains("<dict><key>A</key><string>********"), "{masked}");
    }

    #[test]
    fn what_is_no_property_list_is_a_fault() {
        for cut in
            (0..TEXT.trim_end().len() - "</dict></plist>".len()).filter(|at| TEXT.is_char_boundary(*at))
        {
            assert!(parse(DocId(0), &TEXT[..cut]).is_err(), "{cut}");
        }
        let deep = format!("<plist>{}", "<array>".repeat(100_000));
        assert!(parse(DocId(0), &deep).is_err());
        for text in [
            "<dict></dict>",
            "<plist><odd/></plist>",
            "<plist><integer>x</integer></plist>",
            "<plist><dict><string>x</string></dict></plist>",
        ] {
            assert!(parse(DocId(0), text).is_err(), "{text}");
        }
    }
}
