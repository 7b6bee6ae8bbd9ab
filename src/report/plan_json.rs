//! `plan --json`: what would be changed, by hash and reason; no byte of any file.

use crate::change::plan::{Action, Change, ChangeReason, Plan, Precondition};
use crate::report::json::FindingBody;
use crate::sys::digest::sha256;
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the document's shape.
pub const VERSION: u32 = 1;

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// What was asked for; `apply FILE` asks for the same.
    pub request: PlanRequest,
    /// One per file, in the order in which they are applied.
    pub changes: Vec<ChangeBody>,
    /// What is wanted but cannot be done safely, one sentence each.
    pub blocked: Vec<String>,
    /// What is left to people after that, worst first; of a plan that was asked for, nothing.
    pub left: Vec<FindingBody>,
    /// How many of each.
    pub summary: Summary,
}

/// What a plan was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRequest {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--agent`; null for all agents.
    pub agent: Option<String>,
    /// `--only`; empty for all findings above a note.
    pub only: Vec<String>,
    /// `--force`.
    pub force: bool,
}

/// The change of one file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeBody {
    /// The file.
    pub path: String,
    /// `create`, `update`, `chmod`, `mkdir`, `move` or `remove`.
    pub action: &'static str,
    /// Where a file or directory is moved to.
    pub to: Option<String>,
    /// Who may apply it: `auto` any command, `fix` only when asked to, `force` only with `--force`.
    pub class: &'static str,
    /// What must be there when it is applied; null if there must be no file.
    pub before: Option<Content>,
    /// What is there afterwards; null if the file is removed.
    pub after: Option<Content>,
    /// Why, one an edit.
    pub reasons: Vec<ReasonBody>,
}

/// Why a file is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonBody {
    /// Code of the finding that is mended.
    pub code: Option<&'static str>,
    /// What is done.
    pub what: String,
}

/// A file or directory before or after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Content {
    /// SHA-256 of all bytes, in lower-case hex; null where the contents do not matter.
    pub sha256: Option<String>,
    /// Permission bits, in octal: `0600`.
    pub mode: String,
}

/// How many changes there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// New files.
    pub create: usize,
    /// Files with other contents.
    pub update: usize,
    /// Files and directories with another mode only.
    pub chmod: usize,
    /// New directories.
    pub mkdir: usize,
    /// Moved files and directories.
    pub moved: usize,
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
pub fn plan(world: &World, plan: &Plan, request: PlanRequest, blocked: &[String]) -> PlanDocument {
    let labels = Labels::new(world);
    let changes: Vec<ChangeBody> = plan.changes.iter().map(|change| body(change, &labels)).collect();
    let mut summary = Summary::default();
    for change in &changes {
        *match change.action {
            "create" => &mut summary.create,
            "update" => &mut summary.update,
            "chmod" => &mut summary.chmod,
            "mkdir" => &mut summary.mkdir,
            "move" => &mut summary.moved,
            _ => &mut summary.remove,
        } += 1;
        *match change.class {
            "auto" => &mut summary.auto,
            "fix" => &mut summary.fix,
            _ => &mut summary.force,
        } += 1;
    }
    let blocked = blocked.iter().map(|why| labels.scrub(why)).collect();
    PlanDocument { schema_version: VERSION, request, changes, blocked, left: Vec::new(), summary }
}

fn body(change: &Change, labels: &Labels) -> ChangeBody {
    let sha256_before = match &change.precondition {
        Precondition::Content { sha256, .. } => Some(sha256.clone()),
        Precondition::Absent | Precondition::Place(_) => None,
    };
    let stat = change.precondition.stat();
    let sha256_after = match &change.action {
        Action::Create(bytes) | Action::Update(bytes) => Some(sha256(bytes.expose())),
        _ => sha256_before.clone(),
    };
    let is_removed = matches!(change.action, Action::Remove | Action::RemoveDir);
    let mode = octal(change.mode_over(stat));
    let (action, to) = match &change.action {
        Action::Create(_) => ("create", None),
        Action::Update(_) => ("update", None),
        Action::Chmod => ("chmod", None),
        Action::Remove | Action::RemoveDir => ("remove", None),
        Action::MakeDir => ("mkdir", None),
        Action::Move(to) => ("move", Some(to.display().to_string())),
    };
    ChangeBody {
        path: change.path.display().to_string(),
        action,
        to,
        class: change.class.as_str(),
        before: stat.map(|stat| Content { sha256: sha256_before, mode: octal(stat.mode) }),
        after: (!is_removed).then_some(Content { sha256: sha256_after, mode }),
        reasons: change.reasons.iter().map(|reason| why(reason, labels)).collect(),
    }
}

fn why(reason: &ChangeReason, labels: &Labels) -> ReasonBody {
    ReasonBody { code: reason.code, what: labels.scrub(&reason.what) }
}

fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::change::plan::FileMode;
    use crate::change::proposal::Class;
    use crate::report::plan_json::*;
    use crate::report::sample::{self, API};
    use crate::sys::secret::Secret;
    use std::path::PathBuf;

    #[test]
    fn a_plan_is_told_by_hash_and_reason() {
        let world = sample::world(&[("ANTHROPIC_API_KEY", API)], &[]);
        let change = |action, class| Change {
            path: PathBuf::from("/home/u/.zirkabot/.env"),
            action,
            lock: crate::change::plan::Lock::None,
            format: Format::Dotenv,
            precondition: Precondition::Absent,
            mode: FileMode::Private,
            class,
            reasons: vec![ChangeReason { code: None, what: format!("add {API}") }],
        };
        let bytes = || Secret::new(API.as_bytes().to_vec());
        let changes =
            vec![change(Action::Create(bytes()), Class::Auto), change(Action::Remove, Class::Force)];
        let document = plan(&world, &Plan { changes }, PlanRequest::default(), &[]);
        let expected = Summary { create: 1, remove: 1, auto: 1, force: 1, ..Summary::default() };
        assert_eq!(document.summary, expected);
        let after = document.changes[0].after.as_ref().unwrap();
        assert_eq!((after.mode.as_str(), after.sha256.as_ref().map(String::len)), ("0600", Some(64)));
        assert_eq!(document.changes[0].reasons[0].what, "add sk-ant-api03-… ‹secret 1›");
        assert!(!crate::report::json::text(&document).contains("CANARY"));
    }
}
