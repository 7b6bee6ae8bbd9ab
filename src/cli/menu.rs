//! Choosing from a list at a terminal: with the arrow keys, by typing a part of a name, or by number. Where a terminal
//! cannot be drawn on, numbers and names are typed as lines; that works with a screen reader, too.

use crate::report::style::{Style, Tone};
use crate::sys::{Act, Drawn, Hidden, Key};
use clap::ColorChoice;

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// This item, from 0.
    Item(usize),
    /// The step before.
    Back,
    /// Nothing more.
    Quit,
}

/// Most items that are shown at once, and fewest on a terminal of a few lines.
const MOST: usize = 12;
const LEAST: usize = 3;

/// Says it to a person who is to answer, its lines broken as the terminal is wide.
pub(super) fn say(act: &mut dyn Act, text: &str) {
    let text = fitting_lines(act, text);
    act.say(&text);
}

/// Asks for a secret, in such lines.
pub(super) fn hidden(act: &mut dyn Act, prompt: &str) -> Hidden {
    let prompt = fitting_lines(act, prompt);
    act.hidden(&prompt)
}

/// The same in a dialogue, which ends where what is typed would be seen.
pub(super) fn hidden_in_dialogue(act: &mut dyn Act, prompt: &str) -> Hidden {
    let said = hidden(act, prompt);
    if matches!(said, Hidden::Shown) {
        say(act, &format!("{SHOWN}: {INSTEAD}, with `models auth paste-token`.\n"));
    }
    said
}

/// Why a secret is not asked for where it would be seen while it is typed, and what to do instead.
pub(super) const SHOWN: &str = "this terminal would show the secret while it is typed";
pub(super) const INSTEAD: &str = "use `--token-file`, or give it on standard input";

fn fitting_lines(act: &dyn Act, text: &str) -> String {
    Style::decide(ColorChoice::Never, act.host()).flow(text)
}

/// What is answered to a prompt, trimmed; none if nobody answers any more.
pub(super) fn answer(act: &mut dyn Act, prompt: &str) -> Option<String> {
    say(act, prompt);
    let answer = act.answer();
    if answer.is_none() {
        act.say("\n");
    }
    answer.map(|answer| answer.trim().to_owned())
}

/// Asks until there is an answer; Enter takes the first item.
pub(super) fn ask(act: &mut dyn Act, style: Style, title: &str, items: &[String]) -> Picked {
    act.say("\n");
    drawn(act, style, title, items).unwrap_or_else(|| ask_by_line(act, style, title, items))
}

/// Asks with a list that is drawn; none if that cannot be here.
fn drawn(act: &mut dyn Act, style: Style, title: &str, items: &[String]) -> Option<Picked> {
    let mut list = List { items, typed: String::new(), at: 0, page: MOST };
    let mut picked = None;
    let can = act.pick(
        &mut |key, rows| {
            list.page = rows.saturating_sub(4).clamp(LEAST, MOST);
            picked = key.and_then(|key| list.press(key));
            if picked.is_some() { Drawn::Done } else { Drawn::Picture(list.picture(style, title)) }
        },
        None,
    );
    let picked = can.then(|| picked.unwrap_or(Picked::Quit))?;
    if let Picked::Item(at) = picked {
        // What stays of it on the screen.
        let chosen = items.get(at).map_or("", String::as_str);
        act.say(&format!(
            "{} {}\n",
            style.wrapped(Tone::Strong, title, 0, 2),
            style.wrap(chosen, title.chars().count() + 1, 2)
        ));
    }
    Some(picked)
}

fn ask_by_line(act: &mut dyn Act, style: Style, title: &str, items: &[String]) -> Picked {
    let mut text = format!("{}\n", style.wrapped(Tone::Strong, title, 0, 2));
    for (at, item) in items.iter().enumerate() {
        text.push_str(&format!("{:>3}) {}\n", at + 1, style.wrap(item, 5, 5)));
    }
    text.push_str("Type a number or a name, or press Enter for 1; b goes back, q quits.\n");
    say(act, &text);
    loop {
        let Some(answer) = answer(act, "Choose [1]: ") else { return Picked::Quit };
        match answer.to_lowercase().as_str() {
            "" => return Picked::Item(0),
            "b" | "back" => return Picked::Back,
            "q" | "quit" => return Picked::Quit,
            typed => match fitting(items, typed).as_slice() {
                [only] => return Picked::Item(*only),
                fitting => {
                    let count = items.len();
                    let what =
                        if fitting.is_empty() { "No choice has that name." } else { "Several choices fit." };
                    let how = format!("Type a number from 1 to {count}, a name, b to go back, or q to quit.");
                    say(act, &format!("{what} {how}\n"));
                }
            },
        }
    }
}

