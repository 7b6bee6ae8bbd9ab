//! Which models are known here: the catalogue's, and those that `models.providers` lists. Pure.

use crate::catalog::{models as catalogue, providers};
use crate::config::{Desired, OwnModel};
use crate::policy::models::Model;

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownModel {
    /// The model.
    pub model: Model,
    /// Its name for people.
    pub name: String,
    /// Whether it takes pictures too.
    pub images: bool,
    /// How many tokens it can look at.
    pub context: Option<u64>,
}

/// All known models, by provider and id; what the config says of one counts.
pub(crate) fn all(desired: &Desired) -> Vec<KnownModel> {
    let own = desired.providers.iter().flat_map(|provider| {
        provider.models.iter().map(|model| of_config(&provider.id, model)).collect::<Vec<_>>()
    });
    let mut all: Vec<KnownModel> = own.collect();
    if !desired.only_own_providers {
        all.extend(catalogue::CATALOGUE.iter().map(of_catalogue));
    }
    // Those of the config stand first, and so are kept.
    all.sort_by(|one, other| one.model.cmp(&other.model));
    all.dedup_by(|one, other| one.model == other.model);
    all
}

/// What is known of a model, if anything is.
pub(crate) fn find(desired: &Desired, model: &Model) -> Option<KnownModel> {
    all(desired).into_iter().find(|known| known.model == *model)
}

fn of_config(provider: &str, own: &OwnModel) -> KnownModel {
    KnownModel {
        model: Model { provider: provider.to_owned(), id: own.id.clone() },
        name: own.name.clone().unwrap_or_else(|| own.id.clone()),
        images: own.images,
        context: own.context,
    }
}

fn of_catalogue(row: &catalogue::ModelRow) -> KnownModel {
    KnownModel {
        model: Model { provider: row.provider.to_owned(), id: row.id.to_owned() },
        name: row.name.to_owned(),
        images: row.images,
        context: row.context.map(u64::from),
    }
}

/// Whether nothing can serve a model: nobody knows its provider, or the config's own entry for it
/// lists other models only. What a built-in provider has is not known here, so nothing of its is
/// missing.
pub(crate) fn is_missing(desired: &Desired, model: &Model) -> bool {
    if desired.is_cli_backend(&model.provider) {
        return false;
    }
    let built_in = !desired.only_own_providers && providers::find(&model.provider).is_some();
    let own = desired.provider(&model.provider).map(|own| &own.models);
    let listed = own.is_some_and(|own| own.is_empty() || own.iter().any(|own| own.id == model.id));
    !built_in && !listed
}

