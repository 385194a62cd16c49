//! The tables of the manifest, key by key.

use super::reader::{Node, Read, Reader, Section};
use model::facts::ValueCheck;
use model::manifest::file::{
    DatastoreFile, DeployFile, EnvDetail, EnvValue, EnvironmentFile, ManifestFile, ServiceFile,
};
use model::manifest::{Template, TemplateError};
use model::spelling::nearest;

/// The whole file; what is wrong is left out and noted.
pub(super) fn file(reader: &Reader<'_>) -> ManifestFile {
    let root = reader.root();
    let Some(section) = Section::of(&root) else { return ManifestFile::default() };
    let file = ManifestFile {
        name: section.take("name"),
        deploy: section.take("deploy").unwrap_or_default(),
        services: section.take("services").unwrap_or_default(),
        datastores: section.take("datastores").unwrap_or_default(),
        environments: section.take("environments").unwrap_or_default(),
    };
    section.finish();
    file
}

impl Read for DeployFile {
    fn read(node: &Node<'_>) -> Option<Self> {
        let section = Section::of(node)?;
        let deploy = Self {
            strategy: section.take("strategy"),
            canary: section.take("canary"),
            hold: section.take("hold"),
            warm: section.take("warm"),
            healthy: section.take("healthy"),
            start_timeout: section.take("start_timeout"),
            watch: section.take("watch"),
            error_percent: section.take("error_percent"),
            drain: section.take("drain"),
            keep: section.take("keep"),
        };
        section.finish();
        Some(deploy)
    }
}

impl Read for ServiceFile {
    fn read(node: &Node<'_>) -> Option<Self> {
        let section = Section::of(node)?;
        let service = Self {
            path: section.take("path"),
            ignore: section.take("ignore"),
            kind: section.take("kind"),
            install: section.take("install"),
            build: section.take("build"),
            runtime: section.take("runtime"),
            start: section.take("start"),
            migrate: section.take("migrate"),
            port: section.take("port"),
            health: section.take("health"),
            routes: section.take("routes"),
            replicas: section.take("replicas"),
            memory: section.take("memory"),
            cpu: section.take("cpu"),
            grace: section.take("grace"),
            uses: section.take("uses"),
            env: section.take("env").unwrap_or_default(),
        };
        section.finish();
        Some(service)
    }
}

impl Read for DatastoreFile {
    fn read(node: &Node<'_>) -> Option<Self> {
        let section = Section::of(node)?;
        let datastore = Self {
            kind: section.take("kind"),
            version: section.take("version"),
            provider: section.take("provider"),
        };
        section.finish();
        Some(datastore)
    }
}

impl Read for EnvironmentFile {
    fn read(node: &Node<'_>) -> Option<Self> {
        let section = Section::of(node)?;
        let environment = Self {
            target: section.take("target"),
            listen: section.take("listen"),
            port: section.take("port"),
            domains: section.take("domains"),
            certificate: section.take("certificate"),
            certificate_key: section.take("certificate_key"),
            http_port: section.take("http_port"),
            registry: section.take("registry"),
            publish: section.take("publish"),
            env: section.take("env").unwrap_or_default(),
            replicas: section.take("replicas").unwrap_or_default(),
        };
        section.finish();
        Some(environment)
    }
}

impl Read for EnvValue {
    fn read(node: &Node<'_>) -> Option<Self> {
        if node.item.is_table_like() {
            return EnvDetail::read(node).map(EnvValue::Detail);
        }
        TemplateText::read(node).map(|text| Self::Text(text.0))
    }
}

/// A text whose references can be read.
struct TemplateText(String);

impl Read for TemplateText {
    fn read(node: &Node<'_>) -> Option<Self> {
        let text = String::read(node)?;
        match text.parse::<Template>() {
            Ok(_) => Some(Self(text)),
            Err(error) => {
                let suggestion = match &error {
                    TemplateError::Open(_) => None,
                    TemplateError::Form(_) => Some("write $${ for a literal ${".to_owned()),
                };
                node.wrong(format!("cannot be read: {error}"), suggestion);
                None
            }
        }
    }
}

impl Read for EnvDetail {
    fn read(node: &Node<'_>) -> Option<Self> {
        let section = Section::of(node)?;
        let detail = Self {
            value: section.take::<TemplateText>("value").map(|text| text.0),
            generate: section.take("generate"),
            secret: section.take("secret"),
            required: section.take("required"),
            phase: section.take("phase"),
            check: section.take("check"),
        };
        section.finish();
        Some(detail)
    }
}

impl Read for ValueCheck {
    fn read(node: &Node<'_>) -> Option<Self> {
        const WORDS: [&str; 5] = ["text", "number", "boolean", "url", "one-of"];
        let section = Section::of(node)?;
        let Some(kind) = node.child("type") else {
            node.wrong("needs a `type`", Some(format!("use one of {}", WORDS.join(", "))));
            return None;
        };
        let word: String = section.take("type")?;
        let check = match word.as_str() {
            "text" => match node.child("min_length") {
                Some(_) => section.take("min_length").map(|min_length| Self::Text { min_length }),
                None => missing(node, "min_length"),
            },
            "number" => Some(Self::Number),
            "boolean" => Some(Self::Boolean),
            "url" => Some(Self::Url),
            "one-of" => match node.child("values") {
                Some(_) => section.take("values").map(|values| Self::OneOf { values }),
                None => missing(node, "values"),
            },
            other => {
                let near = nearest(other, WORDS).map(|near| format!("did you mean \"{near}\"?"));
                let suggestion = near.unwrap_or_else(|| format!("use one of {}", WORDS.join(", ")));
                kind.wrong(format!("does not know the word `{other}`"), Some(suggestion));
                return None;
            }
        };
        section.finish();
        check
    }
}

fn missing(node: &Node<'_>, key: &str) -> Option<ValueCheck> {
    node.wrong(format!("needs `{key}`"), None);
    None
}
