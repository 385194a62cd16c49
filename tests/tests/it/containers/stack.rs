//! The Compose files: what they say, and what they bring up.

use super::bucket::Bucket;
use super::{System, images};
use mainstay_tests::certificate;
use mainstay_tests::world::{Docker, World};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Programs that install others.
const MANAGERS: &str = "npm npx pnpm yarn corepack pip pip3 uv poetry";
/// How long a system may take until all of it is healthy.
const PATIENCE: Duration = Duration::from_secs(180);

/// A system in production, with TLS and secrets as files. It is taken down with its data in the end.
pub struct Stack {
    /// Where people come in, plain and with TLS.
    pub ports: (u16, u16),
    docker: Docker,
    repo: PathBuf,
    name: String,
    /// Exporters have no health check.
    watched: bool,
    _bucket: Option<Bucket>,
}

impl Stack {
    /// Reads every combination of files, and brings up the one of production.
    pub fn up(world: &World, system: &System) -> Self {
        let stack = Self::prepare(world, system.bucket, &["prod"], "");
        stack.assert_read();
        stack.start(&[]);
        stack
    }

    /// Brings up production with what watches it, but for some parts of that, and with what `docker-compose.here.yml` changes.
    /// `more` are lines of `.env`.
    pub fn up_watched(world: &World, more: &str, absent: &[&str]) -> Self {
        let mut stack = Self::prepare(world, None, &["prod", "monitoring", "here"], more);
        stack.watched = true;
        let services = stack.compose(&["config", "--services"]);
        let wanted: Vec<&str> = services.lines().filter(|name| !absent.contains(name)).collect();
        assert_eq!(
            services.lines().count(),
            wanted.len() + absent.len(),
            "{absent:?} are not all in {services}"
        );
        stack.start(&wanted);
        stack
    }

    /// Brings up a place to develop. `more` are lines of `.env`.
    pub fn up_for_development(world: &World, bucket: Option<&'static str>, more: &str) -> Self {
        let stack = Self::prepare(world, bucket, &["dev"], more);
        stack.start(&[]);
        stack
    }

    /// Its settings, secrets and certificate.
    fn prepare(world: &World, bucket: Option<&'static str>, overlays: &[&str], more: &str) -> Self {
        images::prune(world);
        let ports = (world.entry.port(), world.own_port);
        let bucket = bucket.map(|name| Bucket::start(world, name));
        let secret = bucket.as_ref().map(Bucket::secret);
        let settings = bucket.as_ref().map(|bucket| bucket.settings(&gateway(world)));
        let stack = Self {
            ports,
            docker: world.engine().clone(),
            repo: world.repo.clone(),
            name: world.name.clone(),
            watched: false,
            _bucket: bucket,
        };
        stack.write_settings(overlays, &(settings.unwrap_or_default() + more));
        let secrets = stack.repo.join("deploy/secrets");
        fs::create_dir_all(&secrets).expect("ours");
        if let Some((name, value)) = secret {
            fs::write(secrets.join(name), value).expect("ours");
        }
        let said = world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(0);
        for file in fs::read_dir(&secrets).expect("it was written").flatten() {
            let value = fs::read_to_string(file.path()).expect("it was written");
            assert!(!said.stdout.contains(&value) && !said.stderr.contains(&value), "a secret is shown");
        }
        let tls = stack.repo.join("deploy/tls");
        fs::create_dir_all(&tls).expect("ours");
        let made = certificate::make(world.folder(), &["localhost"]).expect("openssl is installed");
        fs::copy(made.certificate, tls.join("fullchain.pem")).expect("ours");
        fs::copy(made.key, tls.join("privkey.pem")).expect("ours");
        allow_everyone(&tls.join("privkey.pem"));
        stack
    }

    /// Starts these services, or all, and waits for them.
    fn start(&self, services: &[&str]) {
        let up = self.command().args(["up", "--detach", "--no-build"]).args(services).output();
        let up = up.expect("docker-compose is installed");
        assert!(up.status.success(), "{}\n{}", String::from_utf8_lossy(&up.stderr), self.logs());
        self.wait();
    }

    fn write_settings(&self, overlays: &[&str], more: &str) {
        let (http, https) = self.ports;
        let overlays: String = overlays.iter().map(|name| format!(":docker-compose.{name}.yml")).collect();
        let text = format!(
            "COMPOSE_FILE=docker-compose.yml{overlays}\nCOMPOSE_PROJECT_NAME={}\nHTTP_PORT={http}\n\
             HTTPS_PORT={https}\nPUBLIC_URL=https://localhost:{https}\n{more}",
            self.name
        );
        fs::write(self.repo.join(".env"), text).expect("ours");
    }

