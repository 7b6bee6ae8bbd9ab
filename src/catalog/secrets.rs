//! The table of what stands where a secret should: references that some other program resolves,
//! marks of what was hidden, examples that were never filled in, and how secrets of vendors begin
//! that are no providers here. How those of providers begin stands in [`crate::catalog::providers`].
//!
//! To add one: a row. Who asks is `policy/form.rs`, the one judge of secrets.

/// How a text begins and ends that stands for a secret somewhere else.
#[derive(Debug)]
pub(crate) struct Reference {
    /// Its beginning; the case of letters does not matter.
    pub begin: &'static str,
    /// Its end; empty if it may end anyhow.
    pub end: &'static str,
    /// What it is, as in "is a reference to …".
    pub of: &'static str,
    /// Whether its text is only a name, which may be shown.
    pub named: bool,
}

const fn named(begin: &'static str, of: &'static str) -> Reference {
    Reference { begin, end: "", of, named: true }
}

const fn sealed(begin: &'static str, end: &'static str, of: &'static str) -> Reference {
    Reference { begin, end, of, named: false }
}

/// References of programs that keep secrets, of templates, and of files.
#[rustfmt::skip]
pub(crate) const REFERENCES: &[Reference] = &[
    named("op://", "1Password"),
    named("vault:", "Vault"), named("vault+", "Vault"), named("hcvault:", "Vault"), named("hcp:", "Vault"), named("openbao:", "OpenBao"), named("bao:", "OpenBao"),
    named("ref+", "a secret of vals"), named("secretref+", "a secret of vals"),
    named("doppler:", "Doppler"), named("infisical:", "Infisical"), named("akeyless:", "Akeyless"), named("conjur:", "Conjur"), named("chamber:", "chamber"),
    named("bw:", "Bitwarden"), named("bws:", "Bitwarden"), named("bitwarden:", "Bitwarden"), named("bitwarden-sm:", "Bitwarden"), named("rbw:", "Bitwarden"),
    named("lastpass:", "LastPass"), named("lpass:", "LastPass"), named("keeper:", "Keeper"), named("keepass:", "KeePass"), named("keepassxc:", "KeePass"), named("dl://", "Dashlane"), named("dashlane:", "Dashlane"), named("protonpass:", "Proton Pass"), named("pass://", "Proton Pass"),
    named("pass:", "pass"), named("gopass:", "gopass"), named("passage:", "passage"),
    named("keychain:", "the Keychain"), named("keyring:", "a keyring"), named("secret-service:", "a keyring"), named("secret-tool:", "a keyring"), named("libsecret:", "a keyring"), named("kwallet:", "KWallet"), named("wincred:", "the Credential Manager"), named("credential-manager:", "the Credential Manager"),
    named("arn:", "a secret of AWS"), named("aws-sm:", "AWS Secrets Manager"), named("awssm:", "AWS Secrets Manager"), named("asm:", "AWS Secrets Manager"), named("awssecrets:", "AWS Secrets Manager"), named("awssecretsmanager:", "AWS Secrets Manager"), named("aws-secretsmanager:", "AWS Secrets Manager"), named("aws-secrets-manager:", "AWS Secrets Manager"), named("secretsmanager:", "AWS Secrets Manager"), named("{{resolve:", "AWS CloudFormation"), named("awsssm:", "AWS Parameter Store"), named("aws-ssm:", "AWS Parameter Store"), named("ssm:", "AWS Parameter Store"), named("awsps:", "AWS Parameter Store"),
    named("gcpsecrets:", "Google Secret Manager"), named("gcp-sm:", "Google Secret Manager"), named("gcpsm:", "Google Secret Manager"), named("gcp-secret:", "Google Secret Manager"), named("gcp:", "Google Secret Manager"), named("gsm:", "Google Secret Manager"), named("sm://", "Google Secret Manager"), named("secretmanager:", "Google Secret Manager"), named("projects/", "Google Secret Manager"), named("//secretmanager.googleapis.com/", "Google Secret Manager"),
    named("@microsoft.keyvault(", "Azure Key Vault"), named("azurekeyvault:", "Azure Key Vault"), named("azure-keyvault:", "Azure Key Vault"), named("azkv:", "Azure Key Vault"), named("akv:", "Azure Key Vault"), named("keyvault:", "Azure Key Vault"), named("kv://", "Azure Key Vault"),
    named("k8s:", "a Kubernetes secret"), named("kubernetes:", "a Kubernetes secret"), named("secretkeyref:", "a Kubernetes secret"), named("valuefrom:", "a Kubernetes secret"), named("docker-secret:", "a Docker secret"), named("secretref:", "a secret"),
    named("secret://", "a secret"), named("secret:", "a secret"), named("secrets:", "a secret"), named("secrets.", "a secret"), named("credential:", "a credential"), named("ref:", "something else"), named("teller:", "teller"), named("varlock:", "varlock"), named("dotenvx:", "dotenvx"), named("fnox:", "fnox"),
    named("file:", "a file"), named("exec:", "a command"), named("cmd:", "a command"), named("command:", "a command"), named("shell:", "a command"), named("sh:", "a command"),
    named("env.", "a variable"), named("env:", "a variable"), named("process.env.", "a variable"), named("process.env[", "a variable"), named("import.meta.env.", "a variable"), named("os.environ", "a variable"), named("os.getenv(", "a variable"), named("getenv(", "a variable"), named("env[", "a variable"), named("env(", "a variable"), named("{env:", "a variable"), named("$env:", "a variable"), named("{file:", "a file"), named("dotenv:", "a variable"),
    named("%env(", "a variable"), named("%(", "a variable"), named("#{", "a variable"), named("<%", "a template"), named("{%", "a template"), named("{{", "a template"), named("[[", "a template"), named("${{", "a template"), named("((", "a template"), named("@@", "a template"),
    sealed("encrypted:", "", "a text that dotenvx has encrypted"), sealed("enc[", "", "a text that SOPS has encrypted"), sealed("enc(", "", "a text that Jasypt has encrypted"), sealed("enc:", "", "an encrypted text"), sealed("encrypted(", "", "an encrypted text"), sealed("{cipher}", "", "an encrypted text"), sealed("sops:", "", "a text that SOPS has encrypted"), sealed("$ansible_vault", "", "a text that Ansible Vault has encrypted"), sealed("!vault", "", "a text that Ansible Vault has encrypted"), sealed("age-encryption.org", "", "a text that age has encrypted"), sealed("age:", "", "a text that age has encrypted"), sealed("agebox:", "", "a text that age has encrypted"), sealed("agecrypt:", "", "a text that age has encrypted"), sealed("pgp:", "", "a text that PGP has encrypted"), sealed("gpg:", "", "a text that PGP has encrypted"), sealed("aws:kms:", "", "a text that AWS KMS has encrypted"), sealed("kms:", "", "a text that a KMS has encrypted"), sealed("aqicah", "", "a text that AWS KMS has encrypted"), sealed("ej[1:", "", "a text that ejson has encrypted"), sealed("secure:", "", "an encrypted text"), sealed("crypt:", "", "an encrypted text"), sealed("v1:aes", "", "an encrypted text"),
    sealed("$(", "", "a command"), sealed("`", "`", "a command"), sealed("!", "", "a command"), sealed("<(", "", "a command"), sealed("@(", "", "a command"),
];

