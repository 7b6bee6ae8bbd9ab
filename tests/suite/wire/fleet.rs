//! For fleets: what other programs read of us, read by programs of these others.

use crate::support::case;
use crate::support::home::Home;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python that `tests/run` sets up with other people's parsers; `None` if it is not there.
pub(crate) fn python() -> Option<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    if !python.exists() {
        println!("tests/run has set up no Python: skipped");
        return None;
    }
    Some(python)
}

/// What a script of Python prints for this input.
pub(crate) fn asked(script: &str, input: &str) -> Option<String> {
    let mut command = Command::new(python()?);
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn prometheus_reads_the_metrics_of_every_home() {
    let script = "import sys\n\
        from prometheus_client.parser import text_string_to_metric_families as parse\n\
        for text in sys.stdin.read().split('\\0'):\n\
        \x20 seen = {f.name: f for f in parse(text)}\n\
        \x20 assert all(f.type == 'gauge' and f.documentation for f in seen.values()), seen\n\
        \x20 states = {}\n\
        \x20 for s in (seen['zirkabot_credential_state'].samples if 'zirkabot_credential_state' in seen else []):\n\
        \x20   key = (s.labels['agent'], s.labels['provider'], s.labels['profile'])\n\
        \x20   states[key] = states.get(key, 0) + s.value\n\
        \x20 assert all(n == 1 for n in states.values()), states\n\
        \x20 print(len(states))";
    let text: Vec<String> = case::all()
        .iter()
        .map(|case| Home::of(case).run("zirkabot models status --format prometheus --all-agents").1)
        .collect();
    let Some(counts) = asked(script, &text.join("\0")) else { return };
    let counts: Vec<usize> = counts.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(counts.len(), text.len());
    assert!(counts.iter().sum::<usize>() > 100, "{counts:?}");
}

#[test]
fn metrics_are_put_into_a_file_that_its_collector_can_read() {
    let home = Home::named("fleet/metrics");
    let file = home.path().join("out.prom");
    let line = format!("zirkabot models status --format prometheus --output {}", file.display());
    std::fs::write(&file, "previous versions of changed files").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.run(&line), (0, String::new(), String::new()));
    assert_eq!(home.run(&format!("{line} --check --warn-within 30d")).0, 2);
    let (_, printed, _) = home.run("zirkabot models status --format prometheus --warn-within 30d");
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"), printed);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    let names: Vec<_> =
        std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn junit_and_sarif_are_read_by_others() {
    let junit = "import sys\nfrom junitparser import JUnitXml\n\
        for text in sys.stdin.read().split('\\0'):\n\
        \x20 x = JUnitXml.fromstring(text.encode())\n\
        \x20 suites = list(x) if hasattr(x, '__iter__') else [x]\n\
        \x20 print(sum(1 for s in suites for c in s))";
    let sarif = "import json, sys\nfrom sarif import sarif_file\n\
        for text in sys.stdin.read().split('\\0'):\n\
        \x20 f = sarif_file.SarifFile('/dev/null', json.loads(text))\n\
        \x20 assert f.runs and f.runs[0].get_tool_name() == 'zirkabot'\n\
        \x20 print(len(f.get_results()))";
    for (format, script) in [("junit", junit), ("sarif", sarif)] {
        let texts: Vec<String> = case::all()
            .iter()
            .map(|case| Home::of(case).run(&format!("zirkabot doctor --dry-run --format {format}")).1)
            .collect();
        let Some(counts) = asked(script, &texts.join("\0")) else { return };
        let sum: usize = counts.lines().map(|line| line.parse::<usize>().unwrap()).sum();
        assert_eq!(counts.lines().count(), texts.len(), "{format}");
        assert!(sum > 100, "{format}: {sum}");
    }
}
