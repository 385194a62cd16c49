//! An example in a repository of its own, brought up as a newcomer would, wherever it runs.

use mainstay_tests::example;
use mainstay_tests::load::{Connection, Reply};
use mainstay_tests::shop::git;
use mainstay_tests::world::World;
use serde_json::Value;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

/// A system that runs.
pub struct System {
    /// Its repository and its home.
    pub world: World,
    /// Where everyone comes in.
    pub entry: SocketAddr,
    /// Where services reach a server of this machine.
    pub machine: Ipv4Addr,
}

impl System {
    /// As processes.
    pub fn of_processes(name: &str) -> Self {
        Self::up(World::online(name), Ipv4Addr::LOCALHOST, |manifest| manifest)
    }

    /// Copies the example that the world is named after into its repository and brings it up as a newcomer would, who writes
    /// into the manifest what `amend` makes of it.
    pub fn up(world: World, machine: Ipv4Addr, amend: impl Fn(String) -> String) -> Self {
        example::copy(&world.name, &world.repo);
        world.mainstay(&["init", "--yes", "--name", &world.name]).exits(0);
        let manifest = world.repo.join("mainstay.toml");
        let text = fs::read_to_string(&manifest).expect("init writes it");
        fs::write(&manifest, amend(text)).expect("ours");
        git(&world.repo, &["add", "--all"]);
        git(&world.repo, &["commit", "--quiet", "--message", "Describe how it is deployed"]);
        world.mainstay(&["up"]).exits(0);
        let status = world.mainstay(&["status", "--format", "json"]).exits(0).json();
        let url = status["url"].as_str().expect("it has an address").trim_end_matches('/').to_owned();
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address has a port");
        Self { world, entry: SocketAddr::from(([127, 0, 0, 1], port)), machine }
    }

    /// Commits a change of one file.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.world.repo.join(file);
        let text = fs::read_to_string(&path).expect("the example has it");
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).expect("ours");
        git(&self.world.repo, &["commit", "--quiet", "--all", "--message", "Change an answer"]);
    }

    /// Sends JSON and returns what came back; null stands for no body.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut all = vec![("content-type", "application/json"), ("connection", "close")];
        all.extend_from_slice(headers);
        let reply = self.raw(method, path, &all, text.as_bytes());
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
    }

    /// One request on a connection of its own.
    #[track_caller]
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = Connection::open(self.entry).and_then(|mut to| to.request(method, path, headers, body));
        reply.unwrap_or_else(|reason| panic!("{method} {path}: {reason}"))
    }
}
