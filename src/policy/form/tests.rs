//! Both ways: what is none, with what is said of it, and what looks odd and is one.

use crate::policy::form::*;

mod whole;

fn key() -> String {
    format!("sk-ant-api03-{}-{}AA", "CANARYabc_DEF0123456789xyz".repeat(3), "Zk3vQm7PwLr9T_")
}

fn setup() -> String {
    key().replace("api03", "oat01")
}

/// A made-up secret of a length.
fn made(prefix: &str, length: usize) -> String {
    prefix.chars().chain("CANARY0123456789abcdefghijklmnopqrstuvwxyz".chars().cycle()).take(length).collect()
}

fn slot(provider: &str, kind: Kind) -> Slot<'_> {
    Slot::new(provider, kind)
}

#[track_caller]
fn says(text: &str, slot: Slot<'_>, sort: Sort, what: &str) {
    let flaw = judge(text, slot).unwrap_or_else(|| panic!("{text:?} passes"));
    assert_eq!(flaw.sort, sort, "{text:?}: {}", flaw.label());
    assert!(flaw.label().contains(what), "{text:?}: {}", flaw.label());
    assert!(!flaw.label().contains("CANARY"), "{text:?} is quoted: {}", flaw.label());
}

#[track_caller]
fn passes(text: &str, slot: Slot<'_>) {
    assert_eq!(judge(text, slot).map(|flaw| flaw.label().to_owned()), None, "{text:?} for {}", slot.provider);
}

#[test]
fn references_are_named_by_whose_they_are() {
    for (text, of) in [
        ("op://Private/x/y", "1Password (op://Private/x/y)"),
        ("op://My Vault/x/y", "1Password"),
        ("vault:secret/data/bot#key", "Vault"),
        ("vault://kv/bot", "Vault"),
        ("ref+vault://secret/bot#/key", "vals"),
        ("doppler://bot/prd/KEY", "Doppler"),
        ("ENC[AES256_GCM,data:CANARY,iv:CANARY,tag:CANARY,type:str]", "SOPS has encrypted"),
        ("encrypted:CANARYBASE64==", "dotenvx has encrypted"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:bot", "AWS"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/bot", "AWS"),
        ("aws-sm://bot", "AWS Secrets Manager"),
        ("projects/my-project/secrets/bot/versions/latest", "Google Secret Manager"),
        ("gcp-secret://my-project/bot", "Google Secret Manager"),
        ("@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/y/)", "Azure Key Vault"),
        ("https://x.vault.azure.net/secrets/bot/0123", "Azure Key Vault"),
        ("keychain:zirkabot", "the Keychain"),
        ("keychain://zirkabot/anthropic", "the Keychain"),
        ("pass:bot/anthropic", "pass (pass:bot/anthropic)"),
        ("bw://item/field", "Bitwarden"),
        ("${OTHER}", "a variable (${OTHER})"),
        ("${OTHER:-none}", "a variable"),
        ("$OTHER", "a variable ($OTHER)"),
        ("%OTHER%", "a variable (%OTHER%)"),
        ("env:OTHER", "a variable (env:OTHER)"),
        ("{env:OTHER}", "a variable"),
        ("$env:OTHER", "a variable"),
        ("process.env.OTHER", "a variable"),
        ("${env:OTHER}", "a variable"),
        ("${{ secrets.KEY }}", "not resolved here"),
        ("{{ .Values.key }}", "a template"),
        ("{{ op://Private/x/y }}", "a template"),
        ("<%= ENV['KEY'] %>", "a template"),
        ("ANTHROPIC_API_KEY", "a variable (ANTHROPIC_API_KEY)"),
        ("!pass show bot/anthropic", "a command"),
        ("!vault |", "Ansible Vault"),
        ("$(pass show bot)", "a command"),
        ("`pass show bot`", "a command"),
        ("file:///run/secrets/x", "a file"),
        ("sk-ant-api03-${REST}", "a variable in the middle"),
    ] {
        says(text, slot("anthropic", Kind::ApiKey), Sort::Reference, of);
        if !matches!(text, "sk-ant-api03-${REST}" | "`pass show bot`") {
            says(text, slot("my-own", Kind::ApiKey), Sort::Reference, of);
            says(
                text,
                Slot { endpoint: Endpoint::Local, ..slot("my-own", Kind::Token) },
                Sort::Reference,
                of,
            );
        }
    }
}

