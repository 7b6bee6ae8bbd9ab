//! Errors of the gateway itself, in the form that the client of an endpoint expects. Pure.

use crate::gateway::route::Endpoint;
use crate::sys::visible;
use hyper::StatusCode;

/// An error of our own.
#[derive(Clone, Debug)]
pub(super) struct Denied {
    /// The status.
    pub(super) status: StatusCode,
    /// What is wrong, in words.
    pub(super) why: String,
    /// Seconds after which it may be asked again, if that is known.
    pub(super) retry_after: Option<u64>,
    /// For our log and metrics.
    pub(super) reason: &'static str,
}

impl Denied {
    /// An error with this status.
    pub(super) fn new(status: StatusCode, reason: &'static str, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), retry_after: None, reason }
    }

    /// The body that says it.
    pub(super) fn body(&self, endpoint: &Endpoint) -> String {
        let why = visible::json(&self.why);
        let kind = kind(self.status);
        if endpoint.is_anthropic() {
            serde_json::json!({"type": "error", "error": {"type": kind, "message": why}}).to_string()
        } else {
            serde_json::json!({"error": {"message": why, "type": kind, "param": null, "code": self.reason}})
                .to_string()
        }
    }
}

/// The providers' word for a status.
fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}
