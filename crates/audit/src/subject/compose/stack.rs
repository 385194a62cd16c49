//! Compose files that are used together, as one.

use super::merge::merge;
use super::source::Sources;
use super::{Compose, Service};
use crate::subject::purpose::Purpose;
use artifact::yaml::read::{Kind, Value};
use model::spelling::nearest;
use model::{Place, path};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep `extends` is followed.
const MAX_EXTENDS: u8 = 16;

/// A Compose file, or several of which each is laid over the one before it.
#[derive(Debug)]
pub struct Stack {
    /// The last one's path.
    pub path: String,
    /// What runs by it.
    pub purpose: Purpose,
    /// Whether it is for `docker stack deploy`.
    pub swarm: bool,
    /// Whether more belongs to it that nobody here has read.
    pub open: bool,
    root: Value,
    sources: Arc<Sources>,
}

/// A file, with its lines counted through all files.
struct File<'a> {
    compose: &'a Compose,
    root: Value,
}

/// Every stack of a repository: files of a folder that only make sense together, and each file that makes sense alone.
pub(in crate::subject) fn all(files: &[Compose]) -> Vec<Stack> {
    let mut sources = Sources::default();
    let mut read: Vec<File<'_>> = Vec::new();
    for compose in files {
        let root = sources.add(&compose.document.path, compose.root().clone());
        read.push(File { compose, root });
    }
    let by_path: BTreeMap<&str, &Value> = read.iter().map(|file| (file.path(), &file.root)).collect();
    let resolved: Vec<Value> = read.iter().map(|file| extended(file.path(), &file.root, &by_path)).collect();
    let sources = Arc::new(sources);
    let mut stacks = Vec::new();
    let chains: Vec<Vec<usize>> = (0..read.len()).map(|at| chain(&read, at)).collect();
    for (at, file) in read.iter().enumerate() {
        let chain = &chains[at];
        let mut root = resolved[chain[0]].clone();
        for over in &chain[1..] {
            root = merge(root, resolved[*over].clone(), "");
        }
        let said = chain.iter().rev().map(|at| Purpose::of(read[*at].path()));
        let purpose = said.into_iter().find(|purpose| *purpose != Purpose::Unsaid);
        let purpose = purpose.unwrap_or_else(|| beside(&read, file));
        // What a base lacks, an overlay may bring.
        let below = chains.iter().any(|chain| chain.len() > 1 && chain[..chain.len() - 1].contains(&at));
        let open = below || root.get("include").is_some() || !is_complete(&root);
        let swarm = is_swarm(file.path(), &root);
        stacks.push(Stack {
            path: file.path().to_owned(),
            purpose,
            swarm,
            open,
            root,
            sources: sources.clone(),
        });
    }
    stacks
}

