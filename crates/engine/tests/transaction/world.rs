//! A world in memory that survives the engine's death, and an engine over it.

use engine::driver::{
    BuildContext, Builder, DatastoreDriver, DatastoreRequest, Fields, Launch, MigrationRequest, Migrator,
    Output, ProbeAnswer, Prober, Progress, Runtime, Traffic, Variables, View,
};
use engine::{Cancel, DriverError, Drivers, Engine, Session, TargetDrivers, Watcher};
use host::clock::SystemClock;
use host::paths::Home;
use host::process::Stream;
use host::supervisor::LogLine;
use ledger::Ledger;
use model::Secret;
use model::event::{Event, FailureKind, Outcome};
use model::facts::{DatastoreKind, ServiceKind};
use model::id::{InstanceId, ReleaseId, RunId, Scope, ServiceName, StepId};
use model::instance::{ExitReport, InstancePhase, InstanceSpec, InstanceStatus};
use model::manifest::file::{ManifestFile, ServiceFile};
use model::manifest::{Manifest, Target};
use model::plan::{Goal, Plan, Refusal};
use model::release::Source;
use model::routing::{MemberReading, PoolState, RoutingTable, TrafficState};
use model::unit::{Millis, Port, Timestamp};
use planner::Inputs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// What there is outside the engine.
#[derive(Default)]
pub struct State {
    pub instances: BTreeMap<InstanceId, InstanceStatus>,
    pub table: Option<RoutingTable>,
    pub releases: Vec<ReleaseId>,
    /// The digest of the repository.
    pub source: String,
    /// Releases whose instances answer 503.
    pub sick: Option<ReleaseId>,
    /// How much an orchestrator has placed.
    pub placed: u16,
    /// The name of a driver call that fails, and how often it may still succeed.
    pub fail: Option<&'static str>,
}

#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn may(&self, call: &'static str) -> Result<(), DriverError> {
        if self.state().fail == Some(call) {
            return Err(DriverError::new(FailureKind::Machine, format!("{call} fails on purpose")));
        }
        Ok(())
    }
}

impl Runtime for Shared {
    fn start(&self, _: &Scope, spec: &InstanceSpec, _: &Variables) -> Result<(), DriverError> {
        self.may("start")?;
        let status =
            InstanceStatus { pid: Some(1), ..InstanceStatus::new(spec.clone(), InstancePhase::Running) };
        self.state().instances.insert(spec.id.clone(), status);
        Ok(())
    }

    fn stop(&self, _: &Scope, id: &InstanceId) -> Result<Option<ExitReport>, DriverError> {
        if let Some(status) = self.state().instances.get_mut(id) {
            status.phase = InstancePhase::Ended;
        }
        Ok(None)
    }

    fn list(&self, _: &Scope) -> Result<Vec<InstanceStatus>, DriverError> {
        Ok(self.state().instances.values().cloned().collect())
    }

    fn remove(&self, _: &Scope, id: &InstanceId) -> Result<(), DriverError> {
        self.state().instances.remove(id);
        Ok(())
    }

    fn output(&self, _: &Scope, _: &InstanceId, _: usize) -> (Vec<LogLine>, Box<dyn Output>) {
        let line = LogLine { at: Timestamp(0), stream: Stream::Out, text: "its last words".into() };
        (vec![line], Box::new(Silence))
    }
}

struct Silence;

impl Output for Silence {
    fn read(&mut self) -> Vec<LogLine> {
        Vec::new()
    }
}

impl Builder for Shared {
    fn source(&self, _: &Path) -> Result<Source, DriverError> {
        let digest = self.state().source.clone();
        Ok(Source { revision: None, subject: None, dirty: false, digest, origin: None })
    }

    fn snapshot(&self, _: &Path, context: BuildContext<'_>, _: &mut dyn Progress) -> Result<(), DriverError> {
        self.may("snapshot")?;
        self.state().releases.push(context.release.clone());
        Ok(())
    }

    fn layer(&self, _: &Path, _: &Manifest, _: &ServiceName) -> Result<String, DriverError> {
        Ok("layer".into())
    }

    fn layers(&self) -> Result<Vec<String>, DriverError> {
        Ok(Vec::new())
    }

    fn install(
        &self,
        _: BuildContext<'_>,
        _: &ServiceName,
        _: &str,
        _: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.may("install")
    }

    fn build(
        &self,
        _: BuildContext<'_>,
        _: &ServiceName,
        _: &Variables,
        _: &mut dyn Progress,
    ) -> Result<(), DriverError> {
        self.may("build")
    }

    fn lacks(&self, context: BuildContext<'_>) -> Result<Option<String>, DriverError> {
        let there = self.state().releases.contains(context.release);
        Ok((!there).then(|| format!("/{} has no files", context.release)))
    }

    fn command(&self, _: BuildContext<'_>, _: &ServiceName, _: Option<Port>) -> Result<Launch, DriverError> {
        Ok(Launch { command: vec!["true".into()], directory: "/".into(), env: BTreeMap::new(), image: None })
    }