/// What shows that a text hides a part of a secret, in lower case: what is made of letters, digits, `-` and `_` only,
/// as most secrets are.
pub(crate) const PLAIN_MARKS: &[&str] = &["redacted", "__hidden", "__masked", "__secret"];

/// The same, where signs are among it.
pub(crate) const MARKS: &[&str] = &[
    "***",
    "•",
    "●",
    "∙",
    "·",
    "■",
    "█",
    "▪",
    "◦",
    "⋅",
    "∗",
    "＊",
    "…",
    "...",
    "‹",
    "[hidden",
    "<hidden",
    "(hidden",
    "[masked",
    "<masked",
    "(masked",
    "[filtered",
    "[secret",
    "<secret",
    "[sensitive",
    "(sensitive",
    "[removed",
    "<removed",
    "[obfuscated",
    "[concealed",
    "concealed by",
    "[protected",
    "[private",
    "[omitted",
    "<omitted",
    "[encrypted",
    "<encrypted",
    "[truncated",
    "(truncated",
    "<truncated",
];

/// Words that no secret has and examples have, in lower case.
pub(crate) const EXAMPLES: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "changethis",
    "change-this",
    "change_this",
    "placeholder",
    "insert-",
    "insert_",
    "your-",
    "your_",
    "yourkey",
    "yourapi",
    "your key",
    "your api",
    "xxxxx",
    "replaceme",
    "replace-me",
    "replace_me",
    "replace me",
];

