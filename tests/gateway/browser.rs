//! The page in a real browser, by the keyboard alone: what people see, and what the browser keeps and complains of.

use crate::page::status;
use crate::support::browser::Browser;
use crate::support::gateway::{Gateway, STORE, TOKEN, config, hi, key, put, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};
use std::path::Path;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// A name that is HTML.
const EVIL: &str = "anthropic:<img src=x onerror=\"document.title='hit'\">";

/// Opens the page and types a token.
fn type_token(browser: &Browser, gateway: &Gateway, token: &str) {
    browser.open(&format!("http://{}/", gateway.address));
    browser.press(token);
    browser.press(ENTER);
}

fn focus(browser: &Browser) -> String {
    browser.run("return document.activeElement.id").as_str().unwrap().to_owned()
}

/// A gateway of which there is much to tell: rests, logins that expire, a model with too much to do, requests.
fn busy(provider: &Provider) -> Gateway {
    let mut config = config(provider);
    config["agents"] = json!({"defaults": {"model": {"primary": "anthropic/claude-opus-4-5",
        "fallbacks": ["openai/gpt-5.2"]}}});
    let mut store = store(&["fault-429-retry-600", "fault-401", "good"]);
    let oat = |name: &str| key(name).replace("api03", "oat01");
    let gateway = Gateway::start(&config, &store);
    let now = status(&gateway)["now"].as_i64().unwrap();
    for (id, days) in [("anthropic:work", 300), ("anthropic:old", -3), ("anthropic:me@example.com", 2)] {
        store["profiles"][id] = json!({"type": "token", "provider": "anthropic", "token": oat("login"),
            "expires": now + days * 86_400_000});
    }
    let order = ["p0", "work", "p1", "old", "p2", "me@example.com"].map(|id| format!("anthropic:{id}"));
    store["order"]["anthropic"] = json!(order);
    put(&gateway.state_path(), STORE, &store.to_string());
    for model in ["claude-opus-4-5", "claude-opus-4-5", "fault-404", "fault-529", "fault-422"] {
        let mut body = hi();
        body["model"] = model.into();
        gateway.ask(&body);
    }
    gateway
}

#[test]
fn who_types_the_token_sees_what_is_next_and_until_when_what_rests() {
    let Some(browser) = Browser::start() else { return };
    let provider = Provider::start();
    let mut store = store(&["fault-429-retry-600"]);
    store["profiles"][EVIL] = json!({"type": "api_key", "provider": "anthropic", "key": key("good")});
    store["order"]["anthropic"] = json!(["anthropic:p0", EVIL]);
    let gateway = Gateway::start(&config(&provider), &store);
    assert_eq!(gateway.ask(&hi()).status, 200);
    type_token(&browser, &gateway, TOKEN);
    browser.wait_for("!document.getElementById('shown').hidden");
    assert_eq!(browser.text("#providers .next"), EVIL);
    assert_eq!(browser.run("return document.querySelectorAll('img').length"), 0);
    assert_eq!(browser.run("return document.title"), "zirkabot gateway: ready");
    let rests = browser.text("#rests");
    assert!(
        rests.contains("anthropic:p0") && rests.contains("rate_limit") && rests.contains("in 9 min"),
        "{rests}"
    );
    assert!(browser.text("#explanations").contains("cooldown/rate-limited"));
    assert!(browser.text("#live").contains("Next for anthropic: "));
    assert_eq!(focus(&browser), "first");
    // What comes is shown by itself.
    assert_eq!(gateway.ask(&hi()).status, 200);
    browser.wait_for("document.querySelectorAll('#outcomes tbody tr').length === 2");
    // Nothing is kept but in memory, and nothing was complained of.
    let kept = "return [localStorage.length, sessionStorage.length, document.cookie, window.location.href, history.length]";
    let kept = browser.run(kept);
    assert_eq!((&kept[0], &kept[1], &kept[2]), (&json!(0), &json!(0), &json!("")));
    assert_eq!(kept[3], format!("http://{}/", gateway.address));
    assert_eq!(browser.run("return document.documentElement.outerHTML.includes('CANARY')"), false);
    assert_eq!(browser.console(), Vec::<String>::new());
    // By the keyboard: stop the updates, go on, forget the token.
    browser.run("document.activeElement.blur()");
    browser.press(TAB);
    assert_eq!(focus(&browser), "pause");
    browser.press(ENTER);
    assert_eq!(browser.run("return document.activeElement.getAttribute('aria-pressed')"), "true");
    assert!(browser.text("#updated").ends_with("paused"));
    browser.press(&format!("{ENTER}{TAB}"));
    assert_eq!(focus(&browser), "leave");
    browser.press(ENTER);
    assert_eq!(focus(&browser), "token");
    let left = browser.run("return [document.getElementById('providers').childElementCount, document.getElementById('token').value]");
    assert_eq!(left, json!([0, ""]));
    // Loaded anew, it has forgotten.
    browser.open(&format!("http://{}/?token={TOKEN}#{TOKEN}", gateway.address));
    assert_eq!(browser.run("return document.getElementById('shown').hidden"), true);
}

