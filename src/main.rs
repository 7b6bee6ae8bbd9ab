//! The `zirkabot` program.
fn main() {}