    fn tool(&self, context: BuildContext<'_>, service: &ServiceName, _: &str) -> Result<Launch, DriverError> {
        self.command(context, service, None)
    }

    fn remove(&self, _: &Scope, release: &ReleaseId) -> Result<(), DriverError> {
        self.state().releases.retain(|known| known != release);
        Ok(())
    }
}

impl Traffic for Shared {
    fn ensure(&self) -> Result<(), DriverError> {
        self.may("proxy")
    }

    fn publish(&self, table: &RoutingTable) -> Result<(), DriverError> {
        self.may("publish")?;
        let mut state = self.state();
        let newest = state.table.as_ref().map_or(0, |table| table.generation);
        assert!(table.generation > newest, "generation {} after {newest}", table.generation);
        state.table = Some(table.clone());
        Ok(())
    }

    fn state(&self, _: &Scope) -> Result<Option<TrafficState>, DriverError> {
        let state = Shared::state(self);
        let Some(table) = &state.table else { return Ok(None) };
        let pools = table.pools.iter().map(|pool| PoolState {
            service: pool.service.clone(),
            paused: false,
            members: pool
                .members
                .iter()
                .map(|member| MemberReading {
                    instance: member.instance.clone(),
                    release: member.release.clone(),
                    healthy: true,
                    in_flight: 0,
                    upgraded: 0,
                    requests: 0,
                    errors: 0,
                    latency: Vec::new(),
                    last_failure: None,
                })
                .collect(),
        });
        Ok(Some(TrafficState { generation: table.generation, pools: pools.collect(), problems: Vec::new() }))
    }

    fn remove(&self, _: &Scope) -> Result<(), DriverError> {
        Shared::state(self).table = None;
        Ok(())
    }
}

impl Prober for Shared {
    fn get(&self, at: &model::instance::Reach, _: &str, _: Millis) -> Result<ProbeAnswer, String> {
        let state = Shared::state(self);
        let asked = state.instances.values().find(|status| status.reach().as_ref() == Some(at));
        let release = asked.and_then(|status| status.spec.part.service()).map(|(_, release)| release.clone());
        let status = if release.is_some() && release == state.sick { 503 } else { 200 };
        Ok(ProbeAnswer { status, excerpt: "words of the service".into() })
    }
}

impl Migrator for Shared {
    fn migrate(&self, _: &MigrationRequest<'_>, _: &mut dyn Progress) -> Result<String, DriverError> {
        self.may("migrate").map(|()| "1 applied".into())
    }
}

impl DatastoreDriver for Shared {
    fn check(&self) -> Result<(), DriverError> {
        Ok(())
    }

    fn provision(&self, _: &DatastoreRequest, _: &mut dyn Progress) -> Result<(), DriverError> {
        self.may("provision")
    }

    fn fields(&self, _: &DatastoreRequest, _: View) -> Result<Fields, DriverError> {
        Ok(Fields::from([("url", Secret::new("postgres://u:p@127.0.0.1:1/d"))]))
    }

    fn stop(&self, _: &DatastoreRequest) -> Result<(), DriverError> {
        Ok(())
    }
}

/// Counts events, and dies or cancels at one of them.
pub struct Witness {
    pub seen: AtomicUsize,
    pub die_at: Option<usize>,
    pub cancel_at: Option<(usize, Cancel)>,
}

impl Witness {
    pub fn new(die_at: Option<usize>) -> Self {
        Self { seen: AtomicUsize::new(0), die_at, cancel_at: None }
    }
}

/// What a killed process leaves on the way out of a test.
pub struct Killed;

impl Watcher for Witness {
    fn event(&self, _: &Event) {
        let seen = self.seen.fetch_add(1, Ordering::SeqCst);
        if let Some((at, cancel)) = &self.cancel_at
            && *at == seen
        {
            cancel.request();
        }
        if self.die_at == Some(seen) {
            std::panic::resume_unwind(Box::new(Killed));
        }
    }

    fn line(&self, _: StepId, _: &str) {}
}

