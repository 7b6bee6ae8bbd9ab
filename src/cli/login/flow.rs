//! The ways to a login, in front of a person: over a browser that is sent back to this machine, over a code that is
//! pasted, over a code that is typed on another device.

use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::cli::menu::{hidden_in_dialogue, say};
use crate::intent::paste;
use crate::policy::login::code::{self, Callback, Pkce};
use crate::policy::login::device::{self, DeviceNext};
use crate::policy::login::place::LoginPlace;
use crate::policy::login::{answer, browser};
use crate::report::qr;
use crate::report::style::{Style, Tone};
use crate::sys::http::{Response, Unanswered};
use crate::sys::secret::Secret;
use crate::sys::time::MINUTE;
use crate::sys::{Act, Heard, HeldSignals, Hidden, Millis, Page, Port, Pty};
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::observe::programs;

/// Longest time for one request, in milliseconds.
const LIMIT: Millis = 30_000;

/// How long a browser is waited for, in milliseconds.
const PATIENCE: Millis = 10 * MINUTE;

/// How to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum Method {
    /// In a browser that returns to a port on this machine, if the provider allows it
    Browser,
    /// In any browser; you paste the final address
    Paste,
    /// With a code that you enter on another device
    Device,
}

/// How a person wants to log in.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Way {
    /// By which method, if one was named.
    pub(in crate::cli) method: Option<Method>,
    /// Whether a browser may be opened.
    pub(in crate::cli) opens: bool,
}

const fn page(status: u16, body: &'static str, is_last: bool) -> Page {
    Page { status, body, is_last }
}

const DONE: Page =
    page(200, "<!doctype html><title>zirkabot</title><p>Done. You can return to the terminal.", true);
const DENIED: Page = page(
    200,
    "<!doctype html><title>zirkabot</title><p>The login failed. See the terminal for the reason.",
    true,
);
const STRAY: Page =
    page(400, "<!doctype html><title>zirkabot</title><p>This belongs to another login.", false);
const ELSEWHERE: Page = page(404, "<!doctype html><title>zirkabot</title><p>Nothing here.", false);

/// What a provider gave. Signals wait until it is stored, or somebody is asked about it.
#[derive(Debug)]
pub(in crate::cli) struct Obtained {
    /// The login.
    pub(in crate::cli) credential: Credential,
    /// What holds signals back.
    pub(in crate::cli) held: HeldSignals,
}

/// An answer of the token endpoint, since whose question signals wait.
type Held = (Result<Response, Unanswered>, HeldSignals);

/// Logs a person in; what the provider gave. `None` if the person does not want to.
///
/// # Errors
/// If it cannot be done in this way, or the provider gives nothing that can be used.
pub(in crate::cli) fn obtain(
    act: &mut dyn Act,
    world: &World,
    style: Style,
    place: &LoginPlace,
    way: Way,
) -> Result<Option<Obtained>, Refusal> {
    if !place.warning.is_empty() {
        say(act, &format!("\n{}\n", style.wrap(place.warning, 0, 0)));
    }
    let none = |what: &str, other: &str| {
        let why = format!("{} has no login {what}", place.provider);
        Refusal::usage(why).help(format!("omit --method, or use `--method {other}`"))
    };
    let (answer, held) = match (way.method, &place.authorize, &place.device) {
        (Some(Method::Device), _, None) => return Err(none("with a device code", "browser")),
        (Some(Method::Browser | Method::Paste), None, _) => return Err(none("through a browser", "device")),
        (Some(Method::Device), _, Some(url)) | (None, None, Some(url)) => {
            over_device(act, style, place, (url, way))?
        }
        (_, Some((authorize, redirect)), _) => {
            let Some(held) = over_browser(act, style, place, (authorize, redirect), way)? else {
                return Ok(None);
            };
            held
        }
        (None, None, None) => return Ok(None),
    };
    let now = act.clock();
    let got = answer::read(world, place, answer, now).map_err(|why| no_login(place, &why))?;
    Ok(Some(Obtained { credential: got, held }))
}

fn no_login(place: &LoginPlace, why: &str) -> Refusal {
    Refusal::state(format!("{} gave no login: {why}", place.provider))
        .help("nothing was changed; you can try again")
}

