//! A step in a few words.

use model::id::InstanceId;
use model::plan::{Action, FileWrite, Step, Undo};

/// What an action does, for a person who reads a plan or its progress.
pub fn describe(action: &Action) -> String {
    match action {
        Action::Preflight { ports } if ports.is_empty() => "check again that nothing changed".into(),
        Action::Preflight { ports } => format!("ports {} are free", join(ports)),
        Action::Assign { addresses } => {
            format!("ports {} are ours", join(addresses.ports()))
        }
        Action::GenerateSecrets { secrets } => {
            let names: Vec<&str> = secrets.iter().map(|slot| slot.name.as_str()).collect();
            format!("make secrets {}", names.join(", "))
        }
        Action::Provision { datastore, port, .. } => format!("{datastore} on port {port}"),
        Action::Network { gateway } => format!("network, with this machine at {gateway}"),
        Action::EnsureProxy => "proxy".into(),
        Action::Snapshot { release } => format!("copy the repository as {release}"),
        Action::Install { services, reuse: true, .. } => {
            format!("dependencies of {} (reused)", join(services))
        }
        Action::Install { services, .. } => format!("dependencies of {}", join(services)),
        Action::Build { service, .. } => service.to_string(),
        Action::Migrate { service, migrations, .. } => format!("{service} ({})", migrations.tool),
        Action::Start { instance, port: Some(port), .. } => format!("{instance} on port {port}"),
        Action::Start { instance, .. } => instance.to_string(),
        Action::Submit { instances, service, .. } => match instances.len() {
            1 => format!("{service}, one instance, wherever there is room"),
            many => format!("{service}, {many} instances, wherever there is room"),
        },
        Action::Withdraw { instances } => format!("end {}", few(instances)),
        Action::Gate { instances, healthy } => format!("{} healthy {healthy} times in a row", few(instances)),
        Action::Smoke { service, .. } => format!("ask {service} for its routes"),
        Action::Route { share: 0, .. } => "route a service that nobody served".into(),
        Action::Route { share, .. } => format!("{share} % of new requests to the new release"),
        Action::Watch { new, policy, .. } => format!("{new} for {}", policy.duration),
        Action::Drain { instances, limit } => format!("{}, at most {limit}", few(instances)),
        Action::Stop { instance } => format!("stop {instance}"),
        Action::StopDatastore { datastore } => format!("stop {datastore}"),
        Action::Record { release: Some(release), .. } => format!("{release} is live"),
        Action::Record { release: None, .. } => "nothing is live".into(),
        Action::RemoveRelease { release } => format!("remove the build of {release}"),
        Action::Unroute => "take the project out of the proxy".into(),
        Action::WriteFiles { files } => match files.as_slice() {
            [FileWrite { path, content: Some(_) }] => format!("write {path}"),
            [FileWrite { path, content: None }] => format!("remove {path}"),
            many => format!("write {} files", many.len()),
        },
    }
}

/// How a step is taken back, for a plan.
pub fn describe_undo(step: &Step) -> String {
    match &step.undo {
        Undo::Action { action } => match action.as_ref() {
            Action::Route { .. } | Action::Unroute => "the routes before".into(),
            other => describe(other),
        },
        Undo::Nothing { reason } => format!("nothing: {reason}"),
        Undo::Commit { reason } => format!("no way back: {reason}"),
    }
}

fn join<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn few(instances: &[InstanceId]) -> String {
    match instances {
        [one] => one.to_string(),
        many => format!("{} instances", many.len()),
    }
}
