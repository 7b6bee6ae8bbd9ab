//! A real browser: Chromium without a window, by the WebDriver protocol of its `chromedriver`. Where there is none,
//! tests say so and skip.

use crate::support::gateway::Client;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// How WebDriver names what it found.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser that runs, with one page.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
    _home: tempfile::TempDir,
}

impl Browser {
    /// Starts one; none if there is none here.
    pub(crate) fn start() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", home.path()).stdin(Stdio::null());
        let Ok(mut driver) = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
            println!("no chromedriver (tests/run installs one): skipped");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines
            .filter_map(|line| line.split_once("successfully on port ").map(|(_, port)| port.to_owned()));
        let port = { port }.next().unwrap().trim_end_matches('.').parse().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut own = Self { driver, address, session: String::new(), _home: home };
        let profile = format!("--user-data-dir={}", own._home.path().join("profile").display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            &profile,
        ];
        let begun = own.post(
            "/session",
            &json!({"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"args": arguments},
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"script": 50_000},
            }}}),
        );
        own.session = format!("/session/{}", begun["sessionId"].as_str().unwrap());
        Some(own)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let mut client = Client::to(self.address);
        client.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes());
        let reply = client.receive().unwrap();
        let mut answer: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(reply.status, 200, "{path}: {answer}");
        answer["value"].take()
    }

    fn call(&self, path: &str, body: &Value) -> Value {
        self.post(&format!("{}/{path}", self.session), body)
    }

    /// Opens an address.
    pub(crate) fn open(&self, url: &str) {
        self.call("url", &json!({"url": url}));
    }

    /// What a function body returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.call("execute/sync", &json!({"script": script, "args": []}))
    }

    /// The text that is shown in an element.
    pub(crate) fn text(&self, selector: &str) -> String {
        let found = self.call("element", &json!({"using": "css selector", "value": selector}));
        let id = found[ELEMENT].as_str().unwrap();
        let mut client = Client::to(self.address);
        client.send("GET", &format!("{}/element/{id}/text", self.session), &[], b"");
        let answer: Value = serde_json::from_slice(&client.receive().unwrap().body).unwrap();
        answer["value"].as_str().unwrap().to_owned()
    }

    /// Waits until an expression is true in the page.
    pub(crate) fn wait_for(&self, condition: &str) {
        let script = format!(
            "const done = arguments[0], again = () => ({condition}) ? done(true) : setTimeout(again, 20); again();"
        );
        self.call("execute/async", &json!({"script": script, "args": []}));
    }

    /// Lets the page go on for so many milliseconds.
    pub(crate) fn let_go_on(&self, millis: u32) {
        let script = format!("setTimeout(arguments[0], {millis});");
        self.call("execute/async", &json!({"script": script, "args": []}));
    }

    /// Presses keys, wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let strokes = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})));
        let strokes: Vec<Value> = strokes.collect();
        self.call("actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]}));
    }

    /// A command of the DevTools.
    fn devtools(&self, command: &str, parameters: &Value) {
        self.call("goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    /// Looks as on a screen of this size, in light or dark.
    pub(crate) fn look_as(&self, (width, height): (u32, u32), scheme: &str) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// What the console has said since the last time, but for pages of the browser's own.
    pub(crate) fn console(&self) -> Vec<String> {
        let said = self.call("se/log", &json!({"type": "browser"}));
        let said = said.as_array().unwrap().iter().map(|entry| entry["message"].to_string());
        said.filter(|said| !said.starts_with("\"chrome://")).collect()
    }

    /// A picture of the whole page, if somebody wants to see one: `SCREENSHOTS=DIRECTORY`.
    pub(crate) fn picture(&self, name: &str) {
        use base64::Engine;
        let Some(directory) = std::env::var_os("SCREENSHOTS") else { return };
        let whole = json!({"cmd": "Page.captureScreenshot", "params": {"captureBeyondViewport": true}});
        let shot = self.call("goog/cdp/execute", &whole);
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&directory).join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser when the session ends.
        let mut client = Client::to(self.address);
        client.send("DELETE", &self.session, &[], b"");
        let _ = client.receive();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
