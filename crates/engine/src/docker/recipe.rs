//! Which Dockerfile a service is built from: the repository's own, or the one that Mainstay would write.

use crate::driver::Variables;
use crate::error::DriverError;
use host::files;
use model::event::FailureKind;
use model::facts::Phase;
use model::id::ServiceName;
use model::manifest::{Manifest, Service};
use std::path::{Path, PathBuf};

/// What Mainstay would write for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The Dockerfile's place, from the repository's root.
    pub dockerfile: String,
    /// The folder that is given to the build, from the root; `.` is the root.
    pub context: String,
    /// The text.
    pub text: Option<String>,
    /// Files that it copies and that would be written too: their places in the context, and their texts.
    pub beside: Vec<(String, String)>,
    /// What stays out of the build: the text of a `.dockerignore`.
    pub ignore: String,
}

/// Writes the Dockerfile of a service of a repository.
pub type Recipes = Box<dyn Fn(&Path, &Manifest, &ServiceName) -> Result<Written, DriverError> + Send + Sync>;

/// How a service's image is made.
#[derive(Debug)]
pub(super) struct Recipe {
    /// From the root.
    context: String,
    /// From the context.
    pub(super) dockerfile: String,
    /// What of it is not in the repository: places in the context, and texts.
    pub(super) sent: Vec<(String, String)>,
    pub(super) ignore: String,
    /// The names of its stages.
    pub(super) stages: Vec<String>,
    /// Written by Mainstay: what runs in it writes nowhere but into temporary folders.
    pub(super) is_ours: bool,
    /// Whether a step of it mounts secrets.
    pub(super) mounts_secrets: bool,
    /// The names of its arguments.
    arguments: Vec<String>,
}

/// The variables of a build.
pub(super) struct Given {
    /// Readable for all who have the image.
    pub(super) arguments: Variables,
    /// Readable for steps while they run.
    pub(super) secrets: Variables,
}

/// The recipe of a service. A Dockerfile at the place where Mainstay would write one, or in the service's folder, is used.
///
/// # Errors
/// When there is none and none can be written.
pub(super) fn of(
    recipes: &Recipes,
    root: &Path,
    manifest: &Manifest,
    service: &ServiceName,
) -> Result<Recipe, DriverError> {
    let written = recipes(root, manifest, service)?;
    let own = manifest.services.get(service).map_or(".", |about| about.path.as_str());
    let places = [
        (written.dockerfile.clone(), written.context.clone()),
        (below(own, "Dockerfile"), own.to_owned()),
        (below(own, &format!("{service}.Dockerfile")), own.to_owned()),
    ];
    for (path, context) in places {
        if !root.join(&path).is_file() {
            continue;
        }
        let text = files::read_text(&root.join(&path))?;
        // Beside the Dockerfile first, as BuildKit looks for it.
        let beside = [format!("{path}.dockerignore"), below(&context, ".dockerignore")];
        let ignore = beside.iter().find_map(|path| files::read_text(&root.join(path)).ok());
        // A Dockerfile outside its context is sent along.
        let within = if context == "." { Some(path.as_str()) } else { inside(&path, &context) };
        let dockerfile = within.unwrap_or("Dockerfile").to_owned();
        let sent = if within.is_none() { vec![(dockerfile.clone(), text.clone())] } else { Vec::new() };
        return Ok(Recipe::new(context, dockerfile, &text, sent, ignore.unwrap_or_default()));
    }
    let Some(text) = written.text else {
        let message = format!("{service} has no Dockerfile, and Mainstay cannot write one for it");
        return Err(DriverError::new(FailureKind::Build, message)
            .advise(format!("write {}, or use the target `process`", below(own, "Dockerfile"))));
    };
    let dockerfile = if written.context == "." {
        Some(written.dockerfile.as_str())
    } else {
        inside(&written.dockerfile, &written.context)
    };
    let dockerfile = dockerfile.unwrap_or("Dockerfile").to_owned();
    let folder = root.join(&written.context);
    let mut sent: Vec<_> =
        written.beside.into_iter().filter(|(path, _)| !folder.join(path).is_file()).collect();
    sent.push((dockerfile.clone(), text.clone()));
    Ok(Recipe::new(written.context, dockerfile, &text, sent, written.ignore))
}

impl Recipe {
    fn new(
        context: String,
        dockerfile: String,
        text: &str,
        sent: Vec<(String, String)>,
        ignore: String,
    ) -> Self {
        let is_ours = text.contains(model::GENERATED);
        let mounts_secrets = text.contains("type=secret");
        let (stages, arguments) = (stages(text), arguments(text));
        Self { context, dockerfile, sent, ignore, stages, is_ours, mounts_secrets, arguments }
    }

    /// The folder it is built from.
    pub(super) fn folder(&self, root: &Path) -> PathBuf {
        if self.context == "." { root.to_owned() } else { root.join(&self.context) }
    }

