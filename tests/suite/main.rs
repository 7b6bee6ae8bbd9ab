//! The program as its users meet it, in one test binary; the fixtures have another (`tests/fixtures`).
//!
//! Each module holds one promise of the documentation or of ARCHITECTURE.md. Every test has a home of its own and a
//! given clock; none sleeps, none needs a network. What the tests share is in `tests/support`.
#![expect(clippy::disallowed_methods, reason = "tests make and look at real files and start programs")]
#![expect(clippy::print_stdout, reason = "tests say what they counted, or why they skip")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "../support"]
mod support {
    pub(crate) mod canary;
    pub(crate) mod case;
    pub(crate) mod home;
    pub(crate) mod hooked;
    pub(crate) mod judge;
    pub(crate) mod linked;
    pub(crate) mod oracles;
    pub(crate) mod person;
    pub(crate) mod plans;
    pub(crate) mod random;
    pub(crate) mod request;
    pub(crate) mod server;
    pub(crate) mod sweep;
    pub(crate) mod text;
    pub(crate) mod tls;
    pub(crate) mod tools;
}

/// What must hold in the home of every fixture.
mod fixtures {
    mod canary;
    mod choosing;
    mod dry_run;
    mod fixes;
    mod forged;
    mod formats;
    mod repairs;
    mod service;
}

/// What must hold whatever the input: tables, and properties of random texts and homes.
mod laws {
    mod bad_input;
    mod chat;
    mod decisions;
    mod doc_props;
    mod edit_texts;
    mod model_refs;
    mod monitor_rounds;
    mod one_answer;
    pub(crate) mod paste;
    mod rotating;
    mod sqlite;
    mod unit_texts;
    mod units;
    mod worlds;
}

/// The one writer and undo: locks, kills and errors at every call, many at once.
mod write {
    mod concurrent;
    mod export_sweep;
    mod exports;
    mod fault_sweep;
    mod journal;
    mod locks;
    mod own;
    mod path;
    mod places;
    mod read_sweep;
    mod repair_sweep;
    mod saved_plan;
    mod status_sweep;
    mod undo;
    mod undo_props;
    mod undo_sweep;
    mod xattr;
}

/// A person at a real terminal, and their shell.
mod terminal {
    mod appearance;
    mod at_prompt;
    pub(crate) mod completions;
    mod dialogue;
    mod login;
    mod offer;
    mod onboard;
    mod picking;
    mod screens;
    pub(crate) mod setup_token;
    mod watching;
}

/// Other programs: servers, service managers, pipes, fleets, a gateway that uses the library.
mod wire {
    mod ansible;
    mod arm64;
    mod definitions;
    mod editors;
    mod exchanging;
    mod exporting;
    pub(crate) mod fleet;
    mod handing_out;
    mod hosts;
    mod library;
    mod monitor;
    mod neighbours;
    mod packages;
    mod pasting;
    mod probing;
    mod real_programs;
    mod refreshing;
    mod usages;
    mod windows;
}

/// What is written about the program, held against it; and the rules of the code itself.
mod house {
    mod book;
    mod demo;
    mod docs;
    mod manual;
    mod packaging;
    mod picture;
    mod promises;
    mod rules;
    pub(crate) mod schemas;
    mod supply;
    mod tables;
    mod walks;
    mod words;
}
