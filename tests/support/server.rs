//! A server on this machine that answers as it is told, and remembers what it was asked. The one file
//! of the tests that listens on a network.

use crate::support::request::{self, Got};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// With this status.
    Status(u16),
    /// With this status and body.
    Says(u16, &'static str),
    /// With this status, these headers (each with the end of its line) and body.
    Tells(u16, &'static str, &'static str),
    /// By sending elsewhere: to `/elsewhere` of itself.
    Elsewhere,
    /// Not at all: the connection is closed once the request is read.
    Cuts,
    /// Not at all: the connection stays open until the other side gives up.
    Waits,
    /// With the beginning of an answer, and no more.
    Stalls,
    /// With more than anybody wants.
    Floods,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The first line: method, path, version.
    pub(crate) line: String,
    /// The headers, with their names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All of it, to be searched.
    pub(crate) fn all(&self) -> String {
        format!("{self:?}")
    }
}

/// A server that is listening.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// One that gives these answers in turn, then 200.
    pub(crate) fn start(answers: &[Answer]) -> Self {
        let mut answers = answers.to_vec();
        answers.reverse();
        Self::with(move |_| answers.pop().unwrap_or(Answer::Status(200)))
    }

    /// One that decides by what it is asked.
    pub(crate) fn with(mut decide: impl FnMut(&Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (list, ends) = (Arc::clone(&asked), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                if let Some(request) = read(&mut stream) {
                    let answer = decide(&request);
                    list.lock().unwrap().push(request);
                    // Whoever has gone does not hear it.
                    let _ = reply(&mut stream, answer);
                }
            }
        });
        Self { address, asked, over, thread: Some(thread) }
    }

    /// The address of a path on it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked since the last time that somebody wanted to know.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the one that waits for somebody to connect.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let Got { line, headers, body } = request::read(stream, &mut Vec::new())?;
    Some(Asked { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn reply(stream: &mut TcpStream, answer: Answer) -> std::io::Result<()> {
    match answer {
        Answer::Status(status) => {
            // An answer that nobody may show: it could hold what was sent.
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 8\r\nConnection: close\r\n\r\nCANARY-x")
        }
        Answer::Says(status, body) => reply(stream, Answer::Tells(status, "", body)),
        Answer::Tells(status, headers, body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
        }
        Answer::Elsewhere => {
            write!(
                stream,
                "HTTP/1.1 307 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
        }
        Answer::Cuts => Ok(()),
        Answer::Waits => stream.read_to_end(&mut Vec::new()).map(drop),
        Answer::Stalls => {
            write!(stream, "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nbegin")?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        }
        Answer::Floods => {
            write!(stream, "HTTP/1.1 200 X\r\nContent-Length: 10000000\r\nConnection: close\r\n\r\n")?;
            stream.write_all(&vec![b'x'; 10_000_000])
        }
    }
}

/// A port on which nobody listens.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Holds a port of this machine, until it is dropped.
pub(crate) fn taken(port: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", port)).unwrap()
}

/// What a browser gets that goes to this address of a port of this machine; one connection that says nothing is
/// there before.
pub(crate) fn visit(port: u16, target: &str) -> String {
    let idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    drop(idle);
    answer
}
