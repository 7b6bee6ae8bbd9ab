//! What people paste, as a credential: however it is spelt the same one comes out, and what cannot
//! be right is refused with what it is. The tables are those of the command's tests, too.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use zirkabot::catalog::kind::Kind;
use zirkabot::catalog::providers;
use zirkabot::change::proposal::Refusal;
use zirkabot::intent::paste::{MALFORMED, Pasted, WRONG_KIND, read, read_bytes};
use zirkabot::policy::form;
use zirkabot::sys::secret::Secret;

/// A setup-token, 108 characters like a real one.
pub(crate) const SETUP: &str = "sk-ant-oat01-CANARYsetup-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789_abcdefA";
const KEY: &str = "sk-ant-api03-CANARYkey-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789_abcdefghiA";

fn command(rest: &str) -> String {
    format!("zirkabot {rest}")
}

fn get(provider: &str, text: &str) -> Result<Pasted, Refusal> {
    read(provider, text, &command)
}

/// The token over lines of this width, with this in front of all but the first.
fn wrapped(token: &str, width: usize, indent: &str) -> String {
    let lines: Vec<_> =
        token.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    lines.join(&format!("\n{indent}"))
}

/// Ways in which the same token is pasted.
pub(crate) fn spellings(token: &str) -> Vec<String> {
    let (cut, end) = token.split_at(70);
    let mut all = vec![
        token.to_owned(),
        format!("{token}\n"),
        format!("  \t{token}  \r\n\r\n"),
        format!("\u{feff}{token}\r\n"),
        format!("\u{1b}[200~{token}\u{1b}[201~"),
        format!("\u{1b}[200~{token}\r\u{1b}[201~\r"),
        format!("^[[200~{token}^[[201~"),
        format!("\u{1b}[1;32m{cut}\u{1b}[0m{end}\u{1b}]0;title\u{7}"),
        format!("\u{1b}]8;;https://x.example\u{1b}\\{token}\u{1b}]8;;\u{1b}\\"),
        format!("{cut}\u{200b}\u{ad}{end}\u{a0}"),
        format!("export CLAUDE_CODE_OAUTH_TOKEN=\"{token}\""),
        format!("export CLAUDE_CODE_OAUTH_TOKEN='{token}';"),
        format!("$ export CLAUDE_CODE_OAUTH_TOKEN={token} # for a year"),
        format!("# from the console\nANTHROPIC_OAUTH_TOKEN={token}\n"),
        format!("ANTHROPIC_OAUTH_TOKEN: {token}"),
        format!("set -x ANTHROPIC_OAUTH_TOKEN {token}"),
        format!("set -gx ANTHROPIC_OAUTH_TOKEN \"{token}\";"),
        format!("setenv ANTHROPIC_OAUTH_TOKEN {token}"),
        format!("set \"ANTHROPIC_OAUTH_TOKEN={token}\""),
        format!("$env:ANTHROPIC_OAUTH_TOKEN = \"{token}\""),
        format!("const token = `{token}`;"),
        format!("\"apiKey\": \"{token}\","),
        format!("      - ANTHROPIC_OAUTH_TOKEN={token}"),
        format!("\u{201c}{token}\u{201d}"),
        format!("\u{2018}{token}\u{2019},"),
        format!("«{token}»"),
        format!("\\\"{token}\\\""),
        format!("```sh\nexport ANTHROPIC_OAUTH_TOKEN={token}\n```"),
        format!("Bearer {token}"),
        format!("x-api-key:{token}"),
        format!("Authorization: Bearer {token}"),
        format!("Authorization: Bearer\n    {token}"),
        format!("-H \"Authorization: Bearer {token}\" \\"),
        format!("export CLAUDE_CODE_OAUTH_TOKEN=\"{}\"", wrapped(token, 76, "")),
        format!("export CLAUDE_CODE_OAUTH_TOKEN=\"{cut}\\\n{end}\""),
        wrapped(token, 76, "").replace('\n', "\r\r"),
    ];
    for width in [20, 64, 72, 76, 80, 100, 107] {
        for indent in ["", "  ", "\t", " \u{a0} "] {
            all.push(wrapped(token, width, indent));
            all.push(wrapped(token, width, indent).replace('\n', "\r"));
            all.push(format!("  {}  ", wrapped(token, width, indent).replace('\n', "  \r\n")));
        }
    }
    all
}

