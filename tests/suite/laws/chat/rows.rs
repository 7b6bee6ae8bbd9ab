//! The table of messages, in groups, and what comes of each.

/// Message, kind of answer, chosen model afterwards, pin afterwards, what is left, and a piece of the reply.
pub(super) type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// What the session has chosen before.
pub(super) const GPT: &str = "openai/gpt-5.2";
/// To what it is pinned before.
pub(super) const PIN: &str = "openai:default";
pub(super) const KIMI: &str = "moonshot/kimi-k2-0905-preview";
pub(super) const MINIMAX: &str = "minimax/MiniMax-M2.1";
pub(super) const LIGHTNING: &str = "minimax/MiniMax-M2.1-lightning";
pub(super) const SONNET: &str = "anthropic/claude-sonnet-4-5";
pub(super) const MINI: &str = "openai/gpt-5-mini";
pub(super) const GLM: &str = "zai/glm-4.7";
pub(super) const SMALL: &str = "lab/hf:Org/Small";
pub(super) const ROUTER: &str = "openrouter/anthropic/claude-opus-4.5";

/// Where some models are allowed: questions.
#[rustfmt::skip]
pub(super) const ASKING: &[Row] = &[
    ("/model", "summary", GPT, PIN, "", "Current: gpt (openai/gpt-5.2)"),
    ("/MODEL", "summary", GPT, PIN, "", "Auth profile: openai:default (pinned)"),
    ("  /model  ", "summary", GPT, PIN, "", "/model status"),
    ("/model:", "summary", GPT, PIN, "", "/models"),
    ("/model :", "summary", GPT, PIN, "", "Current"),
    ("/model @", "summary", GPT, PIN, "", "Current"),
    ("hello /model", "summary", GPT, PIN, "hello", "Current"),
    ("/model\nhow are you", "summary", GPT, PIN, "how are you", "Current"),
    ("/model ?", "summary", GPT, PIN, "?", "Current"),
    ("/model list", "providers", GPT, PIN, "", "- anthropic (2)"),
    ("/model LIST", "providers", GPT, PIN, "", "- minimax (2)"),
    ("/model: list", "providers", GPT, PIN, "", "- lab (1)"),
    ("/models", "providers", GPT, PIN, "", "- zai (1)"),
    ("/Models", "providers", GPT, PIN, "", "- openrouter (1)"),
    ("/models:", "providers", GPT, PIN, "", "/models <provider>"),
    ("/models all", "providers", GPT, PIN, "", "- openai (2)"),
    ("/models list", "providers", GPT, PIN, "", "- moonshot (1)"),
    ("show /models please", "models", GPT, PIN, "show", "no provider \"please\""),
    ("/models minimax", "models", GPT, PIN, "", "minimax: 1-2 of 2, page 1 of 1"),
    ("/models MiniMax", "models", GPT, PIN, "", "- minimax/MiniMax-M2.1 (minimax)"),
    ("/models: minimax", "models", GPT, PIN, "", "- minimax/MiniMax-M2.1-lightning"),
    ("/models z.ai", "models", GPT, PIN, "", "- zai/glm-4.7 (GLM)"),
    ("/models lab", "models", GPT, PIN, "", "lab: 1-1 of 1"),
    ("/models minimax size=1", "models", GPT, PIN, "", "minimax: 1-1 of 2, page 1 of 2"),
    ("/models minimax limit=1 page=2", "models", GPT, PIN, "", "minimax: 2-2 of 2, page 2 of 2"),
    ("/models minimax 2", "models", GPT, PIN, "", "Page 2 is out of range: minimax has one page"),
    ("/models minimax size=1 9", "models", GPT, PIN, "", "minimax has 2 pages"),
    ("/models minimax 9 all", "models", GPT, PIN, "", "minimax: 1-2 of 2"),
    ("/models minimax and more", "models", GPT, PIN, "and more", "minimax: 1-2"),
    ("/models kimi", "models", GPT, PIN, "", "Available:\n- anthropic\n- lab"),
    ("/models nobody", "models", GPT, PIN, "", "There is no provider \"nobody\""),
    ("/models opus", "models", GPT, PIN, "", "There is no provider \"opus\""),
    ("/model status", "status", GPT, PIN, "", "Current: gpt (openai/gpt-5.2)"),
    ("/model Status", "status", GPT, PIN, "", "Default: opus (anthropic/claude-opus-4-5)"),
    ("/model: status", "status", GPT, PIN, "", "Agent: main"),
    ("/models status", "status", GPT, PIN, "", "Auth file: ~/.zirkabot/agents/main/agent/auth-profiles.json"),
    ("/model status now", "status", GPT, PIN, "now", "[openai] endpoint: default auth: openai:default=sk-proj-… ‹secret"),
    ("x /model status", "status", GPT, PIN, "x", "[lab] endpoint: http://localhost:1234/v1 api: openai-completions auth: needs none"),
    ("/model\tstatus", "status", GPT, PIN, "", "anthropic:work=token:sk-ant-oat01-… ‹secret 1› (next, exp 6h)"),
    ("/model   status", "status", GPT, PIN, "", "(lastGood, cooldown 1h)"),
    ("/model status.", "error", GPT, PIN, "", "status."),
];

