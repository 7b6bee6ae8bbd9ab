//! A button for the home screen of an Android phone: a script that Termux:Widget offers. It says
//! how things are, and leads to the login where one has ended. And the script by which Termux:Boot starts the
//! gateway, since nobody else does so there.

use crate::doc::stamp::stamped;
use crate::policy::unit::UnitInputs;
use crate::sys::quote::shell_word;

/// The command that makes the script by which Termux:Boot starts the gateway.
pub(crate) fn boot(facts: &UnitInputs<'_>) -> String {
    let paths = &facts.world.paths;
    let profile = paths.profile.as_ref().map(|name| format!("-{name}")).unwrap_or_default();
    let file = format!("~/.termux/boot/zirkabot-gateway{profile}");
    let script = ["#!/data/data/com.termux/files/usr/bin/sh".to_owned(), "termux-wake-lock".to_owned(), {
        format!("exec {}", command(facts))
    }];
    let lines: Vec<String> = script.iter().map(|line| shell_word(line)).collect();
    format!("mkdir -p ~/.termux/boot && printf '%s\\n' {} > {file} && chmod 700 {file}", lines.join(" "))
}

/// The command that starts the gateway.
pub(crate) fn command(facts: &UnitInputs<'_>) -> String {
    let program = shell_word(&facts.program.display().to_string());
    let profile =
        facts.world.paths.profile.as_ref().map(|name| format!(" --state-name {}", shell_word(name)));
    format!("{program}{} gateway", profile.unwrap_or_default())
}

/// The script.
pub(crate) fn widget(facts: &UnitInputs<'_>) -> String {
    let program = shell_word(&facts.program.display().to_string());
    let profile =
        facts.world.paths.profile.as_ref().map(|name| format!(" --state-name {}", shell_word(name)));
    let command = format!("{program}{}", profile.unwrap_or_default());
    let text = format!(
        "#!/data/data/com.termux/files/usr/bin/sh\n# A tap shows the state of the credentials; if one has expired, a terminal helps to log in again.\n{command} models status --check --all-agents >/dev/null 2>&1\ncode=$?\nif [ $code = 0 ]; then\n\ttermux-toast \"zirkabot: all credentials are fine\"\nelif [ $code = 2 ]; then\n\ttermux-toast \"zirkabot: a credential expires soon\"\nelse\n\ttermux-toast \"zirkabot: a credential has expired or is missing\"\n\t{command} doctor\n\techo 'Press Enter to close.'\n\tread -r _\nfi\n"
    );
    stamped(&text, 1, |stamp| format!("# {stamp}"))
}
