//! GitHub workflows: safe in every system, and in agreement with the rest.

use super::system::{self, file};
use model::facts::{CheckKind, Facts};
use planner::files::Family;
use serde_json::Value;

const CI: &str = ".github/workflows/ci.yml";
const SECURITY: &str = ".github/workflows/security.yml";
const DEPLOY: &str = ".github/workflows/deploy.yml";
const DEPENDABOT: &str = ".github/dependabot.yml";

fn text(facts: &Facts, path: &str) -> String {
    file(facts, Family::Workflows, path)
}

fn read(facts: &Facts, path: &str) -> Value {
    let text = text(facts, path);
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Every job of every workflow of every system, with what to call it.
fn jobs() -> Vec<(String, Value)> {
    let mut jobs = Vec::new();
    for (system, facts) in system::all() {
        for path in [CI, SECURITY, DEPLOY] {
            let workflow = read(&facts, path);
            assert_eq!(
                workflow["permissions"],
                serde_json::json!({}),
                "{system} {path}: a job asks for what it needs"
            );
            assert!(workflow["concurrency"]["group"].is_string(), "{system} {path}");
            for (id, job) in workflow["jobs"].as_object().unwrap() {
                jobs.push((format!("{system} {path} {id}"), job.clone()));
            }
        }
    }
    assert!(jobs.len() > 40, "{}", jobs.len());
    jobs
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Command lines of a job, in order.
fn lines(job: &Value) -> Vec<&str> {
    steps(job).iter().filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn the_same_is_written_twice() {
    for (name, facts) in system::all() {
        let files = system::write(&facts, Family::Workflows);
        assert_eq!(files, system::write(&facts, Family::Workflows), "{name}");
        for file in files {
            assert!(file.content.contains("Written by `mainstay generate`"), "{name} {}", file.path);
        }
    }
}

#[test]
fn every_job_is_bounded_and_asks_for_its_rights() {
    for (name, job) in jobs() {
        assert!(job["permissions"].is_object(), "{name}");
        assert!(job["timeout-minutes"].is_u64() || job["uses"].is_string(), "{name}");
        let writes = job["permissions"].as_object().unwrap().iter().filter(|(_, right)| *right == "write");
        let writes: Vec<&String> = writes.map(|(right, _)| right).collect();
        let expected: &[&str] = match name.split(' ').skip(1).collect::<Vec<_>>().as_slice() {
            [SECURITY, "settings" | "files" | "images"] => &["security-events"],
            [DEPLOY, "images"] => &["packages"],
            _ => &[],
        };
        assert_eq!(writes, expected, "{name}");
    }
}

#[test]
fn nothing_is_put_into_a_shell_line_and_no_token_stays_behind() {
    for (name, job) in jobs() {
        for step in steps(&job) {
            assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{name}: {step}");
            let Some(uses) = step["uses"].as_str() else { continue };
            let (action, commit) = uses.split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{name}: {uses}");
            if action == "actions/checkout" {
                assert_eq!(step["with"]["persist-credentials"], false, "{name}");
            }
        }
    }
    for (_, facts) in system::all() {
        for line in text(&facts, DEPLOY).lines().filter(|line| line.contains("uses: ") && line.contains('@'))
        {
            let version = line.split(" # v").nth(1).expect("the version stands behind the commit");
            assert_eq!(version.split('.').count(), 3, "{line}");
        }
    }
}

#[test]
fn one_job_needs_all_others() {
    for (name, facts) in system::all() {
        let workflow = read(&facts, CI);
        let jobs = workflow["jobs"].as_object().unwrap();
        let needed = jobs["ci"]["needs"].as_array().unwrap();
        let missing = jobs.keys().filter(|id| *id != "ci" && !needed.contains(&Value::from(id.as_str())));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new(), "{name}");
        assert_eq!(needed.len(), jobs.len() - 1, "{name}");
        let deploy = read(&facts, DEPLOY);
        assert_eq!(deploy["jobs"]["deploy"]["needs"][0], "checks", "{name}: after the tests");
        assert_eq!(deploy["jobs"]["images"]["needs"], "checks", "{name}");
        assert_eq!(deploy["jobs"]["deploy"]["concurrency"]["cancel-in-progress"], false, "{name}");
    }
}

#[test]
fn a_job_has_the_datastore_that_its_variables_name() {
    let job = &read(&system::shop(), CI)["jobs"]["backend"];
    let store = &job["services"]["postgres"];
    assert_eq!(store["image"], "postgres:15-bookworm");
    assert_eq!(store["ports"], serde_json::json!(["5432:5432"]));
    let (user, password) = (&store["env"]["POSTGRES_USER"], &store["env"]["POSTGRES_PASSWORD"]);
    let url = format!(
        "postgresql://{}:{}@localhost:5432/{}",
        user.as_str().unwrap(),
        password.as_str().unwrap(),
        store["env"]["POSTGRES_DB"].as_str().unwrap()
    );
    assert_eq!(job["env"]["DATABASE_URL"], url.as_str());
    assert_eq!(job["defaults"]["run"]["working-directory"], "server");
    let front = &read(&system::shop(), CI)["jobs"]["frontend"];
    assert!(front["services"].is_null(), "it uses none");
    assert_eq!(front["env"]["API_URL"], "http://localhost:3080", "not the name of a container");
}

#[test]
fn redis_beside_a_job_has_no_password() {
    let job = &read(&system::workspace(), CI)["jobs"]["api"];
    assert_eq!(job["services"]["redis"]["image"], "redis:7-bookworm");
    assert!(job["services"]["redis"]["env"].is_null());
    assert_eq!(job["env"]["REDIS_URL"], "redis://localhost:6379/0");
}

#[test]
fn made_up_secrets_pass_their_checks_and_differ() {
    let env = &read(&system::shop(), CI)["jobs"]["backend"]["env"];
    assert!(env["JWT_SECRET"].as_str().unwrap().len() >= 100);
    assert!(env["STRIPE_SECRET_KEY"].as_str().unwrap().starts_with("test-stripe-secret-key"));
    assert_ne!(env["JWT_SECRET"], env["STRIPE_SECRET_KEY"]);
    assert_eq!(env["NODE_ENV"], "test");
}

#[test]
fn the_repositorys_own_gates_run_in_order_and_migrations_before_tests() {
    let job = &read(&system::api(), CI)["jobs"]["api"];
    let expected = [
        "pip install -r requirements.txt -r requirements-dev.txt",
        "isort . --check-only",
        "black . --check",
        "flake8 .",
        "alembic upgrade head",
        "pytest -v",
    ];
    assert_eq!(lines(job), expected);
    let set_up = &steps(job)[1]["with"];
    assert_eq!(set_up["python-version"], "3.11");
    assert_eq!(set_up["cache-dependency-path"], "requirements.txt\nrequirements-dev.txt\n");
    let audit = &read(&system::api(), SECURITY)["jobs"]["dependencies-api"];
    assert_eq!(lines(audit)[0], "pip install -r requirements.txt", "what runs, without tools");
}

#[test]
fn a_workspace_is_installed_at_its_root_with_its_own_pnpm() {
    let job = &read(&system::workspace(), CI)["jobs"]["web"];
    let find = |text: &str| steps(job).iter().position(|step| step.to_string().contains(text)).unwrap();
    assert!(find("pnpm/action-setup") < find("actions/setup-node"), "its cache asks pnpm where it is");
    let pnpm = &steps(job)[find("pnpm/action-setup")]["with"];
    assert!(
        pnpm["version"].is_null(),
        "the version stands in packageManager, and a second one is refused: {pnpm}"
    );
    assert_eq!(pnpm["package_json_file"], "package.json");
    let install = &steps(job)[find("pnpm install")];
    assert_eq!(install["working-directory"], ".");
    assert_eq!(job["defaults"]["run"]["working-directory"], "apps/web");
    let security = read(&system::workspace(), SECURITY);
    let audits = security["jobs"].as_object().unwrap().keys().filter(|id| id.starts_with("dependencies"));
    assert_eq!(audits.count(), 1, "one lock file, one audit");
    let updates = read(&system::workspace(), DEPENDABOT);
    let updates = updates["updates"].as_array().unwrap();
    let of = |name: &str| updates.iter().find(|update| update["package-ecosystem"] == name).unwrap();
    assert_eq!(of("npm")["directories"], serde_json::json!(["/"]));
    assert_eq!(
        of("docker")["directories"],
        serde_json::json!(["/apps/api", "/apps/web", "/deploy/kubernetes"])
    );
    assert!(updates.iter().all(|update| update["cooldown"]["default-days"] == 7));
}

#[test]
fn a_runtime_that_nothing_names_is_that_of_the_package_manager() {
    let mut facts = system::worker();
    facts.services[0].runtime = None;
    let job = &read(&facts, CI)["jobs"]["worker"];
    let node = &steps(job)[1];
    assert!(node["uses"].as_str().unwrap().starts_with("actions/setup-node@"), "{node}");
    assert_eq!((&node["with"]["node-version"], &node["with"]["cache"]), (&"22".into(), &"npm".into()));
}

#[test]
fn services_of_one_folder_are_checked_once() {
    let workflow = read(&system::folder(), CI);
    let job = &workflow["jobs"]["client-images"];
    let expected = ["npm ci", "npm run lint", "npm run build:client", "npm run build:images"];
    assert_eq!(lines(job), expected);
    let mut facts = system::folder();
    facts.services.remove(0);
    let workflow = read(&facts, CI);
    assert!(workflow["jobs"]["service-images"].is_object(), "another job has the name of this service");
}

#[test]
fn a_worker_alone_has_no_datastore_and_nothing_to_ask() {
    let job = &read(&system::worker(), CI)["jobs"]["worker"];
    assert!(job["services"].is_null() && job["env"]["DATABASE_URL"].is_null());
    let deploy = text(&system::worker(), DEPLOY);
    assert!(!deploy.contains("curl") && !deploy.contains("rollback"), "{deploy}");
    assert!(deploy.contains("mainstay deploy --environment"));
}

#[test]
fn images_have_the_names_that_compose_gives_them() {
    let deploy = read(&system::shop(), DEPLOY);
    assert_eq!(deploy["env"]["IMAGES"], "ghcr.io/acme/shop");
    let images = deploy["jobs"]["images"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let names: Vec<&str> = images.iter().map(|image| image["image"].as_str().unwrap()).collect();
    assert_eq!(names, ["backend", "backend-migrate", "frontend"]);
    assert_eq!(images[1]["target"], "migrate");
    let outputs = deploy["jobs"]["images"]["outputs"].as_object().unwrap();
    assert!(names.iter().all(|name| outputs.contains_key(*name)));
    let smoke = text(&system::shop(), DEPLOY);
    assert!(smoke.contains("for path in "), "{smoke}");
}

#[test]
fn browsers_are_installed_once_and_before_what_drives_them() {
    let mut facts = super::system::folder();
    for service in &mut facts.services {
        for kind in [CheckKind::EndToEnd, CheckKind::Coverage] {
            let mut check = super::system::check(kind, "npm run test:e2e");
            check.prepare = Some("npx playwright install --with-deps".into());
            service.checks.push(check);
        }
    }
    let text = super::system::file(&facts, Family::Workflows, ".github/workflows/ci.yml");
    assert_eq!(text.matches("run: npx playwright install --with-deps").count(), 1, "{text}");
    assert!(text.find("Install dependencies") < text.find("Install browsers"), "{text}");
    assert!(text.find("Install browsers") < text.find("npm run test:e2e"), "{text}");
}
