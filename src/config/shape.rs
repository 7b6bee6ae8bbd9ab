//! The config's data model: the one table of its keys.
//!
//! Validation, did-you-mean, the JSON Schema for editors, and what may be shown of a value all
//! come from [`CONFIG`]; so does which keys have no effect in a config that is not trusted ([`Names`]). To add a key: a row here, and its reading in `load.rs`. Keys of other
//! parts of the product are rows of shape [`Shape::Foreign`]: known, kept, never judged.

use crate::config::field::{Field, Names, Shape, foreign, key, legacy, required};

/// The whole config.
pub(crate) const CONFIG: Shape = Shape::Table(TOP, None);

const TOP: &[Field] = &[
    key("$schema", Shape::Text, "JSON Schema of this file, for editors."),
    key("env", ENV, "Variables for the gateway, and whether to ask the login shell for more.")
        .names(Names::Variables),
    key("auth", Shape::Table(AUTH, None), "Which credentials to use, and in which order."),
    key("agents", Shape::Table(AGENTS, None), "Agents and the models they use."),
    key("models", Shape::Table(MODELS, None), "Model providers of your own."),
    key("gateway", Shape::Table(GATEWAY, None), "How to reach the gateway."),
    key("session", Shape::Table(SESSION, None), "Where chat sessions are kept."),
    key("monitor", Shape::Table(crate::config::monitor::FIELDS, None), "How to report expiring credentials.")
        .own(),
    key("meta", Shape::Table(META, None), "Who wrote this file last."),
    foreign("wizard"),
    foreign("diagnostics"),
    foreign("logging"),
    foreign("update"),
    foreign("browser"),
    foreign("ui"),
    foreign("nodeHost"),
    key(
        "tools",
        Shape::Table(&[legacy("bash", "tools.exec")], Some(&Shape::Foreign)),
        "Belongs to another part of the product.",
    ),
    foreign("bindings"),
    foreign("broadcast"),
    foreign("audio"),
    foreign("media"),
    foreign("messages"),
    foreign("commands"),
    foreign("approvals"),
    foreign("web"),
    foreign("channels"),
    foreign("cron"),
    foreign("hooks"),
    foreign("discovery"),
    foreign("canvasHost"),
    foreign("talk"),
    foreign("skills"),
    foreign("plugins"),
    legacy("agent", "agents.defaults"),
    legacy("identity", "agents.list[].identity"),
    legacy("routing", "channels, bindings and messages"),
    legacy("telegram", "channels.telegram"),
    legacy("whatsapp", "channels.whatsapp"),
    legacy("discord", "channels.discord"),
    legacy("slack", "channels.slack"),
    legacy("signal", "channels.signal"),
    legacy("imessage", "channels.imessage"),
    legacy("msteams", "channels.msteams"),
];

const ENV: Shape = Shape::Table(
    &[
        key(
            "shellEnv",
            Shape::Table(
                &[
                    key("enabled", Shape::Bool, "Whether to ask the login shell for missing variables."),
                    key("timeoutMs", Shape::Whole(0), "Longest wait for the login shell, in milliseconds."),
                ],
                None,
            ),
            "Import of variables from the login shell.",
        ),
        key(
            "cwd",
            Shape::Bool,
            "Whether provider keys in ./.env are used too when something is handed out, sent or written.",
        )
        .own()
        .names(Names::Trust),
        key("vars", Shape::Map(&Shape::Secret), "Variables to set if they are missing.")
            .names(Names::Variables),
    ],
    Some(&Shape::Secret),
);

