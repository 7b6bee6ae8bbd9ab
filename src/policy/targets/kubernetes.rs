//! `Secret`s of Kubernetes: one a credential, found by its labels.

use crate::policy::targets::name::{label, label_beside, part, part_beside, quoted};
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, single, takes_all};
use crate::sys::time::iso_date;
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "k8s-secret",
    help: "Kubernetes Secrets in one file, one for each credential, with labels for provider, profile and order",
    is_dir: false,
    first_only: false,
    lacks: takes_all,
    files,
    then: "kubectl apply --prune -l app.kubernetes.io/managed-by=zirkabot -f {}",
};

/// The names under which the secret is looked for: ours, that of Envoy AI Gateway, that of agentgateway.
const KEYS: &[&str] = &["api-key", "apiKey", "Authorization"];

fn files(job: &ExportJob, _: &World, picks: &[Pick]) -> Vec<TargetFile> {
    single(&picks.iter().map(|pick| secret(job, pick)).collect::<Vec<_>>().join("---\n"))
}

fn secret(job: &ExportJob, pick: &Pick) -> String {
    let (provider, profile) = (&pick.export.provider, &pick.export.candidate.name);
    let line = |indent: usize, key: &str, value: &str| format!("{:indent$}{key}: {}\n", "", quoted(value));
    let labels = [
        ("app.kubernetes.io/managed-by", "zirkabot".to_owned()),
        ("zirkabot.dev/provider", label(provider)),
        ("zirkabot.dev/profile", label_beside(provider, profile)),
        ("zirkabot.dev/order", pick.order.to_string()),
    ];
    let name = format!("zirkabot.{}.{}", part(provider), part_beside(provider, profile));
    let mut out = String::from("apiVersion: v1\nkind: Secret\nmetadata:\n");
    out.push_str(&line(2, "name", &name));
    out.extend(job.namespace.iter().map(|namespace| line(2, "namespace", namespace)));
    out.push_str("  labels:\n");
    out.extend(labels.iter().map(|(key, value)| line(4, key, value)));
    out.push_str("  annotations:\n");
    out.push_str(&line(4, "zirkabot.dev/profile-id", profile));
    out.extend(pick.export.expires().map(|at| line(4, "zirkabot.dev/expires", &iso_date(at))));
    out.push_str("type: Opaque\nstringData:\n");
    out.extend(KEYS.iter().map(|key| line(2, key, pick.secret())));
    out
}
