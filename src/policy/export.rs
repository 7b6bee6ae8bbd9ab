//! Handing out the credential that is used: which one, and in which form. Pure. This and the rooms
//! that write it to a pipe or an environment are the only ones that let a secret out.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::config::Desired;
use crate::policy::resolve::{Candidate, Resolution, Route, Verdict, Why};
use crate::policy::{exchange, health};
use crate::sys::secret::Secret;
use crate::world::actual::{Credential, Expiry};

/// The credential that an agent uses for a provider.
#[derive(Clone, Debug)]
pub struct Export {
    /// Normalised provider.
    pub provider: String,
    /// The candidate that it is.
    pub candidate: Candidate,
    /// The credential.
    pub credential: Credential,
    /// Until when it rests after failures, in milliseconds since the epoch, if it is handed out because
    /// everything rests.
    pub rests_until: Option<i64>,
}

/// Why there is none.
#[derive(Debug)]
pub enum Nothing {
    /// It is not known which credentials are meant.
    Unknowable,
    /// Nothing can be used.
    Usable,
    /// There is no such profile of the provider.
    Unknown,
    /// That profile cannot be used.
    Unfit(Box<Candidate>),
    /// What would be used is no secret, or one of another kind.
    Flawed(Box<Candidate>),
    /// What is used is no secret that could be handed out; what it is called.
    NoSecret(String),
}

/// What may be chosen.
#[derive(Clone, Copy, Debug)]
pub struct ExportRequest<'a> {
    /// This profile and no other.
    pub profile: Option<&'a str>,
    /// This profile before all others, if it can be used.
    pub first: Option<&'a str>,
    /// Not these, by name: they were tried.
    pub except: &'a [String],
}

/// Chooses as the gateway does; or the profile that is asked for and no other.
///
/// # Errors
/// If there is none.
pub fn choose(resolution: &Resolution, wanted: ExportRequest<'_>) -> Result<Export, Nothing> {
    if !resolution.is_known {
        return Err(Nothing::Unknowable);
    }
    let candidate = match wanted.profile {
        Some(id) => named(resolution, id)?,
        None => first(resolution, wanted).ok_or(Nothing::Usable)?,
    };
    let Some(credential) = &candidate.credential else {
        return Err(Nothing::NoSecret(candidate.name.clone()));
    };
    if candidate.fatal().is_some() {
        return Err(Nothing::Flawed(Box::new(candidate.clone())));
    }
    // A variable's blanks around it are not part of it.
    let secret = Secret::from(credential.secret.expose().trim());
    let credential = Credential { secret, ..credential.clone() };
    let rests_until = match candidate.verdict {
        Verdict::Unusable(Why::Cooldown(until)) => Some(until),
        Verdict::Chosen => resolution.rests_until,
        _ => None,
    };
    Ok(Export {
        provider: resolution.provider.clone(),
        candidate: candidate.clone(),
        credential,
        rests_until,
    })
}

/// The first in the order of use that is not among those that were tried.
fn first<'r>(resolution: &'r Resolution, wanted: ExportRequest<'_>) -> Option<&'r Candidate> {
    let is_left = |candidate: &&Candidate| !wanted.except.contains(&candidate.name);
    let is_preferred = |candidate: &&Candidate| {
        candidate.route == Route::Profile && wanted.first == Some(candidate.name.as_str())
    };
    let all = || resolution.candidates.iter().filter(is_left);
    let ready = |candidate: &&Candidate| matches!(candidate.verdict, Verdict::Chosen | Verdict::Later);
    let cooling = all().filter_map(|candidate| match candidate.verdict {
        Verdict::Unusable(Why::Cooldown(until)) => Some((until, candidate)),
        _ => None,
    });
    all()
        .filter(is_preferred)
        .find(ready)
        .or_else(|| all().find(|candidate| candidate.verdict == Verdict::Chosen))
        .or_else(|| all().filter(|candidate| candidate.route == Route::Profile).find(ready))
        .or_else(|| cooling.min_by_key(|(until, _)| *until).map(|(_, candidate)| candidate))
        .or_else(|| all().find(ready))
        .or_else(|| all().find(|candidate| is_lapsed(candidate)))
}

/// A login that is over, but may be renewed where it is borrowed from.
fn is_lapsed(candidate: &Candidate) -> bool {
    let Verdict::Unusable(Why::Expired(at)) = candidate.verdict else { return false };
    // Programs that lend logins are those of the catalogue.
    let can = |credential| health::is_refreshable(&Desired::default(), credential, at);
    candidate.route == Route::Profile && candidate.credential.as_ref().is_some_and(can)
}

