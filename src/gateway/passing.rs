//! The body of an answer on its way to the client: bytes as they come. A cut is passed on as a cut, so that nobody
//! takes a part for the whole.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, timeout_at};

/// Most bytes of a stream that are held until its first event is whole.
const HELD: usize = 64 * 1024;

/// Why an answer ends before its end.
pub(super) type Cut = Box<dyn std::error::Error + Send + Sync>;

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At its end.
    Done,
    /// The client went.
    Client,
    /// The provider cut it.
    Cut,
    /// The provider said nothing any more.
    Idle,
}

impl End {
    /// The word in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Client => "client",
            Self::Cut => "cut",
            Self::Idle => "idle",
        }
    }
}

/// An answer.
pub(super) enum Reply {
    /// One that is here.
    Whole(Option<Bytes>),
    /// One that is coming.
    Passing(Box<Passing>),
}

/// What came of a stream; nothing is its end.
type Came = Option<Result<Frame<Bytes>, hyper::Error>>;

/// Who is told how an answer ended.
pub(super) type Told = Box<dyn FnOnce(End)>;

/// Most pieces of a stream that are gathered before they go on together.
const GATHERED: usize = 64;

/// How often whoever reads goes first: who writes asks twice in one turn.
const GIVES_WAY: usize = 2;

/// An answer that is coming. Of a stream, what is there at once goes on at once: whoever reads from the provider
/// gets another turn before what came is written, because a write costs more than all the rest.
pub(super) struct Passing {
    held: VecDeque<Bytes>,
    /// Whether what is held goes on now.
    flows: bool,
    /// How often whoever reads was let go first since the last piece came.
    gave_way: usize,
    rest: Option<Incoming>,
    /// What came behind what is held: a frame without bytes, an error, or the end.
    last: Option<Came>,
    idle: Duration,
    alarm: Pin<Box<Sleep>>,
    told: Option<Told>,
}

impl Passing {
    /// What was held, and what comes after it. `told` hears how it ended.
    pub(super) fn new(held: VecDeque<Bytes>, rest: Option<Incoming>, idle: Duration, told: Told) -> Self {
        let alarm = Box::pin(tokio::time::sleep(idle));
        Self { held, flows: true, gave_way: 0, rest, last: None, idle, alarm, told: Some(told) }
    }

    fn end(&mut self, how: End) {
        self.rest = None;
        if let Some(told) = self.told.take() {
            told(how);
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.end(if self.is_over() { End::Done } else { End::Client });
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Passing(passing) => passing.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Passing(passing) => passing.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Passing(passing) => passing.size_hint(),
        }
    }
}

