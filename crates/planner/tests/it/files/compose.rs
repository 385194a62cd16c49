//! Compose files: production is told what development may guess.

use super::system::{all, file, shop};
use planner::files::Family;

fn compose(name: &str) -> String {
    file(&shop(), Family::Compose, name)
}

#[test]
fn the_address_of_a_production_system_has_no_default() {
    let (base, prod) = (compose("docker-compose.yml"), compose("docker-compose.prod.yml"));
    let default = "${PUBLIC_URL:-";
    let named = base.matches(default).count();
    assert!(named > 0, "{base}");
    assert!(!prod.contains(default), "{prod}");
    assert!(prod.contains("${PUBLIC_URL:?"), "{prod}");
}

#[test]
fn nothing_of_production_can_be_written_or_is_root() {
    for (system, facts) in all() {
        let prod = file(&facts, Family::Compose, "docker-compose.prod.yml");

        let hardened = prod.matches("    read_only: true\n").count();
        assert_eq!(hardened, prod.matches("    cap_drop: [\"ALL\"]\n").count(), "{system}");
        assert!(hardened > 0, "{system}: {prod}");
    }
}
