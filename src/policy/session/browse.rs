//! What there is to choose: providers with their models, page by page.

use crate::catalog::providers;
use crate::policy::session::chat::ListPage;
use crate::policy::session::fuzzy::Candidate;
use crate::policy::session::offered::offered;
use crate::world::World;

/// A provider with what it offers.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    /// Normalised provider.
    pub provider: String,
    /// Its models, by id.
    pub models: Vec<Candidate>,
}

/// Models of a provider.
#[derive(Clone, Debug)]
pub(crate) enum Listing {
    /// Nothing is offered of this provider; these are there.
    Unknown {
        /// As typed.
        asked: String,
        /// The providers that are there.
        providers: Vec<String>,
    },
    /// There is no such page.
    Beyond {
        /// The provider.
        provider: String,
        /// Which page was asked for.
        number: u32,
        /// How many there are.
        pages: u32,
    },
    /// A page of them, or all.
    Part {
        /// The provider.
        provider: String,
        /// Its models on this page.
        models: Vec<Candidate>,
        /// How many models stand before them.
        before: usize,
        /// How many there are in all.
        total: usize,
        /// Which page it is, from 1.
        number: u32,
        /// How many there are.
        pages: u32,
    },
}

/// All providers that `agent` can choose from, by id.
pub(crate) fn shelves(world: &World, agent: &str) -> Vec<Shelf> {
    let mut shelves: Vec<Shelf> = Vec::new();
    // They come by provider.
    for candidate in offered(world, agent) {
        match shelves.last_mut() {
            Some(last) if last.provider == candidate.model.provider => last.models.push(candidate),
            _ => shelves.push(Shelf { provider: candidate.model.provider.clone(), models: vec![candidate] }),
        }
    }
    shelves
}

/// A page of the models of `provider`, as typed.
pub(crate) fn listing(world: &World, agent: &str, provider: &str, page: ListPage) -> Listing {
    let mut shelves = shelves(world, agent);
    let id = providers::normalise(provider);
    let Some(at) = shelves.iter().position(|shelf| shelf.provider == id) else {
        let providers = shelves.into_iter().map(|shelf| shelf.provider).collect();
        return Listing::Unknown { asked: provider.to_owned(), providers };
    };
    part(shelves.swap_remove(at), page)
}

fn part(shelf: Shelf, page: ListPage) -> Listing {
    let Shelf { provider, models } = shelf;
    let total = models.len();
    let size = if page.all { total } else { page.size as usize }.max(1);
    let pages = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX).max(1);
    let number = if page.all { 1 } else { page.number };
    if number > pages {
        return Listing::Beyond { provider, number, pages };
    }
    let before = (number.max(1) as usize - 1) * size;
    let models = models.into_iter().skip(before).take(size).collect();
    Listing::Part { provider, models, before, total, number, pages }
}

#[cfg(test)]
mod tests {
    use crate::policy::models::Model;
    use crate::policy::session::browse::*;

    fn shelf(count: usize) -> Shelf {
        let model = |n: usize| Model { provider: "lab".to_owned(), id: format!("m{n:03}") };
        let one = |n| Candidate { model: model(n), aliases: Vec::new(), is_default: false };
        Shelf { provider: "lab".to_owned(), models: (0..count).map(one).collect() }
    }

    #[test]
    fn pages_cover_all_models_once() {
        for (count, size) in [(1, 20), (20, 20), (21, 20), (45, 7), (5, 1)] {
            let mut seen = Vec::new();
            for number in 1.. {
                match part(shelf(count), ListPage { number, size, all: false }) {
                    Listing::Part { models, before, total, .. } => {
                        assert_eq!((before, total), (seen.len(), count));
                        seen.extend(models.into_iter().map(|own| own.model.id));
                    }
                    Listing::Beyond { pages, .. } => {
                        assert_eq!(pages + 1, number);
                        break;
                    }
                    Listing::Unknown { .. } => panic!("it is there"),
                }
            }
            assert_eq!(seen.len(), count);
        }
    }

    #[test]
    fn all_is_one_page_whatever_page_is_asked_for() {
        let all = part(shelf(45), ListPage { number: 9, size: 20, all: true });
        let Listing::Part { models, number: 1, pages: 1, .. } = all else { panic!("{all:?}") };
        assert_eq!(models.len(), 45);
    }
}
