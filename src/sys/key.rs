//! Keys at the terminal, and what is shown after each: what a list to choose from is made of.

/// A key that a person presses in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the beginning.
    First,
    /// To the end.
    Last,
    /// This one.
    Enter,
    /// Escape.
    Back,
    /// Ctrl-C or Ctrl-D.
    Quit,
    /// The last character goes.
    Erase,
    /// All characters go.
    Clear,
    /// A character.
    Char(char),
    /// Nobody presses keys any more.
    Gone,
}

/// What is shown after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// These lines, in the place of those before.
    Picture(String),
    /// This is all that the terminal shows.
    Screen(String),
    /// Nothing: there is an answer.
    Done,
}
