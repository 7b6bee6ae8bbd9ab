//! Choosing from a list at a terminal, by number: works on any terminal, and with a screen reader.

use crate::report::style::{Style, Tone};
use crate::sys::Act;

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

/// What is answered to a prompt, trimmed; none if nobody answers any more.
pub(super) fn answer(act: &mut dyn Act, prompt: &str) -> Option<String> {
    act.say(prompt);
    let answer = act.answer();
    if answer.is_none() {
        act.say("\n");
    }
    answer.map(|answer| answer.trim().to_owned())
}

/// Asks until there is an answer; Enter takes the first item.
pub(super) fn ask(act: &mut dyn Act, style: Style, title: &str, items: &[String]) -> Picked {
    let mut text = format!("\n{}\n", style.wrapped(Tone::Strong, title, 0, 2));
    for (at, item) in items.iter().enumerate() {
        text.push_str(&format!("{:>3}) {}\n", at + 1, style.wrap(item, 5, 5)));
    }
    act.say(&text);
    loop {
        let Some(answer) = answer(act, "Choose [1]: ") else { return Picked::Quit };
        match answer.to_lowercase().as_str() {
            "" => return Picked::Item(0),
            "b" | "back" => return Picked::Back,
            "q" | "quit" => return Picked::Quit,
            number => match number.parse::<usize>() {
                Ok(number) if (1..=items.len()).contains(&number) => return Picked::Item(number - 1),
                _ => act
                    .say(&format!("Type a number from 1 to {}, b to go back, or q to quit.\n", items.len())),
            },
        }
    }
}

/// Asks whether to do what was shown; only a yes is one.
pub(super) fn confirm(act: &mut dyn Act) -> Picked {
    loop {
        let Some(answer) = answer(act, "Apply? [y]es, [b]ack, [q]uit: ") else { return Picked::Quit };
        match answer.to_lowercase().as_str() {
            "y" | "yes" => return Picked::Item(0),
            "b" | "back" => return Picked::Back,
            "q" | "quit" | "n" | "no" => return Picked::Quit,
            _ => act.say("Type y to apply, b to go back, or q to quit without changes.\n"),
        }
    }
}

/// Whether a person says yes, and nothing else.
pub(super) fn says_yes(act: &mut dyn Act, question: &str) -> bool {
    act.say(question);
    matches!(act.answer().as_deref().map(str::trim), Some("y" | "Y" | "yes"))
}
