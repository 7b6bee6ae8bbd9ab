//! The broken home of the demo. No value in it is a real secret.

use crate::duration::{DAY, HOUR};
use crate::sys::{Act, Millis};
use std::io;
use std::path::Path;

/// A file: path, mode, text. `{…}` are instants.
const FILES: &[(&str, u32, &str)] = &[
    (
        ".zirkabot/zirkabot.toml",
        0o600,
        r#"# The bot of the demo. This comment stays, whatever is repaired.
[agents.defaults]
model = "anthropic/claude-opus-4-5"   # the big one

[auth.profiles]
"anthropic:claude-cli" = { provider = "anthropic", mode = "token" }
"anthropic:backup" = { provider = "anthropic", mode = "oauth" }

[auth.order]
anthropic = ["anthropic:claude-cli", "anthropic:old-laptop", "anthropic:backup"]
"#,
    ),
    (
        ".zirkabot/agents/main/agent/auth-profiles.json",
        0o644,
        r#"{
  "version": 1,
  "profiles": {
    "anthropic:claude-cli": {
      "type": "oauth",
      "provider": "anthropic",
      "access": "sk-ant-oat01-demo-only-not-a-real-token-AAAAAAAAAAAAAAAA",
      "refresh": "sk-ant-ort01-demo-only-not-a-real-token-AAAAAAAAAAAAAAAA",
      "expires": {last night}
    },
    "anthropic:backup": {
      "type": "api_key",
      "provider": "anthropic",
      "key": "sk-ant-api03-demo-only-not-a-real-key-BBBBBBBBBBBBBBBBBB"
    }
  }
}
"#,
    ),
    (
        ".claude/.credentials.json",
        0o600,
        r#"{
  "claudeAiOauth": {
    "accessToken": "sk-ant-oat01-demo-only-not-a-real-token-CCCCCCCCCCCCCCCC",
    "refreshToken": "sk-ant-ort01-demo-only-not-a-real-token-CCCCCCCCCCCCCCCC",
    "expiresAt": {in a month},
    "subscriptionType": "max"
  }
}
"#,
    ),
];

/// Makes the home below `root`, as it is at `now`.
pub(super) fn fill(act: &mut dyn Act, root: &Path, now: Millis) -> io::Result<()> {
    for (path, mode, text) in FILES {
        let path = root.join(path);
        let dirs: Vec<&Path> = path.ancestors().skip(1).take_while(|dir| *dir != root).collect();
        dirs.into_iter().rev().try_for_each(|dir| act.make_dir(dir, 0o700))?;
        let text = text
            .replace("{last night}", &(now - 8 * HOUR).to_string())
            .replace("{in a month}", &(now + 30 * DAY).to_string());
        act.create(&path, *mode, None, text.as_bytes())?;
    }
    Ok(())
}
