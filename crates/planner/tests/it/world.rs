//! Facts and observations to plan from.

use model::facts::{
    Confidence, DatastoreFact, DatastoreKind, EnvFact, Facts, Framework, HealthFact, HttpFact, Language,
    MigrationTool, MigrationsFact, Phase, PortFact, ProjectFact, Runtime, RuntimeFact, ServiceFact,
    ServiceKind, ValueCheck,
};
use model::id::{EnvironmentName, InstanceId, RunId, ServiceName};
use model::instance::{InstancePhase, InstanceSpec, InstanceStatus, Part, Restart, StopSignal};
use model::manifest::{Limits, Manifest, ManifestFile};
use model::observed::{Addresses, LiveRelease, Observed};
use model::plan::{Goal, Plan};
use model::release::{Release, ReleaseState, ReleaseView, Source};
use model::routing::TrafficState;
use model::unit::{Bytes, Millis, Port, Timestamp};
use planner::Inputs;
use std::collections::{BTreeMap, BTreeSet};

pub fn env(name: &str, required: bool, secret: bool) -> EnvFact {
    EnvFact {
        name: name.into(),
        required,
        required_when: None,
        secret,
        default: None,
        phase: if name.starts_with("NEXT_PUBLIC_") { Phase::Build } else { Phase::Run },
        check: None,
        evidence: Vec::new(),
    }
}

pub fn service(name: &str, path: &str, framework: Framework, port: u16) -> ServiceFact {
    ServiceFact {
        name: name.into(),
        path: path.into(),
        kind: ServiceKind::Web,
        language: Some(Language::JavaScript),
        framework: Some(framework),
        package_manager: None,
        runtime: Some(RuntimeFact { name: Runtime::Node, version: Some("20".into()), also: Vec::new() }),
        install_path: path.into(),
        lockfile: Some(format!("{path}/package-lock.json")),
        install: Some("npm ci".into()),
        build: None,
        start: Some("node src/app.js".into()),
        output: None,
        port: Some(PortFact { number: Some(port), env: Some("PORT".into()) }),
        health: Some(HealthFact { path: "/health".into() }),
        migrations: None,
        env: Vec::new(),
        uses: Vec::new(),
        checks: Vec::new(),
        install_checks: None,
        dev: None,
        install_inputs: Vec::new(),
        errands: Vec::new(),
        imports: Vec::new(),
        http: HttpFact::default(),
        confidence: Confidence::Certain,
        evidence: Vec::new(),
    }
}

/// An API with a database and a front end that calls it.
pub fn facts() -> Facts {
    let mut backend = service("backend", "server", Framework::Express, 3080);
    backend.uses = vec![DatastoreKind::Postgres];
    backend.migrations = Some(MigrationsFact {
        tool: MigrationTool::Prisma,
        path: "server/prisma/migrations".into(),
        command: Some("npx prisma migrate deploy".into()),
    });
    backend.env = vec![
        env("DATABASE_URL", true, true),
        env("FRONTEND_URL", true, false),
        EnvFact { check: Some(ValueCheck::Text { min_length: 100 }), ..env("JWT_SECRET", true, true) },
        env("STRIPE_SECRET_KEY", true, true),
        env("PORT", false, false),
    ];
    let mut frontend = service("frontend", ".", Framework::NextJs, 3000);
    frontend.build = Some("npm run build".into());
    frontend.env = vec![env("API_URL", true, false), env("NEXT_PUBLIC_API_URL", false, false)];
    Facts {
        format: 1,
        project: ProjectFact { name: "Vault CPA".into(), github: None, platforms: Vec::new() },
        services: vec![backend, frontend],
        datastores: vec![DatastoreFact {
            kind: DatastoreKind::Postgres,
            version: Some("15".into()),
            evidence: Vec::new(),
        }],
        notes: Vec::new(),
    }
}

pub fn environment() -> EnvironmentName {
    "dev".parse().unwrap()
}

pub fn manifest_with(file: &ManifestFile) -> Manifest {
    planner::draft(&facts(), file, &environment()).unwrap()
}

pub fn manifest() -> Manifest {
    manifest_with(&ManifestFile::default())
}

pub fn source(digest: &str) -> Source {
    Source {
        revision: Some(format!("{digest}0000000")),
        subject: None,
        dirty: false,
        digest: digest.into(),
        origin: Some("here".into()),
    }
}

/// A machine on which nothing of the project runs.
pub fn empty(manifest: &Manifest) -> Observed {
    Observed {
        scope: manifest.scope(),
        at: Timestamp(1_000_000),
        source: Some(source("aaa")),
        settings_digest: "settings".into(),
        releases: Vec::new(),
        live: None,
        instances: Vec::new(),
        incomplete: BTreeMap::new(),
        traffic: None,
        addresses: Addresses::default(),
        gateway: None,
        machines: 1,
        free_ports: (21_000..21_040).map(Port).collect(),
        taken_ports: BTreeMap::new(),
        datastores: BTreeSet::new(),
        secrets: BTreeSet::new(),
        layers: BTreeSet::new(),
        wanted_layers: manifest.services.keys().map(|name| (name.clone(), format!("node-{name}"))).collect(),
        tools: BTreeMap::new(),
        new_migrations: Vec::new(),
        disk_free: Bytes(10 << 30),
        setting_problems: Vec::new(),
    }
}

