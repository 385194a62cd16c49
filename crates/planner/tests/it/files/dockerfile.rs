//! Dockerfiles: what runs, and how it ends.

use super::system::{all, api, file, shop, write};
use crate::world::env;
use model::Place;
use model::facts::{Facts, MigrationTool, MigrationsFact, PackageManager, Phase};
use planner::files::Family;

/// An Express server with Prisma.
fn with_prisma(manager: PackageManager, start: &str) -> String {
    let mut facts: Facts = shop();
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.start = Some(start.into());
    server.package_manager.as_mut().unwrap().name = manager;
    server.migrations = Some(MigrationsFact {
        tool: MigrationTool::Prisma,
        path: "server/prisma/migrations".into(),
        command: Some("prisma migrate deploy".into()),
    });
    file(&facts, Family::Dockerfile, "server/Dockerfile")
}

#[test]
fn the_command_line_of_prisma_is_where_it_is_called() {
    let text = with_prisma(PackageManager::Npm, "node dist/index.js");
    let (_, runtime) = text.split_once(" AS runtime\n").unwrap();
    assert!(runtime.contains("COPY --from=lean /app /app\nCOPY --from=files /app /app\n"), "{text}");
    assert!(!runtime.contains("prod-deps") && text.contains("\"prisma\", \"migrate\", \"deploy\""), "{text}");
    for (manager, start) in [
        (PackageManager::Npm, "prisma migrate deploy && node dist/index.js"),
        (PackageManager::Pnpm, "node dist/index.js"),
    ] {
        let text = with_prisma(manager, start);
        let (_, runtime) = text.split_once(" AS runtime\n").unwrap();
        assert!(
            !text.contains(" AS lean\n") && runtime.contains("COPY --from=prod-deps /app /app\n"),
            "{text}"
        );
    }
}

#[test]
fn declarations_stay_where_a_compiler_runs() {
    let text = with_prisma(PackageManager::Npm, "node dist/index.js");
    assert!(text.contains("-name '*.js.map'") && text.contains("-name '*.d.ts'"), "{text}");
    let text = with_prisma(PackageManager::Npm, "node -r ts-node/register src/index.ts");
    assert!(text.contains("-name '*.js.map'") && !text.contains("-name '*.d.ts'"), "{text}");
}

#[test]
fn uvicorn_ends_with_success_when_it_is_told_to_end() {
    let text = file(&api(), Family::Dockerfile, "Dockerfile");
    let command = text.lines().rfind(|line| line.starts_with("CMD [")).unwrap();
    assert!(command.starts_with("CMD [\"sh\", \"-c\", \"exec python -c '"), "{text}");
    assert!(command.ends_with("' app.main:app --host 0.0.0.0 --port $PORT\"]"), "{text}");
    assert!(text.contains("STOPSIGNAL SIGTERM"), "{text}");
}

#[test]
fn a_server_of_next_ends_with_success() {
    let mut facts = shop();
    let web = facts.services.iter_mut().find(|service| service.path != "server").unwrap();
    web.start = Some("node .next/standalone/server.js".into());
    let path = if web.path == "." { "Dockerfile".to_owned() } else { format!("{}/Dockerfile", web.path) };
    let text = file(&facts, Family::Dockerfile, &path);
    let command = text.lines().find(|line| line.starts_with("CMD [")).unwrap();
    assert!(command.contains("code===143") && command.ends_with("\"server.js\"]"), "{text}");
}

#[test]
fn every_image_runs_as_a_numbered_user_without_package_managers() {
    for (system, facts) in all() {
        let files = write(&facts, Family::Dockerfile);
        for file in files.iter().filter(|file| file.path.ends_with("Dockerfile")) {
            let (_, last) = file.content.rsplit_once("\nFROM ").unwrap();
            let user = last.lines().find_map(|line| line.strip_prefix("USER "));
            let number = user.and_then(|user| user.split(':').next()?.parse::<u32>().ok());
            assert!(number.is_some_and(|number| number > 0), "{system} {}", file.path);
            assert!(file.content.starts_with("# "), "{system} {}", file.path);
        }
    }
}

/// The shop, whose server's packages are in a private registry.
fn with_registry() -> Facts {
    let mut facts = shop();
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.build = Some("npm run build".into());
    server.install_inputs = vec!["server/.npmrc".into(), "server/package.json".into()];
    for (name, secret) in [("ACME_CODE", true), ("ACME_HOST", false), ("SENTRY_CODE", true)] {
        let mut read = env(name, true, secret);
        let file = if name == "SENTRY_CODE" { "server/vite.config.ts" } else { "server/.npmrc" };
        (read.phase, read.evidence) = (Phase::Build, vec![Place::new(file, 1)]);
        server.env.push(read);
    }
    server.env.sort_by(|a, b| a.name.cmp(&b.name));
    facts
}

