//! Less usual ways: migrations by the application's own command or script, settings by shell scripts and dynaconf, conda.

use crate::fixture::{env, of_files, service};
use model::facts::{Facts, MigrationTool, MigrationsFact, ServiceFact, ServiceKind};

const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";

fn web(facts: &Facts) -> &ServiceFact {
    let mut found = facts.services.iter().filter(|service| service.kind == ServiceKind::Web);
    let web = found.next().unwrap_or_else(|| panic!("no web service in {:?}", facts.services));
    assert!(found.next().is_none());
    web
}

fn migrations(files: &[(&str, &str)]) -> Option<MigrationsFact> {
    let requirements = ("requirements.txt", "fastapi\nuvicorn\nlitestar\npsycopg\n");
    web(&of_files("shop", &[files, &[requirements]].concat())).migrations.clone()
}

#[test]
fn litestar_migrates_by_its_own_command() {
    let files = [
        ("app/__init__.py", ""),
        (
            "app/asgi.py",
            "from litestar import Litestar\ndef create_app() -> Litestar:\n    return Litestar([])\n",
        ),
        ("app/db/migrations/env.py", "from advanced_alchemy.base import metadata_registry\n"),
        ("app/db/migrations/versions/1.py", ""),
    ];
    let found = migrations(&files).unwrap();
    assert_eq!((found.tool, found.path.as_str()), (MigrationTool::Alembic, "app/db/migrations"));
    assert_eq!(
        found.command.as_deref(),
        Some("litestar --app app.asgi:create_app database upgrade --no-prompt")
    );
    let plain = [files[0], files[1], ("app/db/migrations/env.py", "from alembic import context\n")];
    assert!(migrations(&plain).is_none());
}

#[test]
fn a_script_goes_through_sql_files() {
    let script = "from pathlib import Path\nFOLDER = Path(__file__).parent / 'changes'\n\
        for file in sorted(FOLDER.glob('*.sql')):\n    connection.execute(file.read_text())\n";
    let sql = ("db/changes/users.sql", "CREATE TABLE users ();\n");
    let found = migrations(&[("main.py", FASTAPI), ("db/migrate.py", script), sql]).unwrap();
    assert_eq!((found.tool, found.path.as_str()), (MigrationTool::Custom, "db/changes"));
    assert_eq!(found.command.as_deref(), Some("python db/migrate.py"));
    let package = [("main.py", FASTAPI), ("db/__init__.py", ""), ("db/migrate.py", script), sql];
    assert_eq!(migrations(&package).unwrap().command.as_deref(), Some("python -m db.migrate"));
    let shell = "#!/bin/sh\nfor f in db/changes/*.sql; do\n  psql -f \"$f\"\ndone\n";
    let found = migrations(&[("main.py", FASTAPI), ("scripts/migrate.sh", shell), sql]).unwrap();
    assert_eq!(found.command.as_deref(), Some("sh scripts/migrate.sh"));
    let other = ("db/migrate_users.py", "import csv\nexecute('x')\n");
    assert!(migrations(&[("main.py", FASTAPI), other, sql]).is_none());
}

#[test]
fn scripts_that_start_the_service_read_variables() {
    let entry = "#!/bin/sh\nset -e\n: \"${LICENCE_KEY:?is missing}\"\nexport WORKERS=${WORKERS:-2}\n\
        exec uvicorn main:app --workers \"$WORKERS\" --log-level ${LOG_LEVEL:-info}\n";
    let backup = "#!/bin/sh\npg_dump \"${BACKUP_URL:?}\"\n";
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\n"),
        ("main.py", FASTAPI),
        ("docker/entrypoint.sh", entry),
        ("scripts/backup.sh", backup),
    ];
    let facts = of_files("shop", &files);
    let web = web(&facts);
    assert!(env(web, "LICENCE_KEY").required);
    assert_eq!(env(web, "LICENCE_KEY").evidence[0].to_string(), "docker/entrypoint.sh:3");
    assert_eq!(env(web, "LOG_LEVEL").default.as_deref(), Some("info"));
    assert_eq!(env(web, "WORKERS").default.as_deref(), Some("2"));
    assert!(!web.env.iter().any(|fact| fact.name == "BACKUP_URL"));
}

#[test]
fn dynaconf_reads_under_a_prefix() {
    let config = "from dynaconf import Dynaconf, Validator\nsettings = Dynaconf(\n    envvar_prefix='SHOP',\n    \
        settings_files=['settings.toml', '.secrets.toml'],\n    environments=True,\n    \
        validators=[Validator('SECRET_KEY', must_exist=True), Validator('PAGE_SIZE', default=20)],\n)\n";
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\ndynaconf\n"),
        ("main.py", FASTAPI),
        ("config.py", config),
        ("settings.toml", "[default]\ncurrency = \"EUR\"\n[production]\ndebug = false\n"),
    ];
    let facts = of_files("shop", &files);
    let web = web(&facts);
    assert_eq!(env(web, "SHOP_CURRENCY").default.as_deref(), Some("EUR"));
    assert!(env(web, "SHOP_SECRET_KEY").required);
    assert_eq!(env(web, "SHOP_PAGE_SIZE").default.as_deref(), Some("20"));
    assert_eq!(web.env.len(), 3);
}

#[test]
fn a_list_for_conda_tells_what_is_used_but_not_how_it_is_installed() {
    let list = "name: shop\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n  - conda-forge::fastapi>=0.100\n  \
        - pip\n  - pip:\n    - uvicorn[standard]==0.30\n";
    let facts = of_files("x", &[("environment.yml", list), ("main.py", FASTAPI)]);
    let shop = service(&facts, "shop");
    assert_eq!(shop.start.as_deref(), Some("uvicorn main:app --host 0.0.0.0 --port $PORT"));
    assert_eq!(shop.runtime.as_ref().unwrap().version.as_deref(), Some("3.12"));
    assert!(shop.install.is_none());
    assert!(facts.notes.iter().any(|note| note.message.contains("conda")), "{:?}", facts.notes);
}
