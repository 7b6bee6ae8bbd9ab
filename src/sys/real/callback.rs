//! A port of this machine to which a browser is sent back. Only what this machine asks is heard; what it means
//! is for those who wait.

#![expect(clippy::disallowed_methods, reason = "this is where a browser is waited for, up to a time")]

use crate::sys::real::console;
use crate::sys::secret::Secret;
use crate::sys::{Heard, Millis, Page};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Most bytes of the head of a request.
const LONGEST: usize = 16 << 10;

/// Most browsers that are heard at once: some connect before they have anything to say.
const MOST: usize = 32;

/// How long a browser may take for its page.
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens, for this machine alone.
pub(super) fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Somebody who has connected, with what came so far.
type Caller = (TcpStream, Zeroizing<Vec<u8>>);

/// Answers requests with `page` until one is the last; ends too when something is typed, or time is up.
pub(super) fn wait(listener: &TcpListener, page: &mut dyn FnMut(&Secret) -> Page, limit: Millis) -> Heard {
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(limit).unwrap_or(0));
    let mut callers: Vec<Caller> = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Heard::TimedOut;
        }
        let streams = callers.iter().map(|(stream, _)| stream);
        let ready = console::ready(listener, streams, left);
        if ready.first() == Some(&true) {
            return Heard::Typed;
        }
        let mut at = 2;
        callers.retain_mut(|caller| {
            at += 1;
            !ready.get(at - 1).is_some_and(|ready| *ready) || more(caller)
        });
        while let Ok((stream, _)) = listener.accept() {
            if callers.len() < MOST && stream.set_nonblocking(true).is_ok() {
                callers.push((stream, Zeroizing::default()));
            }
        }
        let (asking, rest): (Vec<Caller>, _) = callers.into_iter().partition(|(_, head)| is_whole(head));
        callers = rest;
        for (mut stream, head) in asking {
            let Some(target) = target(&head) else { continue };
            let page = page(&target);
            let _ = answer(&mut stream, &page);
            if page.is_last {
                return Heard::Last;
            }
        }
    }
}

/// Hears on; whether there may be more.
fn more((stream, head): &mut Caller) -> bool {
    let mut chunk = Zeroizing::new([0_u8; 4096]);
    match stream.read(&mut *chunk) {
        Ok(0) => false,
        Ok(count) => {
            head.extend_from_slice(&chunk[..count]);
            head.len() <= LONGEST
        }
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}

fn is_whole(head: &[u8]) -> bool {
    head.windows(4).any(|end| end == b"\r\n\r\n")
}

/// What is asked for, if it is asked as a browser does.
fn target(head: &[u8]) -> Option<Secret> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    Some(Secret::from(line.strip_prefix("GET ")?.split(' ').next()?))
}

fn answer(stream: &mut TcpStream, page: &Page) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (status, body) = (page.status, page.body);
    write!(
        stream,
        "HTTP/1.1 {status} -\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.shutdown(std::net::Shutdown::Write)
}