/// Messages that ask for nothing here.
#[rustfmt::skip]
pub(super) const PLAIN: &[Row] = &[
    ("", "none", GPT, PIN, "", ""),
    ("hello", "none", GPT, PIN, "hello", ""),
    ("model opus", "none", GPT, PIN, "model opus", ""),
    ("/modelling is fun", "none", GPT, PIN, "/modelling is fun", ""),
    ("see a/model opus", "none", GPT, PIN, "see a/model opus", ""),
    ("/model-x", "none", GPT, PIN, "/model-x", ""),
    ("/model/opus", "none", GPT, PIN, "/model/opus", ""),
    ("opus", "none", GPT, PIN, "opus", ""),
    ("/opusx", "none", GPT, PIN, "/opusx", ""),
    ("/opu", "none", GPT, PIN, "/opu", ""),
    ("/unknown", "none", GPT, PIN, "/unknown", ""),
    ("/smallxone", "none", GPT, PIN, "/smallxone", ""),
    ("/sonnet", "none", GPT, PIN, "/sonnet", ""),
    ("/claude", "none", GPT, PIN, "/claude", ""),
    ("and /newer things", "none", GPT, PIN, "and /newer things", ""),
    ("so /new", "none", GPT, PIN, "so /new", ""),
    ("two\n\nlines  here", "none", GPT, PIN, "two\n\nlines  here", ""),
];

