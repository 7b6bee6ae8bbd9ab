//! `models status --format html` in a real browser: one file that asks for nothing else, and can be read by all.

use crate::browser::{axe, judged};
use crate::support::browser::Browser;
use crate::support::gateway::{STORE, key, program, put};
use serde_json::json;

/// A name that is HTML.
const EVIL: &str = "anthropic:<img src=x onerror=\"document.title='hit'\">";

#[test]
fn the_page_is_one_file_for_phones_and_desks_in_light_and_dark() {
    let Some(browser) = Browser::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let token = |expires: i64| json!({"type": "token", "provider": "anthropic", "token": key("t").replace("api03", "oat01"), "expires": expires});
    let store = json!({"version": 1, "profiles": {
        "anthropic:old": token(1_000_000_000_000), "anthropic:work": token(4_000_000_000_000),
        EVIL: {"type": "api_key", "provider": "anthropic", "key": key("good")},
    }});
    put(dir.path(), STORE, &store.to_string());
    put(dir.path(), "zirkabot.toml", "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n");
    let file = dir.path().join("status.html");
    let mut command = program(dir.path());
    let output =
        command.args(["models", "status", "--format", "html", "--output"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(!page.contains("CANARY") && !page.contains("<script") && !page.contains("://"), "{page}");
    let axe = axe();
    for (name, size) in [("phone", (360, 740)), ("desktop", (1280, 900))] {
        for scheme in ["light", "dark"] {
            browser.look_as(size, scheme);
            browser.open(&format!("file://{}", file.display()));
            browser.picture(&format!("status-{name}-{scheme}"));
            judged(&browser, axe.as_deref(), &format!("{name}, {scheme}"));
        }
    }
    let text = browser.text("main");
    for words in ["can talk", "anthropic:work", "expired", "onerror", "expiry/expired"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(browser.run("return document.title"), "zirkabot status");
    assert_eq!(browser.run("return document.images.length"), 0);
    assert_eq!(browser.run("return performance.getEntriesByType('resource').length"), 0);
    assert_eq!(browser.console(), Vec::<String>::new());
}
