//! Compose files: production is told what development may guess.

use super::system::{all, api, file, folder, shop};
use planner::files::Family;
use std::collections::BTreeSet;

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

#[test]
fn what_development_publishes_is_on_this_machine_alone_and_never_twice() {
    for (system, mut facts) in all() {
        for service in &mut facts.services {
            service.dev = Some("npm run dev".into());
        }
        let dev = file(&facts, Family::Compose, "docker-compose.dev.yml");
        let published: Vec<&str> =
            dev.lines().filter_map(|line| line.strip_prefix("      - 127.0.0.1:")).collect();
        let here: Vec<&str> =
            published.iter().filter_map(|port| port.split_once(":-")?.1.split('}').next()).collect();
        let distinct: BTreeSet<&&str> = here.iter().collect();
        assert!(here.len() == published.len() && distinct.len() == here.len(), "{system}: {dev}");
        assert_eq!(
            dev.matches("    ports:\n").count(),
            dev.matches("    ports:\n      - 127.0.0.1:").count(),
            "{dev}"
        );
    }
}

#[test]
fn development_has_a_stage_a_debugger_and_a_question_that_its_server_answers() {
    let mut facts = folder();
    facts.services[0].dev = Some("npm run dev:client".into());
    facts.services[1].dev = Some("npm run dev:images".into());
    let dev = file(&facts, Family::Compose, "docker-compose.dev.yml");
    let (client, images) = dev.split_once("\n  images:\n").unwrap();
    assert!(
        client.contains("target: dev") && client.contains("\"node\", \"-e\""),
        "nginx is not in it: {dev}"
    );
    assert!(client.contains("\"--port\", \"8080\"") && client.contains("${CLIENT_PORT:-8081}:8080"), "{dev}");
    assert!(images.contains(".port===3000") && images.contains("${IMAGES_DEBUG_PORT:-9229}:9229"), "{dev}");
    for path in ["client.Dockerfile", "images.Dockerfile"] {
        let text = file(&facts, Family::Dockerfile, path);
        assert!(text.contains("FROM build AS dev\n"), "{text}");
        assert!(text.rfind(" AS dev\n") < text.rfind(" AS runtime\n"), "what no target is named for: {text}");
    }

    let mut facts = api();
    facts.services[0].dev = Some("uvicorn app.main:app --reload --port $PORT".into());
    let dev = file(&facts, Family::Compose, "docker-compose.dev.yml");
    assert!(
        dev.contains("python -m debugpy --listen 0.0.0.0:5678 -m uvicorn app.main:app --reload"),
        "{dev}"
    );
    assert!(dev.contains("127.0.0.1:${API_DEBUG_PORT:-5678}:5678"), "{dev}");
    assert!(file(&facts, Family::Dockerfile, "Dockerfile").contains("'debugpy=="));
    facts.services[0].dev = Some("make serve".into());
    let dev = file(&facts, Family::Compose, "docker-compose.dev.yml");
    assert!(dev.contains("\"make\", \"serve\"") && !dev.contains("5678"), "{dev}");
    assert!(!file(&facts, Family::Dockerfile, "Dockerfile").contains("debugpy"));
}
