//! The table of messages, in groups, and what comes of each.

/// A message, and what comes of it.
pub(super) struct Row {
    pub(super) message: &'static str,
    /// Of the answer.
    pub(super) kind: &'static str,
    /// What the session has chosen afterwards.
    pub(super) model: &'static str,
    /// To what it is pinned afterwards.
    pub(super) pin: &'static str,
    /// What is left of the message.
    pub(super) left: &'static str,
    /// A piece of the reply.
    pub(super) says: &'static str,
}

/// A message that changes nothing, of which nothing is left.
const fn row(message: &'static str) -> Row {
    Row { message, kind: "", model: GPT, pin: PIN, left: "", says: "" }
}

impl Row {
    const fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Whoever chooses a model is no longer pinned.
    const fn model(self, model: &'static str) -> Self {
        Self { model, pin: "", ..self }
    }

    const fn pin(self, pin: &'static str) -> Self {
        Self { pin, ..self }
    }

    const fn left(self, left: &'static str) -> Self {
        Self { left, ..self }
    }

    const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }
}

/// What the session has chosen before.
pub(super) const GPT: &str = "openai/gpt-5.2";
/// To what it is pinned before.
pub(super) const PIN: &str = "openai:default";
/// What is chosen where nothing is: the default model of the config.
pub(super) const DEFAULT: &str = "";
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
    row("/model").kind("summary").says("Current: gpt (openai/gpt-5.2)"),
    row("/MODEL").kind("summary").says("Auth profile: openai:default (pinned)"),
    row("  /model  ").kind("summary").says("/model status"),
    row("/model:").kind("summary").says("/models"),
    row("/model :").kind("summary").says("Current"),
    row("/model @").kind("summary").says("Current"),
    row("hello /model").kind("summary").left("hello").says("Current"),
    row("/model\nhow are you").kind("summary").left("how are you").says("Current"),
    row("/model ?").kind("summary").left("?").says("Current"),
    row("/model list").kind("providers").says("- anthropic (2, no credential)"),
    row("/model LIST").kind("providers").says("- minimax (2, no credential)"),
    row("/model: list").kind("providers").says("- lab (1)"),
    row("/models").kind("providers").says("- zai (1)"),
    row("/Models").kind("providers").says("- openrouter (1, no credential)"),
    row("/models:").kind("providers").says("/models <provider>"),
    row("/models all").kind("providers").says("- openai (2)"),
    row("/models list").kind("providers").says("- moonshot (1, no credential)"),
    row("show /models please").kind("models").left("show").says("no provider \"please\""),
    row("/models minimax").kind("models").says("minimax: 1-2 of 2, page 1 of 1"),
    row("/models MiniMax").kind("models").says("- minimax/MiniMax-M2.1 (minimax)"),
    row("/models: minimax").kind("models").says("- minimax/MiniMax-M2.1-lightning"),
    row("/models z.ai").kind("models").says("- zai/glm-4.7 (GLM)"),
    row("/models lab").kind("models").says("lab: 1-1 of 1"),
    row("/models minimax size=1").kind("models").says("minimax: 1-1 of 2, page 1 of 2"),
    row("/models minimax limit=1 page=2").kind("models").says("minimax: 2-2 of 2, page 2 of 2"),
    row("/models minimax 2").kind("models").says("Page 2 is out of range: minimax has one page"),
    row("/models minimax size=1 9").kind("models").says("minimax has 2 pages"),
    row("/models minimax 9 all").kind("models").says("minimax: 1-2 of 2"),
    row("/models minimax and more").kind("models").left("and more").says("minimax: 1-2"),
    row("/models kimi").kind("models").says("Available:\n- anthropic\n- lab"),
    row("/models nobody").kind("models").says("There is no provider \"nobody\""),
    row("/models opus").kind("models").says("There is no provider \"opus\""),
    row("/model status").kind("status").says("Current: gpt (openai/gpt-5.2)"),
    row("/model Status").kind("status").says("Default: opus (anthropic/claude-opus-4-5)"),
    row("/model: status").kind("status").says("Agent: main"),
    row("/models status").kind("status").says("Auth file: ~/.zirkabot/agents/main/agent/auth-profiles.json"),
    row("/model status now").kind("status").left("now").says("[openai] endpoint: default auth: openai:default=sk-proj-… ‹secret"),
    row("x /model status").kind("status").left("x").says("[lab] endpoint: http://localhost:1234/v1 api: openai-completions auth: not needed"),
    row("/model\tstatus").kind("status").says("anthropic:work=token:sk-ant-oat01-… ‹secret 1› (next, exp 6h)"),
    row("/model   status").kind("status").says("(lastGood, cooldown 1h)"),
    row("/model status.").kind("error").says("status."),
];