/// What a file is for that does not say it: where another one is for production, this one is for what comes before.
fn beside(read: &[File<'_>], file: &File<'_>) -> Purpose {
    let folder = path::parent(file.path());
    let mut others =
        read.iter().filter(|other| path::parent(other.path()) == folder && other.word() == file.word());
    let production = others.any(|other| Purpose::said(path::file_name(other.path())) == Purpose::Production);
    if production { Purpose::Development } else { Purpose::Unsaid }
}

/// The files of which one consists, from the lowest.
fn chain(read: &[File<'_>], at: usize) -> Vec<usize> {
    let file = &read[at];
    let folder = path::parent(file.path());
    let named = |name: &str| {
        read.iter()
            .position(|other| path::parent(other.path()) == folder && path::file_name(other.path()) == name)
    };
    let said: Option<Vec<usize>> = file.compose.chain.iter().map(|name| named(name)).collect();
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        return said;
    }
    let of = |suffix: &str| {
        read.iter().position(|other| {
            let here = path::parent(other.path()) == folder && other.word().is_some();
            here && other.word() == file.word() && other.suffix() == suffix
        })
    };
    let base = ["", "base", "common"].into_iter().find_map(of);
    let Some(base) = base.filter(|base| *base != at && !file.suffix().is_empty()) else { return vec![at] };
    let over =
        file.suffix() == "override" || !is_complete(&file.root) || !shares(&read[base].root, &file.root);
    if over { vec![base, at] } else { vec![at] }
}

/// Whether a file says again what a service is of which another says it.
fn shares(one: &Value, other: &Value) -> bool {
    entries(one, "services").iter().any(|(key, _)| other.at(&["services", &key.text]).is_some())
}

/// Whether every service says what runs, and everything that it waits for is there.
fn is_complete(root: &Value) -> bool {
    entries(root, "services").iter().all(|(key, value)| {
        let runs = ["image", "build", "provider", "extends"].iter().any(|key| value.get(key).is_some());
        let service = Service { key, value };
        runs && service
            .depends_on()
            .iter()
            .all(|(name, ..)| root.at(&["services", name]).is_some() || service.is_built())
    })
}

/// A name says so, or what only Swarm looks at.
fn is_swarm(path: &str, root: &Value) -> bool {
    let words: Vec<String> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let named = words.iter().any(|word| word == "swarm") || path::file_name(path).starts_with("stack.");
    let placed = entries(root, "services").iter().any(|(_, service)| {
        service.at(&["deploy", "placement", "constraints"]).is_some()
            || service.at(&["deploy", "mode"]).is_some()
    });
    named || placed
}

/// A document in which each service has what it extends.
fn extended(path: &str, root: &Value, files: &BTreeMap<&str, &Value>) -> Value {
    let mut root = root.clone();
    if let Kind::Map(entries) = &mut root.kind {
        for (_, services) in entries.iter_mut().filter(|(key, _)| key.text == "services") {
            let Kind::Map(services) = &mut services.kind else { continue };
            for (_, service) in services {
                *service = base(path, service, files, MAX_EXTENDS);
            }
        }
    }
    root
}

/// A service laid over what it extends. What cannot be found is left out.
fn base(at: &str, service: &Value, files: &BTreeMap<&str, &Value>, depth: u8) -> Value {
    let Some(extends) = service.get("extends").filter(|_| depth > 0) else { return service.clone() };
    let name = extends.text().or_else(|| extends.get("service")?.text()).unwrap_or_default();
    let file = extends.get("file").and_then(Value::text);
    let file = file.map_or_else(|| at.to_owned(), |file| path::join(path::parent(at), file));
    let Some(below) = files.get(file.as_str()).and_then(|root| root.at(&["services", name])) else {
        return service.clone();
    };
    let mut below = base(&file, below, files, depth - 1);
    let mut above = service.clone();
    for value in [&mut below, &mut above] {
        if let Kind::Map(entries) = &mut value.kind {
            entries.retain(|(key, _)| key.text != "extends");
        }
    }
    merge(below, above, "")
}

fn entries<'a>(root: &'a Value, key: &str) -> &'a [(artifact::yaml::read::Key, Value)] {
    root.get(key).map_or(&[][..], Value::entries)
}

impl File<'_> {
    fn path(&self) -> &str {
        &self.compose.document.path
    }

    fn stem(&self) -> &str {
        let name = path::file_name(self.path());
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The name that Compose looks for, when the file's begins with it.
    fn word(&self) -> Option<&'static str> {
        ["docker-compose", "compose"].into_iter().find(|word| self.stem().starts_with(word))
    }

    /// What stands behind that.
    fn suffix(&self) -> &str {
        let rest = self.word().and_then(|word| self.stem().strip_prefix(word)).unwrap_or_default();
        rest.trim_start_matches(['.', '-', '_'])
    }
}

impl Stack {
    /// The place of a line.
    pub fn place(&self, line: u32) -> Place {
        self.sources.place(line)
    }

