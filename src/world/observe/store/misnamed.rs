//! Fields of a record that the gateway does not read as they stand: under another name, with another word for
//! what is meant, or left out although the rest says it. Pure.

use crate::catalog::called::called;
use crate::catalog::kind::{self, BY_FIELD, Kind, is_secret_field, misnomers};
use crate::catalog::nearest::is_folded;
use crate::catalog::providers::{self, prefix_of};
use crate::doc::{Loc, Member, Node, Value};
use crate::sys::secret::Secret;
use crate::world::actual::{Expiry, FieldFault, Misnamed};

/// All of them in a record.
pub(super) fn of(member: &Member) -> Vec<Misnamed> {
    let record = &member.node;
    if !matches!(record.value, Value::Object(_)) {
        return Vec::new();
    }
    let kind = kind_of(record);
    let names = misnomers(kind).iter().filter_map(|(reads, names)| renamed(record, reads, names));
    let mut found: Vec<Misnamed> = names.collect();
    let has = |found: &[Misnamed], name: &str| found.iter().any(|field| field.reads == name);
    if !has(&found, "type") {
        found.extend(kind.and_then(|kind| kind_fault(record, kind, member.key_loc)));
    }
    // Without a type there is no credential, whosever it is.
    if !has(&found, "provider") && kind.is_some() {
        found.extend(provider_fault(member));
    }
    found
}

fn is_nothing(node: &Node) -> bool {
    matches!(node.value, Value::Null) || node.as_secret().is_some_and(Secret::is_blank)
}

/// The field that is read as `reads` under one of these names, where nothing has that name.
fn renamed(record: &Node, reads: &'static str, names: &[&str]) -> Option<Misnamed> {
    let there = record.member(reads);
    if there.is_some_and(|there| !is_nothing(&there.node)) {
        return None;
    }
    let fits = |node: &Node| match reads {
        "type" => node.as_str().is_some_and(|word| kind::meant(word).is_some()),
        "provider" => node.as_str().is_some_and(is_provider),
        "expires" => Expiry::of_node(node).at().is_some(),
        _ => node.as_secret().is_some_and(|secret| !secret.is_blank()),
    };
    let named = |name: &str| {
        let mut all = record.members().iter().rev();
        all.find(|member| member.key != reads && is_folded(&member.key, name) && fits(&member.node))
    };
    let found = [reads].iter().chain(names).find_map(|name| named(name))?;
    let fault = FieldFault::Name { has: found.key.clone(), in_the_way: there.is_some() };
    Some(Misnamed { reads, fault, loc: found.key_loc })
}

/// The kind that a record says or means: by its type, else by another field that says one, else by its secret.
fn kind_of(record: &Node) -> Option<Kind> {
    let word = |name: &str| record.get(name).and_then(Node::as_str).filter(|word| !word.trim().is_empty());
    if let Some(word) = word("type") {
        return kind::meant(word);
    }
    let said = misnomers(None).iter().filter(|(reads, _)| *reads == "type");
    let said = said.flat_map(|(reads, names)| [*reads].into_iter().chain(names.iter().copied()));
    let other = said.into_iter().find_map(|name| {
        let mut all = record.members().iter();
        all.find(|member| is_folded(&member.key, name)).and_then(|member| kind::meant(member.node.as_str()?))
    });
    other.or_else(|| by_secret(record))
}

/// The kind of a record that says none.
fn by_secret(record: &Node) -> Option<Kind> {
    let filled = || record.members().iter().filter(|member| !is_nothing(&member.node));
    let secrets = filled().filter(|member| is_secret_field(&member.key));
    let begin = |member: &Member| prefix_of(member.node.as_str()?.trim())?.1.is.kind();
    let named =
        |name: &str| filled().any(|member| is_folded(&member.key, name) && member.node.as_str().is_some());
    let by_name = BY_FIELD.iter().find(|(name, _)| named(name)).map(|(_, kind)| *kind);
    if by_name == Some(Kind::OAuth) {
        return by_name;
    }
    secrets.into_iter().find_map(begin).or(by_name)
}

/// What is wrong with the type of a record that is of this kind.
fn kind_fault(record: &Node, kind: Kind, loc: Loc) -> Option<Misnamed> {
    let word = record.get("type").filter(|node| !is_nothing(node));
    let reads = kind.as_str().to_owned();
    let (fault, loc) = match word {
        None => (FieldFault::Absent(reads), loc),
        Some(node) => match node.as_str()? {
            word if word == kind.as_str() => return None,
            word => (FieldFault::Word { has: word.to_owned(), reads }, node.loc),
        },
    };
    Some(Misnamed { reads: "type", fault, loc })
}

fn is_provider(name: &str) -> bool {
    providers::find(&providers::normalise(name)).is_some()
}

/// What is wrong with the provider of a record, where the profile's id tells which one is meant.
fn provider_fault(member: &Member) -> Option<Misnamed> {
    let (of_id, _) = member.key.split_once(':')?;
    let of_id = providers::normalise(of_id);
    providers::find(&of_id)?;
    let named = member.node.get("provider").filter(|node| !is_nothing(node));
    let (fault, loc) = match named {
        None => (FieldFault::Absent(of_id), member.key_loc),
        Some(node) => {
            let word = node.as_str()?;
            let meant = called(&providers::normalise(word))?;
            if meant != of_id {
                return None;
            }
            (FieldFault::Word { has: word.to_owned(), reads: of_id }, node.loc)
        }
    };
    Some(Misnamed { reads: "provider", fault, loc })
}
