//! Values that are each fine and cannot be true together, or that nothing could be done with.

use super::reader::Reader;
use model::facts::ValueCheck;
use model::manifest::file::{
    DeployFile, EnvDetail, EnvValue, EnvironmentFile, ManifestFile, ServiceFile, StrategyName,
};
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// Notes problems at the places of keys.
struct Check<'r> {
    reader: &'r Reader<'r>,
    path: Vec<&'r str>,
}

/// Notes every contradiction in a file that was read.
pub(super) fn check<'r>(reader: &'r Reader<'r>, file: &'r ManifestFile) {
    deploy(&Check { reader, path: vec!["deploy"] }, &file.deploy);
    for (name, entry) in &file.services {
        service(&Check { reader, path: vec!["services", name.as_str()] }, entry);
    }
    for (name, entry) in &file.environments {
        environment(&Check { reader, path: vec!["environments", name.as_str()] }, entry);
    }
    routes(reader, file);
}

impl<'r> Check<'r> {
    fn path<'a>(&'a self, keys: &[&'a str]) -> Vec<&'a str> {
        self.path.iter().copied().chain(keys.iter().copied()).collect()
    }

    fn wrong(&self, keys: &[&str], message: impl Into<String>, suggestion: &str) {
        // A key that was read is there.
        if let Some(node) = self.reader.locate(&self.path(keys)) {
            node.wrong(message, Some(suggestion.to_owned()));
        }
    }

    fn wrong_if(&self, condition: bool, keys: &[&str], message: &str, suggestion: &str) {
        if condition {
            self.wrong(keys, message, suggestion);
        }
    }

    fn has(&self, key: &str) -> bool {
        self.reader.locate(&self.path(&[key])).is_some()
    }
}

fn deploy(here: &Check<'_>, deploy: &DeployFile) {
    // A strategy that could not be read has its own problem.
    if deploy.strategy.is_some() || !here.has("strategy") {
        let canary = deploy.strategy == Some(StrategyName::Canary);
        let warm = deploy.strategy == Some(StrategyName::BlueGreen);
        let suggestion = "add strategy = \"canary\", or remove it";
        here.wrong_if(
            deploy.canary.is_some() && !canary,
            &["canary"],
            "has no effect without the strategy canary",
            suggestion,
        );
        here.wrong_if(
            deploy.hold.is_some() && !canary,
            &["hold"],
            "has no effect without the strategy canary",
            suggestion,
        );
        let suggestion = "add strategy = \"blue-green\", or remove it";
        here.wrong_if(
            deploy.warm.is_some() && !warm,
            &["warm"],
            "has no effect without the strategy blue-green",
            suggestion,
        );
    }
    if let Some(steps) = &deploy.canary {
        let rising = steps.windows(2).all(|pair| pair[0] < pair[1]);
        let fitting = !steps.is_empty() && steps.iter().all(|step| (1..100).contains(step));
        let message = "must be rising percentages from 1 to 99";
        here.wrong_if(
            !rising || !fitting,
            &["canary"],
            message,
            "write for example [5, 25, 50]; the last step to 100 is added",
        );
    }
    here.wrong_if(
        deploy.healthy == Some(0),
        &["healthy"],
        "must be at least 1",
        "a new instance has to answer once before it takes traffic",
    );
    here.wrong_if(deploy.keep == Some(0), &["keep"], "must be at least 1", "the live release counts too");
    let share = deploy.error_percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent));
    here.wrong_if(
        share,
        &["error_percent"],
        "must be from 0 to 100",
        "it is the tolerated share of failed requests above the old release's",
    );
}

fn service(here: &Check<'_>, service: &ServiceFile) {
    if service.ignore == Some(true) {
        let plain =
            ServiceFile { path: service.path.clone(), ignore: service.ignore, ..ServiceFile::default() };
        here.wrong_if(
            *service != plain,
            &["ignore"],
            "is true, so the service's other keys have no effect",
            "remove it or the other keys",
        );
    }
    if let Some(path) = service.path.as_deref().filter(|path| leaves(path)) {
        here.wrong(
            &["path"],
            format!("leaves the repository: `{path}`"),
            "write a folder of the repository, relative to its root",
        );
    }
    if let Some(health) = service.health.as_deref().filter(|health| !health.starts_with('/')) {
        here.wrong(&["health"], "must begin with /", &format!("write \"/{health}\""));
    }
    here.wrong_if(
        service.replicas == Some(0),
        &["replicas"],
        "must be at least 1",
        "to leave the service out, write ignore = true",
    );
    here.wrong_if(
        service.memory.is_some_and(|memory| memory.0 == 0),
        &["memory"],
        "must be more than 0",
        "remove it for no limit",
    );
    here.wrong_if(
        service.cpu.is_some_and(|cpu| cpu <= 0.0),
        &["cpu"],
        "must be more than 0",
        "write for example 0.5 for half a core",
    );
    variables(here, &["env"], &service.env);
}

