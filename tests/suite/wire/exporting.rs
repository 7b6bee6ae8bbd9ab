//! What is exported, read by those for whom it is, or by other people's parsers: PyYAML, `kubectl`, `systemd-creds`,
//! Envoy's own schema as far as a secret has one, and a shell.

use crate::support::home::{Home, NOW, STORE};
use crate::wire::fleet::asked;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A key of a provider of the user's own: any text may be one.
const ODD: &str = "CANARY:#1\"a\"\\n-$X-%d-'{y}'=";

fn anthropic(word: &str) -> String {
    format!("sk-ant-api03-CANARY-{word}-{}AA", "a1B2".repeat((85 - word.len()) / 4))
}

fn profile(provider: &str, name: &str, key: &str) -> (String, Value) {
    (name.to_owned(), json!({ "type": "api_key", "provider": provider, "key": key }))
}

/// A home with keys and names that are hard to write down.
fn home() -> (Home, String) {
    let work = anthropic("work1");
    let profiles: serde_json::Map<String, Value> = [
        profile("anthropic", "anthropic:work", &work),
        profile("anthropic", "anthropic:me+you@example.com", &anthropic("other")),
        profile("anthropic", "anthropic:Überall: \"x\" # y", &anthropic("third")),
        profile("own.thing", "own.thing:default", ODD),
    ]
    .into_iter()
    .collect();
    let store = json!({ "version": 1, "profiles": profiles }).to_string();
    let config = "[models.providers.\"own.thing\"]\nbaseUrl = \"http://127.0.0.1:9/v1\"\n\
                  api = \"openai-completions\"\nmodels = []\n\n\
                  [auth.order]\nanthropic = [\"anthropic:work\", \"anthropic:me+you@example.com\", \
                  'anthropic:Überall: \"x\" # y']\n";
    (Home::with(NOW, &[(STORE, &store), (crate::support::home::CONFIG, config)]), work)
}

#[track_caller]
fn exported(home: &Home, target: &str) -> PathBuf {
    let out = home.path().join(format!("out-{target}"));
    let (exit, stdout, stderr) = home.run(&format!("zirkabot export {target} --out {}", out.display()));
    assert_eq!(exit, 0, "{stdout}{stderr}");
    out
}

/// The documents of a YAML file, as PyYAML reads them.
fn yaml(path: &Path) -> Option<Vec<Value>> {
    let script = "import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(sys.stdin.read()))))";
    let text = asked(script, &std::fs::read_to_string(path).unwrap())?;
    Some(serde_json::from_str(&text).unwrap())
}

/// A program of this machine; `None` if it is not installed.
fn program(name: &str, args: &[&str], input: &[u8]) -> Option<Output> {
    let mut command = Command::new(name);
    command.args(args).env_clear().env("HOME", "/nonexistent").env("PATH", "/usr/bin:/bin");
    let Ok(mut child) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    else {
        println!("{name} is not installed: skipped");
        return None;
    };
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    Some(child.wait_with_output().unwrap())
}

#[test]
fn secrets_of_kubernetes_have_names_and_labels_that_can_be_and_the_whole_key() {
    let (home, work) = home();
    let out = exported(&home, "k8s-secret");
    let Some(docs) = yaml(&out) else { return };
    assert_eq!(docs.len(), 4);
    let mut names: Vec<&str> = docs.iter().map(|doc| doc["metadata"]["name"].as_str().unwrap()).collect();
    for doc in &docs {
        let schema = json!({
            "required": ["apiVersion", "kind", "metadata", "type", "stringData"],
            "additionalProperties": false,
            "properties": {
                "apiVersion": { "const": "v1" }, "kind": { "const": "Secret" }, "type": { "const": "Opaque" },
                "metadata": { "properties": {
                    "name": { "pattern": "^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$" },
                    "labels": { "additionalProperties": { "type": "string", "pattern": "^[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$" } },
                    "annotations": { "additionalProperties": { "type": "string" } },
                } },
                "stringData": { "additionalProperties": { "type": "string" } },
            },
        });
        let faults: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(doc)
            .map(|fault| fault.to_string())
            .collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
    let of = |profile: &str| {
        docs.iter().find(|doc| doc["metadata"]["annotations"]["zirkabot.dev/profile-id"] == profile).unwrap()
    };
    let first = of("anthropic:work");
    assert_eq!(first["stringData"], json!({ "api-key": work, "apiKey": work, "Authorization": work }));
    assert_eq!(first["metadata"]["labels"]["zirkabot.dev/order"], "1");
    assert_eq!(of("anthropic:Überall: \"x\" # y")["metadata"]["labels"]["zirkabot.dev/order"], "3");
    assert_eq!(of("own.thing:default")["stringData"]["api-key"], ODD);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4);
}