#[test]
fn what_opens_a_registry_is_mounted_where_something_is_installed_and_stays_nowhere() {
    let text = file(&with_registry(), Family::Dockerfile, "server/Dockerfile");
    let mounted = "--mount=type=secret,id=ACME_CODE \\\n    export ACME_CODE=\"$(cat /run/secrets/ACME_CODE)\" && \\\n    ";
    for stage in ["deps", "prod-deps"] {
        let (_, stage) = text.split_once(&format!(" AS {stage}\n")).unwrap();
        let (stage, _) = stage.split_once("\nFROM ").unwrap();
        assert!(stage.contains(mounted) && stage.contains("ARG ACME_HOST\n"), "{text}");
        assert!(!stage.contains("SENTRY_CODE"), "{text}");
    }
    assert!(!text.contains("ARG ACME_CODE") && !text.contains("ENV ACME"), "{text}");
    let (_, build) = text.split_once(" AS build\n").unwrap();
    assert!(build.contains("id=SENTRY_CODE") && build.contains("id=ACME_CODE"), "{text}");
    let head: String = text.lines().take_while(|line| line.starts_with("# ")).collect();
    assert!(
        head.contains("`--secret id=ACME_CODE,env=ACME_CODE --secret id=SENTRY_CODE,env=SENTRY_CODE`"),
        "{text}"
    );
    assert!(head.contains("WARNING: SENTRY_CODE") && !head.contains("WARNING: ACME_CODE"), "{text}");
}

#[test]
fn what_may_be_left_out_is_not_set_to_nothing() {
    let mut facts = api();
    facts.services[0].install_inputs = vec!["pyproject.toml".into()];
    for name in ["UV_INDEX_ACME_PASSWORD", "PIP_INDEX_URL"] {
        let mut read = env(name, false, true);
        read.phase = Phase::Build;
        facts.services[0].env.push(read);
    }
    let text = file(&facts, Family::Dockerfile, "Dockerfile");
    let (_, deps) = text.split_once(" AS deps\n").unwrap();
    for name in ["UV_INDEX_ACME_PASSWORD", "PIP_INDEX_URL"] {
        let told = format!(
            "if [ -f /run/secrets/{name} ]; then export {name}=\"$(cat /run/secrets/{name})\"; fi && \\\n"
        );
        assert!(deps.split_once("\nFROM ").unwrap().0.contains(&told), "{text}");
    }
}

#[test]
fn workflows_give_the_repositorys_secrets_to_what_installs_alone() {
    let facts = with_registry();
    let [ci, deploy, security] = ["ci", "deploy", "security"]
        .map(|name| file(&facts, Family::Workflows, &format!(".github/workflows/{name}.yml")));
    let install = "run: npm ci\n        env:\n          ACME_CODE: ${{ secrets.ACME_CODE }}\n          ACME_HOST: ${{ vars.ACME_HOST }}\n";
    assert!(ci.contains(install), "{ci}");
    let (_, images) = ci.split_once("\n  images:\n").unwrap();
    for text in [images, &deploy, &security] {
        assert!(text.contains("            ACME_CODE=${{ secrets.ACME_CODE }}\n"), "{text}");
    }
    assert!(images.contains("SENTRY_CODE=for-tests-only\n"), "{ci}");
    assert!(
        ci.contains("  workflow_call:\n    secrets:\n      ACME_CODE:\n        required: false\n"),
        "{ci}"
    );
    assert!(deploy.contains("    secrets:\n      ACME_CODE: ${{ secrets.ACME_CODE }}\n"), "{deploy}");
    assert!(!ci.contains("ACME_CODE: test"), "{ci}");
}

#[test]
fn templates_tell_what_opens_a_registry() {
    let facts = with_registry();
    for path in ["server/.env.example", "deploy/compose.env.example"] {
        let text = file(&facts, Family::Environment, path);
        let told = "# Required, secret, read when it is built.\n# Read at server/.npmrc:1.\nACME_CODE=\n";
        assert!(text.contains(told), "{text}");
    }
}

#[test]
fn the_client_of_prisma_comes_along_wherever_it_was_generated() {
    let text = with_prisma(PackageManager::Pnpm, "node dist/index.js");
    let (_, files) = text.split_once(" AS files\n").unwrap();
    assert!(files.contains("find /app -path '*/node_modules/.prisma'"), "{text}");
    assert!(!text.contains("/app/node_modules/.prisma"), "{text}");
    let text = with_prisma(PackageManager::Npm, "prisma migrate deploy && node dist/index.js");
    assert!(
        text.contains("COPY --from=build /app/node_modules/.prisma /app/node_modules/.prisma\n"),
        "{text}"
    );
}

#[test]
fn a_build_that_reads_the_database_is_given_its_address_as_a_secret() {
    let mut facts = shop();
    let server = facts.services.iter_mut().find(|service| service.path == "server").unwrap();
    server.build = Some("npm run build".into());
    let read = server.env.iter_mut().find(|env| env.name == "DATABASE_URL").unwrap();
    (read.phase, read.secret) = (Phase::Build, false);
    let text = file(&facts, Family::Dockerfile, "server/Dockerfile");
    assert!(text.contains("--mount=type=secret,id=DATABASE_URL"), "{text}");
    assert!(!text.contains("ARG DATABASE_URL"), "{text}");
}
