//! A button for the home screen of an Android phone: a script that Termux:Widget offers. It says
//! how things are, and leads to the login where one has ended.

use crate::doc::stamp::stamped;
use crate::policy::unit::UnitInputs;
use crate::sys::quote::shell_word;

/// The script.
pub(crate) fn widget(facts: &UnitInputs<'_>) -> String {
    let program = shell_word(&facts.program.display().to_string());
    let profile = facts.world.paths.profile.as_ref().map(|name| format!(" --profile {}", shell_word(name)));
    let command = format!("{program}{}", profile.unwrap_or_default());
    let text = format!(
        "#!/data/data/com.termux/files/usr/bin/sh\n\
         # A tap shows how the credentials are; where one has ended, a terminal helps to log in again.\n\
         {command} models status --check --all-agents >/dev/null 2>&1\n\
         case $? in\n\
         0) termux-toast \"zirkabot: all credentials are fine\" ;;\n\
         2) termux-toast \"zirkabot: a credential ends soon\" ;;\n\
         *)\n\
         \ttermux-toast \"zirkabot: a credential has ended or is missing\"\n\
         \t{command} doctor\n\
         \techo 'Press Enter to close.'\n\
         \tread -r _\n\
         \t;;\n\
         esac\n"
    );
    stamped(&text, 1, |stamp| format!("# {stamp}"))
}