    /// What stands in it.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Its services, in order.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        entries(&self.root, "services").iter().map(|(key, value)| Service { key, value })
    }

    /// What a message that nothing is called `name` adds when a service has nearly that name.
    pub fn nearly(&self, name: &str) -> String {
        let near = nearest(name, self.services().map(|service| service.name()));
        near.map(|near| format!("; `{near}` is one")).unwrap_or_default()
    }

    /// The service of a name.
    pub fn service(&self, name: &str) -> Option<Service<'_>> {
        self.services().find(|service| service.name() == name)
    }

    /// The names that stand under a key, as `volumes`.
    pub fn declared(&self, key: &str) -> impl Iterator<Item = &str> {
        entries(&self.root, key).iter().map(|(key, _)| key.text.as_str())
    }

    /// The service that a name in its network leads to.
    pub fn host(&self, name: &str) -> Option<Service<'_>> {
        self.services().find(|service| {
            let text = |key: &str| service.get(key).and_then(Value::text);
            let networks = service.get("networks").map_or(&[][..], Value::entries).iter();
            let mut aliases =
                networks.filter_map(|(_, network)| network.get("aliases")).flat_map(Value::items);
            service.name() == name
                || text("container_name") == Some(name)
                || text("hostname") == Some(name)
                || aliases.any(|alias| alias.text() == Some(name))
        })
    }

    /// Whether others may be on one of its networks.
    pub fn has_neighbours(&self) -> bool {
        entries(&self.root, "networks").iter().any(|(_, network)| network.get("external").is_some())
    }

    /// Whether a service ends by itself: others wait for its end, it is not to be started again, or it is a tool.
    pub fn ends(&self, service: Service<'_>) -> bool {
        let restart = service.get("restart").and_then(Value::text);
        let condition = service.value.at(&["deploy", "restart_policy", "condition"]).and_then(Value::text);
        let awaited = self.services().any(|other| {
            let mut on = other.depends_on().into_iter();
            on.any(|(name, _, condition)| {
                name == service.name() && condition == Some("service_completed_successfully")
            })
        });
        awaited || service.is_optional() || restart == Some("no") || condition == Some("none")
    }
}

#[cfg(test)]
mod tests {
    use crate::Subjects;
    use crate::subject::purpose::Purpose;
    use host::MemoryTree;

    fn read(files: &[(&str, &str)]) -> Subjects {
        Subjects::read(&MemoryTree::new("repository", files.iter().copied()))
    }

    const BASE: &str = "services:\n  web:\n    build: .\n    environment:\n      - A=1\n      - B=2\n    ports: [\"80:80\"]\n    command: [a]\n";

    #[test]
    fn an_overlay_is_laid_over_its_base_and_every_line_keeps_its_place() {
        let over = "services:\n  web:\n    environment: {B: 3}\n    ports: [\"81:81\"]\n    command: [b]\n";
        let subjects = read(&[("compose.yml", BASE), ("compose.prod.yml", over)]);
        let stack = &subjects.stacks[0];
        let web = stack.service("web").unwrap();
        assert_eq!((stack.path.as_str(), stack.purpose), ("compose.prod.yml", Purpose::Production));
        assert_eq!(subjects.stacks[1].purpose, Purpose::Development);
        let given: Vec<(&str, &str, String)> = web
            .environment()
            .into_iter()
            .map(|variable| (variable.name, variable.value.unwrap(), stack.place(variable.line).to_string()))
            .collect();
        let (first, second) = ("compose.yml:5".to_owned(), "compose.yml:6".to_owned());
        assert_eq!(given, [("A", "1", first), ("B", "3", second)]);
        let ports: Vec<String> =
            web.ports().map(|port| stack.place(port.unwrap().line).to_string()).collect();
        assert_eq!(ports, ["compose.yml:7", "compose.prod.yml:4"]);
        assert_eq!(web.texts("command"), [("b", web.texts("command")[0].1)]);
    }

    #[test]
    fn tags_take_away_and_replace() {
        let over = "services:\n  web:\n    environment: !reset null\n    ports: !override [\"81:81\"]\n";
        let subjects = read(&[("compose.yml", BASE), ("compose.override.yml", over)]);
        let web = subjects.stacks[0].service("web").unwrap();
        assert!(web.environment().is_empty());
        assert_eq!(web.ports().count(), 1);
    }

