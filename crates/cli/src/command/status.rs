//! `mainstay status`: what runs and how it is.

use super::perform::known_scope;
use crate::arguments::{Common, Format};
use crate::composition;
use crate::error::CliError;
use crate::output::{self, style::Style, table::Table, time};
use model::ExitKind;
use model::instance::{InstancePhase, InstanceStatus};
use model::observed::Observed;
use model::routing::MemberReading;
use model::unit::Timestamp;
use serde::Serialize;
use std::net::SocketAddr;

#[derive(Serialize)]
struct View {
    project: String,
    environment: String,
    release: Option<String>,
    since: Option<String>,
    healthy: bool,
    url: Option<String>,
    proxy: bool,
    interrupted: Option<String>,
    instances: Vec<InstanceView>,
}

#[derive(Serialize)]
struct InstanceView {
    id: String,
    part: String,
    release: Option<String>,
    live: bool,
    phase: InstancePhase,
    pid: Option<u32>,
    port: Option<u16>,
    /// Where it is reached, when that is not a port of this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<SocketAddr>,
    up: Option<u64>,
    restarts: u32,
    memory: Option<u64>,
    last_exit: Option<String>,
    healthy: Option<bool>,
    requests: Option<u64>,
    errors: Option<u64>,
    in_flight: Option<u64>,
}

pub fn run(common: &Common) -> Result<ExitKind, CliError> {
    let engine = composition::engine()?;
    let scope = known_scope(common)?;
    let observed = engine.known(&scope)?;
    let interrupted = engine.ledger.interrupted(&scope)?.map(|run| run.plan.goal.to_string());
    let view = view(&observed, interrupted);
    match common.format {
        Format::Json => output::json(&view),
        Format::Text => text(&view, observed.at, &observed),
    }
    Ok(if view.healthy { ExitKind::Done } else { ExitKind::Negative })
}

fn view(observed: &Observed, interrupted: Option<String>) -> View {
    let instances: Vec<InstanceView> = observed
        .instances
        .iter()
        .filter(|status| status.phase != InstancePhase::Ended || is_live(observed, status))
        .map(|status| instance_view(observed, status))
        .collect();
    let live = observed.live.as_ref();
    let fine =
        |instance: &InstanceView| instance.phase == InstancePhase::Running && instance.healthy != Some(false);
    let routed = observed.traffic.is_some()
        || live
            .is_none_or(|live| live.release.manifest.services.values().all(|service| service.port.is_none()));
    View {
        project: observed.scope.project.to_string(),
        environment: observed.scope.environment.to_string(),
        release: live.map(|live| live.release.id.to_string()),
        since: live.map(|live| time::utc(live.since)),
        healthy: live.is_some()
            && routed
            && interrupted.is_none()
            && instances.iter().filter(|instance| instance.live).all(fine),
        url: live.and_then(|live| engine::entry_url(&live.release.manifest, &observed.addresses)),
        proxy: observed.traffic.is_some(),
        interrupted,
        instances,
    }
}

fn is_live(observed: &Observed, status: &InstanceStatus) -> bool {
    let of_release = observed.live.as_ref().is_some_and(|live| live.instances.contains(&status.spec.id));
    of_release || status.spec.part.service().is_none()
}

fn instance_view(observed: &Observed, status: &InstanceStatus) -> InstanceView {
    let reading: Option<&MemberReading> = observed
        .traffic
        .iter()
        .flat_map(|traffic| &traffic.pools)
        .flat_map(|pool| &pool.members)
        .find(|member| member.instance == status.spec.id);
    let (part, release) = match status.spec.part.service() {
        Some((service, release)) => (service.to_string(), Some(release.to_string())),
        None => (status.spec.id.to_string(), None),
    };
    let running = status.phase == InstancePhase::Running;
    InstanceView {
        id: status.spec.id.to_string(),
        part,
        release,
        live: is_live(observed, status),
        phase: status.phase,
        pid: status.pid,
        port: status.spec.port.map(|port| port.0),
        address: status.elsewhere.as_ref().map(|reach| reach.address),
        up: status.started_at.filter(|_| running).map(|started| observed.at.since(started).0),
        restarts: status.restarts,
        memory: status.memory.map(|memory| memory.0),
        last_exit: status.last_exit.as_ref().map(ToString::to_string),
        healthy: reading.map(|reading| reading.healthy),
        requests: reading.map(|reading| reading.requests),
        errors: reading.map(|reading| reading.errors),
        in_flight: reading.map(|reading| reading.in_flight + reading.upgraded),
    }
}

fn text(view: &View, now: Timestamp, observed: &Observed) {
    let style = Style::for_stdout();
    let state = if view.healthy { style.good("healthy") } else { style.bad("not healthy") };
    let Some(live) = &observed.live else {
        return output::line(&format!(
            "{}/{}: nothing is live; `mainstay up` brings it up",
            view.project, view.environment
        ));
    };
    let since = time::ago(live.since, now);
    output::line(&format!(
        "{}/{}  {}  live since {since}  {state}",
        view.project, view.environment, live.release.id
    ));
    view.url.iter().for_each(|url| output::line(url));
    if let Some(goal) = &view.interrupted {
        output::line(&style.warn(&format!("a {goal} was cut off: `mainstay recover` finishes or undoes it")));
    }
    if !view.proxy {
        output::line(&style.warn("the proxy does not run: `mainstay up` starts it"));
    }
    for status in &observed.instances {
        if let Some(why) = &status.unlimited {
            output::line(&style.warn(&format!("the limits of {} are not kept: {why}", status.spec.id)));
        }
    }
    output::line("");
    let head =
        ["SERVICE", "INSTANCE", "STATE", "UP", "PID", "PORT", "MEMORY", "RESTARTS", "REQUESTS", "FAILED"];
    let mut table = Table::new(&head);
    for instance in &view.instances {
        table.row(cells(instance));
    }
    table.lines().iter().for_each(|line| output::line(line));
}

fn cells(instance: &InstanceView) -> Vec<String> {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let number = |value: Option<u64>| or_dash(value.map(|value| value.to_string()));
    let state = match (instance.phase, instance.healthy) {
        (InstancePhase::Running, Some(false)) => "unhealthy".to_owned(),
        (InstancePhase::Running, _) if !instance.live => "running (old)".to_owned(),
        (InstancePhase::Running, _) => "running".to_owned(),
        (InstancePhase::Waiting, _) if instance.restarts == 0 => "waiting".to_owned(),
        (InstancePhase::Waiting, _) => "restarting".to_owned(),
        (InstancePhase::Ended, _) => format!("ended: {}", instance.last_exit.clone().unwrap_or_default()),
    };
    vec![
        instance.part.clone(),
        instance.id.clone(),
        state,
        or_dash(instance.up.map(|up| time::span(model::unit::Millis(up)))),
        number(instance.pid.map(u64::from)),
        instance.address.map_or_else(|| number(instance.port.map(u64::from)), |address| address.to_string()),
        or_dash(instance.memory.map(|bytes| format!("{} MB", bytes >> 20))),
        instance.restarts.to_string(),
        number(instance.requests),
        number(instance.errors),
    ]
}
