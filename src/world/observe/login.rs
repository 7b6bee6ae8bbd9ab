//! Whether a document of another program holds a whole login.

use super::{claude_code, codex, qwen};
use crate::catalog::tools::Tool;
use crate::doc::Doc;
use crate::world::actual::LoginState;

/// Whether a document of this program holds a whole login.
pub fn is_login(tool: Tool, doc: &Doc) -> bool {
    let found = match tool {
        Tool::ClaudeCode => claude_code::login(doc),
        Tool::Codex => codex::login(doc, None),
        Tool::Qwen => qwen::login(doc),
    };
    matches!(found, LoginState::Login(_))
}
