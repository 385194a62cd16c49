//! Which Dockerfile is built from which folder.

use crate::Subjects;
use crate::subject::dockerfile::Dockerfile;
use crate::subject::ignore::IgnoreFile;
use artifact::dockerfile::read::Instruction;
use artifact::yaml::read::Value;
use model::path;

/// A Dockerfile with the folder that it is built from.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// What is built.
    pub dockerfile: &'a Dockerfile,
    /// The folder that `COPY` copies from.
    pub context: String,
    /// Whether a Compose file says so; else it only seems so.
    pub is_said: bool,
}

/// Every build whose context is known: Compose says it, or all that is copied is found beside the Dockerfile.
pub fn all(subjects: &Subjects) -> Vec<Build<'_>> {
    let mut builds: Vec<Build<'_>> = Vec::new();
    for compose in &subjects.compose {
        let services = compose.services();
        for service in services {
            let Some((context, file)) = service.value.get("build").and_then(said) else { continue };
            let context = path::join(path::parent(&compose.document.path), context);
            let at = path::join(&context, file);
            let known = builds.iter().any(|build| build.dockerfile.path == at && build.context == context);
            if let Some(dockerfile) = subjects.dockerfiles.iter().find(|found| found.path == at && !known) {
                builds.push(Build { dockerfile, context, is_said: true });
            }
        }
    }
    for dockerfile in &subjects.dockerfiles {
        if builds.iter().any(|build| build.dockerfile.path == dockerfile.path) {
            continue;
        }
        let context = path::parent(&dockerfile.path);
        if !is_elsewhere(subjects, dockerfile, context) {
            builds.push(Build { dockerfile, context: context.to_owned(), is_said: false });
        }
    }
    builds
}

/// Context and Dockerfile of a `build`, when both are plain paths of the repository.
pub fn said(build: &Value) -> Option<(&str, &str)> {
    let context = build.text().or_else(|| build.get("context")?.text())?;
    let file = build.get("dockerfile").map_or(Some("Dockerfile"), Value::text)?;
    (is_plain(context) && is_plain(file) && build.get("dockerfile_inline").is_none())
        .then_some((context, file))
}

/// Whether a word is a path inside of the repository.
pub fn is_plain(word: &str) -> bool {
    !word.is_empty() && !word.contains(['$', '*', ':', '@', '~', '{']) && !word.starts_with('/')
}

/// Whether a Dockerfile seems to be built from another folder: some of what it copies is found only above, or nothing is found.
fn is_elsewhere(subjects: &Subjects, dockerfile: &Dockerfile, context: &str) -> bool {
    let copies = dockerfile.instructions().flat_map(|(_, instruction)| sources(instruction));
    let copies: Vec<String> = copies.filter(|source| path::join(".", source) != ".").collect();
    let is_in = |folder: &str, source: &String| subjects.has(&path::join(folder, source));
    let above = |source: &String| {
        context != "." && path::ancestors(path::parent(context)).any(|folder| is_in(folder, source))
    };
    let (here, absent): (Vec<&String>, Vec<&String>) =
        copies.iter().partition(|source| is_in(context, source));
    (here.is_empty() && !absent.is_empty()) || absent.into_iter().any(above)
}

/// What a `COPY` or `ADD` takes from the context, as far as it is written plainly.
pub fn sources(instruction: &Instruction) -> Vec<String> {
    let copies = matches!(instruction.keyword.as_str(), "COPY" | "ADD");
    if !copies || instruction.option("from").is_some() || !instruction.documents.is_empty() {
        return Vec::new();
    }
    let mut words = instruction.words();
    words.pop();
    words.retain(|word| is_plain(word.trim_start_matches('/')) && !word.contains(['[', '?', '\\']));
    words.into_iter().map(|word| word.trim_start_matches('/').to_owned()).collect()
}

impl<'a> Build<'a> {
    /// The file that says what stays out of it.
    pub fn ignore(&self, subjects: &'a Subjects) -> Option<&'a IgnoreFile> {
        let own = format!("{}.dockerignore", self.dockerfile.path);
        let shared = path::join(&self.context, ".dockerignore");
        let find = |at: &str| subjects.ignores.iter().find(|file| file.path == at);
        find(&own).or_else(|| find(&shared))
    }
}

/// Whether a path may come to be without being in the repository: it is ignored, or it is what builds make.
pub fn may_be_made(subjects: &Subjects, at: &str) -> bool {
    const MADE: [&str; 14] = [
        "dist",
        "build",
        "out",
        "target",
        ".next",
        "node_modules",
        "bin",
        "vendor",
        "public",
        "static",
        "coverage",
        ".output",
        "artifacts",
        "release",
    ];
    let named = subjects.ignores.iter().any(|file| file.path.ends_with(".gitignore") && file.may_name(at));
    named || at.split('/').any(|part| MADE.contains(&part))
}
