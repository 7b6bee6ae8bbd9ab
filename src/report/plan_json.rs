//! `plan --json`: what would be changed, by hash and reason; no byte of any file.

use crate::plan::{Action, Change, Class, Plan, Premise};
use crate::report::label::Labels;
use crate::world::World;
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// One per file, in the order in which they are applied.
    pub changes: Vec<ChangeBody>,
    /// How many of each.
    pub summary: Summary,
}

/// The change of one file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeBody {
    /// The file.
    pub path: String,
    /// `create`, `update`, `chmod` or `remove`.
    pub action: &'static str,
    /// Who may apply it: `auto` any command, `fix` only when asked to, `force` only with `--force`.
    pub class: &'static str,
    /// Permission bits afterwards, in octal: `0600`.
    pub mode: String,
    /// What must be there when it is applied; null if there must be no file.
    pub before: Option<Content>,
    /// What is there afterwards; null if the file is removed.
    pub after: Option<Content>,
    /// Why, one line an edit.
    pub reasons: Vec<String>,
}

/// The contents of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Content {
    /// SHA-256 of all bytes, in lower-case hex.
    pub sha256: String,
}

/// How many changes there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// New files.
    pub create: usize,
    /// Files with other contents.
    pub update: usize,
    /// Files with another mode only.
    pub chmod: usize,
    /// Removed files.
    pub remove: usize,
    /// Changes that any command applies.
    pub auto: usize,
    /// Changes that are applied when asked to.
    pub fix: usize,
    /// Changes that are applied with `--force` only.
    pub force: usize,
}

/// The plan as a document. Reasons are said once more to hold no secret of `world`.
pub fn plan(world: &World, plan: &Plan) -> PlanDocument {
    let labels = Labels::new(world);
    let changes: Vec<ChangeBody> = plan.changes.iter().map(|change| body(change, &labels)).collect();
    let mut summary = Summary::default();
    for change in &changes {
        *match change.action {
            "create" => &mut summary.create,
            "update" => &mut summary.update,
            "chmod" => &mut summary.chmod,
            _ => &mut summary.remove,
        } += 1;
        *match change.class {
            "auto" => &mut summary.auto,
            "fix" => &mut summary.fix,
            _ => &mut summary.force,
        } += 1;
    }
    PlanDocument { schema_version: 1, changes, summary }
}

fn body(change: &Change, labels: &Labels) -> ChangeBody {
    let before = match &change.premise {
        Premise::Absent => None,
        Premise::Content { sha256, .. } => Some(Content { sha256: sha256.clone() }),
    };
    let after = match &change.action {
        Action::Create(bytes) | Action::Update(bytes) => Some(Content { sha256: hex(bytes.expose()) }),
        Action::Remove => None,
    };
    let action = match &change.action {
        Action::Create(_) => "create",
        Action::Update(_) if before == after => "chmod",
        Action::Update(_) => "update",
        Action::Remove => "remove",
    };
    ChangeBody {
        path: change.path.display().to_string(),
        action,
        class: match change.class {
            Class::Auto => "auto",
            Class::Fix => "fix",
            Class::Force => "force",
        },
        mode: format!("{:04o}", change.mode),
        before,
        after,
        reasons: change.reasons.iter().map(|reason| labels.scrub(reason)).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Format;
    use crate::report::sample::{self, API};
    use crate::secret::Secret;
    use std::path::PathBuf;

    #[test]
    fn a_plan_is_told_by_hash_and_reason() {
        let world = sample::world(&[("ANTHROPIC_API_KEY", API)], &[]);
        let change = |action, class| Change {
            path: PathBuf::from("/home/u/.zirkabot/.env"),
            action,
            format: Format::Dotenv,
            premise: Premise::Absent,
            mode: 0o600,
            class,
            reasons: vec![format!("add {API}")],
        };
        let bytes = || Secret::new(API.as_bytes().to_vec());
        let changes =
            vec![change(Action::Create(bytes()), Class::Auto), change(Action::Remove, Class::Force)];
        let document = plan(&world, &Plan { changes });
        let expected = Summary { create: 1, remove: 1, auto: 1, force: 1, ..Summary::default() };
        assert_eq!(document.summary, expected);
        assert_eq!(document.changes[0].mode, "0600");
        assert_eq!(document.changes[0].after.as_ref().map(|after| after.sha256.len()), Some(64));
        assert_eq!(document.changes[0].reasons, ["add sk-ant-api03-… ‹secret 1›"]);
        assert!(!crate::report::json::text(&document).contains("CANARY"));
    }
}
