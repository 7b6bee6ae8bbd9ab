//! The grammar of chat messages about models: takes one directive out of a message and leaves the rest.
//! What the directive comes to is for [`crate::policy::session::choose`].

use std::ops::Range;

/// Most models on one page of a list.
const MOST: u32 = 100;

/// What a message asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `/model`: which model is used, and how to change it.
    Summary,
    /// `/model list`, `/models`: which providers there are.
    Providers,
    /// `/models PROVIDER`: which models one has.
    Models {
        /// The provider, as written.
        provider: String,
        /// Which part of the list.
        page: ListPage,
    },
    /// `/model status`: what serves each provider.
    Status,
    /// `/model 3`: lists have no numbers.
    Number(String),
    /// `/model MODEL`, `/model MODEL@PROFILE`, `/ALIAS`.
    Select {
        /// The model as written.
        model: String,
        /// The profile as written.
        profile: Option<String>,
    },
    /// `/model @PROFILE`: a profile without the model that it is for.
    Profile(String),
}

/// Which part of a list of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// From 1.
    pub number: u32,
    /// Models on a page, at most 100.
    pub size: u32,
    /// All of them instead.
    pub all: bool,
}

impl Default for ListPage {
    fn default() -> Self {
        Self { number: 1, size: 20, all: false }
    }
}

/// A message, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatMessage {
    /// Whether it begins a new conversation: `/new`, `/reset`.
    pub begins: bool,
    /// What it asks for.
    pub directive: Option<Directive>,
    /// What is left of it.
    pub text: String,
}

/// Reads a message. `aliases` are the short names that are commands by themselves.
pub fn read(text: &str, aliases: &[String]) -> ChatMessage {
    let text = text.trim();
    let (begins, rest) = match begin(text) {
        Some(rest) => (true, rest.trim()),
        None => (false, text),
    };
    match find(rest).or_else(|| find_alias(rest, aliases)) {
        Some((place, directive)) => {
            ChatMessage { begins, directive: Some(directive), text: without(rest, place) }
        }
        None => ChatMessage { begins, directive: None, text: rest.to_owned() },
    }
}

/// What follows `/new` or `/reset` at the beginning.
fn begin(text: &str) -> Option<&str> {
    ["/new", "/reset"].iter().find_map(|word| {
        let rest = after_word(text, word)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
    })
}

/// What follows a word, whatever the case of its letters.
fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut rest = text.chars();
    for c in word.chars() {
        let own = rest.next()?;
        if !own.to_lowercase().eq(c.to_lowercase()) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The slashes at which a word begins.
fn slashes(text: &str) -> impl Iterator<Item = usize> {
    let begins = |at: usize| text[..at].chars().next_back().is_none_or(char::is_whitespace);
    text.match_indices('/').map(|(at, _)| at).filter(move |at| begins(*at))
}

/// Whether a command word ends here.
fn ends(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| c.is_whitespace() || c == ':')
}

/// The first `/model` or `/models`, and its bytes.
fn find(text: &str) -> Option<(Range<usize>, Directive)> {
    slashes(text).find_map(|at| {
        let words = [("/models", true), ("/model", false)];
        let (rest, lists) = words.iter().find_map(|(word, lists)| {
            after_word(&text[at..], word).filter(|rest| ends(rest)).map(|rest| (rest, *lists))
        })?;
        let mut args = ChatWords { text, at: text.len() - rest.len() };
        args.colon();
        let directive = if lists { list(&mut args) } else { single(&mut args) };
        Some((at..args.at, directive))
    })
}

/// The first short name that stands as a command, and its bytes; of several there the longest.
fn find_alias(text: &str, aliases: &[String]) -> Option<(Range<usize>, Directive)> {
    slashes(text).find_map(|at| {
        let named = aliases.iter().filter(|alias| !alias.is_empty()).filter_map(|alias| {
            let rest = after_word(&text[at + 1..], alias).filter(|rest| ends(rest))?;
            Some((alias, text.len() - rest.len()))
        });
        let (alias, end) = named.max_by_key(|(_, end)| *end)?;
        let mut args = ChatWords { text, at: end };
        args.colon();
        Some((at..args.at, Directive::Select { model: alias.clone(), profile: None }))
    })
}

/// The arguments behind a command word, taken one after the other.
struct ChatWords<'t> {
    text: &'t str,
    at: usize,
}