/// Messages that ask for nothing here.
#[rustfmt::skip]
pub(super) const PLAIN: &[Row] = &[
    row("").kind("none"),
    row("hello").kind("none").left("hello"),
    row("model opus").kind("none").left("model opus"),
    row("/modelling is fun").kind("none").left("/modelling is fun"),
    row("see a/model opus").kind("none").left("see a/model opus"),
    row("/model-x").kind("none").left("/model-x"),
    row("/model/opus").kind("none").left("/model/opus"),
    row("opus").kind("none").left("opus"),
    row("/opusx").kind("none").left("/opusx"),
    row("/opu").kind("none").left("/opu"),
    row("/unknown").kind("none").left("/unknown"),
    row("/smallxone").kind("none").left("/smallxone"),
    row("/sonnet").kind("none").left("/sonnet"),
    row("/claude").kind("none").left("/claude"),
    row("and /newer things").kind("none").left("and /newer things"),
    row("so /new").kind("none").left("so /new"),
    row("two\n\nlines  here").kind("none").left("two\n\nlines  here"),
];

/// Models by reference, by short name, and by a piece of their name.
#[rustfmt::skip]
pub(super) const CHOOSING: &[Row] = &[
    row("/model openai/gpt-5-mini").kind("set").model(MINI).says("Model set to gpt-mini (openai/gpt-5-mini)."),
    row("/model OpenAI/gpt-5-mini").kind("set").model(MINI).says("Model set to"),
    row("/model: openai/gpt-5-mini").kind("set").model(MINI).says("Model set to"),
    row("/model:openai/gpt-5-mini").kind("set").model(MINI).says("Model set to"),
    row("/model openai/gpt-5.2").kind("set").model(GPT).says("Model set to gpt (openai/gpt-5.2)."),
    row("/model z.ai/glm-4.7").kind("set").model(GLM).says("Model set to GLM (zai/glm-4.7)."),
    row("/model lab/hf:Org/Small").kind("set").model(SMALL).says("Model set to small.one (lab/hf:Org/Small)."),
    row("/model openrouter/anthropic/claude-opus-4.5").kind("set").model(ROUTER).says("Model set to openrouter/anthropic/claude-opus-4.5."),
    row("/model anthropic/sonnet-4.5").kind("set").model(SONNET).says("Model set to anthropic/claude-sonnet-4-5."),
    row("/model claude-sonnet-4-5").kind("set").model(SONNET).says("Model set to"),
    row("/model opus").kind("reset").model(DEFAULT).says("Model reset to default (opus (anthropic/claude-opus-4-5))."),
    row("/model OPUS").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model anthropic/claude-opus-4-5").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model anthropic/opus-4.5").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model default").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model gpt").kind("set").model(GPT).says("Model set to gpt"),
    row("/model gpt-mini").kind("set").model(MINI).says("Model set to gpt-mini"),
    row("/model glm").kind("set").model(GLM).says("Model set to GLM"),
    row("/model small.one").kind("set").model(SMALL).says("Model set to small.one"),
    row("/models").kind("providers").says("Providers:"),
    row("/opus").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/Opus").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/gpt").kind("set").model(GPT).says("Model set to gpt"),
    row("/gpt-mini").kind("set").model(MINI).says("Model set to gpt-mini"),
    row("/glm: hello").kind("set").model(GLM).left("hello").says("Model set to GLM"),
    row("/glm:hello").kind("set").model(GLM).left("hello").says("Model set to GLM"),
    row("do /gpt-mini this").kind("set").model(MINI).left("do this").says("Model set to gpt-mini"),
    row("do\n/glm\nthis").kind("set").model(GLM).left("do\nthis").says("Model set to GLM"),
    row("/small.one").kind("set").model(SMALL).says("Model set to small.one"),
    row("/minimax").kind("set").model(MINIMAX).says("Model set to minimax"),
    row("/gpt /glm").kind("set").model(GPT).left("/glm").says("Model set to gpt"),
    row("/gpt /model glm").kind("set").model(GLM).left("/gpt").says("Model set to GLM"),
    row("/model glm and go on").kind("set").model(GLM).left("and go on").says("Model set to GLM"),
    row("please /model glm now").kind("set").model(GLM).left("please now").says("Model set to GLM"),
    row("/model glm, please").kind("set").model(GLM).left(", please").says("Model set to GLM"),
    row("/model glm/ x").kind("set").model(GLM).left("/ x").says("Model set to GLM"),
    row("/model zzz /model glm").kind("error").left("/model glm").says("No model is called \"zzz\""),
];