/// The answer of the token endpoint, by way of a browser; `None` if the person does not want to.
fn over_browser(
    act: &mut dyn Act,
    style: Style,
    place: &LoginPlace,
    (authorize, redirect): (&str, &str),
    way: Way,
) -> Result<Option<Held>, Refusal> {
    let random =
        || act.random().map_err(|why| Refusal::state(format!("no random numbers are available: {why}")));
    let pkce = Pkce::of(&[random()?, random()?, random()?]);
    let address = code::address(place, (authorize, redirect), &pkce);
    say(act, &format!("\nLog in to {} at this address:\n\n{address}\n\n", place.provider));
    let mut listening = None;
    if let Some((port, path)) = place.loopback().filter(|_| way.method != Some(Method::Paste)) {
        match act.listen(port) {
            Ok(listener) => listening = Some((listener, path)),
            Err(_) => {
                say(
                    act,
                    &format!(
                        "Port {port} is in use by another program, so you have to paste the final address.\n"
                    ),
                );
            }
        }
        if let (Some(_), Some(tunnel)) = (&listening, browser::tunnel(act.host(), port)) {
            let tunnel = style.paint(Tone::Act, &tunnel);
            say(
                act,
                &format!("If your browser is on another machine, run this there first:\n\n{tunnel}\n\n"),
            );
        }
    }
    open(act, style, &address, way);
    let code = match listening {
        Some((listener, path)) => heard(act, style, (&listener, path), &pkce)?,
        None => pasted(act, style, &pkce),
    };
    let Some(code) = code else { return Ok(None) };
    let held = act.hold_signals();
    let _progress = act.progress("logging in");
    let request = code::exchange(place, redirect, &code, &pkce, LIMIT);
    // Once: a code is good for one request.
    Ok(Some((act.send(&request), held)))
}

/// Waits for the browser, or for a person who wants to paste.
fn heard(
    act: &mut dyn Act,
    style: Style,
    (listener, path): (&Port, &str),
    pkce: &Pkce,
) -> Result<Option<Secret>, Refusal> {
    say(act, "Waiting for the browser. Press Enter to paste the final address instead.\n");
    let mut end = None;
    let mut judge = |target: &Secret| match code::callback(target, path, pkce) {
        Callback::Elsewhere => ELSEWHERE,
        Callback::Stray => STRAY,
        Callback::Ended(came) => {
            let page = if came.is_ok() { DONE } else { DENIED };
            end = Some(came);
            page
        }
    };
    match act.heard(listener, &mut judge, PATIENCE) {
        Heard::Last => end.transpose(),
        Heard::Typed => match act.answer().map(Secret::new) {
            None => Ok(None),
            Some(typed) if typed.is_blank() => Ok(pasted(act, style, pkce)),
            Some(typed) => code::pasted(&typed, pkce).map(Some),
        },
        Heard::TimedOut => {
            Err(Refusal::state("the browser did not return in time").help("nothing was changed"))
        }
    }
}

/// Asks for what the browser shows in the end, until it is something; `None` if the person does not want to.
fn pasted(act: &mut dyn Act, style: Style, pkce: &Pkce) -> Option<Secret> {
    loop {
        let said = hidden_in_dialogue(
            act,
            "Paste the code, or the final address in the browser (input is hidden): ",
        );
        let read = match &said {
            Hidden::Said(bytes) => match paste::text_of(bytes).map(Secret::from) {
                Ok(text) if text.is_blank() => return None,
                text => text.and_then(|text| code::pasted(&text, pkce)),
            },
            Hidden::TooLong => Err(paste::too_long()),
            Hidden::Cancelled | Hidden::Gone | Hidden::Shown => return None,
        };
        match read {
            Ok(code) => return Some(code),
            Err(refusal) => {
                let help = refusal.help.map(|help| format!(" ({help})")).unwrap_or_default();
                say(act, &format!("{}\n", style.wrap(&format!("{}{help}", refusal.why), 0, 0)));
            }
        }
    }
}

/// The answer of the token endpoint, by way of a code that is typed on another device.
fn over_device(
    act: &mut dyn Act,
    style: Style,
    place: &LoginPlace,
    (url, way): (&str, Way),
) -> Result<Held, Refusal> {
    let begun = act.send(&device::begin(place, url, LIMIT));
    let codes = device::begun(begun).map_err(|why| no_login(place, &why))?;
    let (address, user) = (style.paint(Tone::Act, &codes.address), style.paint(Tone::Strong, &codes.user));
    say(
        act,
        &format!("\nLog in to {} on any device: open {address} and enter the code {user}\n", place.provider),
    );
    open(act, style, &codes.address, way);
    let _progress = act.progress("waiting for the login");
    let (since, mut interval) = (act.clock(), codes.interval);
    while act.clock().saturating_sub(since) < codes.lasts {
        act.pause(interval.unsigned_abs());
        let held = act.hold_signals();
        let answer = act.send(&device::poll(place, &codes, LIMIT));
        match device::next(&answer, interval) {
            DeviceNext::Again(pause) => interval = pause,
            DeviceNext::Over(why) => return Err(no_login(place, why)),
            DeviceNext::Read => return Ok((answer, held)),
        }
    }
    Err(no_login(place, "the code expired before you logged in"))
}

/// Opens a browser, if there is one that the person sees; it is given no keys. Without one the address is drawn
/// for a telephone.
fn open(act: &mut dyn Act, style: Style, address: &str, way: Way) {
    let name = browser::opener(act.host()).filter(|_| way.opens);
    let Some(program) = name.and_then(|name| programs::path(act.as_look(), name)) else {
        if let Some(drawn) = qr::qr(address, style) {
            say(act, &format!("\n{drawn}\n"));
        }
        return;
    };
    let without = act.host().env.keys().filter(|name| providers::is_secret_var(name)).cloned().collect();
    // The address stands on the screen, too.
    let _ = act.launch(&Pty { program, args: vec![address.to_owned()], without });
}
