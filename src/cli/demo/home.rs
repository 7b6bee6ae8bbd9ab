//! The broken home of the demo. No value in it is a real secret.

use crate::sys::Act;
use std::io;
use std::path::Path;

/// A file: path, mode, text.
const FILES: &[(&str, u32, &str)] = &[
    (
        ".zirkabot/zirkabot.toml",
        0o600,
        r#"# The bot of the demo. This comment stays, whatever is repaired.
[agents.defaults]
model = "anthropic/claude-opus-4-5"   # the big one

[auth.profiles]
"anthropic:work" = { provider = "anthropic", mode = "oauth" }

[auth.order]
anthropic = ["anthropic:old-laptop", "anthropic:work"]
"#,
    ),
    (
        ".zirkabot/agents/main/agent/auth-profiles.json",
        0o644,
        r#"{
  "version": 1,
  "profiles": {
    "anthropic:work": {
      "type": "api_key",
      "provider": "anthropic",
      "key": "sk-ant-api03-demo-only-not-a-real-key-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
    }
  }
}
"#,
    ),
];

/// Makes the home below `root`.
pub(super) fn fill(act: &mut dyn Act, root: &Path) -> io::Result<()> {
    for (path, mode, text) in FILES {
        let path = root.join(path);
        let dirs: Vec<&Path> = path.ancestors().skip(1).take_while(|dir| *dir != root).collect();
        dirs.into_iter().rev().try_for_each(|dir| act.make_dir(dir, 0o700))?;
        act.create(&path, *mode, None, text.as_bytes())?;
    }
    Ok(())
}
