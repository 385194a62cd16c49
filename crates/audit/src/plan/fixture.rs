//! Small plans for the rules' tests.

use model::facts::MigrationTool;
use model::id::{InstanceId, ReleaseId, RunId, Scope, StepId};
use model::manifest::Migrations;
use model::observed::Basis;
use model::plan::{Action, Goal, Phase, Plan, Step, Undo};
use model::routing::{Member, MemberState, Pool, PoolLimits, RoutingTable};
use model::unit::Millis;
use std::net::{Ipv4Addr, SocketAddr};

fn scope() -> Scope {
    Scope { project: "shop".parse().unwrap(), environment: "dev".parse().unwrap() }
}

fn release() -> ReleaseId {
    "r0001-abc".parse().unwrap()
}

fn id(name: &str) -> InstanceId {
    name.parse().unwrap()
}

pub(super) fn plan(steps: Vec<(Action, Undo)>) -> Plan {
    let steps = steps.into_iter().zip(1..).map(|((action, undo), number)| Step {
        id: StepId(number),
        phase: Phase::Start,
        action,
        undo,
        timeout: Millis::seconds(1),
    });
    Plan {
        goal: Goal::Deploy,
        scope: scope(),
        run: RunId::new("run-1").unwrap(),
        based_on: Basis(String::new()),
        release: None,
        replaces: None,
        steps: steps.collect(),
    }
}

fn undoable(action: Action) -> (Action, Undo) {
    (action, Undo::Action { action: Box::new(Action::Unroute) })
}

pub(super) fn start(name: &str) -> (Action, Undo) {
    undoable(Action::Start {
        instance: id(name),
        release: release(),
        service: "api".parse().unwrap(),
        port: None,
    })
}

pub(super) fn gate(names: &[&str]) -> (Action, Undo) {
    undoable(Action::Gate { instances: names.iter().map(|name| id(name)).collect(), healthy: 1 })
}

pub(super) fn stop(name: &str) -> (Action, Undo) {
    undoable(Action::Stop { instance: id(name) })
}

pub(super) fn record() -> (Action, Undo) {
    (Action::Record { release: None, instances: Vec::new() }, Undo::Commit { reason: String::new() })
}

pub(super) fn migrate() -> (Action, Undo) {
    let migrations = Migrations {
        tool: MigrationTool::Sql,
        path: "migrations".into(),
        command: "true".into(),
        datastore: "postgres".parse().unwrap(),
    };
    undoable(Action::Migrate { release: release(), service: "api".parse().unwrap(), migrations })
}

pub(super) fn route(names: &[&str]) -> (Action, Undo) {
    let members = names.iter().map(|name| Member {
        instance: id(name),
        release: release(),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
        network: None,
        weight: 100,
        state: MemberState::Active,
    });
    let pool = Pool {
        service: "api".parse().unwrap(),
        members: members.collect(),
        health: None,
        limits: PoolLimits::default(),
    };
    let table = RoutingTable { scope: scope(), generation: 1, listeners: Vec::new(), pools: vec![pool] };
    undoable(Action::Route { table, share: 100 })
}