const AUTH: &[Field] = &[
    key(
        "profiles",
        Shape::Map(&Shape::Table(
            &[
                required("provider", Shape::Text, "Model provider, such as anthropic."),
                required(
                    "mode",
                    Shape::OneOf(&["api_key", "oauth", "token"]),
                    "Kind of credential; oauth accepts tokens too.",
                ),
                key("email", Shape::Text, "Account, for display."),
                key("from", Shape::CredentialSource, "Where the credential comes from")
                    .own()
                    .names(Names::Source),
            ],
            None,
        )),
        "Declared credentials, by profile id.",
    ),
    key("order", Shape::Map(&Shape::List(&Shape::Text)), "Per provider: profile ids, first choice first."),
    key(
        "cooldowns",
        Shape::Table(
            &[
                key(
                    "billingBackoffHours",
                    Shape::Positive,
                    "First cooldown after a billing failure, in hours.",
                ),
                key(
                    "billingBackoffHoursByProvider",
                    Shape::Map(&Shape::Positive),
                    "First cooldown after a billing failure for single providers.",
                ),
                key("billingMaxHours", Shape::Positive, "Longest cooldown after billing failures, in hours."),
                key(
                    "failureWindowHours",
                    Shape::Positive,
                    "Failures older than this are forgotten, in hours.",
                ),
                crate::config::cooldowns::RESTS.own(),
            ],
            None,
        ),
        "Cooldowns of failing credentials.",
    ),
    crate::config::login::LOGINS.own(),
    crate::config::refresh::ENDPOINTS.own(),
    crate::config::refresh::BORROWED.own(),
    crate::config::refresh::USAGE.own(),
    crate::config::refresh::KEPT_OUT.own(),
    key(
        "allowRefreshable",
        Shape::Bool,
        "Whether a login that renews itself is left out of `models status --check`; false by default.",
    ).own(),
    key(
        "restTolerance",
        Shape::Span,
        "If all credentials of a provider in use are cooling down for longer than this, it counts as unusable; 15m by default.",
    ).own(),
    key(
        "warnWithin",
        Shape::Duration,
        "A credential that expires within this time counts as expiring; 24h by default.",
    ).own(),
];

const MODEL_CHOICE: Shape = Shape::Either(&[
    Shape::Text,
    Shape::Table(
        &[
            key("primary", Shape::Text, "Model as provider/model, or an alias."),
            key("fallbacks", Shape::List(&Shape::Text), "Models to try next, in order."),
        ],
        None,
    ),
]);

const AGENTS: &[Field] = &[
    key(
        "defaults",
        Shape::Table(
            &[
                key("model", MODEL_CHOICE, "Model of every agent: a name, or primary and fallbacks."),
                key("imageModel", MODEL_CHOICE, "Model for pictures."),
                key(
                    "models",
                    Shape::Map(&Shape::Table(
                        &[key("alias", Shape::Text, "Short name."), foreign("params"), foreign("streaming")],
                        None,
                    )),
                    "Allowed models and their short names.",
                ),
                key("workspace", Shape::Text, "Directory in which agents work.").names(Names::Directory),
                foreign("repoRoot"),
                foreign("skipBootstrap"),
                foreign("bootstrapMaxChars"),
                foreign("userTimezone"),
                foreign("timeFormat"),
                foreign("envelopeTimezone"),
                foreign("envelopeTimestamp"),
                foreign("envelopeElapsed"),
                foreign("contextTokens"),
                foreign("cliBackends"),
                foreign("memorySearch"),
                foreign("contextPruning"),
                foreign("compaction"),
                foreign("thinkingDefault"),
                foreign("verboseDefault"),
                foreign("elevatedDefault"),
                foreign("blockStreamingDefault"),
                foreign("blockStreamingBreak"),
                foreign("blockStreamingChunk"),
                foreign("blockStreamingCoalesce"),
                foreign("humanDelay"),
                foreign("timeoutSeconds"),
                foreign("mediaMaxMb"),
                foreign("typingIntervalSeconds"),
                foreign("typingMode"),
                foreign("heartbeat"),
                foreign("maxConcurrent"),
                foreign("subagents"),
                foreign("sandbox"),
                legacy("allowedModels", "agents.defaults.models"),
                legacy("modelAliases", "agents.defaults.models.<model>.alias"),
                legacy("modelFallbacks", "agents.defaults.model.fallbacks"),
                legacy("imageModelFallbacks", "agents.defaults.imageModel.fallbacks"),
            ],
            None,
        ),
        "Settings of every agent.",
    ),
    key(
        "list",
        Shape::List(&Shape::Table(
            &[
                required("id", Shape::Text, "Agent id."),
                key("default", Shape::Bool, "Whether commands without --agent use this agent."),
                key("name", Shape::Text, "Name for display."),
                key("agentDir", Shape::Text, "Directory of the agent's auth store.").names(Names::Directory),
                key("model", MODEL_CHOICE, "Model of this agent."),
                key("imageModel", MODEL_CHOICE, "Model of this agent for pictures."),
                key("workspace", Shape::Text, "Directory in which this agent works.").names(Names::Directory),
                foreign("memorySearch"),
                foreign("humanDelay"),
                foreign("heartbeat"),
                foreign("identity"),
                foreign("groupChat"),
                foreign("subagents"),
                foreign("sandbox"),
                foreign("tools"),
            ],
            None,
        )),
        "The agents.",
    ),
    foreign("entries"),
];

