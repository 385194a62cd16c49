//! The release that serves.

use model::event::{Event, EventBody};
use model::id::ReleaseId;
use model::observed::LiveRelease;
use model::release::Release;
use std::collections::BTreeMap;

pub(super) const KINDS: &[&str] = &["release-created", "release-live"];

pub(super) fn fold(events: impl Iterator<Item = Event>) -> Option<LiveRelease> {
    let mut made: BTreeMap<ReleaseId, Release> = BTreeMap::new();
    let mut live: Option<LiveRelease> = None;
    for Event { at, body, .. } in events {
        match body {
            EventBody::ReleaseCreated { release } => {
                made.insert(release.id.clone(), *release);
            }
            EventBody::ReleaseLive { release, instances } => {
                let before = live.take();
                live = release.and_then(|id| made.get(&id)).map(|release| LiveRelease {
                    // New instances of the release that is live already do not make it live anew.
                    since: before.filter(|old| old.release.id == release.id).map_or(at, |old| old.since),
                    release: release.clone(),
                    instances: instances.into_iter().collect(),
                });
            }
            _ => {}
        }
    }
    live
}
