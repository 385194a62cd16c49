//! What a service says.

use super::{Connection, Mount, Port, Service, Store};
use crate::expansion;
use crate::subject::image::Image;
use artifact::yaml::read::Value;

/// A variable that is given to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is given, as written; none when it is handed on from outside.
    pub value: Option<&'a str>,
    /// The line.
    pub line: u32,
}

impl<'a> Service<'a> {
    /// What stands at a key.
    pub fn get(self, key: &str) -> Option<&'a Value> {
        self.value.get(key)
    }

    /// Its name.
    pub fn name(self) -> &'a str {
        &self.key.text
    }

    /// The line of a key, else its own.
    pub fn line(self, key: &str) -> u32 {
        self.value.entry(key).map_or(self.key.line, |(key, _)| key.line)
    }

    /// The image, as written.
    pub fn image(self) -> Option<&'a str> {
        self.get("image")?.text()
    }

    /// The image, with the defaults of variables.
    pub fn known_image(self) -> String {
        expansion::defaults(self.image().unwrap_or_default())
    }

    /// Whether it is built from sources.
    pub fn is_built(self) -> bool {
        self.get("build").is_some()
    }

    /// Which datastore it is, told by its image.
    pub fn store(self) -> Option<Store> {
        Store::of(Image::read(&self.known_image()).short())
    }

    /// The variables that stand in the file. Those of an `env_file` are not among them.
    pub fn environment(self) -> Vec<Variable<'a>> {
        let Some(environment) = self.get("environment") else { return Vec::new() };
        let named = environment.entries().iter().map(|(key, value)| Variable {
            name: &key.text,
            value: value.text(),
            line: key.line,
        });
        let listed = environment.items().iter().filter_map(|item| {
            let (name, value) = item
                .text()
                .map(|text| text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value))))?;
            Some(Variable { name, value, line: item.line })
        });
        named.chain(listed).collect()
    }

    /// A variable, its defaults filled in, with its line.
    pub fn variable(self, name: &str) -> Option<(String, u32)> {
        let found = self.environment().into_iter().rfind(|variable| variable.name == name)?;
        Some((expansion::defaults(found.value?), found.line))
    }

    /// The addresses of datastores among its variables, with the name of each.
    pub fn connections(self) -> Vec<(Variable<'a>, Connection)> {
        let all = self.environment().into_iter();
        all.filter_map(|variable| Some((variable, Connection::read(variable.value?)?))).collect()
    }

    /// Its ports, or what is wrong with one and where.
    pub fn ports(self) -> impl Iterator<Item = Result<Port, (u32, String)>> {
        let all = self.get("ports").map_or(&[][..], Value::items);
        all.iter().map(|value| Port::read(value).map_err(|problem| (value.line, problem)))
    }

    /// What it sees of the machine and of volumes.
    pub fn mounts(self) -> Vec<Mount> {
        self.get("volumes").map_or(&[][..], Value::items).iter().filter_map(Mount::read).collect()
    }

    /// The folders that it keeps in memory only.
    pub fn tmpfs(self) -> Vec<&'a str> {
        let all = self.get("tmpfs").map_or(&[][..], Value::one_or_many);
        all.iter().filter_map(Value::text).map(|text| text.split(':').next().unwrap_or(text)).collect()
    }

    /// The services that it waits for, with the line and the condition.
    pub fn depends_on(self) -> Vec<(&'a str, u32, Option<&'a str>)> {
        let Some(on) = self.get("depends_on") else { return Vec::new() };
        let named = on
            .entries()
            .iter()
            .map(|(key, value)| (key.text.as_str(), key.line, value.get("condition").and_then(Value::text)));
        let listed = on.items().iter().filter_map(|item| Some((item.text()?, item.line, None)));
        named.chain(listed).collect()
    }

    /// The names of its networks, with their lines.
    pub fn networks(self) -> Vec<(&'a str, u32)> {
        let Some(networks) = self.get("networks") else { return Vec::new() };
        let named = networks.entries().iter().map(|(key, _)| (key.text.as_str(), key.line));
        let listed = networks.items().iter().filter_map(|item| Some((item.text()?, item.line)));
        named.chain(listed).collect()
    }

    /// The texts of a list, with their lines.
    pub fn texts(self, key: &str) -> Vec<(&'a str, u32)> {
        let items = self.get(key).map_or(&[][..], Value::one_or_many);
        items.iter().filter_map(|item| Some((item.text()?, item.line))).collect()
    }

    /// Whether it is only there when asked for.
    pub fn is_optional(self) -> bool {
        self.get("profiles").is_some_and(|profiles| !profiles.one_or_many().is_empty())
    }

    /// A limit of its memory.
    pub fn memory_limit(self) -> Option<&'a Value> {
        self.get("mem_limit").or_else(|| self.value.at(&["deploy", "resources", "limits", "memory"]))
    }
}
