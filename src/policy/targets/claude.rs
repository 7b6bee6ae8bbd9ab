//! The `upstreams` of `claude gateway`, which is for Claude alone: a list that names a file for each key, and these
//! files. It reads one config, without includes, so the list is a part that is put behind the rest.

use crate::catalog::kind::Kind;
use crate::policy::export::Export;
use crate::policy::targets::name::{part, part_beside, quoted};
use crate::policy::targets::{ExportJob, Pick, Target, TargetFile, text};
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "claude-gateway",
    help: "The upstreams of `claude gateway` and a file for each key, in a directory",
    is_dir: true,
    first_only: false,
    lacks,
    files,
    then: "cat base.yaml {}/upstreams.yaml > gateway.yaml, which is read when the gateway starts",
};

fn lacks(_: &World, export: &Export) -> Option<&'static str> {
    (export.provider != "anthropic").then_some("`claude gateway` has no upstream of this provider")
}

fn files(job: &ExportJob, world: &World, picks: &[Pick]) -> Vec<TargetFile> {
    let named: Vec<(String, &Pick)> = picks.iter().map(|pick| (name(pick), pick)).collect();
    let address = world.desired.provider("anthropic").and_then(|own| own.base_url.as_deref());
    let address = address.map(|address| format!("    base_url: {}\n", quoted(address))).unwrap_or_default();
    let upstream = |(name, pick): &(String, &Pick)| {
        let key = if pick.export.credential.kind == Kind::ApiKey { "api_key" } else { "oauth_token" };
        let file = quoted(&format!("${{file:{}}}", job.out.join(name).display()));
        format!("  - provider: anthropic\n{address}    auth:\n      {key}: {file}\n")
    };
    let list: String = named.iter().map(upstream).collect();
    let keys = named.iter().map(|(name, pick)| (name.clone(), pick.export.credential.secret.clone()));
    let list = Some(("upstreams.yaml".to_owned(), text(&format!("upstreams:\n{list}"))));
    keys.chain(list.filter(|_| !named.is_empty())).collect()
}

/// The file of a key.
fn name(pick: &Pick) -> String {
    let (provider, profile) = (&pick.export.provider, &pick.export.candidate.name);
    format!("{}.{}", part(provider), part_beside(provider, profile))
}