pub fn inputs() -> Inputs {
    Inputs { now: Timestamp(1_000_000), run: RunId::new("run-1").unwrap() }
}

/// The world after a plan was performed.
pub fn after(plan: &Plan, before: &Observed) -> Observed {
    let mut world = before.clone();
    let release: Release = plan.release.clone().unwrap();
    let mut live = BTreeSet::new();
    for step in &plan.steps {
        match &step.action {
            model::plan::Action::Assign { addresses } => world.addresses = addresses.clone(),
            model::plan::Action::GenerateSecrets { secrets } => {
                world.secrets.extend(secrets.iter().map(|slot| format!("{}/{}", slot.service, slot.name)));
            }
            model::plan::Action::Start { instance, release, service, port } => {
                live.insert(instance.clone());
                let part = Part::Service { service: service.clone(), release: release.clone() };
                world.instances.push(instance_status(instance, part, *port));
            }
            model::plan::Action::Submit { instances, release, service } => {
                live.extend(instances.iter().cloned());
                let part = Part::Service { service: service.clone(), release: release.clone() };
                world.instances.extend(instances.iter().map(|id| instance_status(id, part.clone(), None)));
            }
            model::plan::Action::Withdraw { instances } => {
                world.instances.retain(|status| !instances.contains(&status.spec.id));
            }
            model::plan::Action::Stop { instance } => world.instances.retain(|s| &s.spec.id != instance),
            model::plan::Action::Provision { datastore, port, .. } => {
                let id = InstanceId::nearest(datastore.as_str()).unwrap();
                world.instances.retain(|status| status.spec.id != id);
                let part = Part::Datastore { datastore: datastore.clone() };
                world.instances.push(instance_status(&id, part, Some(*port)));
            }
            _ => {}
        }
    }
    for view in &mut world.releases {
        if view.state == ReleaseState::Live {
            view.state = ReleaseState::Retired;
        }
    }
    world.releases.retain(|view| view.release.id != release.id);
    world.releases.push(ReleaseView {
        release: release.clone(),
        state: ReleaseState::Live,
        live_since: Some(world.at),
        turn: world.at.0.unsigned_abs(),
        failure: None,
    });
    world.live = Some(LiveRelease { release, since: world.at, instances: live });
    world.traffic = Some(TrafficState { generation: 1, pools: Vec::new(), problems: Vec::new() });
    world.at = Timestamp(world.at.0 + 1000);
    world
}

fn instance_status(id: &InstanceId, part: Part, port: Option<Port>) -> InstanceStatus {
    let spec = InstanceSpec {
        id: id.clone(),
        part,
        command: vec!["node".into()],
        directory: "/".into(),
        user: None,
        port,
        limits: Limits::default(),
        stop: StopSignal::Terminate,
        grace: Millis::seconds(30),
        restart: Restart::Always,
        secrets: Vec::new(),
        image: None,
    };
    InstanceStatus { pid: Some(1), ..InstanceStatus::new(spec, InstancePhase::Running) }
}

pub fn plan(goal: &Goal, manifest: &Manifest, observed: &Observed) -> Plan {
    planner::plan(goal, manifest, observed, &inputs()).unwrap()
}

/// A plan's steps in short: phase, and what it is about.
pub fn outline(plan: &Plan) -> Vec<String> {
    use model::plan::Action as A;
    let about = |action: &A| match action {
        A::Start { service, .. }
        | A::Build { service, .. }
        | A::Smoke { service, .. }
        | A::Migrate { service, .. } => service.to_string(),
        A::Provision { datastore, .. } => datastore.to_string(),
        A::Gate { instances, .. } | A::Drain { instances, .. } => instances.len().to_string(),
        A::Submit { instances, service, .. } => format!("{} of {service}", instances.len()),
        A::Withdraw { instances } => format!("end {}", instances.len()),
        A::Route { share, .. } => format!("{share}%"),
        A::Preflight { .. } => "ports".into(),
        A::Assign { .. } => "assign".into(),
        A::GenerateSecrets { secrets } => {
            secrets.iter().map(|slot| slot.name.clone()).collect::<Vec<_>>().join(",")
        }
        A::Network { gateway } => format!("network {gateway}"),
        A::EnsureProxy => "proxy".into(),
        A::Snapshot { .. } => "snapshot".into(),
        A::Install { reuse, .. } => if *reuse { "reuse" } else { "install" }.into(),
        A::Watch { .. } => "watch".into(),
        A::Stop { .. } | A::StopDatastore { .. } => "stop".into(),
        A::Record { .. } => "record".into(),
        A::RemoveRelease { release } => format!("remove {}", release.number().unwrap_or(0)),
        A::Unroute => "unroute".into(),
        A::WriteFiles { files } => files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(" "),
    };
    plan.steps.iter().map(|step| format!("{} {}", step.phase, about(&step.action))).collect()
}

pub fn name(text: &str) -> ServiceName {
    text.parse().unwrap()
}