/// Names that are not written out.
#[rustfmt::skip]
pub(super) const NEARLY: &[Row] = &[
    row("/model kimi").kind("set").model(KIMI).says("Model set to moonshot/kimi-k2-0905-preview."),
    row("/model KIMI").kind("set").model(KIMI).says("Model set to"),
    row("/model kimi-k2-0905-preview").kind("set").model(KIMI).says("Model set to"),
    row("/model moonshot/kimi").kind("set").model(KIMI).says("Model set to"),
    row("/model moonshot").kind("set").model(KIMI).says("Model set to"),
    row("/model minimax").kind("set").model(MINIMAX).says("Model set to minimax (minimax/MiniMax-M2.1)."),
    row("/model minimax/m2.1").kind("set").model(MINIMAX).says("Model set to"),
    row("/model minimax/minimax-m2.1").kind("set").model(MINIMAX).says("Model set to"),
    row("/model lightning").kind("set").model(LIGHTNING).says("Model set to"),
    row("/model minimax/lightning").kind("set").model(LIGHTNING).says("Model set to"),
    row("/model m2.1-lightning").kind("set").model(LIGHTNING).says("Model set to"),
    row("/model sonnet").kind("set").model(SONNET).says("Model set to"),
    row("/model anthropic/sonnet").kind("set").model(SONNET).says("Model set to"),
    row("/model claud-opus-4-5").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model anthropic/claud-opus-4-5").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model claude").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model anthropic").kind("reset").model(DEFAULT).says("Model reset to default"),
    row("/model gpt-5.3").kind("set").model(GPT).says("Model set to"),
    row("/model mini").kind("set").model(MINIMAX).says("Model set to"),
    row("/model openai/mini").kind("set").model(MINI).says("Model set to"),
    row("/model glm-4.6").kind("set").model(GLM).says("Model set to"),
    row("/model hf:org/small").kind("set").model(SMALL).says("Model set to"),
    row("/model lab/small").kind("set").model(SMALL).says("Model set to"),
    row("/model elsewhere/kimi-k2-0905-preview").kind("error").says("No model is called"),
    row("/model zzz").kind("error").says("No model is called \"zzz\"."),
    row("/model openai/gpt-4").kind("error").says("Model \"openai/gpt-4\" is not allowed."),
    row("/model openai/o3").kind("error").says("Model \"openai/o3\" is not allowed. /models lists"),
    row("/model lab/gone").kind("error").says("is not allowed"),
    row("/model lab/big").kind("error").says("Model \"lab/big\" is not allowed."),
    row("/model claude-cli/opus").kind("error").says("is not allowed"),
];

/// Credentials.
#[rustfmt::skip]
pub(super) const PINNING: &[Row] = &[
    row("/model opus@anthropic:work").kind("reset").model(DEFAULT).pin("anthropic:work").says("Model reset to default (opus (anthropic/claude-opus-4-5)). Auth profile set to anthropic:work."),
    row("/model sonnet@anthropic:work").kind("set").model(SONNET).pin("anthropic:work").says("Auth profile set to anthropic:work."),
    row("/model anthropic/claude-sonnet-4-5@anthropic:work").kind("set").model(SONNET).pin("anthropic:work").says("Auth profile set to"),
    row("/model: sonnet@anthropic:work go").kind("set").model(SONNET).pin("anthropic:work").left("go").says("Auth profile set to"),
    row("/model sonnet@anthropic:me@example.com").kind("set").model(SONNET).pin("anthropic:me@example.com").says("Auth profile set to anthropic:me@example.com."),
    row("/model glm@zai:default").kind("set").model(GLM).pin("zai:default").says("Auth profile set to zai:default."),
    row("/model gpt@openai:default").kind("set").says("Auth profile set to openai:default."),
    row("/model gpt").kind("set").model(GPT).says("Model set to gpt"),
    row("/model gpt@").kind("set").model(GPT).says("Model set to gpt"),
    row("/model kimi@moonshot:default").kind("error").says("agent main has no stored profile `moonshot:default`"),
    row("/model gpt@anthropic:work").kind("error").says("anthropic:work is a profile of anthropic, not of openai"),
    row("/model sonnet@openai:default").kind("error").says("openai:default is a profile of openai, not of anthropic"),
    row("/model sonnet@anthropic:wrok").kind("error").says("did you mean `anthropic:work`?"),
    row("/model gpt@nobody").kind("error").says("only openai:default is stored"),
    row("/model sonnet@anthropic:me+tag@example.com").kind("error").left("+tag@example.com").says("no stored profile `anthropic:me`"),
    row("/model @anthropic:work").kind("error").says("Auth profile \"anthropic:work\" needs a model selection"),
    row("hi /model @anthropic:work there").kind("error").left("hi there").says("needs a model selection"),
    row("/opus@anthropic:work").kind("none").left("/opus@anthropic:work"),
    row("/model 3").kind("error").says("Numeric selection is not supported."),
    row("/model 12@openai:default").kind("error").says("Numeric selection is not supported."),
    row("/model: 1 hello").kind("error").left("hello").says("Numeric selection is not supported."),
];