#[test]
fn examples_marks_pages_and_paths_are_none() {
    for (text, sort, what) in [
        ("", Sort::Blank, "blank"),
        (" \n", Sort::Blank, "blank"),
        ("...", Sort::Placeholder, "a placeholder"),
        ("sk-ant-...", Sort::Placeholder, "a placeholder"),
        ("<your key>", Sort::Placeholder, "a placeholder"),
        ("YOUR_API_KEY", Sort::Placeholder, "a placeholder"),
        ("your-api-key-here", Sort::Placeholder, "a placeholder"),
        ("changeme", Sort::Placeholder, "a placeholder"),
        ("xxxxxxxxxxxxxxxxxxxxxxxx", Sort::Placeholder, "a placeholder"),
        ("sk-ant-api03-xxxx", Sort::Placeholder, "a placeholder"),
        ("sk-ant-api03-your-key-goes-here-000000000000000", Sort::Placeholder, "a placeholder"),
        ("none", Sort::Placeholder, "a placeholder"),
        ("undefined", Sort::Placeholder, "a placeholder"),
        ("[object Object]", Sort::Placeholder, "a placeholder"),
        ("dummy", Sort::Placeholder, "a placeholder"),
        ("****", Sort::Placeholder, "a placeholder"),
        ("sk-ant-api03-****************abcd", Sort::Placeholder, "partly hidden"),
        ("sk-ant-…abcd", Sort::Placeholder, "partly hidden"),
        ("sk-...abcd", Sort::Placeholder, "partly hidden"),
        ("••••••••", Sort::Placeholder, "partly hidden"),
        ("[REDACTED]", Sort::Placeholder, "partly hidden"),
        ("__REDACTED__", Sort::Placeholder, "partly hidden"),
        ("__CLAWDBOT_REDACTED__", Sort::Placeholder, "partly hidden"),
        ("<concealed by 1Password>", Sort::Placeholder, "partly hidden"),
        ("https://console.anthropic.com/settings/keys", Sort::Elsewhere, "a web page"),
        ("www.anthropic.com", Sort::Elsewhere, "a web page"),
        ("/run/secrets/x", Sort::Reference, "a file (/run/secrets/x)"),
        ("~/keys/anthropic", Sort::Reference, "a file"),
        ("C:\\keys\\anthropic.txt", Sort::Reference, "a file"),
        ("{\"apiKey\": \"CANARY\"}", Sort::Elsewhere, "JSON"),
        ("-----BEGIN PRIVATE KEY-----", Sort::Elsewhere, "PEM"),
        ("ssh-ed25519 AAAAC3CANARY someone@host", Sort::Elsewhere, "an SSH public key"),
        (
            "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
            Sort::Elsewhere,
            "an age public key",
        ),
        ("someone@mail.org", Sort::Elsewhere, "an email address"),
        ("sk-ant-api03-0000000000000000000000000000000000", Sort::Placeholder, "a placeholder"),
    ] {
        for provider in ["anthropic", "openai", "mistral"] {
            says(text, slot(provider, Kind::ApiKey), sort, what);
        }
    }
}

