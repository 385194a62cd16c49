//! One system's stack.

use crate::containers::bucket::Bucket;
use crate::containers::images;
use crate::swarm::rig::{Rig, wait};
use mainstay_tests::certificate;
use mainstay_tests::world::World;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

const STACK: &str = "deploy/swarm/stack.yml";

/// What is deployed, as a person with a shell on the manager does it.
pub struct Deployed<'a> {
    rig: &'a Rig,
    world: &'a World,
    /// What the file asks of the environment.
    variables: BTreeMap<String, String>,
    /// Its head: what is done once, at every time, and to look.
    once: Vec<String>,
    every: Vec<String>,
    look: Vec<String>,
}

impl<'a> Deployed<'a> {
    /// Images in the registry, secrets in their files, and a file that is as impatient as a test.
    pub fn prepare(rig: &'a Rig, world: &'a World, bucket: Option<&Bucket>) -> Self {
        let mut variables = BTreeMap::from([
            ("NODE".to_owned(), rig.manager().run(&["info", "--format", "{{.Name}}"])),
            ("PUBLIC_URL".to_owned(), format!("https://{}", rig.manager().address())),
        ]);
        let secrets = world.repo.join("deploy/secrets");
        fs::create_dir_all(&secrets).expect("ours");
        if let Some(bucket) = bucket {
            let (bridge, _) = rig.registry.split_once(':').expect("an address and a port");
            let settings = bucket.settings(bridge);
            let pairs = settings.lines().filter_map(|line| line.split_once('='));
            variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
            let (name, value) = bucket.secret();
            fs::write(secrets.join(name), value).expect("ours");
        }
        world.mainstay(&["env", "secrets", "deploy/secrets"]).exits(0);
        let made = certificate::make(world.folder(), &["localhost"]).expect("openssl is installed");
        fs::copy(made.certificate, secrets.join("tls_certificate")).expect("ours");
        fs::copy(made.key, secrets.join("tls_key")).expect("ours");
        let text = fs::read_to_string(world.repo.join(STACK)).expect("it is generated");
        let [once, every, look] = commands(&text);
        fs::write(world.repo.join(STACK), hurried(&text)).expect("ours");
        let mut deployed = Self { rig, world, variables, once, every, look };
        deployed.publish();
        deployed
    }

    /// Builds every image, brings it to the registry, and names it by digest as the file asks for it.
    fn publish(&mut self) {
        let (world, manager) = (self.world, self.rig.manager());
        let images = images::build_all(world);
        let kinds = images.iter().flat_map(|image| [(image, false), (image, true)]);
        let tags: Vec<String> = kinds
            .filter(|(image, migrates)| !migrates || image.migrates)
            .map(|(image, migrates)| image.tag(migrates))
            .collect();
        let mut save = Command::new("docker");
        save.env("DOCKER_HOST", &world.engine().host).arg("save").args(&tags).stdout(Stdio::piped());
        let mut save = save.spawn().expect("docker's client is installed");
        let stream = save.stdout.take().expect("it was asked for");
        let loaded = manager.command(&["load", "--quiet"]).stdin(stream).stdout(Stdio::null()).status();
        assert!(
            loaded.is_ok_and(|status| status.success()) && save.wait().is_ok_and(|status| status.success())
        );
        for tag in &tags {
            let name = tag.trim_end_matches(":latest").rsplit('/').next().expect("a name");
            let variable = format!("{name}_image").to_uppercase().replace('-', "_");
            let digest = self.push(tag);
            self.variables.insert(variable, digest);
        }
    }

    /// The name by digest of an image in the registry.
    fn push(&self, tag: &str) -> String {
        let name = format!("{}/{tag}", self.rig.registry);
        self.rig.manager().run(&["tag", tag, &name]);
        self.rig.manager().run(&["push", "--quiet", &name]);
        let digests = self.rig.manager().lines(&[
            "image",
            "inspect",
            "--format",
            "{{range .RepoDigests}}{{println .}}{{end}}",
            &name,
        ]);
        digests.into_iter().find(|digest| digest.starts_with(&self.rig.registry)).expect("it was pushed")
    }

    /// As the head says of the very first time: migrations last.
    pub fn first(&self) {
        self.all(&self.once);
        let (stack, migrations) = self.every.split_last().expect("the stack is deployed");
        self.shell(stack);
        let data = format!("{}_postgres", self.world.name);
        wait("the database is there", || self.replicas().get(&data).is_some_and(|count| count == "1/1"));
        self.migrate(migrations);
        wait("everything runs", || self.is_whole());
    }