impl ChatWords<'_> {
    /// Takes a colon that stands next, and nothing else.
    fn colon(&mut self) {
        let start = self.start();
        if self.text[start..].starts_with(':') {
            self.at = start + 1;
        }
    }

    /// Where the next word of the same line begins.
    fn start(&self) -> usize {
        let rest = &self.text[self.at..];
        let gap = rest.find(|c: char| c == '\n' || c == '\r' || !c.is_whitespace()).unwrap_or(rest.len());
        self.at + gap
    }

    /// The next argument: a name, or several with slashes between.
    fn name(&mut self) -> Option<String> {
        let start = self.start();
        let rest = &self.text[start..];
        let fine = |c: char| c.is_ascii_alphanumeric() || "_.:@-".contains(c);
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let is_followed = || rest[at + 1..].chars().next().is_some_and(fine);
            // A slash stands between two names only.
            if !(fine(c) || c == '/' && at > 0 && is_followed()) {
                break;
            }
            end = at + c.len_utf8();
        }
        self.at = if end > 0 { start + end } else { self.at };
        (end > 0).then(|| rest[..end].to_owned())
    }

    /// Takes the next whole word of the line if `read` knows it.
    fn word<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let start = self.start();
        let word = self.text[start..].split(char::is_whitespace).next().unwrap_or_default();
        let known = read(&word.to_ascii_lowercase())?;
        self.at = start + word.len();
        Some(known)
    }
}

/// What follows `/model`.
fn single(args: &mut ChatWords<'_>) -> Directive {
    let Some(name) = args.name() else { return Directive::Summary };
    if let Some(directive) = by_word(&name) {
        return directive;
    }
    // Everything behind the first sign is the profile, which may hold an address.
    let (model, profile) = name.split_once('@').unwrap_or((&name, ""));
    let profile = Some(profile.trim()).filter(|profile| !profile.is_empty()).map(str::to_owned);
    match (model, profile) {
        ("", None) => Directive::Summary,
        ("", Some(profile)) => Directive::Profile(profile),
        (model, _) if model.bytes().all(|byte| byte.is_ascii_digit()) => Directive::Number(model.to_owned()),
        (model, profile) => Directive::Select { model: model.to_owned(), profile },
    }
}

fn by_word(name: &str) -> Option<Directive> {
    match name.to_ascii_lowercase().as_str() {
        "list" => Some(Directive::Providers),
        "status" => Some(Directive::Status),
        _ => None,
    }
}

/// An option of a list.
enum ListOption {
    Number(u32),
    Size(u32),
    All,
}

/// What follows `/models`.
fn list(args: &mut ChatWords<'_>) -> Directive {
    let mut page = ListPage::default();
    let provider = if args.word(named).is_some() { None } else { args.name() };
    let Some(provider) = provider else { return Directive::Providers };
    if let Some(directive) = by_word(&provider) {
        return directive;
    }
    while let Some(option) = args.word(|word| named(word).or_else(|| number(word).map(ListOption::Number))) {
        match option {
            ListOption::Number(number) => page.number = number,
            ListOption::Size(size) => page.size = size.min(MOST),
            ListOption::All => page.all = true,
        }
    }
    Directive::Models { provider, page }
}

/// `all`, `page=2`, `size=50`, `limit=50`.
fn named(word: &str) -> Option<ListOption> {
    if word == "all" {
        return Some(ListOption::All);
    }
    let (name, value) = word.split_once('=')?;
    match name {
        "page" => number(value).map(ListOption::Number),
        "size" | "limit" => number(value).map(ListOption::Size),
        _ => None,
    }
}

/// A count of at least one.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for a number is beyond every list.
    digits.then(|| text.parse().unwrap_or(u32::MAX).max(1))
}

/// The message without a part of it; what stood on two lines stays on two.
fn without(text: &str, place: Range<usize>) -> String {
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let (front, back) = (before.trim_end(), after.trim_start());
    let gap = [&before[front.len()..], &after[..after.len() - back.len()]];
    let between = match (front.is_empty() || back.is_empty(), gap.concat().contains('\n')) {
        (true, _) => "",
        (false, true) => "\n",
        (false, false) => " ",
    };
    format!("{front}{between}{back}")
}

#[cfg(test)]
mod tests;
