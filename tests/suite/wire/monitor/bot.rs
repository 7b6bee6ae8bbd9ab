//! A bot of Telegram that tells, and a sign of life after each round.

use crate::support::home::NOW;
use crate::support::server::Server;
use crate::wire::monitor::{ends, home};
use zirkabot::sys::time::{DAY, HOUR};

/// The bot and the chat of the gateway's own config are used, or others that are named; and what waits for a sign of
/// life hears of each round, and of those that found something broken.
#[test]
fn a_bot_tells_and_a_sign_of_life_is_given_after_each_round() {
    let server = Server::start(&[]);
    let url = server.url("");
    let bot = "[channels.telegram]\nbotToken = \"123:FAKE-bot\"\nallowFrom = [\"*\", 42]\n";
    let ping = format!("ping = \"{url}/ping/CANARY-check?rid=1\"\n");
    let own = format!("{ping}telegram = {{ server = \"{url}\" }}\n{bot}");
    let named =
        format!("{ping}telegram = {{ server = \"{url}\", chat = \"-7\", token = \"9:FAKE\" }}\n{bot}");
    for (monitor, address, chat) in
        [(own, "/bot123:FAKE-bot/sendMessage", "42"), (named, "/bot9:FAKE/sendMessage", "-7")]
    {
        let home = home(NOW + 30 * DAY, &monitor);
        let (got, _, stderr) = home.run("zirkabot monitor");
        assert_eq!((got, stderr.as_str()), (0, ""));
        let lines = || server.asked().into_iter().map(|asked| asked.line.clone()).collect::<Vec<_>>();
        assert_eq!(lines(), ["GET /ping/CANARY-check?rid=1 HTTP/1.1"]);
        ends(&home, NOW - HOUR);
        assert_eq!(home.run("zirkabot monitor --dry-run").0, 1);
        assert!(lines().is_empty());
        let (got, stdout, stderr) = home.run("zirkabot monitor -v");
        assert_eq!((got, stderr.as_str()), (1, ""), "{stdout}");
        let asked = server.asked();
        let [told, pinged] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(told.line, format!("POST {address} HTTP/1.1"));
        let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(body["chat_id"], chat);
        assert!(body["text"].as_str().unwrap().contains("expired 1h ago"), "{body}");
        assert_eq!(pinged.line, "GET /ping/CANARY-check/fail?rid=1 HTTP/1.1");
    }
    // Where nobody answers, that is said, without the address.
    let home = home(NOW + 30 * DAY, "ping = \"http://127.0.0.1:9/CANARY\"\ntelegram = true\n");
    let (got, stdout, stderr) = home.run("zirkabot monitor");
    assert_eq!((got, stdout.as_str()), (0, ""));
    assert!(
        stderr.starts_with("warning: the address in monitor.ping was not reached: ")
            && !stderr.contains("CANARY"),
        "{stderr}"
    );
    let (got, _, stderr) = home.run("zirkabot monitor test");
    assert_eq!(got, 74);
    assert!(stderr.contains("set monitor.telegram.chat, or channels.telegram.allowFrom"), "{stderr}");
}
