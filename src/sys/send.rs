//! Sending a request, and trying again what may work in a moment. What is sent, and what an answer
//! means, is for those who send.

use crate::sys::Http;
use crate::sys::http::{Request, Response, Unanswered};

/// How often it is tried once more.
const RETRIES: u32 = 2;

/// The pause before the first retry, in milliseconds; each further one is twice as long.
const PAUSE: u64 = 500;

/// Sends it; again if the server is in trouble or the connection does not come about, but not if it
/// was refused, or if time was up, after which it may have been taken.
///
/// # Errors
/// If there is no answer in the end.
pub(crate) fn send(act: &mut dyn Http, request: &Request) -> Result<Response, Unanswered> {
    let mut tries = 0;
    loop {
        let answer = act.send(request);
        let passing = match &answer {
            Ok(answer) => answer.status >= 500,
            Err(why) => why.is_passing(),
        };
        if !passing || tries == RETRIES {
            return answer;
        }
        let pause = PAUSE << tries;
        act.pause(pause + jitter(act, tries) % pause);
        tries += 1;
    }
}

/// Something that differs between machines and runs, so that many do not come back at the same moment.
fn jitter(act: &dyn Http, tries: u32) -> u64 {
    let host = act.host();
    let mixed = host.now.unsigned_abs() ^ (u64::from(host.pid) << 20) ^ u64::from(tries);
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}
