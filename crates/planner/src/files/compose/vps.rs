//! One small server: images come from the registry by an exact tag, and what a 2 GiB machine has is shared out.

use super::{BASE, ENTRY, has_entry, header, migration, overlay};
use crate::files::blueprint::{Blueprint, Unit};
use artifact::yaml::{Map, flow, list};
use model::facts::DatastoreKind;

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let mut services = Map::new();
    for store in blueprint.stores.iter().filter(|store| store.image.is_some()) {
        let map = match store.about.kind {
            DatastoreKind::Postgres => {
                let settings = ["shared_buffers=128MB", "max_connections=50", "work_mem=4MB"];
                let words = std::iter::once("postgres")
                    .chain(settings.into_iter().flat_map(|setting| ["-c", setting]));
                Map::new().set("command", flow(words)).set("mem_limit", "512m")
            }
            _ => Map::new().set("mem_limit", "256m"),
        };
        services = services.gap().set(store.name.as_str(), map.set("restart", "always"));
    }
    for unit in &blueprint.units {
        if let Some(name) = migration(unit) {
            services = services.gap().set(name, Map::new().set("image", image(blueprint, unit, "-migrate")));
        }
        let map = Map::new().set("image", image(blueprint, unit, "")).set("restart", "always");
        services = services.gap().set(unit.name.as_str(), map);
    }
    if has_entry(blueprint) {
        let volumes = list(["/etc/letsencrypt:/etc/letsencrypt:ro"]);
        services = services
            .gap()
            .comment("Certificates of certbot: TLS_DIR=/etc/letsencrypt/live/DOMAIN in .env; their links lead here.")
            .set(ENTRY, Map::new().set("volumes", volumes).set("restart", "always"));
    }
    Map::new().set("services", services).document(&header(
        blueprint,
        &format!(
            "on one small server. COMPOSE_FILE={BASE}:{}:{} in .env makes it the default; `docker-compose up -d --no-build`.",
            overlay("prod"),
            overlay("vps")
        ),
    ))
}

/// Never `latest`: what runs must be known.
fn image(blueprint: &Blueprint<'_>, unit: &Unit<'_>, suffix: &str) -> String {
    format!(
        "${{REGISTRY:-{}}}/{}{suffix}:${{TAG:?set TAG in .env to the release that shall run}}",
        blueprint.image_prefix(),
        unit.name
    )
}