/// The items that are meant by what was typed: by their number, else that which is it, else those whose first word is it, else those that
/// have it somewhere.
fn fitting(items: &[String], typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    if let Ok(number) = typed.parse::<usize>()
        && (1..=items.len()).contains(&number)
    {
        return vec![number - 1];
    }
    let named = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let all = items.iter().enumerate();
        all.filter(|(_, item)| is(&item.to_lowercase())).map(|(at, _)| at).collect()
    };
    let whole = named(&|item| item == typed);
    if !whole.is_empty() {
        return whole;
    }
    let word = named(&|item| item.split([' ', ',', '(']).next() == Some(&typed));
    if word.is_empty() { named(&|item| item.contains(&typed)) } else { word }
}

/// A list as it is on the screen.
struct List<'a> {
    items: &'a [String],
    /// What was typed to find one.
    typed: String,
    /// Which of those that are left is marked.
    at: usize,
    /// How many are shown at once.
    page: usize,
}

impl List<'_> {
    /// Those that have what was typed somewhere; all while a number is typed, which marks one.
    fn left(&self) -> Vec<usize> {
        if self.typed.is_empty() || self.numbered().is_some() {
            return (0..self.items.len()).collect();
        }
        let typed = self.typed.to_lowercase();
        (0..self.items.len()).filter(|at| self.items[*at].to_lowercase().contains(&typed)).collect()
    }

    /// The item whose number was typed.
    fn numbered(&self) -> Option<usize> {
        let number: usize = self.typed.parse().ok()?;
        (1..=self.items.len()).contains(&number).then(|| number - 1)
    }

    /// What a key comes to, if that is an answer.
    fn press(&mut self, key: Key) -> Option<Picked> {
        let last = self.left().len().saturating_sub(1);
        match key {
            Key::Up => self.at = if self.at == 0 { last } else { self.at - 1 },
            Key::Down => self.at = if self.at >= last { 0 } else { self.at + 1 },
            Key::PageUp => self.at = self.at.saturating_sub(self.page),
            Key::PageDown => self.at = (self.at + self.page).min(last),
            Key::First => self.at = 0,
            Key::Last => self.at = last,
            Key::Enter => return self.left().get(self.at).map(|at| Picked::Item(*at)),
            // Escape takes back what was typed first.
            Key::Back if self.typed.is_empty() => return Some(Picked::Back),
            Key::Back | Key::Clear => self.type_in(String::new()),
            Key::Erase => {
                let mut typed = self.typed.clone();
                typed.pop();
                self.type_in(typed);
            }
            Key::Char(c) => self.type_in(format!("{}{c}", self.typed)),
            Key::Quit | Key::Gone => return Some(Picked::Quit),
        }
        None
    }

    fn type_in(&mut self, typed: String) {
        self.typed = typed;
        self.at = self.numbered().unwrap_or(0);
    }

    /// The lines to show: each item on one, so that their number is known.
    fn picture(&self, style: Style, title: &str) -> String {
        let width = style.width.saturating_sub(1).max(20);
        let left = self.left();
        let begin = (self.at + 1).saturating_sub(self.page).min(left.len().saturating_sub(self.page));
        let mut text = format!("{}\n", style.wrapped(Tone::Strong, title, 0, 2));
        for (row, item) in left.iter().enumerate().skip(begin).take(self.page) {
            let (mark, tone) = if row == self.at { ('▸', Tone::Act) } else { (' ', Tone::Plain) };
            let line = cut(&format!("{mark} {:>2}) {}", item + 1, self.items[*item]), width);
            text.push_str(&format!("{}\n", style.paint(tone, &line)));
        }
        let hidden = left.len().saturating_sub(self.page);
        if left.is_empty() {
            text.push_str(&format!("{}\n", style.paint(Tone::Soon, "  no choice has that in its name")));
        } else if hidden > 0 {
            let shown = format!("  {} to {} of {}", begin + 1, begin + self.page, left.len());
            text.push_str(&format!("{}\n", style.paint(Tone::Quiet, &shown)));
        }
        let help = match self.typed.as_str() {
            "" => {
                "arrows to move, type to search, Enter to choose, Esc to go back, Ctrl-C to quit".to_owned()
            }
            typed => format!("search: {typed}  (Esc to clear)"),
        };
        text.push_str(&format!("{}\n", style.paint(Tone::Quiet, &cut(&help, width))));
        text
    }
}

