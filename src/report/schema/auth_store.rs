//! The shape of an auth store, for its JSON Schema only; reading is in `store.rs`, which takes
//! what it knows and leaves the rest as it is. So unknown fields are allowed everywhere here.

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// `auth-profiles.json`, version 1.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthStore {
    /// Version of this shape.
    pub version: u32,
    /// Credentials by profile id: `<provider>:<suffix>`.
    pub profiles: BTreeMap<String, Profile>,
    /// Profiles that this agent tries, by provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<BTreeMap<String, Vec<String>>>,
    /// The profile that worked last, by provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_good: Option<BTreeMap<String, String>>,
    /// What is recorded about use, by profile id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_stats: Option<BTreeMap<String, UsageStats>>,
}

/// A credential.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[expect(dead_code, reason = "only its schema is made")]
pub(crate) enum Profile {
    /// An API key.
    ApiKey {
        /// The provider.
        provider: String,
        /// The key.
        key: String,
        /// Account, for display.
        email: Option<String>,
    },
    /// A static bearer token.
    Token {
        /// The provider.
        provider: String,
        /// The token.
        token: String,
        /// When it ends, in milliseconds since the epoch.
        expires: Option<f64>,
        /// Account, for display.
        email: Option<String>,
    },
    /// An OAuth login.
    #[serde(rename = "oauth")]
    OAuth {
        /// The provider.
        provider: String,
        /// The access token.
        access: String,
        /// The refresh token.
        refresh: Option<String>,
        /// When the access token ends, in milliseconds since the epoch.
        expires: f64,
        /// Account, for display.
        email: Option<String>,
        /// Account id, which some providers need.
        account_id: Option<String>,
        /// Project id, which some providers need.
        project_id: Option<String>,
        /// Address of an enterprise installation.
        enterprise_url: Option<String>,
        /// OAuth client id, if not the usual one.
        client_id: Option<String>,
    },
}

/// What is recorded about the use of a profile. Instants in milliseconds since the epoch.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsageStats {
    /// Last use.
    pub last_used: Option<f64>,
    /// Resting until then after a rate limit.
    pub cooldown_until: Option<f64>,
    /// Disabled until then after a billing failure.
    pub disabled_until: Option<f64>,
    /// Why it is disabled.
    pub disabled_reason: Option<String>,
    /// Failures in a row.
    pub error_count: Option<u32>,
    /// Failures by reason.
    pub failure_counts: Option<BTreeMap<String, u32>>,
    /// Last failure.
    pub last_failure_at: Option<f64>,
}