#[test]
fn what_stands_around_or_inside_is_told_with_its_place() {
    let (key, anthropic) = (key(), slot("anthropic", Kind::ApiKey));
    assert_eq!(key.len(), 108);
    for (text, what) in [
        (format!("{key}\u{200b}"), "U+200B (a zero width space) at character 109"),
        (format!("\u{feff}{key}"), "U+FEFF (a byte order mark) at character 1"),
        (format!("\u{201c}{key}\u{201d}"), "U+201C (a quotation mark) at character 1"),
        (format!("{key}\u{2019}"), "U+2019 (a quotation mark) at character 109"),
        (format!("\"{key}\""), "quotation marks around"),
        (format!("\"{key}"), "quotation marks around"),
        (format!("{key}'"), "quotation marks around"),
        (format!("{key};"), "a `;` after it"),
        (format!("{key},"), "a `,` after it"),
        (format!("{key}."), "a `.` after it"),
        (format!("{key}\\n"), "written as \\n"),
        (format!("{key}\\r\\n"), "written as \\r\\n"),
        (format!("{key}\r\u{0}"), "U+0000 (a control character) at character 110"),
        (format!("ANTHROPIC_API_KEY={key}"), "before it"),
        (format!("export ANTHROPIC_API_KEY={key}"), "before it"),
        (format!("Bearer {key}"), "before it"),
        (format!("<{key}>"), "before it"),
        (format!("{key}{key}"), "twice in a row"),
        (format!("{key} {key}"), "twice in a row"),
        (format!("{key}\n{key}"), "twice in a row"),
    ] {
        says(&text, anthropic, Sort::Around, what);
        assert_eq!(bared(&text, anthropic).as_deref(), Some(&key), "{text:?}");
    }
    let (one, two) = key.split_at(50);
    for (text, sort, what) in [
        (format!("{one}—{two}"), Sort::Inside, "U+2014 (an em dash) at character 51"),
        (format!("{one}Ａ{two}"), Sort::Inside, "U+FF21 at character 51"),
        (format!("{one}é{two}"), Sort::Inside, "U+00E9 at character 51"),
        (format!("{one}\"{two}"), Sort::Inside, "quotation marks inside"),
        (format!("{one} {two}"), Sort::Inside, "white space"),
        (format!("{one}\\{two}"), Sort::Inside, "a `\\` at character 51"),
        (format!("{one}+{two}"), Sort::Inside, "an invalid `+` at character 51"),
        (format!("{key}OPENAI_API_KEY=x"), Sort::Joined, "(OPENAI_API_KEY=) at character 109"),
        (format!("{key}export OPENAI_API_KEY=x"), Sort::Joined, "(OPENAI_API_KEY=) at character 109"),
        (format!("{key}MY_OWN_TOKEN=CANARY"), Sort::Joined, "another assignment at character"),
        (format!("{key}{}", setup()), Sort::Joined, "another secret at character 109"),
        (format!("{key}{}", &key[..60]), Sort::Joined, "another secret at character 109"),
        (key[..45].to_owned(), Sort::Half, "cut off after 45 of 108 characters"),
        (key[..80].to_owned(), Sort::Half, "cut off after 80 of 108 characters"),
        (key[..107].to_owned(), Sort::Half, "cut off after 107 of 108 characters"),
        (key[1..].to_owned(), Sort::Half, "lacks its beginning"),
        (key[3..].to_owned(), Sort::Half, "lacks its beginning"),
        (key[13..].to_owned(), Sort::Half, "lacks its beginning"),
        (format!("\"{}", &key[..80]), Sort::Inside, "quotation marks inside"),
    ] {
        says(&text, anthropic, sort, what);
        assert_eq!(bared(&text, anthropic), None, "{text:?}");
    }
}