/// Words of examples that a service of one's own, which asks for nothing, may be content with, and that a
/// key of known form and length may hold by chance; in lower case.
pub(crate) const STAND_INS: &[&str] = &[
    "-here",
    "<api",
    "<insert",
    "<key>",
    "<paste",
    "<token>",
    "_here",
    "api-key-",
    "api_key_",
    "dummy",
    "enter-",
    "enter_",
    "example",
    "fake-key",
    "fake_key",
    "fill-",
    "fill_",
    "fillme",
    "fixme",
    "goes-here",
    "insertyour",
    "lorem",
    "my-api",
    "my-key",
    "my-secret",
    "my-token",
    "my_api",
    "my_key",
    "my_secret",
    "my_token",
    "not-a-real",
    "not-set",
    "not_a_real",
    "not_set",
    "notset",
    "paste-",
    "paste_",
    "pastehere",
    "replace-",
    "replace_",
    "replacewith",
    "some-key",
    "some_key",
    "todo:",
    "yourtoken",
];

/// Texts that are examples, or nothing, if they are all there is; in lower case.
pub(crate) const FILLERS: &[&str] = &[
    "-",
    "0",
    "1",
    "abc",
    "abc123",
    "api-key",
    "api_key",
    "apikey",
    "bar",
    "default",
    "empty",
    "false",
    "foo",
    "foobar",
    "here",
    "hidden",
    "key",
    "masked",
    "n/a",
    "na",
    "nil",
    "no",
    "no-key",
    "no-key-required",
    "none",
    "not-needed",
    "not-required",
    "not_needed",
    "null",
    "off",
    "on",
    "password",
    "secret",
    "set",
    "sk-1234",
    "sk-test",
    "sk-xxx",
    "tbd",
    "test",
    "test-key",
    "test_key",
    "todo",
    "token",
    "true",
    "undefined",
    "unknown",
    "unset",
    "unused",
    "value",
    "xxx",
    "yes",
];

/// What a program has written where nothing was, in lower case: no secret of anybody's.
pub(crate) const NOTHINGS: &[&str] = &["[object object]", "[object undefined]", "nan", "null", "undefined"];

/// How secrets of other vendors begin, and what they are.
#[rustfmt::skip]
pub(crate) const OTHERS: &[(&str, &str)] = &[
    ("ABSK", "an API key of Amazon Bedrock"), ("AGE-SECRET-KEY-1", "a secret key of age"),
    ("AKIA", "the name of an access key of AWS"), ("ASIA", "the name of an access key of AWS"),
    ("ATATT", "a token of Atlassian"), ("GOCSPX-", "the client secret of an application at Google"),
    ("LTAI", "the name of an access key of Alibaba Cloud"), ("PMAK-", "a key of Postman"),
    ("dckr_pat_", "a token of Docker"),
    ("dop_v1_", "a token of DigitalOcean"), ("dp.st.", "a token of Doppler"), ("fw_", "a key of Fireworks"),
    ("ghr_", "a refresh token of GitHub"), ("glpat-", "a token of GitLab"), ("glsa_", "a token of Grafana"),
    ("hf_", "a token of Hugging Face"), ("hvs.", "a token of Vault"), ("jina_", "a key of Jina"),
    ("lin_api_", "a key of Linear"), ("lsv2_", "a key of LangSmith"), ("nvapi-", "a key of NVIDIA"),
    ("ops_eyJ", "a token of 1Password"), ("pplx-", "a key of Perplexity"),
    ("r8_", "a token of Replicate"), ("rk_live_", "a key of Stripe"), ("sk-lf-", "a key of Langfuse"),
    ("sk_live_", "a key of Stripe"), ("sk_test_", "a key of Stripe"), ("sntrys_", "a token of Sentry"),
    ("tgp_v1_", "a key of Together"), ("tskey-", "a key of Tailscale"), ("tvly-", "a key of Tavily"),
    ("whsec_", "a secret for webhooks, as Stripe has them"), ("xapp-", "a token of Slack"),
    ("xoxa-", "a token of Slack"), ("xoxb-", "a token of Slack"), ("xoxe-", "a token of Slack"),
    ("xoxe.", "a token of Slack"), ("xoxp-", "a token of Slack"), ("xoxr-", "a token of Slack"),
    ("xoxs-", "a token of Slack"), ("ya29.", "a Google access token, which expires within an hour"),
];