impl Passing {
    fn size_hint(&self) -> SizeHint {
        let held: u64 = self.held.iter().map(|bytes| bytes.len() as u64).sum();
        let rest = self.rest.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint);
        match rest.exact() {
            Some(exact) => SizeHint::with_exact(held + exact),
            None => SizeHint::default(),
        }
    }

    fn is_over(&self) -> bool {
        let is_end = self.rest.as_ref().is_none_or(Body::is_end_stream);
        self.held.is_empty() && !matches!(self.last, Some(Some(_))) && is_end
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        loop {
            if self.flows {
                if let Some(bytes) = self.held.pop_front() {
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                self.flows = false;
            }
            if let Some(last) = self.last.take() {
                return Poll::Ready(self.ended(last));
            }
            let Some(rest) = self.rest.as_mut() else { return Poll::Ready(None) };
            let has_length = rest.size_hint().exact().is_some();
            match Pin::new(rest).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    self.heard();
                    if has_length {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                    self.held.extend(frame.into_data());
                    self.gave_way = 0;
                    self.flows = self.held.len() >= GATHERED;
                }
                Poll::Ready(last) => {
                    self.last = Some(last);
                    self.flows = true;
                }
                Poll::Pending if self.held.is_empty() => return self.waits(context),
                Poll::Pending if self.gave_way >= GIVES_WAY => self.flows = true,
                Poll::Pending => {
                    self.gave_way += 1;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    }

    /// Something came, so that the time begins anew.
    fn heard(&mut self) {
        let next = Instant::now() + self.idle;
        // Moved only now and then: a timer costs more than a frame.
        if next - self.alarm.deadline() > self.idle / 8 {
            self.alarm.as_mut().reset(next);
        }
    }

    fn waits(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        std::task::ready!(self.alarm.as_mut().poll(context));
        self.end(End::Idle);
        Poll::Ready(Some(Err("the provider stopped sending".into())))
    }

    fn ended(&mut self, last: Came) -> Option<Result<Frame<Bytes>, Cut>> {
        match last {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => {
                self.end(End::Cut);
                Some(Err(error.into()))
            }
            None => {
                self.end(End::Done);
                None
            }
        }
    }
}

/// What a stream begins with.
#[derive(Debug)]
pub(super) enum Begun {
    /// Something that is no error, or too much to tell.
    Fine(VecDeque<Bytes>, Option<Incoming>),
    /// An error: its data, and all that came.
    Error(Bytes, VecDeque<Bytes>, Option<Incoming>),
    /// It broke before anything was whole.
    Broken,
}

/// Waits for the first event of a stream, and looks whether it is an error. What is not whole by the
/// deadline is taken for none.
pub(super) async fn first_event(mut body: Incoming, deadline: Instant) -> Begun {
    let (mut held, mut seen) = (VecDeque::new(), BytesMut::new());
    loop {
        match timeout_at(deadline, body.frame()).await {
            Err(_) => return Begun::Fine(held, Some(body)),
            Ok(None) => return judged(&seen, held, None),
            Ok(Some(Err(_))) => return Begun::Broken,
            Ok(Some(Ok(frame))) => {
                let Ok(bytes) = frame.into_data() else { continue };
                seen.extend_from_slice(&bytes);
                held.push_back(bytes);
                if end_of_event(&seen).is_some() || seen.len() >= HELD {
                    return judged(&seen, held, Some(body));
                }
            }
        }
    }
}

fn judged(seen: &[u8], held: VecDeque<Bytes>, rest: Option<Incoming>) -> Begun {
    match error_in(seen) {
        Some(data) => Begun::Error(data, held, rest),
        None => Begun::Fine(held, rest),
    }
}

/// Where the first event that says something ends.
fn end_of_event(seen: &[u8]) -> Option<usize> {
    let (mut at, mut says) = (0, false);
    while let Some(line) = seen.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let text = seen[at..at + line].strip_suffix(b"\r").unwrap_or(&seen[at..at + line]);
        at += line + 1;
        // A line that begins with a colon is a comment, to keep the connection.
        says |= !text.is_empty() && !text.starts_with(b":");
        if text.is_empty() && says {
            return Some(at);
        }
    }
    None
}

/// The data of the first event, if it is an error.
fn error_in(seen: &[u8]) -> Option<Bytes> {
    let event = &seen[..end_of_event(seen).unwrap_or(seen.len())];
    let lines = || event.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let data: Vec<&[u8]> =
        lines().filter_map(|line| line.strip_prefix(b"data:")).map(<[u8]>::trim_ascii).collect();
    let data = data.join(&b'\n');
    let named =
        lines().any(|line| line.strip_prefix(b"event:").is_some_and(|name| name.trim_ascii() == b"error"));
    let is_error = || {
        let value: serde_json::Value = serde_json::from_slice(&data).unwrap_or_default();
        let kind = value.get("type").and_then(serde_json::Value::as_str);
        value.get("error").is_some_and(|error| !error.is_null())
            || matches!(kind, Some("error" | "response.failed"))
    };
    (named || is_error()).then(|| data.into())
}

#[cfg(test)]
mod tests {
    use crate::gateway::passing::*;

    #[test]
    fn the_first_event_is_an_error_or_none() {
        for (text, rest, error) in [
            ("event: error\ndata: {\"x\":1}\n\nmore", Some("more"), Some("{\"x\":1}")),
            ("event: error\r\ndata: {\"x\":1}\r\n\r\nmore", Some("more"), Some("{\"x\":1}")),
            (": ping\n\ndata: {\"error\": {\"a\": 1}}\n\n", Some(""), Some("{\"error\": {\"a\": 1}}")),
            ("data: {\"error\": null}\n\n", Some(""), None),
            ("event: message_start\ndata: {}\n\n", Some(""), None),
            ("data: [DONE]\n\n", Some(""), None),
            ("event: mess", None, None),
            ("", None, None),
        ] {
            assert_eq!(end_of_event(text.as_bytes()).map(|at| &text[at..]), rest, "{text}");
            assert_eq!(error_in(text.as_bytes()).as_deref(), error.map(str::as_bytes), "{text}");
        }
    }
}
