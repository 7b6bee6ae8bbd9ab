//! `zirkabot models auth …`: the table of its verbs.

use crate::cli::grammar::typed::Typed;
use crate::cli::{
    add, list, login, logout, order, paste_token, print, refresh, remove, rotation, setup_token, test, why,
};

verbs! {
    /// Manage credentials
    pub(super) Auth {
        Why(why::Args) => why::run,
        List(list::Args) => list::run,
        Print(print::Args) => print::run,
        Test(test::Args) => test::run,
        Report(rotation::Report) => rotation::report,
        #[command(subcommand)]
        Cooldown(Typed<rotation::Cooldown>) => rotation::Cooldown::run,
        Refresh(refresh::Args) => refresh::run,
        Login(login::Args) => login::run,
        Logout(logout::Args) => logout::run,
        SetupToken(setup_token::Args) => setup_token::run,
        PasteToken(paste_token::Args) => paste_token::run,
        Add(add::Args) => add::run,
        Remove(remove::Args) => remove::run,
        #[command(subcommand)]
        Order(Typed<order::Order>) => order::Order::run,
    }
}