/// Models by reference, by short name, and by a piece of their name.
#[rustfmt::skip]
pub(super) const CHOOSING: &[Row] = &[
    ("/model openai/gpt-5-mini", "set", MINI, "", "", "Model set to gpt-mini (openai/gpt-5-mini)."),
    ("/model OpenAI/gpt-5-mini", "set", MINI, "", "", "Model set to"),
    ("/model: openai/gpt-5-mini", "set", MINI, "", "", "Model set to"),
    ("/model:openai/gpt-5-mini", "set", MINI, "", "", "Model set to"),
    ("/model openai/gpt-5.2", "set", GPT, "", "", "Model set to gpt (openai/gpt-5.2)."),
    ("/model z.ai/glm-4.7", "set", GLM, "", "", "Model set to GLM (zai/glm-4.7)."),
    ("/model lab/hf:Org/Small", "set", SMALL, "", "", "Model set to small.one (lab/hf:Org/Small)."),
    ("/model openrouter/anthropic/claude-opus-4.5", "set", ROUTER, "", "", "Model set to openrouter/anthropic/claude-opus-4.5."),
    ("/model anthropic/sonnet-4.5", "set", SONNET, "", "", "Model set to anthropic/claude-sonnet-4-5."),
    ("/model claude-sonnet-4-5", "set", SONNET, "", "", "Model set to"),
    ("/model opus", "reset", "", "", "", "Model reset to default (opus (anthropic/claude-opus-4-5))."),
    ("/model OPUS", "reset", "", "", "", "Model reset to default"),
    ("/model anthropic/claude-opus-4-5", "reset", "", "", "", "Model reset to default"),
    ("/model anthropic/opus-4.5", "reset", "", "", "", "Model reset to default"),
    ("/model default", "reset", "", "", "", "Model reset to default"),
    ("/model gpt", "set", GPT, "", "", "Model set to gpt"),
    ("/model gpt-mini", "set", MINI, "", "", "Model set to gpt-mini"),
    ("/model glm", "set", GLM, "", "", "Model set to GLM"),
    ("/model small.one", "set", SMALL, "", "", "Model set to small.one"),
    ("/models", "providers", GPT, PIN, "", "Providers:"),
    ("/opus", "reset", "", "", "", "Model reset to default"),
    ("/Opus", "reset", "", "", "", "Model reset to default"),
    ("/gpt", "set", GPT, "", "", "Model set to gpt"),
    ("/gpt-mini", "set", MINI, "", "", "Model set to gpt-mini"),
    ("/glm: hello", "set", GLM, "", "hello", "Model set to GLM"),
    ("/glm:hello", "set", GLM, "", "hello", "Model set to GLM"),
    ("do /gpt-mini this", "set", MINI, "", "do this", "Model set to gpt-mini"),
    ("do\n/glm\nthis", "set", GLM, "", "do\nthis", "Model set to GLM"),
    ("/small.one", "set", SMALL, "", "", "Model set to small.one"),
    ("/minimax", "set", MINIMAX, "", "", "Model set to minimax"),
    ("/gpt /glm", "set", GPT, "", "/glm", "Model set to gpt"),
    ("/gpt /model glm", "set", GLM, "", "/gpt", "Model set to GLM"),
    ("/model glm and go on", "set", GLM, "", "and go on", "Model set to GLM"),
    ("please /model glm now", "set", GLM, "", "please now", "Model set to GLM"),
    ("/model glm, please", "set", GLM, "", ", please", "Model set to GLM"),
    ("/model glm/ x", "set", GLM, "", "/ x", "Model set to GLM"),
    ("/model zzz /model glm", "error", GPT, PIN, "/model glm", "\"anthropic/zzz\" is not allowed"),
];

/// Names that are not written out.
#[rustfmt::skip]
pub(super) const NEARLY: &[Row] = &[
    ("/model kimi", "set", KIMI, "", "", "Model set to moonshot/kimi-k2-0905-preview."),
    ("/model KIMI", "set", KIMI, "", "", "Model set to"),
    ("/model kimi-k2-0905-preview", "set", KIMI, "", "", "Model set to"),
    ("/model moonshot/kimi", "set", KIMI, "", "", "Model set to"),
    ("/model moonshot", "set", KIMI, "", "", "Model set to"),
    ("/model minimax", "set", MINIMAX, "", "", "Model set to minimax (minimax/MiniMax-M2.1)."),
    ("/model minimax/m2.1", "set", MINIMAX, "", "", "Model set to"),
    ("/model minimax/minimax-m2.1", "set", MINIMAX, "", "", "Model set to"),
    ("/model lightning", "set", LIGHTNING, "", "", "Model set to"),
    ("/model minimax/lightning", "set", LIGHTNING, "", "", "Model set to"),
    ("/model m2.1-lightning", "set", LIGHTNING, "", "", "Model set to"),
    ("/model sonnet", "set", SONNET, "", "", "Model set to"),
    ("/model anthropic/sonnet", "set", SONNET, "", "", "Model set to"),
    ("/model claud-opus-4-5", "reset", "", "", "", "Model reset to default"),
    ("/model anthropic/claud-opus-4-5", "reset", "", "", "", "Model reset to default"),
    ("/model claude", "reset", "", "", "", "Model reset to default"),
    ("/model anthropic", "reset", "", "", "", "Model reset to default"),
    ("/model gpt-5.3", "set", GPT, "", "", "Model set to"),
    ("/model mini", "set", MINIMAX, "", "", "Model set to"),
    ("/model openai/mini", "set", MINI, "", "", "Model set to"),
    ("/model glm-4.6", "set", GLM, "", "", "Model set to"),
    ("/model hf:org/small", "set", SMALL, "", "", "Model set to"),
    ("/model lab/small", "set", SMALL, "", "", "Model set to"),
    ("/model elsewhere/kimi-k2-0905-preview", "error", GPT, PIN, "", "No model is called"),
    ("/model zzz", "error", GPT, PIN, "", "Model \"anthropic/zzz\" is not allowed."),
    ("/model openai/gpt-4", "error", GPT, PIN, "", "Model \"openai/gpt-4\" is not allowed."),
    ("/model openai/o3", "error", GPT, PIN, "", "Model \"openai/o3\" is not allowed. /models lists"),
    ("/model lab/gone", "error", GPT, PIN, "", "is not allowed"),
    ("/model lab/big", "error", GPT, PIN, "", "Model \"lab/big\" is not allowed."),
    ("/model claude-cli/opus", "error", GPT, PIN, "", "is not allowed"),
];

