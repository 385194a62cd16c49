//! An instance in a folder of its own, and looks at it.

use crate::supervise::binary;
use host::environment;
use host::process::{alive, start_ticks};
use host::supervisor::{self, SupervisorError};
use model::Secret;
use model::id::{InstanceId, ReleaseId, ServiceName};
use model::instance::{InstanceSpec, InstanceStatus, Part, Restart, StopSignal};
use model::manifest::Limits;
use model::unit::Millis;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An instance's folder; whatever runs in it ends with the test.
pub(crate) struct Bench {
    pub(crate) root: tempfile::TempDir,
    pub(crate) dir: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = supervisor::stop(&self.dir, Duration::ZERO);
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("instance");
        Self { root, dir }
    }

    pub(crate) fn start(&self, spec: &InstanceSpec) -> Result<(), SupervisorError> {
        self.start_with(spec, &[])
    }

    pub(crate) fn start_with(
        &self,
        spec: &InstanceSpec,
        variables: &[(&str, &str)],
    ) -> Result<(), SupervisorError> {
        let mut env = environment::inherit(&["PATH"]);
        env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))));
        supervisor::launch(&binary(), &self.dir, spec, &env)
    }

    pub(crate) fn status(&self) -> InstanceStatus {
        supervisor::status(&self.dir).unwrap().expect("it was started")
    }

    pub(crate) fn output(&self) -> Vec<String> {
        supervisor::tail(&self.dir, 1_000_000).into_iter().map(|line| line.text).collect()
    }

    pub(crate) fn supervisor(&self) -> u32 {
        supervisor::state(&self.dir).unwrap().supervisor.pid
    }

    pub(crate) fn wait_for(&self, what: &str, condition: impl Fn(&InstanceStatus) -> bool) -> InstanceStatus {
        eventually(what, || Some(self.status()).filter(|status| condition(status)))
    }

    pub(crate) fn wait_for_line(&self, line: &str) {
        eventually(line, || self.output().iter().any(|got| got == line).then_some(()));
    }

    /// The number that the program wrote after `name=`.
    pub(crate) fn number(&self, name: &str) -> u32 {
        let prefix = format!("{name}=");
        eventually(name, || self.output().iter().find_map(|line| line.strip_prefix(&prefix)?.parse().ok()))
    }
}

pub(crate) fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn gone(pid: u32) -> bool {
    start_ticks(pid).is_none_or(|ticks| !alive(pid, ticks))
}

pub(crate) fn shell(script: &str) -> InstanceSpec {
    InstanceSpec {
        id: InstanceId::new("api-r0001-abc-1-1").unwrap(),
        part: Part::Service {
            service: ServiceName::new("api").unwrap(),
            release: ReleaseId::numbered(1, "abc"),
        },
        command: vec!["sh".into(), "-c".into(), script.into()],
        directory: "/".into(),
        user: None,
        port: None,
        limits: Limits::default(),
        stop: StopSignal::Terminate,
        grace: Millis::seconds(30),
        restart: Restart::Never,
        secrets: Vec::new(),
        image: None,
    }
}