    #[test]
    fn a_file_says_what_it_is_used_with() {
        let prod = "services:\n  web:\n    mem_limit: 1g\n";
        let vps = "# COMPOSE_FILE=compose.yml:compose.prod.yml:compose.vps.yml in .env\nservices:\n  web:\n    image: x:1\n";
        let subjects = read(&[("compose.prod.yml", prod), ("compose.vps.yml", vps), ("compose.yml", BASE)]);
        let stack = subjects.stacks.iter().find(|stack| stack.path == "compose.vps.yml").unwrap();
        let web = stack.service("web").unwrap();
        assert!(web.memory_limit().is_some() && web.is_built() && web.image() == Some("x:1"));
    }

    #[test]
    fn a_file_that_is_complete_and_says_the_same_services_stands_alone() {
        let prod = "services:\n  web:\n    image: x:1\n";
        let subjects = read(&[("docker-compose.yml", BASE), ("docker-compose-prod.yml", prod)]);
        let stack = subjects.stacks.iter().find(|stack| stack.path.contains("prod")).unwrap();
        assert!(!stack.service("web").unwrap().is_built());
    }

    #[test]
    fn services_extend_others() {
        let text = "services:\n  a:\n    image: a:1\n    extends: b\n  b:\n    extends: {file: c.yml, service: c}\n    environment: {B: 1}\n  loop:\n    extends: loop\n";
        let other = "services:\n  c:\n    image: c:1\n    environment: [C=1]\n";
        let subjects = read(&[("compose.yml", text), ("c.yml", other)]);
        let stack = subjects.stacks.iter().find(|stack| stack.path == "compose.yml").unwrap();
        let a = stack.service("a").unwrap();
        let names: Vec<&str> = a.environment().iter().map(|variable| variable.name).collect();
        assert_eq!((a.image(), names), (Some("a:1"), vec!["C", "B"]));
        let place = stack.place(a.environment()[0].line);
        assert_eq!(place.to_string(), "c.yml:4");
    }

    #[test]
    fn of_a_line_in_several_stacks_the_worst_is_told_once() {
        let base = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";
        let over = "services:\n  db:\n    restart: always\n";
        let files = [("compose.yml", base), ("compose.dev.yml", over), ("compose.prod.yml", over)];
        let report = crate::check(&read(&files));
        let told: Vec<String> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == "compose/published-datastore")
            .map(|finding| format!("{:?} {}", finding.severity, finding.place.as_ref().unwrap()))
            .collect();
        assert_eq!(told, ["Error compose.yml:4"]);
    }

    #[test]
    fn what_a_base_lacks_an_overlay_may_bring() {
        let base = "services:\n  a:\n    image: a:1\n    volumes: [\"data:/data\"]\n";
        let brings = "services:\n  a:\n    restart: always\nvolumes: {data: }\n";
        let found = |over: &str| {
            crate::fixture::found(
                "compose/undefined-name",
                &[("compose.yml", base), ("compose.prod.yml", over)],
            )
        };
        assert_eq!(found(brings), [""; 0]);
        assert_eq!(found(&brings.replace("data:", "date:")), ["compose.yml:4"]);
    }

    #[test]
    fn hostile_files_are_survived() {
        let deep = format!("services:\n  a: {}{}\n", "[".repeat(120), "]".repeat(120));
        let texts = [
            "services: 1\n",
            "services: [a]\n",
            "services:\n  a:\n  b: x\n  c: []\n",
            "services:\n  a:\n    ports: x\n    volumes: {a: b}\n    environment: 1\n    depends_on: 2\n    networks: [[]]\n    extends: []\n",
            "services:\n  a: {image: [], build: 1, ports: [[], {}, '', ':', '::', 'a/b/c', '[::1']}\n",
            "services:\n  a: &a\n    <<: *a\n",
            &deep,
        ];
        for text in texts {
            for second in texts {
                crate::check(&read(&[("compose.yml", text), ("compose.prod.yml", second)]));
            }
        }
    }
}