#[test]
fn kubectl_reads_the_secrets() {
    let (home, _) = home();
    let out = exported(&home, "k8s-secret");
    let file = out.display().to_string();
    // Without a cluster there is no dry run of `apply`; this one reads each as an object with a kind and a name.
    let args = ["annotate", "--local", "-o", "name", "-f", &file, "a=b"];
    let Some(output) = program("kubectl", &args, b"") else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("secret/zirkabot.").count(), 4, "{said}");
    std::fs::write(&out, "apiVersion: v1\nmetadata: {name: x}\n").unwrap();
    assert!(!program("kubectl", &args, b"").unwrap().status.success(), "kubectl is content with everything");
}

#[test]
fn envoy_gets_one_generic_secret_a_file() {
    let (home, work) = home();
    let dir = exported(&home, "envoy-sds");
    // As in Envoy's `DiscoveryResponse`, `Secret` and `DataSource`; it takes no unknown field.
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["resources"],
        "properties": { "resources": { "type": "array", "minItems": 1, "maxItems": 1, "items": {
            "type": "object", "additionalProperties": false, "required": ["@type", "name", "generic_secret"],
            "properties": {
                "@type": { "const": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret" },
                "name": { "type": "string", "minLength": 1 },
                "generic_secret": { "type": "object", "additionalProperties": false, "required": ["secret"],
                    "properties": { "secret": { "type": "object", "additionalProperties": false,
                        "required": ["inline_string"],
                        "properties": { "inline_string": { "type": "string", "minLength": 1 } } } } },
            } } } },
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let names: Vec<String> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        let Some(docs) = yaml(&dir.join(name)) else { return };
        assert!(docs.len() == 1 && validator.is_valid(&docs[0]), "{name}: {docs:?}");
        let secret = &docs[0]["resources"][0]["generic_secret"]["secret"]["inline_string"];
        assert!(*secret == work || secret == ODD, "{name}");
    }
}

#[test]
fn lists_of_other_gateways_are_read_back() {
    let (home, work) = home();
    let Some(docs) = yaml(&exported(&home, "litellm")) else { return };
    let list = docs[0]["model_list"].as_array().unwrap();
    let first = json!({ "model_name": "anthropic/*", "litellm_params": { "model": "anthropic/*", "api_key": work, "order": 1 } });
    assert_eq!(list[0], first);
    let own = json!({ "model_name": "own.thing/*", "litellm_params":
        { "model": "openai/*", "api_base": "http://127.0.0.1:9/v1", "api_key": ODD, "order": 1 } });
    assert_eq!((list.len(), &list[3]), (4, &own));
    let dir = exported(&home, "claude-gateway");
    let docs = yaml(&dir.join("upstreams.yaml")).unwrap();
    let upstreams = docs[0]["upstreams"].as_array().unwrap();
    assert_eq!(upstreams.len(), 3);
    for (n, upstream) in upstreams.iter().enumerate() {
        assert_eq!(upstream["provider"], "anthropic");
        let named = upstream["auth"]["api_key"].as_str().unwrap();
        let file = named.strip_prefix("${file:").and_then(|rest| rest.strip_suffix('}')).unwrap();
        let key = std::fs::read_to_string(file).unwrap();
        assert!(key.starts_with("sk-ant-api03-CANARY-") && (n > 0 || key == work), "{n}");
    }
}

#[test]
fn a_shell_and_systemd_read_what_was_meant() {
    let (home, work) = home();
    let out = exported(&home, "dotenv");
    let script = format!(". '{}' && printf %s \"$ANTHROPIC_API_KEY\"", out.display());
    let output = program("sh", &["-c", &script], b"").unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), work);
    let dir = exported(&home, "credentials");
    assert_eq!(std::fs::read_to_string(dir.join("anthropic")).unwrap(), work);
    let Some(seen) = program("systemd-creds", &["--version"], b"") else { return };
    assert!(seen.status.success());
    // As a unit sees them: each is a file in a directory of its own.
    let mut command = Command::new("systemd-creds");
    command.args(["cat", "anthropic"]).env_clear().env("CREDENTIALS_DIRECTORY", &dir);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), work, "{}", String::from_utf8_lossy(&output.stderr));
}

/// A stand-in for `systemd-creds` that comes out otherwise each time, as the real one does.
const STAND_IN: &str = "#!/bin/sh\n[ \"$1\" = encrypt ] && [ \"$3$4\" = -- ] || exit 9\nn=$(cat \"$HOME/n\")\n\
                        echo \"$n.\" > \"$HOME/n\"\nprintf '%s %s %s' \"$2\" \"$n\" \"$(cat | tr a-zA-Z n-za-mN-ZA-M)\"\n";

