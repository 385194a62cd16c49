//! The platforms that a repository is deployed to already: by their own files, else by what its workflows call.

use crate::repository::Repository;
use crate::{path, shell};
use model::Place;
use model::facts::{Platform, PlatformFact};
use serde_json::Value;

/// Files that only one platform reads.
const FILES: &[(&str, Platform)] = &[
    ("vercel.json", Platform::Vercel),
    (".vercel/project.json", Platform::Vercel),
    ("netlify.toml", Platform::Netlify),
    ("railway.json", Platform::Railway),
    ("railway.toml", Platform::Railway),
    ("render.yaml", Platform::Render),
    ("fly.toml", Platform::Fly),
    ("app.json", Platform::Heroku),
    ("heroku.yml", Platform::Heroku),
];

/// Programs that deploy, with what they are told then.
const PROGRAMS: &[(&str, &[&str], Platform)] = &[
    ("vercel", &["deploy", "--prod", "pull"], Platform::Vercel),
    ("netlify", &["deploy"], Platform::Netlify),
    ("railway", &["up", "redeploy"], Platform::Railway),
    ("flyctl", &["deploy"], Platform::Fly),
    ("fly", &["deploy"], Platform::Fly),
    ("heroku", &["container:release", "container:push"], Platform::Heroku),
];

/// What stands in front of a program that a package brings.
const RUNNERS: &[&str] =
    &["npx", "bunx", "pnpm", "yarn", "npm", "bun", "dlx", "exec", "x", "--yes", "-y", "--"];

/// Parts of the names of actions that deploy, and addresses that a deploy is asked for at.
const WORDS: &[(&str, Platform)] = &[
    ("vercel-action", Platform::Vercel),
    ("actions-netlify", Platform::Netlify),
    ("netlify/actions", Platform::Netlify),
    ("railway-deploy", Platform::Railway),
    ("flyctl-actions", Platform::Fly),
    ("render-deploy", Platform::Render),
    ("render-action", Platform::Render),
    ("api.render.com/deploy", Platform::Render),
    ("RENDER_DEPLOY_HOOK", Platform::Render),
    ("heroku-deploy", Platform::Heroku),
    ("git.heroku.com", Platform::Heroku),
];

/// Every platform with the folder that it deploys, each once.
pub(crate) fn platforms(repository: &Repository<'_>) -> Vec<PlatformFact> {
    let mut found = Vec::new();
    for (name, platform) in FILES {
        let last = path::file_name(name);
        for file in repository.named(last).iter().filter(|file| ends_with(file, name)) {
            for folder in folders(repository, file, *platform) {
                add(&mut found, *platform, folder, Place::new(*file, 1));
            }
        }
    }
    let by_file: Vec<Platform> = found.iter().map(|fact| fact.name).collect();
    for entry in repository.files_in(".github/workflows") {
        for (platform, folder, needle) in called(repository, &entry.path) {
            // Without a folder of its own a call is about what the platform's files say.
            if folder != "." || !by_file.contains(&platform) {
                add(&mut found, platform, folder, repository.place_of(&entry.path, &needle));
            }
        }
    }
    found.sort();
    found
}

fn add(found: &mut Vec<PlatformFact>, name: Platform, path: String, evidence: Place) {
    if !found.iter().any(|fact| fact.name == name && fact.path == path) {
        found.push(PlatformFact { name, path, evidence });
    }
}

fn ends_with(file: &str, name: &str) -> bool {
    file == name || file.strip_suffix(name).is_some_and(|head| head.ends_with('/'))
}

/// The folders that a platform's file is about.
fn folders(repository: &Repository<'_>, file: &str, platform: Platform) -> Vec<String> {
    let folder = path::parent(file);
    let own = || vec![folder.to_owned()];
    match platform {
        Platform::Vercel if path::file_name(file) == "project.json" => vec![path::parent(folder).to_owned()],
        Platform::Netlify => {
            let document = repository.toml(file);
            let base = document.as_ref().and_then(|document| document.pointer("/build/base")?.as_str());
            vec![path::join(folder, base.unwrap_or(".").trim_start_matches('/'))]
        }
        Platform::Render => {
            let Some(document) = repository.yaml(file) else { return own() };
            let services = document.get("services").and_then(Value::as_array);
            let roots = services.into_iter().flatten().map(|service| {
                let root = service.get("rootDir").and_then(Value::as_str).unwrap_or(".");
                path::join(folder, root.trim_start_matches('/'))
            });
            let roots: Vec<String> = roots.collect();
            if roots.is_empty() { own() } else { roots }
        }
        // `app.json` is Expo's too; Heroku's lies beside a Procfile.
        Platform::Heroku if path::file_name(file) == "app.json" => {
            let expo = repository.json(file).is_none_or(|document| document.get("expo").is_some());
            let procfile = repository.has(&path::join(folder, "Procfile"));
            if procfile && !expo { own() } else { Vec::new() }
        }
        Platform::Vercel | Platform::Railway | Platform::Fly | Platform::Heroku => own(),
    }
}

/// What the steps of a workflow deploy: the platform, the folder, and words by which the place is found.
fn called(repository: &Repository<'_>, file: &str) -> Vec<(Platform, String, String)> {
    let Some(document) = repository.yaml(file) else { return Vec::new() };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let mut found = Vec::new();
    for job in document.get("jobs").and_then(Value::as_object).into_iter().flatten().map(|job| job.1) {
        let usual = text(job.pointer("/defaults/run/working-directory"))
            .or_else(|| text(document.pointer("/defaults/run/working-directory")));
        for step in job.get("steps").and_then(Value::as_array).into_iter().flatten() {
            let stated = text(step.get("working-directory"))
                .or_else(|| text(step.pointer("/with/working-directory")))
                .or_else(|| usual.clone())
                .filter(|folder| !folder.contains('$'));
            let folder = path::join(".", stated.as_deref().unwrap_or("."));
            found.extend(
                of_step(step)
                    .into_iter()
                    .map(|(platform, inside, needle)| (platform, path::join(&folder, &inside), needle)),
            );
        }
    }
    found
}

/// The platforms that one step deploys to, with the folder that it changes to.
fn of_step(step: &Value) -> Vec<(Platform, String, String)> {
    let run = step.get("run").and_then(Value::as_str).unwrap_or_default();
    let mut found = Vec::new();
    for invocation in shell::invocations(run) {
        // `npx vercel@latest deploy` too.
        let own = invocation.words.iter().find(|word| !RUNNERS.contains(&word.as_str()));
        let own = own.map(|word| word.split('@').next().unwrap_or(word));
        let said = |word: &&str| invocation.words.iter().any(|own| own == word);
        for (program, told, platform) in PROGRAMS {
            if own == Some(program) && told.iter().any(said) {
                found.push((*platform, invocation.folder.clone(), (*program).to_owned()));
            }
        }
    }
    let whole = step.to_string();
    for (word, platform) in WORDS.iter().filter(|(word, _)| whole.contains(word)) {
        found.push((*platform, String::new(), (*word).to_owned()));
    }
    found
}
