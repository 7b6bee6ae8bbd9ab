//! The one integration test binary: the program as its users meet it.
//!
//! `fixtures` runs whole command lines over small homes; the other modules each hold one promise
//! of README or ARCHITECTURE.md. Every test has a home of its own and a given clock; none sleeps,
//! none needs a network.
#![expect(clippy::disallowed_methods, reason = "tests make and look at real files and start programs")]
#![expect(clippy::print_stdout, reason = "tests say what they counted, or why they skip")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

mod ansible;
mod at_prompt;
mod bad_input;
mod canary;
mod case;
mod chat;
mod choosing;
mod completions;
mod concurrent;
mod decisions;
mod definitions;
mod demo;
mod dialogue;
mod doc_props;
mod dry_run;
mod fault_sweep;
mod fixes;
mod fixtures;
mod fleet;
mod formats;
mod handing_out;
mod home;
mod hooked;
mod house;
mod library;
mod manual;
mod model_refs;
mod monitor;
mod onboard;
mod oracles;
mod paste;
mod pasting;
mod plans;
mod random;
mod readme;
mod refreshing;
mod repair_sweep;
mod repairs;
mod rotating;
mod saved_plan;
mod schemas;
mod server;
mod service;
mod setup_token;
mod status_sweep;
mod sweep;
mod terminal;
mod text;
mod undo;
mod undo_props;
mod undo_sweep;
mod units;
mod worlds;
mod write_journal;
mod write_locks;
mod write_path;
mod write_places;