/// Puts a program of this name on the path of a home, and nothing else.
fn install(home: &mut Home, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::write(bin.join("systemd-creds"), text).unwrap();
    std::fs::set_permissions(bin.join("systemd-creds"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(home.path().join("n"), ".").unwrap();
    home.set("PATH", &format!("{}:/usr/bin:/bin", bin.display()));
}

#[test]
fn what_is_encrypted_stays_as_it_is_until_its_key_is_another() {
    let (mut home, work) = home();
    let dir = home.path().join("creds");
    let line = format!("zirkabot export credentials --encrypt --provider anthropic --out {}", dir.display());
    let read = || std::fs::read_to_string(dir.join("anthropic")).unwrap();
    home.set("PATH", "/nonexistent");
    let (exit, _, stderr) = home.run(&line);
    assert!(exit == 1 && stderr.contains("there is no `systemd-creds`") && !dir.exists(), "{stderr}");
    install(&mut home, STAND_IN);
    assert_eq!(home.run(&format!("{line} --dry-run")).0, 0);
    assert_eq!(std::fs::read_to_string(home.path().join("n")).unwrap(), ".", "a dry run has encrypted");
    let (exit, stdout, stderr) = home.run(&line);
    assert!(exit == 0 && stdout.contains("LoadCredentialEncrypted="), "{stdout}{stderr}");
    let first = read();
    assert!(first.starts_with("--name=anthropic . fx-nag-") && !first.contains(&work), "{first}");
    assert_eq!((home.run(&format!("{line} --check")).0, home.run(&line).0, read()), (0, 0, first.clone()));
    // Another key, and back: what was made for it then is not kept anywhere.
    let order = |home: &Home, first: &str| {
        let (exit, _, stderr) =
            home.run(&format!("zirkabot models auth order set --provider anthropic {first}"));
        assert_eq!(exit, 0, "{stderr}");
    };
    order(&home, "anthropic:me+you@example.com");
    assert_eq!(home.run(&format!("{line} --check")).0, 1);
    assert_eq!(home.run(&line).0, 0);
    assert_ne!(read(), first);
    order(&home, "anthropic:work");
    assert_eq!((home.run(&format!("{line} --check")).0, home.run(&line).0), (1, 0));
    assert!(read().starts_with("--name=anthropic ..") && read() != first);
    install(&mut home, "#!/bin/sh\nexit 1\n");
    order(&home, "anthropic:me+you@example.com");
    let was = read();
    let (exit, _, stderr) = home.run(&line);
    assert!(exit == 1 && stderr.contains("systemd-creds encrypt` failed") && read() == was, "{stderr}");
}

#[test]
fn systemd_decrypts_what_is_encrypted() {
    let (mut home, work) = home();
    home.set("PATH", "/usr/bin:/bin");
    let dir = home.path().join("creds");
    let (exit, _, stderr) = home
        .run(&format!("zirkabot export credentials --encrypt --provider anthropic --out {}", dir.display()));
    if exit != 0 {
        println!("systemd-creds cannot encrypt here: skipped: {stderr}");
        return;
    }
    let file = dir.join("anthropic").display().to_string();
    let output = program("systemd-creds", &["decrypt", "--name=anthropic", &file, "-"], b"").unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), work, "{}", String::from_utf8_lossy(&output.stderr));
}

/// The examples of the page, of which others say how they are read.
#[test]
fn the_examples_of_the_page_name_what_is_exported() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/export.md");
    let page = std::fs::read_to_string(page).unwrap();
    let store = json!({ "version": 1, "profiles": {
        "anthropic:work": { "type": "api_key", "provider": "anthropic", "key": anthropic("work1") } } });
    let mut home = Home::with(NOW, &[(STORE, &store.to_string())]);
    install(&mut home, STAND_IN);
    let lines: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ zirkabot export ")).collect();
    for line in &lines {
        let (exit, _, stderr) = home.run(&format!("zirkabot export {line}"));
        assert_eq!(exit, 0, "{line}: {stderr}");
    }
    for target in zirkabot_targets() {
        assert!(lines.iter().any(|line| line.starts_with(&target)), "{target} has no example");
    }
    let secrets = std::fs::read_to_string(home.path().join("keys.yaml")).unwrap();
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() > 4, "{}", blocks.len());
    let script = "import json, sys, yaml\nfor text in sys.stdin.read().split('\\0'):\n\
                  \x20 print(json.dumps(list(yaml.safe_load_all(text))))";
    let Some(read) = asked(script, &blocks.join("\0")) else { return };
    assert_eq!(read.lines().count(), blocks.len());
    let mut named = 0;
    for name in page.split("name: zirkabot.").skip(1).chain(page.split("key: zirkabot.").skip(1)) {
        let name = name.split(|c: char| c.is_whitespace() || ",}".contains(c)).next().unwrap();
        assert!(secrets.contains(&format!("name: \"zirkabot.{name}\"")), "{name}");
        named += 1;
    }
    assert!(named > 2, "{named}");
}

/// The names of all targets, as the grammar has them.
fn zirkabot_targets() -> Vec<String> {
    use clap::CommandFactory;
    let mut grammar = zirkabot::cli::Cli::command();
    grammar.build();
    let export = grammar.find_subcommand("export").unwrap();
    let target = export.get_arguments().find(|arg| arg.get_id() == "target").unwrap();
    target.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}