/// New conversations.
#[rustfmt::skip]
pub(super) const BEGINNING: &[Row] = &[
    row("/new").kind("new").model(DEFAULT).says("New conversation."),
    row("/NEW").kind("new").model(DEFAULT).says("New conversation."),
    row("/reset").kind("new").model(DEFAULT).says("New conversation."),
    row("/new hello").kind("new").model(DEFAULT).left("hello").says("New conversation."),
    row("/reset tell me more").kind("new").model(DEFAULT).left("tell me more").says("New conversation."),
    row("/new minimax hello").kind("new").model(MINIMAX).left("hello").says("New conversation.\nModel set to minimax"),
    row("/new minimax m2.1 hello").kind("new").model(MINIMAX).left("hello").says("Model set to minimax"),
    row("/new minimax lightning hello").kind("new").model(LIGHTNING).left("hello").says("Model set to"),
    row("/new openai/gpt-5-mini hello").kind("new").model(MINI).left("hello").says("Model set to gpt-mini"),
    row("/new gpt hello").kind("new").model(GPT).left("hello").says("Model set to gpt"),
    row("/reset anthropic sonnet").kind("new").model(SONNET).says("Model set to"),
    row("/new kimi hello").kind("new").model(DEFAULT).left("kimi hello").says("New conversation."),
    row("/new kimi-k2 hello").kind("new").model(KIMI).left("hello").says("Model set to"),
    row("/new nothing like it").kind("new").model(DEFAULT).left("nothing like it").says("New conversation."),
    row("/new openai/o3 hello").kind("new").model(DEFAULT).left("openai/o3 hello").says("New conversation."),
    row("/new /model glm hello").kind("new").model(GLM).left("hello").says("Model set to GLM"),
    row("/new /model glm@zai:default").kind("new").model(GLM).pin("zai:default").says("Auth profile set to zai:default."),
    row("/new /model zzz").kind("error").model(DEFAULT).says("New conversation.\nNo model is called \"zzz\"."),
];

/// Where all models are allowed, and the default one is another.
#[rustfmt::skip]
pub(super) const ANYTHING: &[Row] = &[
    row("/model").kind("summary").says("Current: gpt (openai/gpt-5.2)"),
    row("/model opus").kind("set").model("anthropic/claude-opus-4-5").says("Model set to opus (anthropic/claude-opus-4-5)."),
    row("/model sonnet").kind("reset").model(DEFAULT).says("Model reset to default (sonnet (anthropic/claude-sonnet-4-5))."),
    row("/model sonnet@anthropic:work").kind("reset").model(DEFAULT).pin("anthropic:work").says("Auth profile set to anthropic:work."),
    row("/opus").kind("none").left("/opus"),
    row("/model groq/llama-4").kind("set").model("groq/llama-4").says("Note: agent main has no usable credential for groq"),
    row("/model anthropic/claude-next-9").kind("set").model("anthropic/claude-next-9").says("Model set to anthropic/claude-next-9."),
    row("/model please").kind("error").says("No model is called \"please\"."),
    row("/model nobody/x").kind("error").says("No model is called \"nobody/x\"."),
    row("/model lab/m07").kind("set").model("lab/m07").says("Model set to lab/m07."),
    row("/model m07").kind("set").model("lab/m07").says("Model set to lab/m07."),
    row("/model lab/m99").kind("set").model("lab/m09").says("Model set to lab/m09."),
    row("/model moonshot/kimi").kind("set").model("moonshot/kimi").says("did you mean `moonshot/kimi-k2-0905-preview`?"),
    row("/models lab").kind("models").says("lab: 1-20 of 23, page 1 of 2"),
    row("/models lab page=2").kind("models").says("lab: 21-23 of 23, page 2 of 2"),
    row("/models lab 2").kind("models").says("- lab/m23"),
    row("/models lab 3").kind("models").says("Page 3 is out of range: lab has 2 pages. Try /models lab page=2"),
    row("/models lab size=10").kind("models").says("More: /models lab page=2, all: /models lab all"),
    row("/models lab size=1000").kind("models").says("lab: 1-23 of 23, page 1 of 1"),
    row("/models lab all page=2").kind("models").says("lab: 1-23 of 23, page 1 of 1"),
    row("/models lab page=0").kind("models").says("page 1 of 2"),
    row("/model status").kind("status").says("Without a credential: google, kimi-code,"),
    row("/new lab m05 hi").kind("new").model("lab/m05").left("hi").says("Model set to lab/m05."),
];
