//! The one integration test binary: the program as its users meet it.
//!
//! `fixtures` runs whole command lines over small homes; the other modules each hold one promise
//! of README or ARCHITECTURE.md. Every test has a home of its own and a given clock; none sleeps,
//! none needs a network.
#![expect(clippy::disallowed_methods, reason = "tests touch the machine directly")]

mod bad_input;
mod canary;
mod case;
mod dry_run;
mod fixtures;
mod home;
mod house;
