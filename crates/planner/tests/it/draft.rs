//! Facts and file → manifest.

use crate::world::{self, name};
use model::facts::{Confidence, EnvFact, Framework};
use model::id::EnvironmentName;
use model::manifest::file::{EnvValue, EnvironmentFile, ManifestFile, ServiceFile};
use model::manifest::{Template, ValueSource};
use model::unit::Port;
use planner::DraftError;

fn template(text: &str) -> ValueSource {
    ValueSource::Template { value: text.parse::<Template>().unwrap() }
}

#[test]
fn values_are_wired_to_what_stands_beside() {
    let manifest = world::manifest();
    let backend = &manifest.services["backend"].env;
    assert_eq!(backend["DATABASE_URL"].source, template("${postgres.url}"));
    assert_eq!(backend["FRONTEND_URL"].source, template("${frontend.url}"));
    assert_eq!(
        backend["JWT_SECRET"].source,
        ValueSource::Generated { bytes: 50 },
        "long enough for its check"
    );
    assert_eq!(backend["STRIPE_SECRET_KEY"].source, ValueSource::Vault, "issued by someone else");
    assert!(!backend.contains_key("PORT"), "the port is given at start");
    assert_eq!(backend["NODE_ENV"].source, template("production"));
    let frontend = &manifest.services["frontend"].env;
    assert_eq!(frontend["API_URL"].source, template("${backend.internal}"));
}

#[test]
fn an_api_that_falls_back_to_its_own_address_is_given_the_public_one() {
    let source = |default: Option<&str>| {
        let mut facts = world::facts();
        let read = world::env("API_BASE_URL", false, false);
        facts.services[0].env = vec![EnvFact { default: default.map(str::to_owned), ..read }];
        let manifest = planner::draft(&facts, &ManifestFile::default(), &world::environment()).unwrap();
        manifest.services["backend"].env["API_BASE_URL"].source.clone()
    };
    assert_eq!(source(Some("http://localhost:3080")), template("${backend.url}"));
    for elsewhere in [Some("https://api.example.com"), None] {
        assert_eq!(source(elsewhere), ValueSource::Unset, "it may be anybody's");
    }
}

#[test]
fn the_front_end_takes_the_root_and_the_api_its_prefix() {
    let manifest = world::manifest();
    assert_eq!(manifest.services["frontend"].routes, ["/"]);
    assert_eq!(manifest.services["backend"].routes, ["/api"]);
    assert_eq!(manifest.project.as_str(), "vault-cpa");
}

#[test]
fn a_single_service_takes_everything() {
    let mut facts = world::facts();
    facts.services.retain(|service| service.name == "backend");
    let manifest = planner::draft(&facts, &ManifestFile::default(), &world::environment()).unwrap();
    assert_eq!(manifest.services["backend"].routes, ["/"]);
}

#[test]
fn two_apis_do_not_claim_the_same_prefix() {
    let mut facts = world::facts();
    facts.services.push(world::service("billing", "billing", Framework::Express, 4000));
    let manifest = planner::draft(&facts, &ManifestFile::default(), &world::environment()).unwrap();
    assert_eq!(manifest.services["backend"].routes, ["/api"]);
    assert_eq!(manifest.services["billing"].routes, ["/billing"]);
}

#[test]
fn a_fixed_port_in_the_start_command_becomes_a_variable() {
    let mut facts = world::facts();
    facts.services[0].port.as_mut().unwrap().env = None;
    facts.services[0].port.as_mut().unwrap().number = Some(8000);
    for (start, wanted) in [
        (
            "uvicorn app.main:app --host 0.0.0.0 --port 8000",
            "uvicorn app.main:app --host 0.0.0.0 --port $PORT",
        ),
        ("gunicorn -b 0.0.0.0:8000 app:app", "gunicorn -b 0.0.0.0:$PORT app:app"),
        ("serve --port=8000 --limit 18000", "serve --port=$PORT --limit 18000"),
    ] {
        facts.services[0].start = Some(start.into());
        let manifest = planner::draft(&facts, &ManifestFile::default(), &world::environment()).unwrap();
        assert_eq!(manifest.services["backend"].start.as_deref(), Some(wanted));
    }
}

#[test]
fn the_file_wins_over_the_facts() {
    let mut file = ManifestFile::default();
    let mut entry =
        ServiceFile { path: Some("./server/".into()), replicas: Some(2), ..ServiceFile::default() };
    entry.port = Some(Port(9000));
    entry.env.insert("STRIPE_SECRET_KEY".into(), EnvValue::Text("sk_test".into()));
    file.services.insert(name("api"), entry);
    let manifest = world::manifest_with(&file);
    assert!(!manifest.services.contains_key("backend"), "renamed by its path");
    let api = &manifest.services["api"];
    assert_eq!((api.replicas, api.port.as_ref().unwrap().number), (2, Port(9000)));
    assert_eq!(api.env["STRIPE_SECRET_KEY"].source, template("sk_test"));
}

#[test]
fn ignored_and_unsure_services_stay_out() {
    let mut facts = world::facts();
    facts.services[1].confidence = Confidence::Maybe;
    let manifest = planner::draft(&facts, &ManifestFile::default(), &world::environment()).unwrap();
    assert!(!manifest.services.contains_key("frontend"));
    let mut file = ManifestFile::default();
    file.services.insert(name("backend"), ServiceFile { ignore: Some(true), ..ServiceFile::default() });
    assert_eq!(planner::draft(&facts, &file, &world::environment()), Err(DraftError::NoService));
}

#[test]
fn an_unknown_environment_is_named_with_the_known_ones() {
    let mut file = ManifestFile::default();
    let production: EnvironmentName = "production".parse().unwrap();
    file.environments.insert(production, EnvironmentFile::default());
    let error = planner::draft(&world::facts(), &file, &world::environment()).unwrap_err();
    assert_eq!(error.to_string(), "mainstay.toml has no environment `dev`; it has production");
}

#[test]
fn the_initial_file_drafts_the_same_manifest() {
    let facts = world::facts();
    let initial = planner::initial(&facts);
    assert_eq!(planner::draft(&facts, &initial.file, &world::environment()).unwrap(), world::manifest());
}
