//! Templates of settings.

use super::system::{file, shop};
use planner::files::Family;

#[test]
fn compose_is_told_whose_the_sources_are_where_they_are_mounted() {
    let mut facts = shop();
    let template = |facts: &_| file(facts, Family::Environment, "deploy/compose.env.example");
    facts.services.iter_mut().for_each(|service| service.dev = None);
    assert!(!template(&facts).contains("UID"), "nothing is mounted");
    facts.services[0].dev = Some("npm run dev".into());
    let (text, overlay) = (template(&facts), file(&facts, Family::Compose, "docker-compose.dev.yml"));
    for name in ["UID", "GID"] {
        assert!(overlay.contains(&format!("${{{name}:-1000}}")), "{overlay}");
        assert!(text.contains(&format!("\n# {name}=1000\n")), "{text}");
    }
    assert!(text.contains("`id -u` and `id -g`"), "{text}");
}
