//! The ports that were given: the newest word counts, it names them all.

use model::event::{Event, EventBody};
use model::observed::Addresses;

pub(super) const KIND: &str = "addresses-given";

pub(super) fn fold(events: impl Iterator<Item = Event>) -> Addresses {
    let given = events.filter_map(|event| match event.body {
        EventBody::AddressesGiven { addresses } => Some(addresses),
        _ => None,
    });
    given.last().unwrap_or_default()
}
