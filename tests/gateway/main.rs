//! The gateway as clients meet it: the real program on a port of this machine, in front of a provider on this machine.
//!
//! Each test has a home, a gateway and a provider of its own; none needs a network.
#![expect(clippy::disallowed_methods, reason = "tests make and look at real files and start programs")]
#![expect(clippy::print_stdout, reason = "tests say why they skip")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up is to fail")]

#[path = "../support"]
mod support {
    pub(crate) mod browser;
    pub(crate) mod gateway;
    pub(crate) mod provider;
    pub(crate) mod request;
    pub(crate) mod tls;
    pub(crate) mod tools;
}

mod browser;
mod chat;
mod clients;
mod contrib;
mod doors;
mod life;
mod load;
mod login;
mod outside;
mod page;
mod passing;
mod programs;
mod replay;
mod service;
mod status_page;
mod table;
mod walk;