fn named<'r>(resolution: &'r Resolution, id: &str) -> Result<&'r Candidate, Nothing> {
    let candidate =
        resolution.by(Route::Profile).find(|candidate| candidate.name == id).ok_or(Nothing::Unknown)?;
    match &candidate.verdict {
        // Who asks for it by name does not mind that it rests, or that the order leaves it out.
        Verdict::Chosen | Verdict::Later | Verdict::Unusable(Why::Cooldown(_) | Why::LeftOut) => {
            Ok(candidate)
        }
        Verdict::Unusable(_) if is_lapsed(candidate) => Ok(candidate),
        Verdict::Unusable(_) => Err(Nothing::Unfit(Box::new(candidate.clone()))),
    }
}

/// The header by which its provider takes a credential: name and value.
pub(crate) fn header(credential: &Credential) -> (&'static str, Secret) {
    let own = providers::find(&credential.provider).and_then(|row| row.key_header);
    let secret = credential.secret.expose().trim();
    match own.filter(|_| credential.kind == Kind::ApiKey) {
        Some(name) => (name, Secret::from(secret)),
        None => ("Authorization", Secret::new(format!("Bearer {secret}"))),
    }
}

impl Export {
    /// When it ends, in milliseconds since the epoch, as far as that is known.
    pub fn expires(&self) -> Option<i64> {
        match (&self.candidate.exchanged, &self.credential.expires) {
            (Some(own), _) => Some(own.expires),
            (None, Expiry::At { at, .. }) => Some(*at),
            _ => None,
        }
    }

    /// Whether a short-lived token has to be had for it first, by [`crate::Open::exchange`]: requests of its
    /// provider do not carry what is stored. `now` is in milliseconds since the epoch.
    pub fn is_to_be_exchanged(&self, now: i64) -> bool {
        exchange::is_due(&self.credential, self.candidate.exchanged.as_ref(), now)
    }

    /// What requests carry: the secret itself, or the short-lived token that was got for it.
    pub fn token(&self) -> &Secret {
        self.candidate.exchanged.as_ref().map_or(&self.credential.secret, |own| &own.token)
    }

    /// The header by which the provider's interface takes it: name and value.
    pub fn header(&self) -> (&'static str, Secret) {
        match &self.candidate.exchanged {
            Some(own) => ("Authorization", Secret::new(format!("Bearer {}", own.token.expose()))),
            None => header(&self.credential),
        }
    }

    /// The variables by which programs take it: those that are to have it, and those of the provider
    /// that would come before it and are not to be set.
    pub fn variables(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let is_key = self.credential.kind == Kind::ApiKey;
        let vars = providers::vars(&self.provider);
        let fits = |var: &&providers::Var| (var.kind == Kind::ApiKey) == is_key;
        let own: Vec<&str> = vars.iter().filter(fits).map(|var| var.name).collect();
        if own.is_empty() {
            return (vars.iter().map(|var| var.name).collect(), Vec::new());
        }
        let others = vars.iter().filter(|var| !fits(var)).map(|var| var.name).collect();
        (own, others)
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::export::*;
    use crate::policy::resolve::resolve;
    use crate::report::sample;

    const ANY: ExportRequest<'_> = ExportRequest { profile: None, first: None, except: &[] };

    #[test]
    fn each_kind_has_its_header_and_variables() {
        let token = format!("sk-ant-oat01-{}", "CANARY".repeat(16));
        for (var, value, provider, header, own, others) in [
            ("ANTHROPIC_API_KEY", sample::API, "anthropic", "x-api-key", &["ANTHROPIC_API_KEY"][..], 2),
            (
                "CLAUDE_CODE_OAUTH_TOKEN",
                &token,
                "anthropic",
                "Authorization",
                &["ANTHROPIC_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
                1,
            ),
            (
                "GROQ_API_KEY",
                " gsk_CANARY0123456789abcdefghij00000000000000000000000000 ",
                "groq",
                "Authorization",
                &["GROQ_API_KEY"],
                0,
            ),
            (
                "GEMINI_API_KEY",
                "AIzaCANARY0123456789abcdefghijklmn00000",
                "google",
                "x-goog-api-key",
                &["GEMINI_API_KEY"],
                0,
            ),
        ] {
            let world = sample::world(&[(var, value)], &[]);
            let handout = choose(&resolve(&world, "main", provider), ANY).unwrap();
            let (name, secret) = handout.header();
            assert_eq!(name, header, "{var}");
            assert_eq!(secret.expose().trim_start_matches("Bearer "), value.trim(), "{var}");
            let (set, unset) = handout.variables();
            assert_eq!((set.as_slice(), unset.len()), (own, others), "{var}");
        }
        let world = sample::world(&[], &[]);
        assert!(matches!(choose(&resolve(&world, "main", "groq"), ANY), Err(Nothing::Usable)));
    }
}