/// Credentials.
#[rustfmt::skip]
pub(super) const PINNING: &[Row] = &[
    ("/model opus@anthropic:work", "reset", "", "anthropic:work", "", "Model reset to default (opus (anthropic/claude-opus-4-5)). Auth profile set to anthropic:work."),
    ("/model sonnet@anthropic:work", "set", SONNET, "anthropic:work", "", "Auth profile set to anthropic:work."),
    ("/model anthropic/claude-sonnet-4-5@anthropic:work", "set", SONNET, "anthropic:work", "", "Auth profile set to"),
    ("/model: sonnet@anthropic:work go", "set", SONNET, "anthropic:work", "go", "Auth profile set to"),
    ("/model sonnet@anthropic:me@example.com", "set", SONNET, "anthropic:me@example.com", "", "Auth profile set to anthropic:me@example.com."),
    ("/model glm@zai:default", "set", GLM, "zai:default", "", "Auth profile set to zai:default."),
    ("/model gpt@openai:default", "set", GPT, PIN, "", "Auth profile set to openai:default."),
    ("/model gpt", "set", GPT, "", "", "Model set to gpt"),
    ("/model gpt@", "set", GPT, "", "", "Model set to gpt"),
    ("/model kimi@moonshot:default", "error", GPT, PIN, "", "no profile `moonshot:default` is stored for main"),
    ("/model gpt@anthropic:work", "error", GPT, PIN, "", "anthropic:work is a profile of anthropic, not of openai"),
    ("/model sonnet@openai:default", "error", GPT, PIN, "", "openai:default is a profile of openai, not of anthropic"),
    ("/model sonnet@anthropic:wrok", "error", GPT, PIN, "", "did you mean `anthropic:work`?"),
    ("/model gpt@nobody", "error", GPT, PIN, "", "only openai:default is stored"),
    ("/model sonnet@anthropic:me+tag@example.com", "error", GPT, PIN, "+tag@example.com", "no profile `anthropic:me`"),
    ("/model @anthropic:work", "error", GPT, PIN, "", "Auth profile \"anthropic:work\" needs a model selection"),
    ("hi /model @anthropic:work there", "error", GPT, PIN, "hi there", "needs a model selection"),
    ("/opus@anthropic:work", "none", GPT, PIN, "/opus@anthropic:work", ""),
    ("/model 3", "error", GPT, PIN, "", "Numeric selection is not supported."),
    ("/model 12@openai:default", "error", GPT, PIN, "", "Numeric selection is not supported."),
    ("/model: 1 hello", "error", GPT, PIN, "hello", "Numeric selection is not supported."),
];

