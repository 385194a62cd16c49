//! The runtime with real programs.

use crate::supervise::binary;
use engine::driver::{Runtime, Variables};
use engine::process_runtime::ProcessRuntime;
use host::environment;
use host::paths::Home;
use model::Secret;
use model::event::FailureKind;
use model::id::{EnvironmentName, InstanceId, ProjectName, ReleaseId, Scope, ServiceName};
use model::instance::{InstancePhase, InstanceSpec, Part, Restart, StopSignal};
use model::manifest::Limits;
use model::unit::{Millis, Port};
use std::net::TcpListener;
use std::time::{Duration, Instant};

struct Bench {
    _root: tempfile::TempDir,
    runtime: ProcessRuntime,
    scope: Scope,
}

impl Drop for Bench {
    fn drop(&mut self) {
        for status in self.runtime.list(&self.scope).unwrap_or_default() {
            let _ = self.runtime.stop(&self.scope, &status.spec.id);
        }
    }
}

fn bench() -> Bench {
    let root = tempfile::tempdir().unwrap();
    let runtime = ProcessRuntime { home: Home::new(root.path()), binary: binary() };
    let scope = Scope {
        project: ProjectName::new("shop").unwrap(),
        environment: EnvironmentName::new("dev").unwrap(),
    };
    Bench { _root: root, runtime, scope }
}

fn spec(ordinal: u16, script: &str) -> InstanceSpec {
    let (service, release) = (ServiceName::new("api").unwrap(), ReleaseId::numbered(1, "abc"));
    InstanceSpec {
        id: InstanceId::of(&service, &release, ordinal, 1),
        part: Part::Service { service, release },
        command: vec!["sh".into(), "-c".into(), script.into()],
        directory: "/".into(),
        user: None,
        port: None,
        limits: Limits::default(),
        stop: StopSignal::Terminate,
        grace: Millis::seconds(20),
        restart: Restart::Never,
        secrets: Vec::new(),
        image: None,
    }
}

fn env() -> Variables {
    let mut env = environment::inherit(&["PATH"]);
    env.insert("GREETING".into(), Secret::new("hello"));
    env
}

#[test]
fn instances_start_are_listed_stop_and_are_forgotten() {
    let bench = bench();
    let (runtime, scope) = (&bench.runtime, &bench.scope);
    assert!(runtime.list(scope).unwrap().is_empty());
    let specs = [spec(1, "echo $GREETING; exec sleep 1000"), spec(2, "exit 4")];
    for spec in &specs {
        runtime.start(scope, spec, &env()).unwrap();
    }
    runtime.start(scope, &specs[0], &env()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while runtime.tail(scope, &specs[0].id, 5) != ["hello"]
        || runtime.list(scope).unwrap()[1].phase != InstancePhase::Ended
    {
        assert!(Instant::now() < deadline, "{:?}", runtime.list(scope));
        std::thread::sleep(Duration::from_millis(10));
    }
    let list = runtime.list(scope).unwrap();
    assert_eq!(list.iter().map(|status| &status.spec).collect::<Vec<_>>(), specs.iter().collect::<Vec<_>>());
    assert_eq!(list[0].phase, InstancePhase::Running);
    assert_eq!(list[1].last_exit.as_ref().unwrap().code, Some(4));
    assert_eq!(runtime.remove(scope, &specs[0].id).unwrap_err().0.kind, FailureKind::Machine);
    assert_eq!(runtime.stop(scope, &specs[0].id).unwrap().unwrap().signal, Some(15));
    assert_eq!(runtime.stop(scope, &specs[1].id).unwrap().unwrap().code, Some(4));
    for spec in &specs {
        runtime.remove(scope, &spec.id).unwrap();
        assert_eq!(runtime.stop(scope, &spec.id).unwrap(), None);
    }
    assert!(runtime.list(scope).unwrap().is_empty());
}

#[test]
fn a_taken_port_is_refused_by_name() {
    let bench = bench();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = Port(listener.local_addr().unwrap().port());
    let spec = InstanceSpec { port: Some(port), ..spec(1, "exec sleep 1000") };
    let error = bench.runtime.start(&bench.scope, &spec, &env()).unwrap_err();
    assert_eq!(error.0.kind, FailureKind::Start);
    assert!(error.0.message.contains(&format!("port {port} is taken by")), "{error}");
    assert!(error.0.message.contains(&format!("(pid {})", std::process::id())), "{error}");
    assert!(bench.runtime.list(&bench.scope).unwrap().is_empty());
}