#[test]
fn other_kinds_and_other_vendors_are_told() {
    use Kind::{ApiKey, OAuth, Token};
    let rest = "CANARY0123456789abcdefghijklmnopqrstuvwxyz";
    for (text, kind, provider, what) in [
        (format!("sk-ant-admin01-{rest}"), ApiKey, "anthropic", "an admin key of anthropic"),
        (format!("sk-ant-sid01-{rest}"), ApiKey, "anthropic", "a browser session of anthropic"),
        (format!("sk-ant-ort01-{rest}"), OAuth, "anthropic", "a refresh token of anthropic"),
        (format!("sk-ant-ort01-{rest}"), Token, "my-own", "a refresh token of anthropic"),
        (format!("rt_{rest}"), ApiKey, "openai", "a refresh token of openai-codex"),
        (key(), ApiKey, "openai", "an API key of anthropic"),
        (format!("sk-proj-{rest}"), ApiKey, "anthropic", "an API key of openai"),
        (format!("sk-{rest}"), ApiKey, "anthropic", "a key of another vendor"),
        (format!("hf_{rest}"), ApiKey, "anthropic", "a token of Hugging Face"),
        (format!("xoxb-{rest}"), ApiKey, "openai", "a token of Slack"),
        (format!("AKIA{rest}"), ApiKey, "groq", "the name of an access key of AWS"),
        (format!("eyJhbGci.{rest}.CANARY"), ApiKey, "groq", "a JSON Web Token"),
        (format!("eyJhbGci.{rest}.CANARY"), ApiKey, "anthropic", "a JSON Web Token"),
        (format!("eyJhbGci.{rest}.CANARY"), Token, "anthropic", "a JSON Web Token"),
        (format!("eyJhbGci.{rest}.CANARY"), ApiKey, "google", "a JSON Web Token"),
        (format!("ya29.a0{rest}"), ApiKey, "google", "a Google access token"),
        (format!("ABSK{rest}=="), ApiKey, "anthropic", "an API key of Amazon Bedrock"),
        (format!("ghp_{}", &rest[..36]), ApiKey, "anthropic", "an access token of github-copilot"),
        ("123456789:AACANARY0123456789abcdefghijklmnopq".to_owned(), ApiKey, "anthropic", "a Telegram bot"),
        (format!("AGE-SECRET-KEY-1{}", rest.to_uppercase()), ApiKey, "mistral", "a secret key of age"),
        (
            "sess-CANARY0123456789abcdefghijklmnopqrst".to_owned(),
            ApiKey,
            "openai",
            "a browser session of OpenAI",
        ),
        ("org-CANARY0123456789abcd".to_owned(), ApiKey, "openai", "the name of an organisation at OpenAI"),
    ] {
        says(&text, slot(provider, kind), Sort::Kind, what);
        assert!(judge(&text, slot(provider, kind)).unwrap().is_fatal(), "{text}");
    }
    // Anthropic's own two kinds are told apart by the gateway.
    for (text, kind) in [(setup(), ApiKey), (key(), Token)] {
        let flaw = judge(&text, slot("anthropic", kind)).unwrap();
        assert!(flaw.is_wrong_kind() && !flaw.is_fatal(), "{}", flaw.label());
    }
    // What is only unheard of may work.
    for provider in ["anthropic", "groq", "openai"] {
        let flaw = judge(rest, slot(provider, ApiKey)).unwrap();
        assert!(flaw.sort == Sort::Unheard && !flaw.is_fatal(), "{}", flaw.label());
    }
    says("sk-123", slot("openai", ApiKey), Sort::Short, "too short");
}

