//! A service: its Deployment, what keeps it up, and what reaches it.

use super::{name, object, pod, selector, service};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::compose;
use crate::files::dockerfile::scratch;
use artifact::yaml::{Map, flow, list};
use model::facts::ServiceKind;

/// Seconds between being told to stop and stopping: so long requests still come from nodes that do not know yet.
const LEAVING: u32 = 5;

pub(super) fn documents(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Vec<Map> {
    let part = unit.name.as_str();
    let mut all = vec![deployment(blueprint, unit)];
    if let Some(port) = unit.port {
        all.push(service(blueprint, part, port, false));
    }
    if !is_single(unit) {
        all.push(disruption(blueprint, part));
        all.push(autoscaler(blueprint, unit));
    }
    all
}

/// What must not run twice.
fn is_single(unit: &Unit<'_>) -> bool {
    matches!(unit.service.kind, ServiceKind::Scheduler | ServiceKind::Job)
}

fn deployment(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let part = unit.name.as_str();
    let rolling = Map::new().set("maxSurge", 1).set("maxUnavailable", 0);
    let strategy = match is_single(unit) {
        true => Map::new().set("type", "Recreate"),
        false => Map::new().set("type", "RollingUpdate").set("rollingUpdate", rolling),
    };
    let spec = if is_single(unit) { Map::new().set("replicas", 1) } else { Map::new() };
    let spec = spec
        .set("revisionHistoryLimit", 5)
        .comment("A pod counts when it has stayed ready for so long.")
        .set("minReadySeconds", 10)
        .set("progressDeadlineSeconds", 300)
        .set("strategy", strategy)
        .set("selector", Map::new().set("matchLabels", selector(blueprint, part)))
        .set("template", template(blueprint, unit));
    object(blueprint, "apps/v1", "Deployment", part).set("spec", spec)
}

fn template(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let part = unit.name.as_str();
    let (_, volumes) = pod::mounts(&scratch(unit));
    let spread = Map::new()
        .set("maxSkew", 1)
        .set("topologyKey", "kubernetes.io/hostname")
        .set("whenUnsatisfiable", "ScheduleAnyway")
        .set("labelSelector", Map::new().set("matchLabels", selector(blueprint, part)));
    let spec = Map::new()
        .set("automountServiceAccountToken", false)
        .set("enableServiceLinks", false)
        .set("terminationGracePeriodSeconds", seconds(unit.service.grace.0) + i64::from(LEAVING))
        .set("securityContext", pod::security(unit.user))
        .set("topologySpreadConstraints", list([spread]))
        .set("containers", list([container(blueprint, unit)]))
        .set("volumes", volumes);
    Map::new().set("metadata", Map::new().set("labels", selector(blueprint, part))).set("spec", spec)
}

fn seconds(millis: u64) -> i64 {
    i64::try_from(millis.div_ceil(1000)).unwrap_or(i64::MAX)
}

fn container(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let (mounts, _) = pod::mounts(&scratch(unit));
    let mut map = Map::new()
        .set("name", name(unit.name.as_str()))
        .comment("kustomization.yaml says which.")
        .set("image", unit.name.as_str());
    if let Some(port) = unit.port {
        map = map.set("ports", list([Map::new().set("name", "main").set("containerPort", port)]));
    }
    if !unit.is_static() {
        map = map.set("env", pod::environment(blueprint, unit));
    }
    map = probes(map, unit);
    let leave =
        Map::new().set("exec", Map::new().set("command", flow(["sleep".to_owned(), LEAVING.to_string()])));
    map.set("lifecycle", Map::new().set("preStop", leave))
        .set("resources", pod::resources(unit))
        .set("securityContext", pod::container_security())
        .set("volumeMounts", mounts)
}

/// Readiness asks the health endpoint, which looks at what the service depends on. Liveness does not: restarting every
/// pod because the database is away helps nobody.
fn probes(map: Map, unit: &Unit<'_>) -> Map {
    let (Some(path), Some(port)) = (unit.health(), unit.port) else { return map };
    let get = || Map::new().set("path", path).set("port", port);
    let often = |probe: Map, failures: u32| {
        probe.set("periodSeconds", 5).set("timeoutSeconds", 5).set("failureThreshold", failures)
    };
    let open = Map::new().set("tcpSocket", Map::new().set("port", port));
    map.set("startupProbe", often(Map::new().set("tcpSocket", Map::new().set("port", port)), 24))
        .set("readinessProbe", often(Map::new().set("httpGet", get()), 3))
        .set("livenessProbe", often(open, 6))
}

fn disruption(blueprint: &Blueprint<'_>, part: &str) -> Map {
    let spec = Map::new()
        .set("maxUnavailable", 1)
        .set("selector", Map::new().set("matchLabels", selector(blueprint, part)));
    object(blueprint, "policy/v1", "PodDisruptionBudget", part).set("spec", spec)
}

fn autoscaler(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let part = unit.name.as_str();
    let least = unit.service.replicas.max(2);
    let target = Map::new().set("type", "Utilization").set("averageUtilization", 70);
    let metric = Map::new()
        .set("type", "Resource")
        .set("resource", Map::new().set("name", "cpu").set("target", target));
    let whom = Map::new().set("apiVersion", "apps/v1").set("kind", "Deployment").set("name", name(part));
    let spec = Map::new()
        .set("scaleTargetRef", whom)
        .set("minReplicas", least)
        .set("maxReplicas", least * 3)
        .set("metrics", list([metric]));
    object(blueprint, "autoscaling/v2", "HorizontalPodAutoscaler", part).set("spec", spec)
}

/// Applies pending migrations once. Its name is made by the server, because a Job cannot run twice.
pub(super) fn migration(blueprint: &Blueprint<'_>, unit: &Unit<'_>) -> Map {
    let part = compose::migration(unit).unwrap_or_default();
    let (mounts, volumes) = pod::mounts(&[("tmp", "/tmp".to_owned())]);
    let container = Map::new()
        .set("name", "migrate")
        .set("image", format!("{}-migrate:latest", blueprint.image(unit)))
        .set("env", pod::environment(blueprint, unit))
        .set("resources", pod::resources(unit))
        .set("securityContext", pod::container_security())
        .set("volumeMounts", mounts);
    let spec = Map::new()
        .set("restartPolicy", "Never")
        .set("automountServiceAccountToken", false)
        .set("securityContext", pod::security(unit.user))
        .set("containers", list([container]))
        .set("volumes", volumes);
    let template =
        Map::new().set("metadata", Map::new().set("labels", selector(blueprint, &part))).set("spec", spec);
    let metadata = Map::new()
        .comment("kubectl create -f, not apply: each run is a Job of its own.")
        .set("generateName", format!("{}-", name(&part)))
        .set("namespace", name(blueprint.project()))
        .set("labels", selector(blueprint, &part));
    let spec = Map::new()
        .comment("A migration that failed half-way is looked at by a person.")
        .set("backoffLimit", 0)
        .set("activeDeadlineSeconds", 1800)
        .set("ttlSecondsAfterFinished", 86_400)
        .set("template", template);
    Map::new().set("apiVersion", "batch/v1").set("kind", "Job").set("metadata", metadata).set("spec", spec)
}
