//! The template of what Compose asks for.

use super::entry::Entry;
use crate::files::Blueprint;
use crate::files::blueprint::{Piece, Value};
use crate::files::compose::{BASE, overlay, value::elsewhere};
use crate::files::dockerfile::develop;
use model::facts::ValueCheck;
use std::collections::BTreeMap;

/// Who writes into the sources that development mounts.
const OWNER: &str = "
# Whose the sources are, so that what development writes is theirs: `id -u` and `id -g` tell. By default 1000, which is the
# first account on most machines with Linux; Docker Desktop on macOS and Windows does not mind.
# UID=1000
# GID=1000
";
/// Bytes of a made password.
const PASSWORD: u16 = 24;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut out = format!(
        "# {}: what Compose asks for. Copy to .env at the root and fill in what is required.\n\
         # Written by `mainstay generate`, which keeps what you change here.\n\n\
         # Which files `docker-compose up` takes: development here; on a server the production overlay,\n\
         # whose secrets are files (`mainstay env secrets deploy/secrets`).\n\
         COMPOSE_FILE={BASE}:{}\n# COMPOSE_FILE={BASE}:{}\n\n\
         # Which images: where they are kept, and the release.\n# REGISTRY={}\n# TAG=latest\n",
        blueprint.project(),
        overlay("dev"),
        overlay("prod"),
        blueprint.image_prefix()
    );
    if blueprint.units.iter().any(|unit| develop::of(unit).is_some()) {
        out.push_str(OWNER);
    }
    for entry in asked(blueprint).values() {
        out.push('\n');
        out.push_str(&entry.to_string());
    }
    out
}

/// Every variable that the Compose files interpolate or pass on, by name.
pub(super) fn asked<'b>(blueprint: &'b Blueprint<'_>) -> BTreeMap<String, Entry<'b>> {
    let mut all = BTreeMap::new();
    let mut ask = |entry: Entry<'b>| {
        all.entry(entry.name.clone()).or_insert(entry);
    };
    for store in blueprint.stores.iter().filter(|store| store.has_password()) {
        ask(Entry {
            generate: Some(PASSWORD),
            secret: true,
            ..Entry::named(store.password_variable(), true)
        });
    }
    for unit in &blueprint.units {
        for entry in super::entries(blueprint, unit) {
            match blueprint.value_of(unit, &entry.name) {
                Some(Value::Composed(pieces)) => pieces.iter().filter_map(piece).for_each(&mut ask),
                Some(Value::Given(_) | Value::Optional(_)) => ask(entry),
                Some(Value::Plain(_)) | None => {}
            }
        }
    }
    all
}

/// The variable that a piece of a value is interpolated from.
fn piece<'b>(piece: &Piece<'_>) -> Option<Entry<'b>> {
    match piece {
        Piece::Text(_) | Piece::Password(_) => None,
        Piece::PublicUrl => {
            let example = Some("http://localhost:8080".to_owned());
            Some(Entry { example, check: Some(&ValueCheck::Url), ..Entry::named("PUBLIC_URL".into(), false) })
        }
        Piece::Elsewhere(store, field) => {
            let secret = ["url", "password", "secret_key"].contains(&field.as_str());
            Some(Entry { secret, ..Entry::named(elsewhere(store, field), true) })
        }
    }
}
