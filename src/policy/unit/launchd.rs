//! Property lists for the user's launchd.

use crate::doc::stamp::stamped;
use crate::policy::unit::{EVERY, UnitInputs, path};
use crate::world::service::monitor_label;
use std::fmt::Write;

/// The gateway's property list.
pub(crate) fn gateway(facts: &UnitInputs<'_>) -> String {
    let vars = gateway_variables(facts);
    let keys = "\t<key>RunAtLoad</key>\n\t<true/>\n\t<key>KeepAlive</key>\n\t<true/>\n";
    list(facts, facts.label, "gateway", keys, &vars, ["gateway.log", "gateway.err.log"])
}

/// The monitor's property list.
pub(crate) fn monitor(facts: &UnitInputs<'_>) -> String {
    let vars = monitor_variables(facts);
    let keys = format!("\t<key>StartInterval</key>\n\t<integer>{}</integer>\n", u64::from(EVERY) * 60);
    let logs = ["monitor.log", "monitor.err.log"];
    list(facts, &monitor_label(facts.label), "monitor", &keys, &vars, logs)
}

/// The variables of the gateway.
pub(super) fn gateway_variables(facts: &UnitInputs<'_>) -> Vec<(String, String)> {
    let mut vars = facts.gateway_variables(("ZIRKABOT_LAUNCHD_LABEL", facts.label));
    own_path(&mut vars);
    vars
}

/// The variables of the monitor.
pub(super) fn monitor_variables(facts: &UnitInputs<'_>) -> Vec<(String, String)> {
    let mut vars = facts.variables();
    own_path(&mut vars);
    vars
}

fn own_path(vars: &mut [(String, String)]) {
    for (_, value) in vars.iter_mut().filter(|(name, _)| name == "PATH") {
        *value = path::macos();
    }
}

fn list(
    facts: &UnitInputs<'_>,
    label: &str,
    verb: &str,
    keys: &str,
    vars: &[(String, String)],
    logs: [&str; 2],
) -> String {
    let string = |text: &str| format!("<string>{}</string>\n", escaped(text));
    let program = string(&facts.program.display().to_string());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n\t<key>Label</key>\n\t{}\t<key>ProgramArguments</key>\n\t<array>\n\
         \t\t{program}\t\t{}\t</array>\n{keys}\t<key>EnvironmentVariables</key>\n\t<dict>\n",
        string(label),
        string(verb),
    );
    for (name, value) in vars {
        let _ = write!(text, "\t\t<key>{}</key>\n\t\t{}", escaped(name), string(value));
    }
    text.push_str("\t</dict>\n");
    for (key, log) in ["StandardOutPath", "StandardErrorPath"].into_iter().zip(logs) {
        let log = facts.world.paths.state.join("logs").join(log).display().to_string();
        let _ = write!(text, "\t<key>{key}</key>\n\t{}", string(&log));
    }
    text.push_str("</dict>\n</plist>\n");
    stamped(&text, 2, |stamp| format!("<!-- {stamp} -->"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::DocKind;
    use crate::policy::unit::tests::text;
    use crate::world::observe::open;
    use crate::world::service::Role;

    #[test]
    fn a_property_list_is_read_again() {
        for role in [Role::Plist, Role::MonitorPlist] {
            let text = text(role, &[("ZIRKABOT_PROFILE", "work")], "/opt/a & b/<z>/zirkabot");
            let doc = open::of_bytes(DocKind::Plist, text.clone().into_bytes());
            let root = doc.root.unwrap_or_else(|| panic!("{text}"));
            let command = root.get("ProgramArguments").unwrap().items();
            assert_eq!(command[0].as_str(), Some("/opt/a & b/<z>/zirkabot"));
            let vars = root.get("EnvironmentVariables").unwrap();
            assert_eq!(vars.get("ZIRKABOT_PROFILE").and_then(|node| node.as_str()), Some("work"));
            assert!(vars.get("PATH").unwrap().as_str().unwrap().starts_with("/opt/homebrew/bin:"));
        }
    }
}