#[test]
fn what_looks_odd_and_is_one_passes() {
    use Kind::{ApiKey, OAuth, Token};
    let long = "CANARY0123456789abcdefghijklmnop";
    for (text, kind, provider) in [
        (key(), ApiKey, "anthropic"),
        (format!(" {}\n", key()), ApiKey, "anthropic"),
        (setup(), Token, "anthropic"),
        (setup(), OAuth, "anthropic"),
        // A program wrote it down, and nobody copied it by hand.
        ("sk-ant-oat01-CANARY-access".to_owned(), OAuth, "anthropic"),
        (format!("{}_-", made("sk-proj-", 162)), ApiKey, "openai"),
        (format!("sk-{long}0123456789abcdef"), ApiKey, "openai"),
        (format!("sk-{long}"), ApiKey, "moonshot"),
        (format!("AQ.{long}{long}"), ApiKey, "google"),
        (format!("cpk_{long}.CANARY.abc"), ApiKey, "chutes"),
        (format!("0123456789abcdef0123456789abcdef.{long}"), ApiKey, "zai"),
        (format!("eyJhbGci.{long}.CANARY_-"), ApiKey, "minimax"),
        (format!("eyJhbGci.{long}.CANARY"), OAuth, "openai-codex"),
        (format!("ya29.a0{long}"), OAuth, "google-gemini-cli"),
        (format!("ya29.a0{long}"), Token, "google-antigravity"),
        (format!("ghp_{long}abcd"), Token, "github-copilot"),
        (format!("tid={long};exp=1;sku=x;proxy-ep=y"), OAuth, "github-copilot"),
        (long.to_owned(), ApiKey, "mistral"),
        (format!("{long}+/=="), ApiKey, "mistral"),
        (long.to_lowercase(), ApiKey, "deepgram"),
        ("lm-studio".to_owned(), Token, "my-own"),
        ("ollama".to_owned(), ApiKey, "my-own"),
        ("not-needed".to_owned(), ApiKey, "my-own"),
        ("EMPTY".to_owned(), ApiKey, "my-own"),
        ("none".to_owned(), ApiKey, "my-own"),
        ("sk-1234".to_owned(), ApiKey, "my-own"),
        ("x".to_owned(), ApiKey, "my-own"),
        ("CANARYuser:CANARYpassword".to_owned(), Token, "my-own"),
        ("CANARYMTIzNDU2Nzg5MA==".to_owned(), Token, "my-own"),
        ("CANARY!$%&/()=?;,#{}[]<>|~^*+@\\CANARY".to_owned(), Token, "my-own"),
        ("!CANARYpass".to_owned(), Token, "my-own"),
        ("$CANARYpa55word".to_owned(), Token, "my-own"),
        ("env".to_owned(), Token, "my-own"),
        (key(), ApiKey, "my-own"),
        (key()[..60].to_owned(), ApiKey, "my-own"),
    ] {
        passes(&text, slot(provider, kind));
    }
    // Nobody asks for the key of a service on this machine.
    for text in ["changeme", "your-api-key", "dummy", "example", "sk-xxxx", "****", "none"] {
        passes(text, Slot { endpoint: Endpoint::Local, ..slot("openai", ApiKey) });
    }
    // A service before a vendor's has keys of its own.
    for text in ["sk-1234", "litellm-CANARY", "sk-ant-api03-short", "sk-proj-CANARY"] {
        passes(text, Slot { endpoint: Endpoint::Own, ..slot("anthropic", ApiKey) });
    }
}

#[test]
fn names_of_variables_are_found_in_references() {
    for (text, name) in [
        ("${OTHER}", Some("OTHER")),
        ("$OTHER", Some("OTHER")),
        ("env:OTHER", Some("OTHER")),
        ("env://OTHER", Some("OTHER")),
        ("%OTHER%", Some("OTHER")),
        ("{env:OTHER}", Some("OTHER")),
        ("OPENAI_API_KEY", Some("OPENAI_API_KEY")),
        ("${OTHER:-x}", None),
        ("op://x/y", None),
        ("CANARY0123", None),
        ("", None),
    ] {
        assert_eq!(variable_of(text), name, "{text}");
    }
}

#[test]
fn refresh_tokens_and_variables_of_clouds_have_no_known_form() {
    let rest = "CANARY0123456789abcdef";
    for text in
        [format!("sk-ant-ort01-{rest}"), format!("rt_{rest}"), format!("1//0g{rest}"), "CANARY".to_owned()]
    {
        assert!(is_token(&Secret::from(text.as_str())), "{text}");
    }
    for text in ["", "__REDACTED__", "op://Private/x/y", "${REFRESH}", "****"] {
        assert!(!is_token(&Secret::from(text)), "{text}");
        assert!(!is_filled(&Secret::from(text)), "{text}");
    }
    for text in ["default", "my-project", "eu-west-1", "CANARY/+abc=", "/CANARY+abc"] {
        assert!(is_filled(&Secret::from(text)), "{text}");
    }
}