#[test]
fn however_it_is_spelt_the_same_token_comes_out() {
    for text in spellings(SETUP) {
        let pasted = get("anthropic", &text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
        assert_eq!(pasted.secret.expose(), SETUP, "{text:?}");
        assert_eq!(pasted.kind, Kind::Token, "{text:?}");
    }
    let router = format!("sk-or-v1-{}", &"CANARY0123456789abcdef".repeat(3)[..64]);
    for text in spellings(&router) {
        let pasted = get("my-proxy", &text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal:?}"));
        assert_eq!(pasted.secret.expose(), &router, "{text:?}");
        assert_eq!(pasted.kind, Kind::ApiKey, "{text:?}");
    }
}

#[test]
fn what_it_is_stored_as_follows_from_its_beginning_its_name_or_the_provider() {
    use Kind::{ApiKey, Token};
    let long = "CANARY0123456789abcdefghijklmnop";
    for (provider, text, kind, notes) in [
        ("anthropic", KEY.to_owned(), ApiKey, 1),
        ("anthropic", SETUP.to_owned(), Token, 0),
        ("anthropic", format!("ANTHROPIC_OAUTH_TOKEN={KEY}"), ApiKey, 1),
        ("openrouter", format!("sk-or-v1-{long}{long}"), ApiKey, 1),
        ("openrouter", format!("OPENAI_API_KEY=sk-or-v1-{long}{long}"), ApiKey, 1),
        ("groq", format!("gsk_{long}01234567890123456789"), ApiKey, 1),
        ("mistral", long.to_owned(), ApiKey, 1),
        ("minimax", format!("eyJhbGci.{long}.CANARY"), ApiKey, 1),
        ("github-copilot", format!("ghp_{long}abcd"), Token, 0),
        ("qwen-portal", long.to_owned(), Token, 0),
        ("qwen-portal", format!("QWEN_PORTAL_API_KEY={long}"), ApiKey, 1),
        ("openai-codex", format!("eyJhbGci.{long}.CANARY"), Token, 0),
        ("my-own", "lm-studio".to_owned(), Token, 0),
        ("my-own", "CANARYuser:CANARYpassword".to_owned(), Token, 0),
        ("my-own", "CANARYMTIzNDU2Nzg5MA==".to_owned(), Token, 0),
        ("my-own", KEY.to_owned(), ApiKey, 1),
        ("my-own", wrapped(&long.repeat(4), 76, ""), Token, 1),
    ] {
        let pasted = get(provider, &text).unwrap_or_else(|refusal| panic!("{provider} {text}: {refusal:?}"));
        assert_eq!((pasted.kind, pasted.notes.len()), (kind, notes), "{provider} {text} {:?}", pasted.notes);
    }
    for whole in ["lm-studio", "CANARYuser:CANARYpassword", "CANARYMTIzNDU2Nzg5MA=="] {
        assert_eq!(get("my-own", whole).unwrap().secret.expose(), whole);
    }
}

#[test]
fn what_is_taken_off_or_out_is_said() {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(KEY);
    let (one, two) = KEY.split_at(50);
    for (text, what) in [
        (format!("[{KEY}]"), "has `[` before it and `]` after it"),
        (format!("({KEY})"), "has `(` before it and `)` after it"),
        (format!("[\"{KEY}\"]"), "has quotation marks around it"),
        (format!("**{KEY}**"), "has `**` before it"),
        (format!("{KEY}\\n"), "written as \\n"),
        (format!("{KEY}."), "has a `.` after it"),
        (format!("export ANTHROPIC_API_KEY=\"{KEY}\\n\""), "written as \\n"),
        (format!("{one}\u{200b}{two}"), "U+200B (a zero width space) was removed"),
        (format!("{KEY}\u{200b}"), "U+200B (a zero width space) was removed"),
        (base64, "is an API key of anthropic in base64"),
    ] {
        let pasted = get("anthropic", &text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
        assert_eq!(pasted.secret.expose(), KEY, "{text}");
        assert_eq!(pasted.kind, Kind::ApiKey, "{text}");
        assert!(pasted.notes.iter().any(|note| note.contains(what)), "{text}: {:?}", pasted.notes);
        assert!(!pasted.notes.concat().contains("CANARY"), "{text}: {:?}", pasted.notes);
    }
}

/// What was pasted, for which provider, the code, and a part of the message and of the help.
pub(crate) fn wrong() -> Vec<(&'static str, String, &'static str, &'static str, &'static str)> {
    let router = "sk-or-v1-CANARY0123456789abcdef012345678900000000000000000000000000000000";
    let claude = r#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-CANARY0123456789","refreshToken":"sk-ant-ort01-CANARY","expiresAt":1800000000000}}"#;
    let codex =
        r#"{"OPENAI_API_KEY":null,"tokens":{"access_token":"CANARY0123456789","refresh_token":"CANARY"}}"#;
    let jwt = "eyJhbGciOiJIUzI1NiJ9.CANARYeyJzdWIiOiIxMjM0NTY3ODkwIn0.CANARYdozjgNryP4J3jVmNHl0w5N";
    let pem = "-----BEGIN PRIVATE KEY-----\nCANARYMIIEvQIBADANBgkqhkiG9w0BAQE\n-----END PRIVATE KEY-----";
    let (bad, kind) = (MALFORMED, WRONG_KIND);
    let anthropic = [
        ("", bad, "nothing was pasted", "paste the key or token itself"),
        (" \n\t\r\n", bad, "nothing was pasted", "console.anthropic.com"),
        ("export ANTHROPIC_API_KEY=\"\"", bad, "this name has no value", ""),
        ("sk-ant-...", bad, "placeholder", ""),
        ("<your key>", bad, "placeholder", ""),
        ("sk-ant-api03-****************", bad, "partly hidden", ""),
        ("sk-ant-1", bad, "too short", ""),
        ("Here is my token CANARY0123456789", bad, "white space", ""),
        (
            claude,
            kind,
            "the complete login of Claude Code",
            "`zirkabot models status`, which uses Claude Code's login automatically",
        ),
        (codex, kind, "the complete login of Codex CLI", "`zirkabot models status`"),
        ("{\"profiles\": {}}", bad, "a JSON document", ""),
        ("[\n  \"CANARY\"", bad, "a JSON document, or part", ""),
        ("sk-ant-ort01-CANARY0123456789abcdef", kind, "a refresh token", "models auth setup-token`"),
        ("sk-ant-admin01-CANARY0123456789abcdef", kind, "an admin key of anthropic", "console.anthropic.com"),
        (
            "sk-ant-sid01-CANARY0123456789abcdef",
            kind,
            "a browser session of anthropic",
            "console.anthropic.com",
        ),
        (
            "CANARY0123456789abcdefghijkl",
            kind,
            "does not begin like a secret of anthropic (`sk-ant-api03-…`",
            "--force`",
        ),
        ("CANARY0123456789abcdef#CANARY0123456789", bad, "an authorization code", ""),
        (
            router,
            kind,
            "an API key of openrouter",
            "`zirkabot models auth paste-token --provider openrouter`",
        ),
        ("sk-ant-oat01-CANARY0123456789abcdef", bad, "cut off", "including every line"),
        (
            "export OPENAI_API_KEY=CANARY0123456789abcdef01",
            kind,
            "OPENAI_API_KEY is a variable of openai",
            "`zirkabot models auth paste-token --provider openai`",
        ),
        (jwt, kind, "a JSON Web Token", ""),
        ("https://console.anthropic.com/settings/keys?CANARY", bad, "the address of a web page", ""),
        (pem, bad, "a PEM block", ""),
        ("sk-ant-api03-CANARY\u{0}0123456789", bad, "a control character", ""),
        ("sk-ant-api03-CANARY0123\u{7f}456789", bad, "a control character", ""),
        ("sk-ant-api03–CANARY0123456789", bad, "U+2013 (an en dash) at character 13", ""),
        ("\"sk-ant-api03-CANARY0123456789", bad, "quotation mark", ""),
        ("sk-ant-api03-CANARY0123456789)", bad, "`)` at character", ""),
        ("\"$ANTHROPIC_API_KEY\"", bad, "a reference to a variable ($ANTHROPIC_API_KEY)", "the value itself"),
        ("op://Private/x/y", bad, "a reference to 1Password (op://Private/x/y)", "the value itself"),
        ("ENC[AES256_GCM,data:CANARY]", bad, "SOPS has encrypted", ""),
        ("__REDACTED__", bad, "partly hidden", ""),
        ("/run/secrets/x", bad, "the path of a file (/run/secrets/x)", ""),
        (&SETUP[..80], bad, "cut off after 80 of 108 characters", "including every line"),
        (&KEY[..45], bad, "cut off after 45 of 108 characters", "including every line"),
        ("curl -H 'x-api-key: CANARY' https://api.anthropic.com", bad, "white space", ""),
    ];
    let two = [
        format!("{SETUP}\n{SETUP}"),
        format!("{SETUP}{SETUP}"),
        format!("{KEY} {SETUP}"),
        format!("ANTHROPIC_API_KEY={KEY}\nOPENAI_API_KEY=CANARY0123456789abcdef01"),
    ];
    let groq = [
        (SETUP, kind, "access token of anthropic", "--provider anthropic`"),
        (KEY, kind, "an API key of anthropic", "--provider anthropic`"),
        (jwt, kind, "a JSON Web Token", ""),
        ("CANARY0123456789abcdefghij\n\nCANARY0123456789abcdefghij", bad, "more than one", "one at a time"),
    ];
    let of = |provider| {
        move |(text, code, why, help): (&str, _, _, _)| (provider, text.to_owned(), code, why, help)
    };
    let mut all: Vec<_> = anthropic.into_iter().map(of("anthropic")).collect();
    all.extend(groq.into_iter().map(of("groq")));
    all.extend(two.map(|text| ("anthropic", text, bad, "more than one", "one at a time")));
    all.push(("anthropic", "CANARY0".repeat(4_000), bad, "far too long", ""));
    all.push(("openai", "sk-admin-CANARY0123456789abcdef".to_owned(), kind, "an admin key of openai", ""));
    all.push(("my-own", "sk-ant-ort01-CANARY0123456789abcdef".to_owned(), kind, "a refresh token", ""));
    all.push(("my-own", "".to_owned(), bad, "nothing was pasted", "paste the key"));
    all
}

#[test]
fn what_cannot_be_right_is_refused_with_what_it_is_and_what_to_run() {
    for (provider, text, code, why, help) in wrong() {
        let shown = text.chars().take(60).collect::<String>();
        let refusal = get(provider, &text).expect_err(&shown);
        assert_eq!(refusal.code, Some(code), "{shown:?}: {refusal:?}");
        assert!(refusal.why.contains(why), "{shown:?}: {refusal:?}");
        let said = refusal.help.unwrap_or_default().to_string();
        assert!(said.contains(help) && !said.is_empty(), "{shown:?}: {said}");
        assert!(!refusal.why.contains("CANARY") && !said.contains("CANARY"), "{shown:?} is quoted");
        assert!(!refusal.usage, "{shown:?}: the command line is right");
    }
    let bytes = Secret::new(b"CANARY\xff".to_vec());
    assert!(read_bytes("groq", &bytes, &command).unwrap_err().why.contains("UTF-8"));
}

proptest! {
    #[test]
    fn any_decoration_leaves_the_token_as_it_is(
        token in "[A-Za-z0-9_-]{52}"
            .prop_filter("an example", |token| form::judge(token, form::Slot::new("mistral", Kind::ApiKey)).is_none())
            .prop_filter("a line may begin as another key does", |token| {
                (0..token.len()).all(|at| providers::prefix_of(&token[at..]).is_none())
            }),
        width in 12_usize..130,
        layers in vec(select(LAYERS), 0..4),
        end in select(&["\n", "\r", "\r\n"][..]),
        indent in "[ \t]{0,6}",
    ) {
        let token = format!("gsk_{token}");
        let text = layers.iter().fold(wrapped(&token, width, &indent), |text, (front, back)| format!("{front}{text}{back}"));
        let text = text.replace('\n', end);
        match get("groq", &text) {
            Ok(pasted) => prop_assert_eq!(pasted.secret.expose(), &token),
            Err(refusal) => return Err(TestCaseError::fail(format!("{text:?}: {refusal:?}"))),
        }
    }

    #[test]
    fn what_is_accepted_is_one_word_and_what_is_refused_is_not_quoted(
        parts in vec(select(PARTS), 0..12),
        provider in select(&["anthropic", "groq", "qwen-portal", "my-own"][..]),
    ) {
        let text = parts.concat();
        match get(provider, &text) {
            Ok(pasted) => {
                let secret = pasted.secret.expose();
                prop_assert!(!secret.is_empty() && secret.chars().all(|c| c.is_ascii_graphic()));
                prop_assert!(!secret.contains(['"', '\'', '`']));
            }
            Err(refusal) => {
                let told = format!("{refusal:?}");
                prop_assert!(!told.contains("CANARY0123456789"), "{}", told);
            }
        }
    }
}

/// What stands around a token.
const LAYERS: &[(&str, &str)] = &[
    ("\"", "\""),
    ("'", "'"),
    ("\u{201c}", "\u{201d}"),
    ("export GROQ_API_KEY=", ""),
    ("GROQ_API_KEY = ", ";"),
    ("apiKey: ", ","),
    ("Bearer ", ""),
    ("Authorization: Bearer ", ""),
    ("\u{1b}[200~", "\u{1b}[201~"),
    ("\u{feff}  ", " \n"),
];

/// Pieces of what people paste.
const PARTS: &[&str] = &[
    "sk-ant-api03-",
    "sk-ant-oat01-",
    "gsk_",
    "CANARY0123456789abcdef",
    "CANARY",
    "\"",
    "'",
    "`",
    "\u{201c}",
    "=",
    ":",
    " ",
    "\n",
    "\r\n",
    "\t",
    "export ",
    "set -x ",
    "GROQ_API_KEY",
    "token",
    "Bearer ",
    "\u{1b}[200~",
    "\u{1b}",
    "\u{1b}]",
    "\u{7}",
    "{",
    "}",
    "$",
    "$env:",
    "\\",
    "#",
    "...",
    "-----BEGIN ",
    "https://",
    "\u{0}",
    "\u{9b}",
    ";",
    "é",
    "^[[200~",
];