    /// Another release of one service: the same image with one more line in its Dockerfile.
    pub fn release(&mut self, service: &str, line: &str) {
        let tag = format!("{}/{service}:latest", self.world.name);
        let next = format!("{}/{service}:next", self.world.name);
        let dockerfile = self.world.folder().join("next.Dockerfile");
        fs::write(&dockerfile, format!("FROM {tag}\n{line}\n")).expect("ours");
        let input = fs::File::open(&dockerfile).expect("ours");
        let mut build = self.rig.manager().command(&["build", "--quiet", "--tag", &next, "-"]);
        let built = build.stdin(input).output().expect("docker's client is installed");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let digest = self.push(&next);
        self.variables.insert(format!("{service}_image").to_uppercase().replace('-', "_"), digest);
        let (stack, migrations) = self.every.split_last().expect("the stack is deployed");
        self.migrate(migrations);
        self.shell(stack);
    }

    /// Whether migrations were complete is in what their commands say.
    fn migrate(&self, commands: &[String]) {
        let said = self.all(commands);
        assert!(
            said.contains("Complete") && !said.contains("Failed") && !said.contains("Rejected"),
            "{said}"
        );
    }

    /// Waits until the commands that look say that the update of a service came to this end.
    pub fn wait_for(&self, service: &str, end: &str) {
        let wanted = format!("{}_{service} {end}", self.world.name);
        wait(&wanted, || self.all(&self.look).lines().any(|line| line == wanted));
    }

    /// The image that is asked for.
    pub fn image(&self, service: &str) -> String {
        let name = format!("{}_{service}", self.world.name);
        let format = "{{.Spec.TaskTemplate.ContainerSpec.Image}}";
        self.rig.manager().run(&["service", "inspect", "--format", format, &name])
    }

    /// Fails the test unless all tasks of a service run with this image.
    pub fn assert_runs(&self, service: &str, image: &str) {
        let name = format!("{}_{service}", self.world.name);
        let format = "{{.Image}} {{.CurrentState}}";
        let list =
            ["service", "ps", "--no-trunc", "--filter", "desired-state=running", "--format", format, &name];
        let tasks = self.rig.manager().lines(&list);
        let runs = |task: &String| task.starts_with(&format!("{image} Running"));
        assert!(tasks.len() == 2 && tasks.iter().all(runs), "{tasks:#?}");
    }

    /// Nothing is started again for longer than any health check needs to give up.
    pub fn assert_stays(&self) {
        let list = ["stack", "ps", "--quiet", "--filter", "desired-state=running", &self.world.name];
        let before = self.rig.manager().lines(&list);
        std::thread::sleep(Duration::from_secs(30));
        assert_eq!(before, self.rig.manager().lines(&list));
        assert!(self.is_whole(), "{:?}", self.replicas());
    }

    /// What runs of how many, by service.
    fn replicas(&self) -> BTreeMap<String, String> {
        let list = ["service", "ls", "--format", "{{.Name}} {{.Replicas}}"];
        let lines = self.rig.manager().lines(&list);
        lines
            .iter()
            .filter_map(|line| line.split_once(' '))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect()
    }

    fn is_whole(&self) -> bool {
        self.replicas().values().all(|count| matches!(count.as_str(), "1/1" | "2/2"))
    }

    fn all(&self, commands: &[String]) -> String {
        commands.iter().map(|command| self.shell(command)).collect::<Vec<_>>().join("\n")
    }

    /// Runs one with the oldest client that there is.
    fn shell(&self, command: &str) -> String {
        let path = format!("/usr/bin:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .args(["-ec", command])
            .current_dir(&self.world.repo)
            .envs(&self.variables)
            .env("PATH", path)
            .env("DOCKER_HOST", &self.rig.manager().host)
            .output()
            .expect("there is a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// The commands in the head of the file: those for once, for every time, and those that look.
fn commands(text: &str) -> [Vec<String>; 3] {
    let mut groups = [Vec::new(), Vec::new(), Vec::new()];
    let mut group = 0;
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        match line.strip_prefix("#   ") {
            Some(command) => groups[group].push(command.to_owned()),
            None if line.starts_with("# Every time") => group = 1,
            None if line.starts_with("# Docker says") => group = 2,
            None => {}
        }
    }
    assert!(groups.iter().all(|group| !group.is_empty()), "{groups:?}");
    groups
}

/// The same file with seconds for minutes. Networks are not encrypted: not every kernel that runs tests has ESP.
fn hurried(text: &str) -> String {
    let changes = [
        ("interval: 10s", "interval: 2s"),
        ("start_period: 40s", "start_period: 20s"),
        ("delay: 100s", "delay: 5s"),
        ("monitor: 100s", "monitor: 30s"),
        ("    driver_opts:\n      encrypted: \"true\"\n", ""),
    ];
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from:?} is not in the file");
        text.replace(from, to)
    })
}
