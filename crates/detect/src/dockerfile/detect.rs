//! Services that have a Dockerfile, and what Dockerfiles say about services of a known language.

use super::{Dockerfile, Stage};
use crate::compose::read::{health_path, services, shown};
use crate::datastore::of_image;
use crate::detector::Detector;
use crate::env::{Demand, EnvRead};
use crate::findings::Findings;
use crate::launch::{dockerfile_identity, dockerfiles};
use crate::path;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use crate::shell;
use model::facts::{Confidence, HealthFact, Language, PortFact, ServiceKind};

/// Reads Dockerfiles.
pub(crate) struct Dockerfiles;

impl Detector for Dockerfiles {
    fn detect(&self, repository: &Repository<'_>, findings: &mut Findings) {
        for dockerfile in dockerfiles(repository, &services(repository)) {
            let Some(stage) = dockerfile.stage(None) else { continue };
            if of_image(&stage.image).is_none() {
                findings.proposals.extend(proposal(repository, &dockerfile, stage));
            }
        }
    }
}

fn proposal(repository: &Repository<'_>, dockerfile: &Dockerfile, stage: &Stage) -> Option<ServiceProposal> {
    let folder = dockerfile.folder(repository, stage);
    let serves_files = ["nginx", "caddy", "httpd", "nginx-unprivileged", "static-web-server"]
        .contains(&path::file_name(stage.image.split([':', '@']).next().unwrap_or_default()));
    let known = has_known_language(repository, &folder)
        || has_known_language(repository, path::parent(&dockerfile.file));
    let foreign = is_infrastructure(&stage.image)
        || stage.entrypoint.is_none() && stage.cmd.is_none() && stage.copies.is_empty();
    let standing = if known || foreign || (serves_files && !copies_pages(stage)) {
        Standing::Supporting
    } else {
        Standing::Alone
    };
    let mut proposal = ServiceProposal::new(Source::Dockerfile, standing, folder, dockerfile.place(stage));
    proposal.targets.push(dockerfile_identity(&dockerfile.file));
    proposal.targets.extend(program_files(repository, dockerfile, stage));
    let number = stage.exposes.first().copied();
    proposal.port = number.map(|number| Claim::likely(PortFact { number: Some(number), env: None }));
    proposal.health = repository.text(&dockerfile.file).and_then(|text| {
        let checks = artifact::dockerfile::read::read(&text)
            .instructions
            .into_iter()
            .rfind(|instruction| instruction.keyword == "HEALTHCHECK")?;
        health_path(&[checks.text]).map(|path| Claim::likely(HealthFact { path }))
    });
    if standing == Standing::Alone {
        describe(repository, dockerfile, stage, &mut proposal, serves_files);
    }
    Some(proposal)
}

/// Whether an image is a tool that runs beside services: proxies, monitors, administration pages.
pub(crate) fn is_infrastructure(image: &str) -> bool {
    const TOOLS: &[&str] = &[
        "traefik",
        "haproxy",
        "envoy",
        "grafana",
        "prometheus",
        "alertmanager",
        "loki",
        "promtail",
        "mailhog",
        "mailpit",
        "mailcatcher",
        "adminer",
        "pgadmin4",
        "phpmyadmin",
        "certbot",
        "dozzle",
        "portainer",
        "jaeger",
        "all-in-one",
        "otel-collector",
        "opentelemetry-collector",
        "redis-commander",
        "redisinsight",
        "flower",
        "selenium",
        "registry",
        "vault",
        "consul",
        "postgres-backup-s3",
        "nginx-proxy",
        "node-exporter",
        "cadvisor",
        "zipkin",
        "kibana",
        "logstash",
        "fluentd",
        "fluent-bit",
        "vector",
    ];
    let name = path::file_name(image.split('@').next().unwrap_or(image));
    TOOLS.contains(&name.split(':').next().unwrap_or(name))
}

/// What only the Dockerfile says: for a service in a language that is not read.
fn describe(
    repository: &Repository<'_>,
    dockerfile: &Dockerfile,
    stage: &Stage,
    proposal: &mut ServiceProposal,
    serves_files: bool,
) {
    let words: Vec<String> = stage.entrypoint.iter().chain(&stage.cmd).flatten().cloned().collect();
    let listens = proposal.port.is_some() || serves_files;
    proposal.kind = Some(if listens { ServiceKind::Web } else { ServiceKind::Worker });
    proposal.language = (!serves_files).then_some(Language::Other);
    proposal.start = (!words.is_empty()).then(|| Claim::likely(shown(&words)));
    proposal.env = environment(&dockerfile.file, repository, stage);
    proposal.confidence =
        if words.is_empty() && !serves_files { Confidence::Maybe } else { Confidence::Likely };
}

/// Variables that a Dockerfile gives a value, without those of the image and the tools.
fn environment(file: &str, repository: &Repository<'_>, stage: &Stage) -> Vec<EnvRead> {
    let tools = [
        "PATH",
        "PYTHON",
        "PIP_",
        "NODE_ENV",
        "DEBIAN_FRONTEND",
        "LANG",
        "LC_",
        "GO",
        "CARGO",
        "RUST",
        "JAVA_HOME",
        "HOME",
    ];
    let own = stage.env.iter().filter(|(name, _)| !tools.iter().any(|tool| name.starts_with(tool)));
    own.map(|(name, value)| {
        let place = repository.place_of(file, name);
        EnvRead {
            demand: Demand::Optional,
            default: Some(value.clone()).filter(|value| !value.contains('$')),
            ..EnvRead::new(name.clone(), place)
        }
    })
    .collect()
}

fn copies_pages(stage: &Stage) -> bool {
    stage.copies.iter().any(|copy| {
        copy.from.is_some()
            || !path::file_name(&copy.source).contains("conf")
                && !copy.source.contains("nginx")
                && !copy.source.contains("Caddyfile")
    })
}

/// Whether a folder holds code that another detector reads.
fn has_known_language(repository: &Repository<'_>, folder: &str) -> bool {
    const MANIFESTS: &[&str] =
        &["package.json", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py"];
    repository.first_in(folder, MANIFESTS).is_some()
        || repository.files_in(folder).iter().any(|entry| entry.path.ends_with(".py"))
        || (folder == "."
            && (!repository.named("package.json").is_empty()
                || repository.under(".").iter().any(|entry| entry.path.ends_with(".py"))))
}

/// Files of the repository that the command runs.
fn program_files(repository: &Repository<'_>, dockerfile: &Dockerfile, stage: &Stage) -> Vec<String> {
    let words: Vec<String> = stage.entrypoint.iter().chain(&stage.cmd).flatten().cloned().collect();
    let runs = shell::of_words(&words);
    let named = runs
        .iter()
        .flat_map(|run| run.words.iter().skip(1))
        .filter(|word| word.contains('.') && !word.starts_with('-'));
    named
        .filter_map(|word| {
            let inside = if word.starts_with('/') {
                word.clone()
            } else {
                format!("{}/{}", stage.workdir.trim_end_matches('/'), word.trim_start_matches("./"))
            };
            dockerfile.origin(repository, stage, &inside)
        })
        .collect()
}
