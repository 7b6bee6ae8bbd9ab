//! Fills the status document from what was found.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::catalog::tools::Tool;
use crate::checks::finding::{CheckImpact, Finding};
use crate::doc::DocId;
use crate::policy::health::{self, HealthWord};
use crate::policy::models::{self, ModelRole, Used};
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus, Status};
use crate::report::diagnostic;
use crate::report::error_json::{ExitBody, FixBody, Reason};
use crate::report::json::{
    AgentBody, AuthSection, Chosen, Effective, EvidenceBody, FindingBody, Health, HomeBody, Labelled,
    OriginBody, ProfileBody, ProfileCount, ProviderBody, ProviderHealth, ShellEnv, Unusable,
};
use crate::report::words::Words;
use crate::world::World;
use crate::world::actual::{Credential, Origin};
use crate::world::label::Labels;
use crate::world::observe::shell::Import;

/// Version of the document's shape.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// All that a document is made of.
pub(super) struct Filler<'a> {
    world: &'a World,
    status: &'a Status,
    pub(super) labels: Labels,
    words: Words<'a>,
}

/// What can be filled in of findings, without a status.
pub(super) fn of_findings<T>(world: &World, fill: impl FnOnce(&Filler<'_>) -> T) -> T {
    let none = Status { agents: Vec::new(), warn_within: 0, allow_refreshable: false };
    fill(&Filler::new(world, &none))
}

impl<'a> Filler<'a> {
    pub(super) fn new(world: &'a World, status: &'a Status) -> Self {
        let words = Words { world, warn: status.warn_within };
        Self { world, status, labels: Labels::new(world), words }
    }
}

impl Filler<'_> {
    pub(super) fn agent(&self, agent: &AgentStatus) -> AgentBody {
        let of = |role: ModelRole| agent.models.iter().filter(move |used| used.role == role);
        let written = |used: &Used| self.labels.name(used.written.as_ref().unwrap_or(&used.model.key()));
        let default = agent.models.first();
        let dir = self.world.agents.iter().find(|known| known.id == agent.agent);
        let desired = &self.world.desired;
        let aliases = models::aliases(desired).into_iter();
        AgentBody {
            agent: self.labels.name(&agent.agent),
            can_talk: None,
            verified_at: None,
            auth_store: self.auth_store(agent),
            config_path: self.file(self.world.config.doc).unwrap_or_default(),
            agent_dir: dir.map(|dir| self.labels.scrub(&dir.dir.display().to_string())).unwrap_or_default(),
            default_model: default.map(written).unwrap_or_default(),
            resolved_default: default.map(|used| self.labels.name(&used.model.key())).unwrap_or_default(),
            fallbacks: of(ModelRole::Fallback).map(written).collect(),
            image_model: of(ModelRole::Image).next().map(written),
            image_fallbacks: of(ModelRole::ImageFallback).map(written).collect(),
            aliases: aliases
                .map(|(alias, model)| (self.labels.name(&alias), self.labels.name(&model.key())))
                .collect(),
            allowed: desired.allowed.iter().map(|allowed| self.labels.name(&allowed.key.text)).collect(),
            auth: self.auth(agent),
        }
    }

    pub(super) fn home(&self) -> HomeBody {
        let paths = &self.world.paths;
        HomeBody {
            program: paths.layout.program,
            dir: self.labels.scrub(&paths.state.display().to_string()),
            read_only: paths.database.is_some(),
        }
    }

    fn auth_store(&self, agent: &AgentStatus) -> String {
        self.world.store(&agent.agent).and_then(|store| self.file(store.doc)).unwrap_or_default()
    }

    fn auth(&self, agent: &AgentStatus) -> AuthSection {
        let missing = |provider: &&ProviderStatus| {
            agent.needed_by(&provider.provider).next().is_some()
                && !provider.needs_none
                && !provider.hidden
                && provider.resolution.usable().is_none()
        };
        let known = agent.providers.iter().map(|provider| self.provider(provider));
        let mut providers: Vec<ProviderBody> = known.filter(is_something).collect();
        providers.sort_by(|a, b| a.provider.cmp(&b.provider));
        AuthSection {
            store_path: self.auth_store(agent),
            shell_env_fallback: self.shell(),
            providers_with_oauth: agent.providers.iter().filter_map(|p| self.with_oauth(p)).collect(),
            missing_providers_in_use: agent
                .providers
                .iter()
                .filter(missing)
                .map(|p| self.labels.name(&p.provider))
                .collect(),
            providers,
            unusable_profiles: self
                .profiles(agent)
                .filter_map(|(p, profile)| self.cooling(p, profile))
                .collect(),
            oauth: self.health(agent),
            probes: None,
        }
    }

    fn profiles<'s>(
        &self,
        agent: &'s AgentStatus,
    ) -> impl Iterator<Item = (&'s ProviderStatus, &'s ProfileStatus)> + use<'s> {
        agent.providers.iter().flat_map(|provider| provider.profiles.iter().map(move |p| (provider, p)))
    }

    fn shell(&self) -> ShellEnv {
        let enabled = !matches!(self.world.import, Import::Off);
        let applied_keys = match &self.world.import {
            Import::Applied(names) => names.clone(),
            _ => Vec::new(),
        };
        ShellEnv { enabled, applied_keys }
    }

    /// `anthropic (2)`: logins and tokens, a token in a variable among them.
    fn with_oauth(&self, provider: &ProviderStatus) -> Option<String> {
        let is_login = |credential: &Credential| credential.kind != Kind::ApiKey;
        let stored = provider.profiles.iter().filter_map(|profile| profile.credential());
        let in_env = winner(provider).and_then(|candidate| candidate.credential.as_ref());
        let count = stored.chain(in_env).filter(|credential| is_login(credential)).count();
        (count > 0).then(|| format!("{} ({count})", self.labels.name(&provider.provider)))
    }

    fn provider(&self, provider: &ProviderStatus) -> ProviderBody {
        let chosen = provider.resolution.chosen();
        let config = provider.resolution.by(Route::Config).next();
        ProviderBody {
            provider: self.labels.name(&provider.provider),
            relevant: provider.relevant,
            usable: provider.is_usable(),
            effective: self.effective(chosen),
            chosen: chosen.map(|candidate| self.chosen(candidate)),
            hidden: provider.hidden.then_some(true),
            here: provider.otherwise().flatten().map(|candidate| self.chosen(candidate)),
            profiles: self.counted(provider),
            env: winner(provider).map(|candidate| Labelled {
                value: self.label(candidate),
                source: match self.world.doc(candidate.origin.doc).kind {
                    _ if candidate.route == Route::Ambient => candidate.name.clone(),
                    DocKind::LoginShell => format!("shell env: {}", candidate.name),
                    _ => format!("env: {}", candidate.name),
                },
            }),
            models_json: config.map(|candidate| Labelled {
                value: self.label(candidate),
                source: format!("config: {}", self.world.at(candidate.origin.doc, candidate.origin.loc)),
            }),
        }
    }

    fn chosen(&self, candidate: &Candidate) -> Chosen {
        Chosen {
            name: self.labels.name(&candidate.name),
            kind: candidate.credential.as_ref().map(|credential| credential.kind.as_str()),
            label: candidate.credential.as_ref().map(|credential| self.labels.of(&credential.secret)),
            origin: origin(self.world, &self.labels, &candidate.origin),
        }
    }

    fn effective(&self, chosen: Option<&Candidate>) -> Effective {
        let Some(candidate) = chosen else {
            return Effective { kind: "missing", detail: "missing".to_owned() };
        };
        match candidate.route {
            Route::Profile => {
                Effective { kind: "profiles", detail: self.world.doc_name(candidate.origin.doc) }
            }
            Route::Env | Route::Ambient => Effective { kind: "env", detail: self.label(candidate) },
            Route::Config => Effective { kind: "models.json", detail: self.label(candidate) },
        }
    }

    /// The label of a candidate's secret; its name where it has none.
    fn label(&self, candidate: &Candidate) -> String {
        match &candidate.credential {
            Some(credential) => self.labels.of(&credential.secret),
            None => candidate.name.clone(),
        }
    }

    fn counted(&self, provider: &ProviderStatus) -> ProfileCount {
        let stored = || provider.profiles.iter().filter_map(|p| p.credential().map(|c| (p, c)));
        let of = |kind: Kind| stored().filter(|(_, credential)| credential.kind == kind).count();
        ProfileCount {
            count: stored().count(),
            oauth: of(Kind::OAuth),
            token: of(Kind::Token),
            api_key: of(Kind::ApiKey),
            labels: stored().map(|(profile, credential)| self.profile_label(profile, credential)).collect(),
        }
    }

    /// `<id>=<what>`, with its rest after failures.
    fn profile_label(&self, profile: &ProfileStatus, credential: &Credential) -> String {
        let what = match credential.kind {
            Kind::ApiKey => self.labels.of(&credential.secret),
            Kind::Token => format!("token:{}", self.labels.of(&credential.secret)),
            Kind::OAuth => match self.email(profile) {
                Some(email) => format!("OAuth ({email})"),
                None => "OAuth".to_owned(),
            },
        };
        let usage = &profile.usage;
        let now = self.world.now;
        let cooling = match usage.unusable_until(now) {
            0 => String::new(),
            until if usage.disabled_until > now => {
                format!(" [disabled:billing {}]", crate::sys::time::short(until - now))
            }
            until => format!(" [cooldown {}]", crate::sys::time::short(until - now)),
        };
        format!("{}={what}{cooling}", self.labels.name(profile.id()))
    }

    fn email(&self, profile: &ProfileStatus) -> Option<String> {
        let declared = self.world.desired.profile(profile.id()).and_then(|declared| declared.email.as_ref());
        let stored = profile.credential().and_then(|credential| credential.email.as_ref());
        declared.or(stored).map(|email| self.labels.name(email))
    }

    fn cooling(&self, provider: &ProviderStatus, profile: &ProfileStatus) -> Option<Unusable> {
        let until = profile.usage.unusable_until(self.world.now);
        let disabled = profile.usage.disabled_until > self.world.now;
        (until > 0).then(|| Unusable {
            profile: self.labels.name(profile.id()),
            profile_id: self.labels.name(profile.id()),
            provider: self.labels.name(&provider.provider),
            kind: if disabled { "disabled" } else { "cooldown" },
            reason: disabled.then_some("billing"),
            until,
            remaining_ms: until - self.world.now,
        })
    }

    pub(super) fn health(&self, agent: &AgentStatus) -> Health {
        let mut profiles: Vec<ProfileBody> =
            self.profiles(agent).map(|(provider, profile)| self.profile(provider, profile)).collect();
        profiles.sort_by(|a, b| (&a.provider, &a.profile_id).cmp(&(&b.provider, &b.profile_id)));
        let of = |provider: &ProviderStatus| {
            let id = self.labels.name(&provider.provider);
            let own: Vec<ProfileBody> = profiles.iter().filter(|p| p.provider == id).cloned().collect();
            let expires_at = own.iter().filter_map(|profile| profile.expires_at).min();
            ProviderHealth {
                status: provider.as_str().as_str(),
                expires_at,
                remaining_ms: expires_at.map(|at| at.saturating_sub(self.world.now)),
                profiles: own,
                provider: id,
            }
        };
        let mut providers: Vec<ProviderHealth> = agent.providers.iter().map(of).collect();
        providers.sort_by(|a, b| a.provider.cmp(&b.provider));
        Health { warn_after_ms: self.status.warn_within, profiles, providers }
    }

    fn profile(&self, provider: &ProviderStatus, profile: &ProfileStatus) -> ProfileBody {
        let credential = profile.credential();
        let kind = credential.map(|credential| credential.kind.as_str());
        let expires_at = credential.and_then(|credential| credential.expires.at());
        let id = self.labels.name(profile.id());
        let malformed = profile.candidate.flaw.as_ref().is_some_and(|flaw| !flaw.is_wrong_kind());
        ProfileBody {
            provider: self.labels.name(&provider.provider),
            type_word: kind,
            kind,
            status: if credential.is_none() { HealthWord::Missing.as_str() } else { profile.word.as_str() },
            expires_at,
            expires_assumed: credential.is_some_and(|credential| credential.terms.is_assumed),
            refreshable_until: credential
                .filter(|c| health::is_refreshable(&self.world.desired, c, self.world.now))
                .and_then(|c| c.terms.refresh_until),
            remaining_ms: expires_at.map(|at| at.saturating_sub(self.world.now)),
            source: Tool::of_profile(profile.id()).map_or("store", |tool| tool.row().source),
            label: self.email(profile).map_or_else(|| id.clone(), |email| format!("{id} ({email})")),
            profile: id.clone(),
            profile_id: id,
            origin: origin(self.world, &self.labels, &profile.candidate.origin),
            well_formed: credential.map(|_| !malformed),
            refreshable: credential
                .is_some_and(|c| health::is_refreshable(&self.world.desired, c, self.world.now)),
            refreshable_by: credential.and_then(|c| self.words.renewed_by(profile.id(), c)),
            selected: profile.candidate.verdict == Verdict::Chosen,
            relevant: profile.relevant,
        }
    }

    fn file(&self, doc: DocId) -> Option<String> {
        file(self.world, doc)
    }

    pub(super) fn exit<'f>(&self, code: u8, reasons: impl Iterator<Item = &'f Finding>) -> ExitBody {
        ExitBody { code, reasons: reasons.map(|finding| self.reason(finding)).collect() }
    }

    fn reason(&self, finding: &Finding) -> Reason {
        Reason {
            code: finding.rule.code,
            subject: self.labels.scrub(&finding.subject),
            agent: finding.agent.as_ref().map(|agent| self.labels.name(agent)),
            message: self.labels.scrub(&finding.message),
            counts: match finding.counts {
                CheckImpact::No => "no",
                CheckImpact::Expiring => "expiring",
                CheckImpact::Broken => "broken",
            },
        }
    }

    pub(super) fn finding(&self, finding: &Finding) -> FindingBody {
        let evidence = |evidence: &crate::checks::finding::Evidence| {
            let doc = self.world.doc(evidence.doc);
            let place = diagnostic::place(doc, evidence).filter(|_| doc.path.is_some());
            EvidenceBody {
                source: doc.kind.row().label,
                file: self.file(evidence.doc),
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                text: self.labels.scrub(&evidence.label),
            }
        };
        let (kind, text) = match (&finding.repair, &finding.advice) {
            (Some(repair), _) => (repair.class.as_str(), Some(repair.what.clone())),
            (None, Some(advice)) => ("tell", Some(advice.to_string())),
            (None, None) => ("none", None),
        };
        let command = diagnostic::command(self.world, finding);
        FindingBody {
            code: finding.rule.code,
            severity: finding.severity.as_str(),
            subject: self.labels.scrub(&finding.subject),
            agent: finding.agent.as_ref().map(|agent| self.labels.name(agent)),
            message: self.labels.scrub(&finding.message),
            evidence: finding.evidence.iter().map(evidence).collect(),
            fix: FixBody {
                kind,
                text: text.map(|text| self.labels.scrub(&text)),
                command: command.map(|command| self.labels.scrub(&command)),
            },
        }
    }
}

/// Where something stands.
pub fn origin(world: &World, labels: &Labels, origin: &Origin) -> OriginBody {
    let doc = world.doc(origin.doc);
    let loc = origin.loc.filter(|_| doc.path.is_some());
    OriginBody {
        source: doc.kind.row().label,
        file: file(world, origin.doc),
        line: loc.map(|loc| doc.line(loc.start as usize)),
        key: labels.scrub(&origin.key),
    }
}

fn file(world: &World, doc: DocId) -> Option<String> {
    world.doc(doc).path.as_ref().map(|path| path.display().to_string())
}

/// Whether anything is known that could serve it.
fn is_something(provider: &ProviderBody) -> bool {
    provider.profiles.count > 0 || provider.env.is_some() || provider.models_json.is_some()
}

/// The variable, or what of the surroundings, would serve a provider if no profile did.
fn winner(provider: &ProviderStatus) -> Option<&Candidate> {
    let candidates = &provider.resolution.candidates;
    let usable = |candidate: &&Candidate| !matches!(candidate.verdict, Verdict::Unusable(_));
    candidates.iter().filter(usable).find(|c| matches!(c.route, Route::Env | Route::Ambient))
}