    /// The tool's own reading of every combination; each demands what it needs with words.
    fn assert_read(&self) {
        for overlays in [&[][..], &["dev"], &["prod"], &["prod", "vps"]] {
            let names = overlays.iter().map(|name| format!("docker-compose.{name}.yml"));
            let files: Vec<String> = std::iter::once("docker-compose.yml".to_owned()).chain(names).collect();
            let asked: BTreeSet<String> = files.iter().flat_map(|file| self.demands(file)).collect();
            let mut command = self.command();
            for file in files {
                command.args(["--file", &file]);
            }
            command.envs(asked.iter().map(|name| (name, "value")));
            succeeded(&command.args(["config", "--quiet"]).output().expect("docker-compose is installed"));
        }
    }

    /// Variables that a file cannot do without.
    fn demands(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.repo.join(file)).expect("it is generated");
        let parts = text.split("${").skip(1).filter_map(|part| part.split_once(":?"));
        parts.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(['}', ' '])).collect()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("docker-compose");
        command.current_dir(&self.repo).env("DOCKER_HOST", &self.docker.host);
        command
    }

    /// Runs docker-compose; returns what it wrote.
    pub fn compose(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("docker-compose is installed");
        succeeded(&output);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Its containers.
    pub fn ids(&self) -> Vec<String> {
        self.compose(&["ps", "--quiet"]).lines().map(str::to_owned).collect()
    }

    /// What the engine says about one.
    pub fn inspect(&self, id: &str, format: &str) -> String {
        self.docker.run(&["inspect", "--format", format, id])
    }

    fn id(&self, service: &str) -> String {
        self.compose(&["ps", "--quiet", service])
    }

    /// What the services wrote last.
    fn logs(&self) -> String {
        let logs = self.command().args(["logs", "--tail", "20"]).output();
        logs.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    }

    /// Until every container is healthy, or has done its work.
    fn wait(&self) {
        let state = "{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{if .State.Health}}{{.State.Health.Status}}{{end}}";
        let until = Instant::now() + PATIENCE;
        loop {
            let states: Vec<String> = self.ids().iter().map(|id| self.inspect(id, state)).collect();
            let good = |state: &&String| {
                let is_up = state.ends_with(" healthy") || (self.watched && state.ends_with(" running 0"));
                is_up || state.contains(" exited 0")
            };
            if !states.is_empty() && states.iter().all(|state| good(&state)) {
                return;
            }
            if Instant::now() > until || states.iter().any(|state| state.contains(" exited 1")) {
                panic!("not everything is healthy: {states:#?}\n{}", self.logs());
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Nobody is root, nothing can be written or installed; datastores begin as root and become somebody.
    pub fn assert_hardened(&self) {
        for id in self.ids() {
            let name = self.inspect(&id, "{{.Name}}");
            assert_eq!(self.inspect(&id, "{{.HostConfig.ReadonlyRootfs}}"), "true", "{name}");
            assert_eq!(self.inspect(&id, "{{.HostConfig.CapDrop}}"), "[ALL]", "{name}");
            let of_datastore = ["postgres", "redis"].iter().any(|store| name.contains(store));
            if of_datastore || self.inspect(&id, "{{.State.Running}}") == "false" {
                continue;
            }
            assert_ne!(self.docker.run(&["exec", &id, "id", "-u"]), "0", "{name}");
            let look = format!("for name in {MANAGERS}; do command -v $name; done; true");
            assert_eq!(self.docker.run(&["exec", &id, "sh", "-c", &look]), "", "{name}");
            let write = "touch /written /app/written /etc/written 2>/dev/null && echo could; true";
            assert_eq!(self.docker.run(&["exec", &id, "sh", "-c", write]), "", "{name}");
        }
    }

    /// Within their grace, and with 0.
    pub fn assert_ends_well(&self, services: &[&str]) {
        for service in services {
            let id = self.id(service);
            self.compose(&["stop", service]);
            assert_eq!(self.inspect(&id, "{{.State.ExitCode}}"), "0", "{service} of {}", self.name);
        }
    }

    /// Takes a service out of the network and brings it back with another address.
    pub fn move_elsewhere(&self, service: &str) {
        let (id, network) = (self.id(service), format!("{}_edge", self.name));
        let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
        let before = self.inspect(&id, &format);
        let (net, _) = before.rsplit_once('.').expect("an address");
        let elsewhere = format!("{net}.99");
        self.docker.run(&["network", "disconnect", &network, &id]);
        self.docker.run(&["network", "connect", "--ip", &elsewhere, "--alias", service, &network, &id]);
        assert_ne!(self.inspect(&id, &format), before);
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _gone = self.command().args(["down", "--volumes", "--remove-orphans", "--timeout", "5"]).output();
    }
}

/// The machine's address in the network of the services: the first of its subnet.
pub fn gateway(world: &World) -> String {
    let text = fs::read_to_string(world.repo.join("docker-compose.yml")).expect("it is generated");
    let subnet = text.split("- subnet: ").nth(1).and_then(|rest| rest.split(".0/").next());
    format!("{}.1", subnet.expect("the first subnet begins with a zero"))
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn allow_everyone(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("ours");
}
