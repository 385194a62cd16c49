//! Which jobs change what people use, and which try whether it works.

use super::{Job, step};
use artifact::shell;
use artifact::yaml::read::Value;

/// Actions that put something in front of people.
const DEPLOYS: [&str; 17] = [
    "akhileshns/heroku-deploy",
    "amondnet/vercel-action",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "azure/functions-action",
    "azure/k8s-deploy",
    "azure/static-web-apps-deploy",
    "azure/webapps-deploy",
    "cloudflare/pages-action",
    "cloudflare/wrangler-action",
    "digitalocean/app_action/deploy",
    "einaregilsson/beanstalk-deploy",
    "firebaseextended/action-hosting-deploy",
    "google-github-actions/deploy-appengine",
    "google-github-actions/deploy-cloudrun",
    "google-github-actions/deploy-cloud-functions",
    "johnbeynon/render-deploy-action",
    "nwtgck/actions-netlify",
];

/// Commands that do so: the words with which they begin, and one that has to follow.
const DEPLOY_COMMANDS: [(&str, &str, &str); 17] = [
    ("mainstay", "deploy", ""),
    ("fly", "deploy", ""),
    ("flyctl", "deploy", ""),
    ("vercel", "", "--prod"),
    ("netlify", "deploy", "--prod"),
    ("kubectl", "apply", ""),
    ("kubectl", "set", "image"),
    ("helm", "upgrade", ""),
    ("railway", "up", ""),
    ("wrangler", "deploy", ""),
    ("eb", "deploy", ""),
    ("serverless", "deploy", ""),
    ("firebase", "deploy", ""),
    ("cap", "production", "deploy"),
    ("kamal", "deploy", ""),
    ("docker", "stack", "deploy"),
    ("gcloud", "run", "deploy"),
];

/// Commands that run tests: the words with which they begin.
const TESTS: [&[&str]; 22] = [
    &["npm", "test"],
    &["npm", "t"],
    &["npm", "run", "test"],
    &["pnpm", "test"],
    &["pnpm", "run", "test"],
    &["yarn", "test"],
    &["yarn", "run", "test"],
    &["bun", "test"],
    &["bun", "run", "test"],
    &["npx", "vitest"],
    &["npx", "jest"],
    &["npx", "playwright", "test"],
    &["node", "--test"],
    &["vitest"],
    &["jest"],
    &["pytest"],
    &["python", "-m", "pytest"],
    &["python", "-m", "unittest"],
    &["python", "manage.py", "test"],
    &["tox"],
    &["nox"],
    &["make", "test"],
];

/// Where a job puts something in front of people: the line of the step.
pub fn deploys(job: Job<'_>) -> Option<u32> {
    job.steps().find_map(deploy_line)
}

fn deploy_line(step: &Value) -> Option<u32> {
    if let Some(action) = step::action(step) {
        return DEPLOYS.contains(&action.as_str()).then_some(step.line);
    }
    let script = step.get("run")?;
    let text = script.text()?;
    let runs = |found: &shell::Invocation| {
        let words: Vec<&str> = found.words.iter().map(String::as_str).collect();
        let words = words.strip_prefix(&["npx"]).unwrap_or(&words);
        let has = |word: &str| word.is_empty() || words.contains(&word);
        let is_try = words.iter().any(|word| word.starts_with("--dry-run") || *word == "--help");
        !is_try
            && DEPLOY_COMMANDS.iter().any(|(program, first, second)| {
                words.first() == Some(program)
                    && (first.is_empty() || words.get(1) == Some(first))
                    && has(second)
            })
    };
    let there = shell::invocations(text).into_iter().find(runs)?;
    Some(script.line.saturating_add(there.line))
}

/// Whether a job runs tests.
pub fn tests(job: Job<'_>) -> bool {
    let scripts = job.steps().filter_map(|step| step.get("run")?.text());
    scripts.flat_map(shell::invocations).any(|found| {
        TESTS.iter().any(|test| {
            let (Some((last, before)), words) = (test.split_last(), &found.words) else { return false };
            let begins = words.len() >= test.len() && before.iter().zip(words).all(|(a, b)| a == b);
            // `test:unit` is a test as well.
            begins && words[before.len()].split(':').next() == Some(last)
        })
    })
}
