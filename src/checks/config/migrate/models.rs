//! The older keys about models below `agents.defaults`.

use crate::change::proposal::Proposal;
use crate::checks::config::migrate::site::Site;
use crate::config::model_name::fault;
use crate::doc::edit::ops::{Draft, To};
use crate::doc::{KeyPath, Node, Value, edit};

fn defaults(key: &str) -> KeyPath {
    KeyPath::of(&["agents", "defaults", key])
}

/// `modelFallbacks` is `model.fallbacks`, and so for `imageModel`.
pub(super) fn fallbacks(site: &Site<'_>, choice: &str) -> Option<Proposal> {
    let old = site.get(&site.at).filter(|node| matches!(node.value, Value::Array(_)))?;
    let choice = defaults(choice);
    let to = choice.key("fallbacks");
    match site.get(&choice) {
        Some(model) if model.as_str().is_some() => {
            let named = site.is_here(model).then(|| site.moved(&choice, &choice.key("primary")))??;
            let edits = vec![named, site.moved(&site.at, &to)?];
            Some(Proposal::new(format!("move it to `{to}`"), edits))
        }
        Some(model) if !matches!(model.value, Value::Object(_)) => None,
        Some(model) if model.get("fallbacks").is_some_and(|new| !edit::same(old, new)) => None,
        _ => site.whole(&to),
    }
}

/// A model that is to be listed, with the short name that it is to have.
type ModelListing<'a> = (&'a str, Option<&'a str>);

/// `allowedModels` and `modelAliases` together are `models`. Where nothing was listed so far, a
/// list shuts out what it does not name, so the models in use are named too.
pub(super) fn listed(site: &Site<'_>) -> Option<Proposal> {
    let (allowed, aliases) = (defaults("allowedModels"), defaults("modelAliases"));
    let mut listings: Vec<ModelListing<'_>> = Vec::new();
    for item in site.get(&allowed).map(Node::items).unwrap_or_default() {
        add(&mut listings, item.as_str()?.trim(), None)?;
    }
    for member in site.get(&aliases).map(Node::members).unwrap_or_default() {
        add(&mut listings, member.node.as_str()?.trim(), Some(&member.key))?;
    }
    let models = defaults("models");
    let known = site.get(&models);
    if known.is_none_or(|known| known.members().is_empty()) && !listings.is_empty() {
        for model in in_use(site) {
            add(&mut listings, model, None)?;
        }
    }
    let mut edits = Vec::new();
    for old in [&allowed, &aliases].into_iter().filter(|old| site.get(old).is_some()) {
        site.written(old)?;
        edits.push(site.edit(old, To::Remove)?);
    }
    let fresh = listings.iter().map(|(model, alias)| ((*model).to_owned(), entry(*alias)));
    match known {
        None => edits.push(site.edit(&models, To::Set(Draft::Table(fresh.collect())))?),
        Some(known) => {
            for (model, alias) in &listings {
                edits.extend(one(site, known, &models.key(model), model, *alias)?);
            }
        }
    }
    Some(Proposal::new(format!("write it as `{models}`"), edits))
}

/// Lists a model; `None` if it would get a second short name, of which one would be lost.
fn add<'a>(listings: &mut Vec<ModelListing<'a>>, model: &'a str, alias: Option<&'a str>) -> Option<()> {
    if model.is_empty() {
        return None;
    }
    match listings.iter_mut().find(|(known, _)| *known == model) {
        None => listings.push((model, alias)),
        Some((_, own)) if own.is_none() || alias.is_none() => *own = own.or(alias),
        Some(_) => return None,
    }
    Some(())
}

/// What the entry of a model is.
fn entry(alias: Option<&str>) -> Draft {
    let alias = alias.map(|alias| ("alias".to_owned(), Draft::text(alias)));
    Draft::Table(alias.into_iter().collect())
}

/// The edit that lists one model among others; none if it is there; `None` if it has another
/// short name.
fn one(
    site: &Site<'_>,
    known: &Node,
    at: &KeyPath,
    model: &str,
    alias: Option<&str>,
) -> Option<Option<crate::doc::edit::ops::Edit>> {
    let own = known.get(model).map(|node| node.get("alias").and_then(Node::as_str));
    match (own, alias) {
        (None, alias) => Some(Some(site.edit(at, To::Set(entry(alias)))?)),
        (Some(_), None) => Some(None),
        (Some(Some(own)), Some(alias)) => (own == alias).then_some(None),
        (Some(None), Some(alias)) => Some(Some(site.edit(&at.key("alias"), To::text(alias))?)),
    }
}

/// The models that the defaults use, as `provider/model`; what can be none is listed when it has become one.
fn in_use<'a>(site: &Site<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for choice in ["model", "imageModel"] {
        let Some(node) = site.get(&defaults(choice)) else { continue };
        let fallbacks = node.get("fallbacks").map(Node::items).unwrap_or_default();
        found.extend(node.as_str());
        found.extend(node.get("primary").and_then(Node::as_str));
        found.extend(fallbacks.iter().filter_map(Node::as_str));
    }
    for older in ["modelFallbacks", "imageModelFallbacks"] {
        let items = site.get(&defaults(older)).map(Node::items).unwrap_or_default();
        found.extend(items.iter().filter_map(Node::as_str));
    }
    found.into_iter().map(str::trim).filter(|model| model.contains('/') && fault(model).is_none()).collect()
}
