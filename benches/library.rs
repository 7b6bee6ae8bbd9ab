//! How long the library takes to say which credential is used, asked again while nothing has changed.
//!
//! The home is one agent with 20 profiles. A figure over all calls is printed, and one for a call after
//! a file has changed. Nothing here fails: a machine may be busy.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is to fail")]

use std::time::{Duration, Instant, SystemTime};
use zirkabot::pipeline::open::Open;

const CALLS: u32 = 200_000;
/// The same with `--quick`: whether it runs, and about how long.
const QUICK: u32 = 5_000;
const ROUNDS: usize = 7;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("agents/main/agent/auth-profiles.json");
    std::fs::create_dir_all(store.parent().unwrap()).unwrap();
    let profile = |n: usize| {
        format!(
            r#""anthropic:p{n}": {{"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CANARY-{n:086}AA"}}"#
        )
    };
    let profiles: Vec<String> = (0..20).map(profile).collect();
    std::fs::write(&store, format!(r#"{{"version": 1, "profiles": {{{}}}}}"#, profiles.join(", "))).unwrap();
    // What was written just now may be written again unseen.
    let old = SystemTime::now() - Duration::from_secs(60);
    std::fs::File::options().write(true).open(&store).unwrap().set_modified(old).unwrap();
    let mut open = Open::state_dir(home.path());
    assert!(open.resolve("main", "anthropic", None).is_some());
    let calls = if std::env::args().any(|arg| arg == "--quick") { QUICK } else { CALLS };
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..calls {
            assert!(std::hint::black_box(open.resolve("main", "anthropic", None)).is_some());
        }
        best = best.min(begin.elapsed());
    }
    let call = best.as_secs_f64() * 1e6 / f64::from(calls);
    let held = if call < 5.0 { "yes" } else { "NO" };
    println!("library: resolve on an unchanged home, best of {ROUNDS} rounds of {calls} calls");
    println!("  {call:.2} µs a call    wanted: under 5.00: {held}");
    let begin = Instant::now();
    std::fs::File::options()
        .write(true)
        .open(&store)
        .unwrap()
        .set_modified(old + Duration::from_secs(1))
        .unwrap();
    assert!(open.resolve("main", "anthropic", None).is_some());
    println!("  {:.0} µs for the call after a file has changed", begin.elapsed().as_secs_f64() * 1e6);
}
