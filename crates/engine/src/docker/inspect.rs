//! What the engine says of containers and images.

use super::client::{Client, failed, query};
use super::names::{self, Labels};
use crate::error::DriverError;
use model::instance::{ExitReport, InstancePhase};
use model::unit::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A container as `GET /containers/{id}/json` shows it, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Container {
    pub(crate) id: String,
    pub(crate) created: String,
    pub(crate) state: State,
    #[serde(default)]
    pub(crate) restart_count: u32,
    pub(crate) config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    status: String,
    #[serde(rename = "OOMKilled", default)]
    out_of_memory: bool,
    #[serde(default)]
    pub(crate) pid: u32,
    #[serde(default)]
    exit_code: i32,
    #[serde(default)]
    started_at: String,
    #[serde(default)]
    finished_at: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Config {
    pub(crate) user: String,
    pub(crate) env: Option<Vec<String>>,
    pub(crate) labels: Option<Labels>,
    pub(crate) exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
}

/// An image as `GET /images/{name}/json` shows it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Image {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) config: Option<Config>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listed {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) labels: Option<Labels>,
    #[serde(default)]
    state: String,
}

/// Where an engine stands in a swarm, as `GET /info` shows it; all is empty where it is in none.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Swarm {
    #[serde(rename = "NodeID")]
    pub(crate) node_id: String,
    /// Its address among the nodes.
    pub(crate) node_addr: String,
    pub(crate) local_node_state: String,
    /// Whether it is a manager.
    pub(crate) control_available: bool,
}

/// A moment as the engine writes it; `0001-01-01T00:00:00Z` means never.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    (moment.as_second() > 0).then(|| Timestamp(moment.as_millisecond()))
}

/// What the engine's word for a container's state is in ours.
fn phase(word: &str) -> InstancePhase {
    match word {
        "running" | "paused" => InstancePhase::Running,
        "restarting" => InstancePhase::Waiting,
        // `created` was never started, `removing` and `dead` never will be.
        _ => InstancePhase::Ended,
    }
}

impl Listed {
    /// Whether it ran and ended, and nobody starts it again.
    pub(crate) fn has_exited(&self) -> bool {
        self.state == "exited"
    }

    pub(crate) fn phase(&self) -> InstancePhase {
        phase(&self.state)
    }
}

impl State {
    pub(crate) fn phase(&self) -> InstancePhase {
        phase(&self.status)
    }

    pub(crate) fn started(&self) -> Option<Timestamp> {
        moment(&self.started_at)
    }

    /// How it ended. While it runs, that is not said any more.
    pub(crate) fn exit(&self) -> Option<ExitReport> {
        let at = moment(&self.finished_at).filter(|_| self.phase() != InstancePhase::Running)?;
        Some(exit(at, self.exit_code, self.out_of_memory))
    }
}

/// An exit as the engine counts it: above 128 stands the signal (its first process is an init that passes that on).
pub(crate) fn exit(at: Timestamp, code: i32, out_of_memory: bool) -> ExitReport {
    let signal = Some(code - 128).filter(|signal| (1..=64).contains(signal));
    ExitReport { at, code: Some(code).filter(|_| signal.is_none()), signal, out_of_memory }
}

impl Config {
    /// Whether its processes begin as root.
    pub(crate) fn is_root(&self) -> bool {
        let user = self.user.split(':').next().unwrap_or_default();
        matches!(user, "" | "0" | "root")
    }

    /// The TCP ports it says it listens on.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let named = self.exposed_ports.iter().flat_map(BTreeMap::keys);
        named.filter_map(|port| port.strip_suffix("/tcp").unwrap_or(port).parse().ok()).collect()
    }

    /// A label.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.labels.as_ref()?.get(name).map(String::as_str)
    }
}

/// The containers that have all of these labels, ended ones included.
pub(crate) fn containers(client: &Client, labels: &Labels) -> Result<Vec<Listed>, DriverError> {
    let path = query("/containers/json", &[("all", "true"), ("filters", &names::filter(labels))]);
    client.get(&path)?.done("list containers")?.json()
}

/// A container by id or name.
pub(crate) fn container(client: &Client, id: &str) -> Result<Option<Container>, DriverError> {
    let reply = client.get(&format!("/containers/{id}/json"))?.found("show a container")?;
    reply.map(|reply| reply.json()).transpose()
}

/// An image by id or tag.
pub(crate) fn image(client: &Client, name: &str) -> Result<Option<Image>, DriverError> {
    let reply = client.get(&format!("/images/{name}/json"))?.found("show an image")?;
    reply.map(|reply| reply.json()).transpose()
}

/// What the image says of itself that something, `whose`, is to run in.
///
/// # Errors
/// When it has none, or it is gone.
pub(crate) fn image_of<'i>(
    client: &Client,
    whose: &str,
    image: Option<&'i model::instance::Image>,
) -> Result<(&'i model::instance::Image, Config), DriverError> {
    let wanted = image.ok_or_else(|| failed(format!("{whose} has no image to run in")))?;
    let found = self::image(client, &wanted.id)?.ok_or_else(|| {
        failed(format!("the image of {whose} ({}) is gone", wanted.id))
            .advise("deploy again to build it anew")
    })?;
    Ok((wanted, found.config.unwrap_or_default()))
}

/// Where the engine stands in a swarm.
pub(crate) fn swarm(client: &Client) -> Result<Swarm, DriverError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Info {
        #[serde(default)]
        swarm: Swarm,
    }
    let info: Info = client.get("/info")?.done("tell about itself")?.json()?;
    Ok(info.swarm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_read() {
        assert_eq!(exit(Timestamp(1), 70, false).to_string(), "exited with code 70");
        assert_eq!(exit(Timestamp(1), 143, false).to_string(), "was ended by signal 15");
        assert_eq!(exit(Timestamp(1), 137, true).to_string(), "was killed for want of memory");
        assert_eq!(moment("0001-01-01T00:00:00Z"), None);
        assert_eq!(moment("1970-01-01T00:00:01.5Z"), Some(Timestamp(1500)));
    }
}