    /// What a build is given: arguments, and secrets for its steps to mount.
    ///
    /// # Errors
    /// When it takes a secret as an argument: those stay readable in the image. One of run time is just not given, as a
    /// build can do without.
    pub(super) fn given(
        &self,
        name: &ServiceName,
        service: &Service,
        env: &Variables,
    ) -> Result<Given, DriverError> {
        let pairs = env.iter().map(|(name, value)| (name.clone(), value.clone()));
        let (secrets, arguments) = pairs.partition(|(name, _)| service.is_secret(name));
        let given = Given { arguments, secrets };
        let needed = |name: &String| service.env.get(name).filter(|setting| setting.phase == Phase::Build);
        let readable = self.arguments.iter().filter(|name| given.secrets.contains_key(*name));
        let Some((secret, setting)) = readable.filter_map(|name| Some((name, needed(name)?))).next() else {
            return Ok(given);
        };
        let message = format!("the Dockerfile of {name} takes the secret {secret} as an argument");
        let otherwise = if setting.secret { "; or say `secret = false` if everyone may know it" } else { "" };
        Err(DriverError::new(FailureKind::Build, message).advise(format!(
            "it would stay readable in the image: take `ARG {secret}` out and mount it where it is needed, `RUN \
             --mount=type=secret,id={secret} {secret}=\"$(cat /run/secrets/{secret})\" …`{otherwise}"
        )))
    }
}

fn below(folder: &str, file: &str) -> String {
    if matches!(folder, "" | ".") { file.to_owned() } else { format!("{folder}/{file}") }
}

fn inside<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// The names that stages are given: `FROM image AS name`.
fn stages(text: &str) -> Vec<String> {
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let named = words.filter(|words| words.first().is_some_and(|word| word.eq_ignore_ascii_case("from")));
    let name = |words: Vec<&str>| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case("as"))?;
        words.get(at + 1).map(|name| name.to_lowercase())
    };
    named.filter_map(name).collect()
}

/// The names of arguments: `ARG a=b c`.
fn arguments(text: &str) -> Vec<String> {
    let words = text.lines().map(str::split_whitespace);
    let declared = words.filter_map(|mut words| {
        words.next().filter(|word| word.eq_ignore_ascii_case("arg"))?;
        Some(words)
    });
    declared.flatten().filter_map(|word| Some(word.split('=').next()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Secret;
    use serde_json::json;

    /// A service with these variables: name, value, whether it is marked as secret, phase.
    fn service(env: &[(&str, &str, bool, &str)]) -> Service {
        let setting = |(name, value, secret, phase): &(&str, &str, bool, &str)| {
            let source = json!({ "from": "template", "value": value });
            let setting = json!({ "source": source, "required": true, "secret": secret, "phase": phase, "evidence": [] });
            ((*name).to_owned(), setting)
        };
        let env: serde_json::Map<_, _> = env.iter().map(setting).collect();
        let build = json!({ "install_path": "." });
        let about = json!({
            "kind": "web", "path": ".", "build": build, "routes": [], "replicas": 1, "limits": {}, "grace": "1s",
            "env": env, "uses": ["db"],
        });
        serde_json::from_value(about).unwrap()
    }

    fn given(text: &str, service: &Service) -> Result<Given, DriverError> {
        let env = service.env.keys().map(|name| (name.clone(), Secret::new("x"))).collect();
        let recipe = Recipe::new(".".into(), "Dockerfile".into(), text, Vec::new(), String::new());
        recipe.given(&"api".parse().unwrap(), service, &env)
    }

    #[test]
    fn a_secret_may_be_mounted_and_be_no_argument() {
        let service = service(&[("TOKEN", "t", true, "build")]);
        let refused = |text: &str| given(text, &service).is_err();
        assert!(refused("FROM a\nARG A=b TOKEN=\nRUN x"));
        assert!(!refused("FROM a\nARG MY_TOKEN\nRUN --mount=type=secret,id=TOKEN x"));
    }

    #[test]
    fn the_password_of_a_datastore_is_no_argument_of_a_build() {
        let service = service(&[
            ("OPEN", "1", false, "build"),
            ("PAGES_FROM", "${db.url}", false, "build"),
            ("DATABASE_URL", "${db.url}", false, "run"),
            ("DATABASE_HOST", "${db.host}", false, "run"),
        ]);
        let built = given("FROM a\nARG OPEN DATABASE_URL=none\nRUN x", &service).unwrap();
        assert!(built.arguments.keys().eq(["DATABASE_HOST", "OPEN"]), "{:?}", built.arguments);
        assert!(built.secrets.keys().eq(["DATABASE_URL", "PAGES_FROM"]), "{:?}", built.secrets);
        let refused = given("FROM a\nARG PAGES_FROM", &service).err().unwrap();
        assert!(refused.0.message.contains("PAGES_FROM"), "{refused}");
        let advice = refused.0.advice.unwrap();
        assert!(
            advice.contains("--mount=type=secret,id=PAGES_FROM") && !advice.contains("secret = false"),
            "{advice}"
        );
    }

    #[test]
    fn stages_are_found() {
        assert_eq!(
            stages("FROM a AS base\nRUN as\nfrom --platform=x b as Migrate\nFROM c"),
            ["base", "migrate"]
        );
    }

    #[test]
    fn paths_of_contexts() {
        assert_eq!(inside("server/Dockerfile", "server"), Some("Dockerfile"));
        assert_eq!(inside("serverless/Dockerfile", "server"), None);
        assert_eq!(below(".", "Dockerfile"), "Dockerfile");
    }
}
