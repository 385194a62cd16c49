//! Front ends that the build of another service builds.

use super::system;
use model::facts::{Facts, Framework, Language, PackageManager, Runtime, RuntimeFact};
use planner::files::Family;

/// A Django service with its front end beside it, built by this command.
fn django(build: &str) -> Facts {
    let mut facts = system::api();
    let api = &mut facts.services[0];
    (api.path, api.install_path) = ("backend".into(), "backend".into());
    api.framework = Some(Framework::Django);
    api.build = Some(build.into());
    api.install_inputs = vec!["backend/requirements.txt".into()];
    facts
}

fn dockerfile(facts: &Facts, path: &str) -> String {
    system::file(facts, Family::Dockerfile, path)
}

/// The lines of a stage.
fn stage<'t>(dockerfile: &'t str, name: &str) -> &'t str {
    let start =
        dockerfile.find(&format!(" AS {name}\n")).unwrap_or_else(|| panic!("no {name}:\n{dockerfile}"));
    let rest = &dockerfile[start..];
    rest[1..].find("\nFROM ").map_or(rest, |end| &rest[..=end])
}

#[track_caller]
fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}

const BESIDE: &str =
    "cd ../frontend && npm ci && npm run build && cd ../backend && python manage.py collectstatic --noinput";

#[test]
fn python_is_given_node_and_everything_that_its_build_reaches() {
    let facts = django(BESIDE);
    let text = dockerfile(&facts, "backend/Dockerfile");
    has(&text, &["docker build -f backend/Dockerfile .`.", "FROM node:22-bookworm-slim AS node"]);
    has(stage(&text, "deps"), &["source=backend/requirements.txt", "cd backend && python -m venv"]);
    let build = stage(&text, "build");
    has(
        build,
        &[
            "COPY --from=node /usr/local/bin/node /usr/local/bin/node",
            "COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules",
            "/usr/local/bin/npm",
            "WORKDIR /app/backend",
            BESIDE,
            "find /app -name node_modules",
        ],
    );
    assert!(
        build.find("--from=node") < build.find("COPY . ."),
        "a change of the sources does not copy it again:\n{build}"
    );
    assert!(!stage(&text, "runtime").contains("node"), "{text}");
    system::file(&facts, Family::Dockerfile, "backend/Dockerfile.dockerignore");
}

#[test]
fn a_build_that_stays_at_home_is_given_its_own_folder() {
    let text = dockerfile(&django("python manage.py collectstatic --noinput"), "backend/Dockerfile");
    has(&text, &["docker build -f backend/Dockerfile backend`.", "source=requirements.txt"]);
    assert!(!text.contains("node") && !text.contains("cd backend"), "{text}");
    let below = dockerfile(&django("cd ui && pnpm install && pnpm build"), "backend/Dockerfile");
    has(&below, &["docker build -f backend/Dockerfile backend`.", "AS node", "npm install --global pnpm@10"]);
}

#[test]
fn a_front_end_that_is_a_service_too_is_not_kept_out() {
    let mut facts = django(BESIDE);
    let client = |path: &str, name: &str| {
        let mut client = system::folder().services.remove(0);
        (client.path, client.install_path, client.name) = (path.into(), path.into(), name.into());
        client
    };
    facts.services.push(client("frontend", "client"));
    facts.services.push(client("landing", "landing"));
    let ignored = dockerfile(&facts, "backend/Dockerfile.dockerignore");
    assert!(!ignored.contains("frontend/") && ignored.contains("landing/"), "{ignored}");
}

#[test]
fn node_installs_in_its_folder_and_builds_with_every_dependency_of_its_neighbour() {
    let mut facts = system::folder();
    facts.services.truncate(1);
    let mut server = system::folder().services.remove(1);
    (server.path, server.install_path) = ("server".into(), "server".into());
    server.language = Some(Language::JavaScript);
    server.runtime = Some(RuntimeFact { name: Runtime::Node, version: Some("20".into()), also: Vec::new() });
    server.build = Some("cd ../web && pnpm install && pnpm build && cd ../server".into());
    server.install_inputs = vec!["server/package.json".into(), "server/package-lock.json".into()];
    assert_eq!(server.package_manager.as_ref().map(|manager| manager.name), Some(PackageManager::Npm));
    facts.services = vec![server];
    let text = dockerfile(&facts, "server/Dockerfile");
    has(stage(&text, "base"), &["/app/server/node_modules/.bin:$PATH"]);
    has(stage(&text, "deps"), &["source=server/package.json", "cd server && NODE_ENV=development npm ci"]);
    has(stage(&text, "prod-deps"), &["cd server && npm ci --omit=dev"]);
    has(
        stage(&text, "build"),
        &["npm install --global pnpm@10", "NPM_CONFIG_INCLUDE=dev", "WORKDIR /app/server"],
    );
    assert!(!text.contains("AS node\n"), "{text}");
}

#[test]
fn scripts_that_leave_their_folder_are_given_everything() {
    let mut facts = system::shop();
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.install_inputs = vec!["server/package.json".into()];
    server.build = Some("npm run build".into());
    server.errands = vec!["yarn --cwd ../client build".into(), "cp -r ../client/dist public".into()];
    let text = dockerfile(&facts, "server/Dockerfile");
    has(&text, &["docker build -f server/Dockerfile .`.", "source=server/package.json"]);
    has(stage(&text, "build"), &["npm install --global yarn@1", "WORKDIR /app/server", "RUN npm run build"]);
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.errands.clear();
    has(&dockerfile(&facts, "server/Dockerfile"), &["docker build -f server/Dockerfile server`."]);
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.imports = vec!["shared/words.js".into()];
    has(&dockerfile(&facts, "server/Dockerfile"), &["docker build -f server/Dockerfile .`."]);
}

#[test]
fn files_that_are_built_above_their_folder_are_found() {
    let mut facts = system::folder();
    facts.services.truncate(1);
    let client = &mut facts.services[0];
    (client.path, client.install_path) = ("apps/client".into(), "apps/client".into());
    client.output = Some("../../public/client".into());
    let text = dockerfile(&facts, "apps/client/Dockerfile");
    has(
        &text,
        &["test -f ../../public/client/index.html", "COPY --from=build /public/client /usr/share/nginx/html"],
    );
}

#[test]
fn no_other_yarn_is_put_over_the_one_of_the_repository() {
    let mut facts = system::workspace();
    for service in &mut facts.services {
        service.package_manager.as_mut().unwrap().name = PackageManager::YarnBerry;
        service.install = Some("yarn install --immutable".into());
        service.build = Some("yarn run build".into());
        service.install_inputs = vec!["package.json".into(), "yarn.lock".into()];
    }
    let text = dockerfile(&facts, "apps/api/Dockerfile");
    let binds = "source=package.json,target=package.json,rw \\\n    --mount=type=bind,source=yarn.lock,target=yarn.lock \\\n";
    has(stage(&text, "deps"), &["@yarnpkg/cli-dist@", binds]);
    assert!(!text.contains("--global yarn@"), "{text}");
}