/// Whether a relative path ends outside of where it begins.
fn leaves(path: &str) -> bool {
    let mut depth = 0_i64;
    for part in Path::new(path).components() {
        match part {
            Component::Prefix(_) | Component::RootDir => return true,
            Component::CurDir => {}
            Component::Normal(_) => depth += 1,
            Component::ParentDir => depth -= 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn variables(here: &Check<'_>, keys: &[&str], values: &BTreeMap<String, EnvValue>) {
    for (name, value) in values {
        match value {
            EnvValue::Text(_) => {}
            EnvValue::Detail(detail) => {
                let path: Vec<&str> = keys.iter().copied().chain([name.as_str()]).collect();
                variable(here, &path, detail);
            }
        }
    }
}

fn variable(here: &Check<'_>, path: &[&str], detail: &EnvDetail) {
    let of = |key: &'static str| -> Vec<&str> { path.iter().copied().chain([key]).collect() };
    if detail.generate.is_some() {
        here.wrong_if(detail.value.is_some(), path, "has both a value and generate", "keep one of them");
        here.wrong_if(
            detail.generate == Some(0),
            &of("generate"),
            "must be at least 1 byte",
            "32 is a good number",
        );
        here.wrong_if(
            detail.secret == Some(false),
            &of("secret"),
            "is false, but what is generated is a secret",
            "remove it",
        );
    }
    if let Some(ValueCheck::OneOf { values }) = &detail.check {
        here.wrong_if(values.is_empty(), &of("check"), "allows no value at all", "name the words in values");
    }
}

fn environment(here: &Check<'_>, environment: &EnvironmentFile) {
    let both = "a certificate and its key are used together";
    let (certificate, key) = (environment.certificate.is_some(), environment.certificate_key.is_some());
    here.wrong_if(
        certificate && !here.has("certificate_key"),
        &["certificate"],
        "has no certificate_key beside it",
        both,
    );
    here.wrong_if(
        key && !here.has("certificate"),
        &["certificate_key"],
        "has no certificate beside it",
        both,
    );
    here.wrong_if(
        environment.http_port.is_some() && !here.has("certificate"),
        &["http_port"],
        "has no effect without a certificate",
        "add certificate and certificate_key, or remove it",
    );
    here.wrong_if(
        environment.http_port.is_some() && environment.http_port == environment.port,
        &["http_port"],
        "is the port of the public entry, which speaks HTTPS",
        "choose another one, like 80",
    );
    for domain in environment.domains.iter().flatten() {
        let label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if domain.is_empty() || !domain.chars().all(label) {
            let message = format!("has a domain that is no host name: `{domain}`");
            here.wrong(&["domains"], message, "write it without scheme, port and path, like shop.example");
        }
    }
    for (service, values) in &environment.env {
        variables(here, &["env", service.as_str()], values);
    }
    for (service, replicas) in &environment.replicas {
        here.wrong_if(
            *replicas == 0,
            &["replicas", service.as_str()],
            "must be at least 1",
            "to leave the service out, write ignore = true under [services]",
        );
    }
}

fn routes(reader: &Reader<'_>, file: &ManifestFile) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, service) in &file.services {
        let here = Check { reader, path: vec!["services", name.as_str()] };
        for route in service.routes.iter().flatten() {
            if !route.starts_with('/') {
                here.wrong(
                    &["routes"],
                    format!("has a route that does not begin with /: `{route}`"),
                    &format!("write \"/{route}\""),
                );
            }
            // `/api` and `/api/` are the same prefix.
            let prefix = route.trim_end_matches('/');
            match taken.insert(prefix, name.as_str()) {
                Some(other) if other == name.as_str() => {
                    here.wrong(&["routes"], format!("names `{route}` twice"), "remove one");
                }
                Some(other) => {
                    here.wrong(
                        &["routes"],
                        format!("names `{route}`, which `services.{other}` has already"),
                        "give each service its own prefix",
                    );
                }
                None => {}
            }
        }
    }
}
