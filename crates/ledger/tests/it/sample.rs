//! Small events that fit together.

use model::event::{Event, EventBody, Failure, FailureKind, Owner};
use model::id::{ReleaseId, RunId, Scope, StepId};
use model::manifest::{DeployPolicy, Environment, Manifest, Target};
use model::observed::Basis;
use model::plan::{Action, Goal, Phase, Plan, Step, Undo};
use model::release::{Release, Source};
use model::unit::{Millis, Timestamp};
use std::collections::BTreeMap;

pub(crate) fn scope(project: &str) -> Scope {
    Scope { project: project.parse().unwrap(), environment: "production".parse().unwrap() }
}

pub(crate) fn event(at: i64, body: EventBody) -> Event {
    Event { at: Timestamp(at), scope: scope("shop"), body }
}

pub(crate) fn note(text: &str) -> Event {
    event(1, EventBody::Noted { service: None, message: text.to_owned() })
}

pub(crate) fn owner(pid: u32, host: &str, boot: &str) -> Owner {
    Owner { user: "ops".into(), host: host.into(), pid, process_start: 7, boot: boot.into() }
}

pub(crate) fn run(number: u32) -> RunId {
    format!("run-{number}").parse().unwrap()
}

pub(crate) fn release_id(number: u32) -> ReleaseId {
    ReleaseId::numbered(number, "abcdef1")
}

pub(crate) fn release(number: u32) -> Release {
    Release {
        id: release_id(number),
        created: Timestamp(i64::from(number)),
        source: Source { revision: None, subject: None, dirty: true, digest: "d".into(), origin: None },
        manifest: Manifest {
            project: "shop".parse().unwrap(),
            environment: Environment {
                name: "production".parse().unwrap(),
                target: Target::Process,
                listen: "127.0.0.1".parse().unwrap(),
                port: None,
                domains: vec!["shop.example".into()],
                tls: None,
                http_port: None,
                registry: None,
                publish: model::manifest::Publish::Host,
            },
            services: BTreeMap::new(),
            datastores: BTreeMap::new(),
            deploy: DeployPolicy::default(),
        },
        settings_digest: "s".into(),
    }
}

pub(crate) fn plan(number: u32, release_number: u32) -> Plan {
    let step = |id| Step {
        id: StepId(id),
        phase: Phase::Start,
        action: Action::EnsureProxy,
        undo: Undo::Action { action: Box::new(Action::Unroute) },
        timeout: Millis::seconds(30),
    };
    Plan {
        goal: Goal::Deploy,
        scope: scope("shop"),
        run: run(number),
        based_on: Basis("b".into()),
        release: Some(release(release_number)),
        replaces: None,
        steps: (1..=5).map(step).collect(),
    }
}

pub(crate) fn started(number: u32, release_number: u32) -> EventBody {
    EventBody::RunStarted { plan: Box::new(plan(number, release_number)), owner: owner(1, "here", "b1") }
}

pub(crate) fn created(number: u32) -> EventBody {
    EventBody::ReleaseCreated { release: Box::new(release(number)) }
}

pub(crate) fn live(number: u32) -> EventBody {
    EventBody::ReleaseLive {
        release: Some(release_id(number)),
        instances: vec![format!("web-{}-1-1", release_id(number)).parse().unwrap()],
    }
}

pub(crate) fn failure(message: &str) -> Failure {
    Failure { kind: FailureKind::Unhealthy, message: message.into(), advice: None, evidence: Vec::new() }
}
