//! Dockerfiles: what runs, and how it ends.

use super::system::{all, api, file, shop, write};
use model::facts::{Facts, MigrationTool, MigrationsFact, PackageManager};
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