/// New conversations.
#[rustfmt::skip]
pub(super) const BEGINNING: &[Row] = &[
    ("/new", "new", "", "", "", "New conversation."),
    ("/NEW", "new", "", "", "", "New conversation."),
    ("/reset", "new", "", "", "", "New conversation."),
    ("/new hello", "new", "", "", "hello", "New conversation."),
    ("/reset tell me more", "new", "", "", "tell me more", "New conversation."),
    ("/new minimax hello", "new", MINIMAX, "", "hello", "New conversation.\nModel set to minimax"),
    ("/new minimax m2.1 hello", "new", MINIMAX, "", "hello", "Model set to minimax"),
    ("/new minimax lightning hello", "new", LIGHTNING, "", "hello", "Model set to"),
    ("/new openai/gpt-5-mini hello", "new", MINI, "", "hello", "Model set to gpt-mini"),
    ("/new gpt hello", "new", GPT, "", "hello", "Model set to gpt"),
    ("/reset anthropic sonnet", "new", SONNET, "", "", "Model set to"),
    ("/new kimi hello", "new", "", "", "kimi hello", "New conversation."),
    ("/new kimi-k2 hello", "new", KIMI, "", "hello", "Model set to"),
    ("/new nothing like it", "new", "", "", "nothing like it", "New conversation."),
    ("/new openai/o3 hello", "new", "", "", "openai/o3 hello", "New conversation."),
    ("/new /model glm hello", "new", GLM, "", "hello", "Model set to GLM"),
    ("/new /model glm@zai:default", "new", GLM, "zai:default", "", "Auth profile set to zai:default."),
    ("/new /model zzz", "error", "", "", "", "New conversation.\nModel \"anthropic/zzz\" is not allowed"),
];

/// Where all models are allowed, and the default one is another.
#[rustfmt::skip]
pub(super) const ANYTHING: &[Row] = &[
    ("/model", "summary", GPT, PIN, "", "Current: gpt (openai/gpt-5.2)"),
    ("/model opus", "set", "anthropic/claude-opus-4-5", "", "", "Model set to opus (anthropic/claude-opus-4-5)."),
    ("/model sonnet", "reset", "", "", "", "Model reset to default (sonnet (anthropic/claude-sonnet-4-5))."),
    ("/model sonnet@anthropic:work", "reset", "", "anthropic:work", "", "Auth profile set to anthropic:work."),
    ("/opus", "none", GPT, PIN, "/opus", ""),
    ("/model groq/llama-4", "set", "groq/llama-4", "", "", "Note: main has no usable credential for groq"),
    ("/model anthropic/claude-next-9", "set", "anthropic/claude-next-9", "", "", "Model set to anthropic/claude-next-9."),
    ("/model please", "error", GPT, PIN, "", "No model is called \"please\"."),
    ("/model nobody/x", "error", GPT, PIN, "", "No model is called \"nobody/x\"."),
    ("/model lab/m07", "set", "lab/m07", "", "", "Model set to lab/m07."),
    ("/model m07", "set", "lab/m07", "", "", "Model set to lab/m07."),
    ("/model lab/m99", "set", "lab/m09", "", "", "Model set to lab/m09."),
    ("/model moonshot/kimi", "set", "moonshot/kimi", "", "", "did you mean `moonshot/kimi-k2-0905-preview`?"),
    ("/models lab", "models", GPT, PIN, "", "lab: 1-20 of 23, page 1 of 2"),
    ("/models lab page=2", "models", GPT, PIN, "", "lab: 21-23 of 23, page 2 of 2"),
    ("/models lab 2", "models", GPT, PIN, "", "- lab/m23"),
    ("/models lab 3", "models", GPT, PIN, "", "Page 3 is out of range: lab has 2 pages. Try /models lab page=2"),
    ("/models lab size=10", "models", GPT, PIN, "", "More: /models lab page=2, all: /models lab all"),
    ("/models lab size=1000", "models", GPT, PIN, "", "lab: 1-23 of 23, page 1 of 1"),
    ("/models lab all page=2", "models", GPT, PIN, "", "lab: 1-23 of 23, page 1 of 1"),
    ("/models lab page=0", "models", GPT, PIN, "", "page 1 of 2"),
    ("/model status", "status", GPT, PIN, "", "Without a credential: google, kimi-code,"),
    ("/new lab m05 hi", "new", "lab/m05", "", "hi", "Model set to lab/m05."),
];
