//! Small systems of several kinds.

use crate::world::{self, env, service};
use model::Place;
use model::facts::{
    CheckFact, CheckKind, DatastoreFact, DatastoreKind, Facts, Framework, Language, MigrationTool,
    MigrationsFact, PackageManager, PackageManagerFact, ProjectFact, Runtime, RuntimeFact, ServiceFact,
    ServiceKind,
};
use model::manifest::file::ManifestFile;
use planner::files::blueprint::Blueprint;
use planner::files::{Family, GeneratedFile};
use std::collections::BTreeMap;

/// Every system, by name.
pub fn all() -> Vec<(&'static str, Facts)> {
    vec![
        ("shop", shop()),
        ("api", api()),
        ("worker", worker()),
        ("workspace", workspace()),
        ("folder", folder()),
    ]
}

/// The files of one family.
pub fn write(facts: &Facts, family: Family) -> Vec<GeneratedFile> {
    let manifest = planner::draft(facts, &ManifestFile::default(), &world::environment()).unwrap();
    let pins = BTreeMap::new();
    planner::files::write(&Blueprint::new(facts, &manifest, &pins), &[family])
}

/// The content of one file.
#[track_caller]
pub fn file(facts: &Facts, family: Family, path: &str) -> String {
    let files = write(facts, family);
    let found = files.into_iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} is written")).content
}

pub fn check(kind: CheckKind, command: &str) -> CheckFact {
    let evidence: Place = serde_json::from_value("package.json:1".into()).unwrap();
    CheckFact { kind, command: command.into(), evidence, prepare: None }
}

fn managed(service: &mut ServiceFact, name: PackageManager, version: Option<&str>) {
    service.package_manager = Some(PackageManagerFact { name, version: version.map(str::to_owned) });
}

fn datastore(kind: DatastoreKind) -> DatastoreFact {
    DatastoreFact { kind, version: None, evidence: Vec::new() }
}

fn project(name: &str, services: Vec<ServiceFact>, datastores: Vec<DatastoreFact>) -> Facts {
    let project = ProjectFact { name: name.into(), github: None, platforms: Vec::new() };
    Facts { format: 1, project, services, datastores, notes: Vec::new() }
}

/// Express, Next.js and PostgreSQL, on GitHub.
pub fn shop() -> Facts {
    let mut facts = world::facts();
    facts.project.github = Some("Acme/Shop".into());
    for service in &mut facts.services {
        managed(service, PackageManager::Npm, None);
        service.checks = vec![
            check(CheckKind::Lint, "npm run lint"),
            check(CheckKind::Unit, "npm test"),
            check(CheckKind::Coverage, "npm run test:coverage"),
        ];
    }
    facts.services[1].lockfile = Some("package-lock.json".into());
    facts
}

/// FastAPI with its quality gates.
pub fn api() -> Facts {
    let mut api = service("api", ".", Framework::FastApi, 8000);
    api.language = Some(Language::Python);
    api.runtime = Some(RuntimeFact { name: Runtime::Python, version: Some("3.11".into()), also: Vec::new() });
    managed(&mut api, PackageManager::Pip, None);
    api.lockfile = None;
    api.install = Some("pip install -r requirements.txt".into());
    api.install_checks = Some("pip install -r requirements.txt -r requirements-dev.txt".into());
    api.start = Some("uvicorn app.main:app --host 0.0.0.0 --port $PORT".into());
    api.uses = vec![DatastoreKind::Postgres];
    api.env = vec![env("DATABASE_URL", true, true), env("SECRET_KEY", true, true)];
    api.checks = vec![
        check(CheckKind::Format, "isort . --check-only"),
        check(CheckKind::Format, "black . --check"),
        check(CheckKind::Lint, "flake8 ."),
        check(CheckKind::Unit, "pytest -v"),
    ];
    api.migrations = Some(MigrationsFact {
        tool: MigrationTool::Alembic,
        path: "alembic/versions".into(),
        command: Some("alembic upgrade head".into()),
    });
    project("api", vec![api], vec![datastore(DatastoreKind::Postgres)])
}

/// A worker alone: no port, no datastore, nothing to open in a browser.
pub fn worker() -> Facts {
    let mut worker = service("worker", ".", Framework::BullMq, 0);
    worker.kind = ServiceKind::Worker;
    worker.port = None;
    worker.health = None;
    managed(&mut worker, PackageManager::Npm, None);
    worker.lockfile = Some("package-lock.json".into());
    worker.checks = vec![check(CheckKind::Unit, "npm test")];
    project("worker", vec![worker], Vec::new())
}

/// Two members of a pnpm workspace with Redis.
pub fn workspace() -> Facts {
    let member = |name: &str, path: &str, framework, port| {
        let mut member = service(name, path, framework, port);
        managed(&mut member, PackageManager::Pnpm, Some("9.12.0"));
        member.install_path = ".".into();
        member.lockfile = Some("pnpm-lock.yaml".into());
        member.install = Some("pnpm install --frozen-lockfile".into());
        member.build = Some("pnpm run build".into());
        member.checks = vec![check(CheckKind::Types, "pnpm run typecheck")];
        member
    };
    let mut api = member("api", "apps/api", Framework::Fastify, 4000);
    api.uses = vec![DatastoreKind::Redis];
    api.env = vec![env("REDIS_URL", true, true)];
    let web = member("web", "apps/web", Framework::NextJs, 3000);
    project("shopping", vec![api, web], vec![datastore(DatastoreKind::Redis)])
}

/// Client and server in one folder.
pub fn folder() -> Facts {
    let part = |name: &str, framework, port| {
        let mut part = service(name, ".", framework, port);
        managed(&mut part, PackageManager::Npm, None);
        part.lockfile = Some("package-lock.json".into());
        part.checks = vec![check(CheckKind::Lint, "npm run lint")];
        part.build = Some(format!("npm run build:{name}"));
        part
    };
    let mut client = part("client", Framework::Vite, 0);
    client.kind = ServiceKind::Static;
    (client.port, client.health, client.start) = (None, None, None);
    client.output = Some("dist/client".into());
    project("folder", vec![client, part("images", Framework::Express, 3000)], Vec::new())
}