const MODELS: &[Field] = &[
    key(
        "mode",
        Shape::OneOf(&["merge", "replace"]),
        "Whether your providers add to or replace the built-in ones.",
    ),
    key(
        "providers",
        Shape::Map(&Shape::Table(
            &[
                required("baseUrl", Shape::Text, "Address of the API.").names(Names::Endpoint),
                key("apiKey", Shape::Secret, "Key; preferably as ${VARIABLE}."),
                key(
                    "auth",
                    Shape::OneOf(&["api-key", "aws-sdk", "oauth", "token"]),
                    "How requests are authorized.",
                ),
                key(
                    "api",
                    Shape::OneOf(&[
                        "openai-completions",
                        "openai-responses",
                        "anthropic-messages",
                        "google-generative-ai",
                        "github-copilot",
                        "bedrock-converse-stream",
                    ]),
                    "Protocol.",
                ),
                key("headers", Shape::Map(&Shape::Secret), "Extra headers."),
                key("authHeader", Shape::Bool, "Whether the key goes into the Authorization header."),
                foreign("models"),
            ],
            None,
        )),
        "Providers, by id.",
    ),
    foreign("bedrockDiscovery"),
];

const GATEWAY: &[Field] = &[
    key("mode", Shape::OneOf(&["local", "remote"]), "Whether the gateway runs on this machine."),
    key("port", Shape::Whole(1), "Port."),
    key(
        "auth",
        Shape::Table(
            &[
                key("mode", Shape::OneOf(&["token", "password"]), "How clients authenticate."),
                key("token", Shape::Secret, "Token for clients."),
                key("password", Shape::Secret, "Password for clients."),
                foreign("allowTailscale"),
            ],
            None,
        ),
        "How clients authenticate to the gateway.",
    ),
    legacy("token", "gateway.auth.token"),
    key(
        "subscriptions",
        Shape::OneOf(&["owner", "try", "never"]),
        "When stored subscription logins are used: only instead of such a login in the request, for every request, or never.",
    ).own(),
    key(
        "passthrough",
        Shape::Bool,
        "Whether a request may carry its own login, with the gateway's token in x-zirkabot-token.",
    ).own(),
    key(
        "chatDirectives",
        Shape::Bool,
        "Whether `/model` and similar commands work if only the field `user` of a request names the session.",
    ).own(),
    key(
        "allowedHosts",
        Shape::List(&Shape::Text),
        "Host names that clients may use for the gateway, besides localhost.",
    ).own(),
    key(
        "metrics",
        Shape::Table(&[key("open", Shape::Bool, "Whether anyone on this machine may read them.")], None),
        "Metrics for Prometheus.",
    ).own(),
    foreign("bind"),
    foreign("controlUi"),
    foreign("tailscale"),
    foreign("remote"),
    foreign("reload"),
    foreign("tls"),
    foreign("http"),
    foreign("trustedProxies"),
    foreign("nodes"),
];

const SESSION: &[Field] = &[
    key("store", Shape::Text, "File of the sessions; {agentId} and a leading ~ are replaced.")
        .names(Names::Directory),
    key("scope", Shape::Text, "Who shares a session."),
    key("dmScope", Shape::Text, "Who shares a session in direct messages."),
    foreign("identityLinks"),
    foreign("resetTriggers"),
    foreign("idleMinutes"),
    foreign("heartbeatIdleMinutes"),
    foreign("reset"),
    foreign("resetByType"),
    foreign("resetByChannel"),
    foreign("typingIntervalSeconds"),
    foreign("typingMode"),
    foreign("mainKey"),
    foreign("sendPolicy"),
    foreign("agentToAgent"),
];

const META: &[Field] = &[
    key("lastTouchedVersion", Shape::Text, "Version of the program that wrote this file."),
    key("lastTouchedAt", Shape::Text, "When it did, RFC 3339."),
];