/// A world with a home on disk.
pub struct World {
    pub shared: Shared,
    pub home: PathBuf,
    /// What runs it.
    pub target: Target,
    folder: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (shared, home) = (Shared::default(), folder.path().to_owned());
        let world = Self { shared, home, target: Target::Process, folder };
        world.shared.state().source = "first".into();
        world
    }

    pub fn engine(&self) -> Engine {
        let shared = || Box::new(self.shared.clone());
        let on = |orchestrator: Option<Box<dyn engine::driver::Orchestrator>>| TargetDrivers {
            orchestrator,
            runtime: shared(),
            builder: shared(),
            datastores: vec![(DatastoreKind::Postgres, shared())],
            migrator: shared(),
        };
        let targets = BTreeMap::from([(Target::Process, on(None)), (Target::Swarm, on(Some(shared())))]);
        let drivers = Drivers { targets, traffic: shared(), prober: shared() };
        let ledger = Ledger::open(self.home.join("ledger.db")).unwrap();
        Engine { drivers, ledger, home: Home::new(self.folder.path()), clock: Box::new(SystemClock) }
    }

    pub fn manifest() -> Manifest {
        let mut file = ManifestFile { name: Some("shop".parse().unwrap()), ..ManifestFile::default() };
        file.deploy.watch = Some(Millis(1));
        file.deploy.drain = Some(Millis(50));
        file.deploy.start_timeout = Some(Millis(300));
        file.datastores.insert("postgres".parse().unwrap(), model::manifest::file::DatastoreFile::default());
        for (name, route) in [("api", "/api"), ("web", "/")] {
            let entry = ServiceFile {
                kind: Some(ServiceKind::Web),
                start: Some("run --port $PORT".into()),
                build: Some("make".into()),
                migrate: (name == "api").then(|| "migrate".into()),
                uses: (name == "api").then(|| vec!["postgres".parse().unwrap()]),
                port: Some(Port(if name == "api" { 3080 } else { 3000 })),
                health: Some("/health".into()),
                routes: Some(vec![route.into()]),
                grace: Some(Millis(10)),
                ..ServiceFile::default()
            };
            file.services.insert(name.parse().unwrap(), entry);
        }
        let facts = model::facts::Facts {
            format: 1,
            project: model::facts::ProjectFact { name: "shop".into(), github: None, platforms: Vec::new() },
            services: Vec::new(),
            datastores: Vec::new(),
            notes: Vec::new(),
        };
        planner::draft(&facts, &file, &"dev".parse().unwrap()).unwrap()
    }

    pub fn scope() -> Scope {
        Self::manifest().scope()
    }

    pub fn plan(&self, engine: &Engine, goal: &Goal) -> Plan {
        self.try_plan(engine, goal).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    pub fn try_plan(&self, engine: &Engine, goal: &Goal) -> Result<Plan, Refusal> {
        let mut manifest = Self::manifest();
        manifest.environment.target = self.target;
        if self.target.orchestrated() {
            manifest.services.values_mut().for_each(|service| service.replicas = 2);
        }
        let root = matches!(goal, Goal::Up | Goal::Deploy).then(|| PathBuf::from("/"));
        let observed = engine.observe(&manifest, root.as_deref()).unwrap();
        let inputs = Inputs { now: Timestamp(1), run: RunId::nearest(&format!("run-{}", rand())).unwrap() };
        planner::plan(goal, &manifest, &observed, &inputs)
    }

    /// Plans and performs a goal.
    pub fn perform(&self, goal: &Goal, witness: &Witness) -> Outcome {
        let engine = self.engine();
        let plan = self.plan(&engine, goal);
        let guard = engine.lock(&Self::scope()).unwrap();
        let cancel = witness.cancel_at.as_ref().map(|(_, cancel)| cancel.clone()).unwrap_or_default();
        let session = Session { root: Some("/".into()), watcher: witness, cancel, guard: &guard };
        engine.run(&plan, &session).unwrap()
    }

    /// A live first release and a changed repository.
    pub fn with_first_release() -> Self {
        Self::on(Target::Process)
    }

    /// The same where an orchestrator runs it.
    pub fn on(target: Target) -> Self {
        let world = Self { target, ..Self::new() };
        assert_eq!(world.perform(&Goal::Up, &Witness::new(None)), Outcome::Done);
        world.shared.state().source = "second".into();
        world
    }

    pub fn recover(&self) {
        let engine = self.engine();
        let guard = engine.lock(&Self::scope()).unwrap();
        let witness = Witness::new(None);
        let session = Session { root: None, watcher: &witness, cancel: Cancel::default(), guard: &guard };
        engine.recover(&Self::scope(), &session).unwrap();
        assert!(engine.ledger.interrupted(&Self::scope()).unwrap().is_none(), "it is over");
    }

    /// One release is live, serves, and nothing else runs. Returns its number.
    pub fn assert_whole(&self, when: &str) -> u32 {
        let engine = self.engine();
        let live =
            engine.ledger.live(&Self::scope()).unwrap().unwrap_or_else(|| panic!("nothing is live {when}"));
        let state = self.shared.state();
        let running: Vec<&InstanceId> = state
            .instances
            .values()
            .filter(|s| s.phase == InstancePhase::Running)
            .map(|s| &s.spec.id)
            .collect();
        let wanted: Vec<&InstanceId> = live.instances.iter().collect();
        assert_eq!(running, wanted, "orphans or missing instances {when}");
        let table = state.table.as_ref().unwrap_or_else(|| panic!("no routes {when}"));
        assert_eq!(table.pools.len(), 2, "{when}");
        for pool in &table.pools {
            let serving = pool.members.iter().filter(|member| member.weight > 0);
            let releases: Vec<&ReleaseId> = serving.map(|member| &member.release).collect();
            let replicas = if self.target.orchestrated() { 2 } else { 1 };
            assert_eq!(releases, vec![&live.release.id; replicas], "two versions or none {when}");
            assert!(pool.members.iter().all(|member| member.address.port() != 0), "nowhere {when}");
        }
        live.release.id.number().unwrap()
    }
}

fn rand() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    NEXT.fetch_add(1, Ordering::SeqCst)
}