/// The beginning of a text that fits into so many columns.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Asks whether to do what was shown; only a yes is one.
pub(super) fn confirm(act: &mut dyn Act, style: Style) -> Picked {
    let items = ["Yes", "No, go back", "No, quit without changes"].map(str::to_owned);
    match drawn(act, style, "Apply?", &items) {
        None => confirm_by_line(act),
        Some(Picked::Item(1)) => Picked::Back,
        Some(Picked::Item(2)) => Picked::Quit,
        Some(picked) => picked,
    }
}

fn confirm_by_line(act: &mut dyn Act) -> Picked {
    loop {
        let Some(answer) = answer(act, "Apply? [y]es, [b]ack, [q]uit: ") else { return Picked::Quit };
        match answer.to_lowercase().as_str() {
            "y" | "yes" => return Picked::Item(0),
            "b" | "back" => return Picked::Back,
            "q" | "quit" | "n" | "no" => return Picked::Quit,
            _ => say(act, "Type y to apply, b to go back, or q to quit without changes.\n"),
        }
    }
}

/// Whether a person says yes, and nothing else.
pub(super) fn says_yes(act: &mut dyn Act, question: &str) -> bool {
    say(act, question);
    matches!(act.answer().as_deref().map(str::trim), Some("y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use crate::cli::menu::*;

    fn items() -> Vec<String> {
        ["anthropic  Anthropic", "openai  OpenAI", "openrouter  OpenRouter", "zai  GLM 4.7"]
            .map(str::to_owned)
            .to_vec()
    }

    fn pressed(keys: &[Key]) -> Option<Picked> {
        let items = items();
        let mut list = List { items: &items, typed: String::new(), at: 0, page: MOST };
        keys.iter().find_map(|key| list.press(*key))
    }

    #[test]
    fn keys_move_search_and_choose() {
        use Key::{Back, Char, Clear, Down, Enter, Erase, Last, Quit, Up};
        for (keys, expected) in [
            (&[Enter][..], Some(Picked::Item(0))),
            (&[Down, Down, Enter], Some(Picked::Item(2))),
            (&[Up, Enter], Some(Picked::Item(3))),
            (&[Last, Down, Enter], Some(Picked::Item(0))),
            (&[Char('3'), Enter], Some(Picked::Item(2))),
            (&[Char('r'), Char('o'), Char('U'), Enter], Some(Picked::Item(2))),
            (&[Char('o'), Down, Down, Enter], Some(Picked::Item(2))),
            (&[Char('x'), Enter], None),
            (&[Char('x'), Erase, Enter], Some(Picked::Item(0))),
            (&[Char('z'), Clear, Enter], Some(Picked::Item(0))),
            (&[Char('z'), Back, Enter], Some(Picked::Item(0))),
            (&[Back], Some(Picked::Back)),
            (&[Char('q'), Quit], Some(Picked::Quit)),
        ] {
            assert_eq!(pressed(keys), expected, "{keys:?}");
        }
    }

    #[test]
    fn a_name_or_a_number_means_one_item() {
        let items = items();
        for (typed, expected) in
            [("2", &[1][..]), ("OpenAI", &[1]), ("open", &[1, 2]), ("glm", &[3]), ("9", &[]), ("nobody", &[])]
        {
            assert_eq!(fitting(&items, typed), expected, "{typed}");
        }
    }

    #[test]
    fn every_line_fits_and_a_long_list_is_shown_in_part() {
        let items: Vec<String> = (0..40).map(|n| format!("model-{n} {}", "long ".repeat(30))).collect();
        let mut list = List { items: &items, typed: String::new(), at: 0, page: MOST };
        let style = Style { width: 40, ..Style::PLAIN };
        for key in [Key::Down, Key::PageDown, Key::Last] {
            list.press(key);
            let picture = list.picture(style, "Which model?");
            assert!(picture.lines().all(|line| line.chars().count() < 40), "{picture}");
            assert_eq!(picture.lines().count(), 15, "{picture}");
            assert!(picture.contains(&format!("▸ {:>2}) model-{}", list.at + 1, list.at)), "{picture}");
        }
    }
}