/// Models that are probably meant by `text`, because the provider to which it leads does not have this one:
/// it is known elsewhere only, or named like those of another. None if it may have it all the same.
pub(crate) fn elsewhere(desired: &Desired, text: &str, model: &Model) -> Vec<Model> {
    let known = all(desired);
    let is_own = desired.provider(&model.provider).is_some() || desired.is_cli_backend(&model.provider);
    if is_own || known.iter().any(|known| known.model == *model) {
        return Vec::new();
    }
    // A short name leads to a model with an id of its own.
    let is_bare = text.trim().eq_ignore_ascii_case(&model.id);
    let owners = catalogue::owners(&model.id);
    let is_anothers = owners.is_some_and(|owners| !owners.contains(&model.provider.as_str()));
    if !(is_bare || is_anothers && catalogue::has_only_its_own(&model.provider)) {
        return Vec::new();
    }
    let is_named = |row: &&catalogue::ModelRow| {
        let names = [Some(row.id), row.alias, row.short];
        names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(&model.id))
    };
    let listed = known.iter().filter(|known| known.model.id.eq_ignore_ascii_case(&model.id));
    let mut found: Vec<Model> = listed.map(|known| known.model.clone()).collect();
    let rows = catalogue::CATALOGUE.iter().filter(is_named).map(|row| of_catalogue(row).model);
    found.extend(rows.filter(|_| !desired.only_own_providers));
    if found.is_empty() && is_anothers {
        let first = owners.and_then(|owners| owners.first()).map(|owner| (*owner).to_owned());
        found.extend(first.map(|provider| Model { provider, id: model.id.clone() }));
    }
    if found.iter().any(|found| found.provider == model.provider) {
        return Vec::new();
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::config::load;
    use crate::doc::{DocId, parse};
    use crate::policy::models::known::*;

    fn desired(text: &str) -> Desired {
        load::load(parse(Format::Json5, DocId(0), text).unwrap(), &|_| None, &|_| None)
    }

    fn model(key: &str) -> Model {
        let (provider, id) = key.split_once('/').unwrap();
        Model { provider: provider.to_owned(), id: id.to_owned() }
    }

    const OWN: &str = "models: { MODE providers: { \
        lab: { baseUrl: 'http://x', models: [{ id: 'big', name: 'Big', input: ['text', 'image'], contextWindow: 8192 }, 5] }, \
        open: { baseUrl: 'http://y', models: [] }, \
        openai: { baseUrl: 'http://z', models: [{ id: 'gpt-5.2', contextWindow: 1000 }] } } }, \
        agents: { defaults: { cliBackends: { 'My-CLI': {} } } }";

    #[test]
    fn models_of_the_config_stand_beside_the_catalogue_and_before_it() {
        let desired = desired(&format!("{{ {} }}", OWN.replace("MODE", "")));
        let big = find(&desired, &model("lab/big")).unwrap();
        assert_eq!((big.name.as_str(), big.images, big.context), ("Big", true, Some(8192)));
        assert_eq!(find(&desired, &model("openai/gpt-5.2")).unwrap().context, Some(1000));
        assert_eq!(find(&desired, &model("zai/glm-4.7")).unwrap().context, Some(204_800));
        assert_eq!(find(&desired, &model("zai/nothing")), None);
    }

    #[test]
    fn a_config_that_replaces_the_providers_knows_its_own_only() {
        let desired = desired(&format!("{{ {} }}", OWN.replace("MODE", "mode: 'replace',")));
        let keys: Vec<_> = all(&desired).iter().map(|known| known.model.key()).collect();
        assert_eq!(keys, ["lab/big", "openai/gpt-5.2"]);
    }

    #[test]
    fn models_of_others_are_known_as_such() {
        let bare = |text: &str| Model { provider: "anthropic".to_owned(), id: text.to_owned() };
        let own = desired(&format!("{{ {} }}", OWN.replace("MODE", "")));
        for (text, of, meant) in [
            ("gpt-5.2", bare("gpt-5.2"), &["openai/gpt-5.2", "openai-codex/gpt-5.2"][..]),
            ("gpt-9", bare("gpt-9"), &["openai/gpt-9"]),
            ("Grok-4", bare("Grok-4"), &["xai/Grok-4"]),
            ("gemini-3-pro", bare("gemini-3-pro"), &["google/gemini-3-pro-preview"]),
            ("gpt", bare("gpt"), &["openai/gpt-5.2"]),
            ("big", bare("big"), &["lab/big"]),
            ("anthropic/gpt-5.2", bare("gpt-5.2"), &["openai/gpt-5.2", "openai-codex/gpt-5.2"]),
            ("xai/glm-5", model("xai/glm-5"), &["zai/glm-5"]),
            // Who may have it all the same.
            ("claude-new", bare("claude-new"), &[]),
            ("opus", bare("opus"), &[]),
            ("anything", bare("anything"), &[]),
            ("openrouter/gpt-5.2", model("openrouter/gpt-5.2"), &[]),
            ("openai/claude-x", model("openai/claude-x"), &[]),
            ("lab/gpt-5.2", model("lab/gpt-5.2"), &[]),
            ("fast", model("openai/gpt-9"), &[]),
            ("codex", model("openai-codex/gpt-9"), &[]),
        ] {
            let found: Vec<_> = elsewhere(&own, text, &of).iter().map(Model::key).collect();
            let mut meant = meant.to_vec();
            meant.sort_unstable();
            let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
            found.sort_unstable();
            assert_eq!(found, meant, "{text}");
        }
    }

    #[test]
    fn what_nothing_can_serve_is_missing() {
        let with = |mode: &str| desired(&format!("{{ {} }}", OWN.replace("MODE", mode)));
        let missing = |desired: &Desired, keys: &[&str]| -> Vec<bool> {
            keys.iter().map(|key| is_missing(desired, &model(key))).collect()
        };
        let keys =
            ["lab/big", "lab/small", "open/any", "zai/new-model", "nobody/x", "claude-cli/opus", "my-cli/x"];
        assert_eq!(missing(&with(""), &keys), [false, true, false, false, true, false, false]);
        assert_eq!(missing(&with("mode: 'replace',"), &keys), [false, true, false, true, true, false, false]);
    }
}
