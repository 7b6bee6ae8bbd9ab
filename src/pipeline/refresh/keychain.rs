//! Writing a renewed login back into the macOS Keychain, through the system's `security` program. It
//! reads its command from standard input, so that no secret is an argument.

use crate::catalog::documents::Format;
use crate::catalog::tools::Tool;
use crate::doc::edit::ops::Edit;
use crate::doc::{Doc, edit};
use crate::sys::secret::Secret;
use crate::sys::{Probe, Probed, Programs, Stdin};
use crate::world::observe::keychain::{TIMEOUT, question, text_of};

/// Most bytes of what is told about an item.
const MAX_ATTRIBUTES: usize = 64 << 10;

/// Changes these values in the item that `doc` was read from, if it still is as it was read.
pub(super) fn write(act: &mut dyn Programs, tool: Tool, doc: &Doc, edits: &[Edit]) -> Result<(), String> {
    let (name, item) = (tool.row().name, tool.row().keychain);
    let Some((program, item)) = act.host().keychain.clone().zip(item) else { return Ok(()) };
    let service = item.service;
    let account = account(act, &program, service)
        .ok_or_else(|| format!("the Keychain does not say whose {name}'s login is"))?;
    let ask = question(program.clone(), service, Some(&account));
    if read(act, &ask).as_ref() != Some(&doc.text) {
        return Err(format!(
            "{name}'s login in the Keychain has changed in the meantime, and was not touched"
        ));
    }
    let edits = Edit::values(edits);
    let new = edit::edit(Format::Json, doc.text.expose(), &edits)
        .map_err(|fault| format!("{name}'s login in the Keychain cannot be changed: {fault}"))?;
    let hex: String = new.bytes().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("add-generic-password -U -a \"{account}\" -s \"{service}\" -X {hex}\n");
    let told = act.run_with_stdin(&Stdin {
        program,
        args: vec!["-i".to_owned()],
        env: Vec::new(),
        without: Vec::new(),
        input: Secret::new(line.into_bytes()),
        limit: TIMEOUT,
        max_output: 0,
    });
    // The program ends well even if its command did not.
    match (told, read(act, &ask)) {
        (Probed::Done(..), Some(now)) if *now.expose() == new => Ok(()),
        _ => Err(format!("{name}'s login in the Keychain could not be changed")),
    }
}

/// The item's secret as it is now.
fn read(act: &mut dyn Programs, ask: &Probe) -> Option<Secret> {
    match act.run(ask) {
        Probed::Done(Some(0), output) => Some(Secret::new(text_of(output.expose()))),
        _ => None,
    }
}

/// The item's account: `"acct"<blob>="name"` among its attributes.
fn account(act: &mut dyn Programs, program: &str, service: &str) -> Option<String> {
    let args = ["find-generic-password", "-s", service].map(str::to_owned).to_vec();
    let ask = Probe { program: program.to_owned(), args, limit: TIMEOUT, max_output: MAX_ATTRIBUTES };
    let Probed::Done(Some(0), output) = act.run(&ask) else { return None };
    let text = String::from_utf8_lossy(output.expose());
    let line = text.lines().find_map(|line| line.trim().strip_prefix("\"acct\"<blob>=\""))?;
    let account = line.strip_suffix('"')?;
    let tame = |c: char| c.is_ascii_alphanumeric() || "._-@| ".contains(c);
    account.chars().all(tame).then(|| account.to_owned())
}
