//! The forms in which models are asked, and where their paths stand behind a provider's address.

/// A form of requests for models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `/v1/messages`, as Anthropic has it.
    Messages,
    /// `/chat/completions`, as OpenAI has it.
    Chat,
    /// `/responses`, as OpenAI has it.
    Responses,
    /// `/embeddings`, as OpenAI has it.
    Embeddings,
}

/// The path at a provider for a request in a known form. `base` is the path of the provider's address: for
/// OpenAI's forms what stands before them, version and all; for Anthropic's what stands before `/v1`.
pub(crate) fn path_at(base: &str, wire: Wire, rest: &str) -> String {
    let base = base.trim_end_matches('/');
    let is_versioned = base.ends_with("/v1");
    match wire {
        Wire::Messages if is_versioned => format!("{base}/{rest}"),
        Wire::Messages => format!("{base}/v1/{rest}"),
        _ if base.is_empty() => format!("/v1/{rest}"),
        _ => format!("{base}/{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::wire::*;

    #[test]
    fn addresses_are_put_before_paths_as_clients_of_the_providers_do_it() {
        for (base, wire, rest, path) in [
            ("", Wire::Messages, "messages", "/v1/messages"),
            ("/v1/", Wire::Messages, "messages", "/v1/messages"),
            ("/coding", Wire::Messages, "messages/count_tokens", "/coding/v1/messages/count_tokens"),
            ("/", Wire::Chat, "chat/completions", "/v1/chat/completions"),
            ("/api/paas/v4", Wire::Chat, "chat/completions", "/api/paas/v4/chat/completions"),
            ("/backend-api/codex", Wire::Responses, "responses", "/backend-api/codex/responses"),
        ] {
            assert_eq!(path_at(base, wire, rest), path);
        }
    }
}
