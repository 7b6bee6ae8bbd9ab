//! What a request asks for, by its method and path. Pure.

use crate::catalog::wire::Wire;
use hyper::{Method, Uri};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A request for a model in one of the known forms; the path behind the version.
    Model(Wire, &'static str),
    /// The list of models.
    Models,
    /// Something of this provider; path and query as they go on.
    Provider(String, String),
    /// The page for people.
    Page,
    /// What the page shows.
    Status,
    /// Whether anybody is there.
    Alive,
    /// Whether requests can be served.
    Ready,
    /// Figures for Prometheus.
    Metrics,
    /// Nothing that there is.
    Unknown,
    /// Something that there is, by another method; those that it takes.
    OtherMethod(&'static str),
}

/// The paths of requests for models.
const MODELS: &[(&str, Wire, &str)] = &[
    ("/v1/messages", Wire::Messages, "messages"),
    ("/v1/messages/count_tokens", Wire::Messages, "messages/count_tokens"),
    ("/v1/chat/completions", Wire::Chat, "chat/completions"),
    ("/v1/responses", Wire::Responses, "responses"),
    ("/v1/embeddings", Wire::Embeddings, "embeddings"),
];

/// What is asked for. `is_provider` says whether a name is one of a provider.
pub(super) fn route(method: &Method, uri: &Uri, is_provider: &dyn Fn(&str) -> bool) -> Endpoint {
    let path = uri.path();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if let Some((_, wire, rest)) = MODELS.iter().find(|(own, ..)| *own == path) {
        return if *method == Method::POST {
            Endpoint::Model(*wire, rest)
        } else {
            Endpoint::OtherMethod("POST")
        };
    }
    let own = match path {
        "/" if *method == Method::GET => Some(Endpoint::Page),
        "/status.json" => Some(Endpoint::Status),
        "/" | "/api/hello" | "/healthz" => Some(Endpoint::Alive),
        "/readyz" => Some(Endpoint::Ready),
        "/metrics" => Some(Endpoint::Metrics),
        "/v1/models" => Some(Endpoint::Models),
        _ => None,
    };
    match own {
        Some(own) if reads => own,
        Some(_) => Endpoint::OtherMethod("GET, HEAD"),
        None => of_provider(uri, is_provider),
    }
}

fn of_provider(uri: &Uri, is_provider: &dyn Fn(&str) -> bool) -> Endpoint {
    let whole = uri.path_and_query().map_or("/", hyper::http::uri::PathAndQuery::as_str);
    let Some((provider, rest)) = whole.strip_prefix('/').and_then(|rest| rest.split_once('/')) else {
        return Endpoint::Unknown;
    };
    // A path that climbs is none that a provider has.
    let climbs = uri.path().split('/').any(|part| matches!(part, ".." | "." | "%2e%2e" | "%2E%2E"));
    if climbs || !is_provider(provider) {
        return Endpoint::Unknown;
    }
    Endpoint::Provider(provider.to_owned(), format!("/{rest}"))
}

impl Endpoint {
    /// Whether its clients expect Anthropic's forms.
    pub(super) fn is_anthropic(&self) -> bool {
        match self {
            Self::Model(wire, _) => *wire == Wire::Messages,
            Self::Provider(provider, _) => provider == "anthropic",
            _ => false,
        }
    }

    /// Whether it is answered without a token.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Page | Self::Alive | Self::Ready)
    }

    /// Its name in log and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Model(_, rest) => rest,
            Self::Models => "models",
            Self::Provider(..) => "provider",
            Self::Page => "page",
            Self::Status => "status",
            Self::Alive => "healthz",
            Self::Ready => "readyz",
            Self::Metrics => "metrics",
            Self::Unknown | Self::OtherMethod(_) => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::route::*;

    fn of(method: &Method, path: &str) -> Endpoint {
        let known = |name: &str| ["anthropic", "openrouter"].contains(&name);
        route(method, &path.parse().unwrap(), &known)
    }

    #[test]
    fn paths_lead_where_they_say() {
        let provider = |name: &str, path: &str| Endpoint::Provider(name.to_owned(), path.to_owned());
        for (method, path, endpoint) in [
            (Method::POST, "/v1/messages?beta=true", Endpoint::Model(Wire::Messages, "messages")),
            (Method::GET, "/v1/messages", Endpoint::OtherMethod("POST")),
            (Method::POST, "/v1/embeddings", Endpoint::Model(Wire::Embeddings, "embeddings")),
            (Method::GET, "/v1/models", Endpoint::Models),
            (Method::HEAD, "/", Endpoint::Alive),
            (Method::GET, "/?token=x", Endpoint::Page),
            (Method::POST, "/", Endpoint::OtherMethod("GET, HEAD")),
            (Method::GET, "/status.json", Endpoint::Status),
            (Method::HEAD, "/api/hello", Endpoint::Alive),
            (Method::POST, "/healthz", Endpoint::OtherMethod("GET, HEAD")),
            (Method::POST, "/openrouter/api/v1/x?a=b", provider("openrouter", "/api/v1/x?a=b")),
            (Method::GET, "/anthropic/v1/models", provider("anthropic", "/v1/models")),
            (Method::GET, "/anthropic/../x", Endpoint::Unknown),
            (Method::GET, "/anthropic/%2e%2e/x", Endpoint::Unknown),
            (Method::GET, "/elsewhere/v1", Endpoint::Unknown),
            (Method::GET, "/anthropic", Endpoint::Unknown),
        ] {
            assert_eq!(of(&method, path), endpoint, "{method} {path}");
        }
    }
}