#[test]
fn a_wrong_token_and_a_gateway_that_is_gone_are_told() {
    let Some(browser) = Browser::start() else { return };
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    type_token(&browser, &gateway, TOKEN);
    browser.wait_for("!document.getElementById('shown').hidden");
    let other = Gateway::with(&provider, &["good"]);
    type_token(&browser, &other, "wr\u{f6}ng");
    assert!(browser.text("#told").contains("no token"));
    for _ in 0..10 {
        type_token(&browser, &other, "wrong");
        browser.wait_for("document.getElementById('told').textContent !== ''");
        assert_eq!(browser.text("#told"), "The gateway does not accept this token.");
        assert_eq!(focus(&browser), "token");
    }
    type_token(&browser, &other, "wrong");
    browser.wait_for("document.getElementById('told').textContent !== ''");
    let told = browser.text("#told");
    assert!(
        told.starts_with("Too many wrong tokens") && told.ends_with("until then it is not asked."),
        "{told}"
    );
    let asked = "return performance.getEntriesByType('resource').length";
    let before = browser.run(asked);
    browser.let_go_on(6_000);
    assert_eq!(browser.run(asked), before);
    type_token(&browser, &gateway, TOKEN);
    browser.wait_for("!document.getElementById('shown').hidden");
    drop(gateway);
    browser.wait_for("document.getElementById('told').textContent !== ''");
    let told = browser.text("#told");
    assert!(told.starts_with("The gateway cannot be reached. What is shown is old."), "{told}");
}

#[test]
fn it_can_be_read_on_a_phone_and_by_machines_in_light_and_dark() {
    let Some(browser) = Browser::start() else { return };
    let provider = Provider::start();
    let gateway = busy(&provider);
    let axe = axe();
    for (name, size) in [("phone", (360, 740)), ("desktop", (1280, 900))] {
        for scheme in ["light", "dark"] {
            browser.look_as(size, scheme);
            browser.open(&format!("http://{}/", gateway.address));
            judged(&browser, axe.as_deref(), &format!("{name}, {scheme}, before"));
            type_token(&browser, &gateway, TOKEN);
            browser.wait_for("!document.getElementById('shown').hidden");
            browser.picture(&format!("{name}-{scheme}"));
            judged(&browser, axe.as_deref(), &format!("{name}, {scheme}"));
            // What it says, it says to screen readers as a table.
            let tables = browser.run("return [...document.querySelectorAll('table')].every((one) => one.caption && one.querySelector('[role=columnheader]') && one.querySelector('[role=rowheader]'))");
            assert_eq!(tables, true);
        }
    }
    let expiries = browser.text("#expiries");
    for (words, name) in [
        ("expired", "anthropic:old"),
        ("in 1 d 23 h", "anthropic:m...@example.com"),
        ("in 299 d", "anthropic:work"),
    ] {
        assert!(expiries.contains(words) && expiries.contains(name), "{expiries}");
    }
    assert!(browser.text("#rests").contains("fault-529"));
    assert!(browser.text("#providers").contains("gateway.subscriptions"));
    assert_eq!(browser.console(), Vec::<String>::new());
}

/// Nothing is wider than the screen, and nothing is against the rules of accessibility, as far as a machine can tell.
pub(crate) fn judged(browser: &Browser, axe: Option<&str>, what: &str) {
    let wide = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]");
    assert!(wide[0].as_i64() <= wide[1].as_i64(), "{what}: {wide}");
    let Some(axe) = axe else { return };
    browser.run(axe);
    browser.wait_for("(window.judged ??= axe.run().then((said) => { window.said = said; })) && window.said");
    let said = browser.run("return window.said.violations.map((one) => [one.id, one.help, one.nodes.map((node) => node.html + node.failureSummary)])");
    assert_eq!(said, Value::Array(Vec::new()), "{what}");
    let passed = browser.run("return window.said.passes.length").as_i64();
    assert!(passed > Some(10), "{what}: {passed:?}");
    browser.run("delete window.judged; delete window.said;");
}

/// The script of axe-core, where the Python environment has it.
pub(crate) fn axe() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python");
    let files = walkdir::WalkDir::new(root).into_iter().filter_map(Result::ok);
    let file =
        files.map(walkdir::DirEntry::into_path).find(|path| path.ends_with("axe_core_python/axe.min.js"));
    if file.is_none() {
        println!("no axe-core (tests/run makes an environment that has it): accessibility is not judged");
    }
    file.map(|file| std::fs::read_to_string(file).unwrap())
}