/// The same of what a name may begin with, too: nothing is hidden for it.
#[rustfmt::skip]
pub(crate) const ALIKE: &[(&str, &str)] = &[
    ("1//0", "a Google refresh token"),
    ("4/0A", "a Google authorization code, which can be used only once"), ("SG.", "a key of SendGrid"),
    ("bedrock-api-key-", "an API key of Amazon Bedrock"),
    ("npm_", "a token of npm"), ("ntn_", "a token of Notion"),
    ("org-", "the name of an organisation at OpenAI"), ("pk-lf-", "a public key of Langfuse"),
    ("pk_live_", "a public key of Stripe"), ("pk_test_", "a public key of Stripe"),
    ("proj_", "the name of a project at OpenAI"), ("pypi-", "a token of PyPI"),
    ("sess-", "a browser session of OpenAI, which programs cannot use"),
];

/// What comes before a path on this machine.
pub(crate) const PLACES: &[&str] = &[
    "~/",
    "./",
    "../",
    "@/",
    "@~/",
    "@./",
    "/app/",
    "/config/",
    "/data/",
    "/dev/",
    "/etc/",
    "/home/",
    "/media/",
    "/mnt/",
    "/nix/",
    "/opt/",
    "/private/",
    "/proc/",
    concat!("/ro", "ot/"),
    "/run/",
    "/secret/",
    "/secrets/",
    "/srv/",
    "/tmp/",
    "/users/",
    "/usr/",
    "/var/",
    "/vault/",
    "/volumes/",
    "/workspace/",
];

/// Characters that are not seen, or taken for others, and what they are called.
pub(crate) const CHARACTERS: &[(char, &str)] = &[
    ('\u{00a0}', "a no-break space"),
    ('\u{00ad}', "a soft hyphen"),
    ('\u{200b}', "a zero width space"),
    ('\u{200c}', "a zero width non-joiner"),
    ('\u{200d}', "a zero width joiner"),
    ('\u{200e}', "a left-to-right mark"),
    ('\u{200f}', "a right-to-left mark"),
    ('\u{2010}', "a hyphen"),
    ('\u{2011}', "a no-break hyphen"),
    ('\u{2013}', "an en dash"),
    ('\u{2014}', "an em dash"),
    ('\u{2212}', "a minus sign"),
    ('\u{2028}', "a line separator"),
    ('\u{202f}', "a narrow no-break space"),
    ('\u{2060}', "a word joiner"),
    ('\u{3000}', "an ideographic space"),
    ('\u{feff}', "a byte order mark"),
    ('\u{fffd}', "a replacement character"),
];

/// Whether a character takes no room, so that nobody sees it: format and control characters.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Whether a character is a quotation mark, of a keyboard or of an editor.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '`' | '´' | '«' | '»' | '‹' | '›' | '„' | '＂' | '＇' | '′' | '″' | '\u{2018}'
            ..='\u{201f}'
    )
}

/// Longest name of a secret that is shown, in bytes.
const SHOWN: usize = 100;

/// Whether a text only names a secret that is kept elsewhere: a reference, a variable, or a path.
pub(crate) fn is_name(text: &str) -> bool {
    let lower = text.to_lowercase();
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "_${}%:-".contains(c);
    let variable = text.starts_with(['$', '%']) && text.chars().all(upper);
    let path = PLACES.iter().any(|place| lower.starts_with(place));
    let reference = || REFERENCES.iter().any(|row| row.named && lower.starts_with(row.begin));
    text.len() <= SHOWN && text.chars().all(|c| c.is_ascii_graphic()) && (variable || path || reference())
}

#[cfg(test)]
mod tests {
    use crate::catalog::providers::PROVIDERS;
    use crate::catalog::secrets::*;

    #[test]
    fn tables_are_in_lower_case_and_no_providers_key_has_the_form_of_a_reference() {
        let lower = |text: &&str| text.to_lowercase() == **text;
        for table in [MARKS, EXAMPLES, STAND_INS, FILLERS, NOTHINGS, PLACES] {
            assert!(table.iter().all(&lower), "{table:?}");
        }
        assert!(FILLERS.is_sorted() && OTHERS.is_sorted() && ALIKE.is_sorted());
        for prefix in PROVIDERS.iter().flat_map(|row| row.prefixes) {
            let text = prefix.text.to_lowercase();
            let near = |begin: &str| text.starts_with(begin) || begin.starts_with(&text);
            assert!(!REFERENCES.iter().any(|row| near(row.begin)), "{text}");
            assert!(!OTHERS.iter().any(|(begin, _)| begin.starts_with(prefix.text)), "{text}");
        }
        assert!(REFERENCES.iter().all(|row| lower(&row.begin)));
    }
}
