//! Which jobs change what people use, and which try whether it works.

use super::{Job, Workflow, step};
use artifact::shell;
use artifact::yaml::read::Value;

/// Actions that put something in front of people.
const DEPLOYS: [&str; 19] = [
    "akhileshns/heroku-deploy",
    "amondnet/vercel-action",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "azure/functions-action",
    "azure/k8s-deploy",
    "azure/static-web-apps-deploy",
    "azure/webapps-deploy",
    "burnett01/rsync-deployments",
    "cloudflare/pages-action",
    "cloudflare/wrangler-action",
    "digitalocean/app_action/deploy",
    "easingthemes/ssh-deploy",
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

/// Words of what is run on a server to bring it to a new version.
const ON_SERVER: [&str; 7] = [
    "docker compose",
    "docker-compose",
    "docker stack",
    "pm2 ",
    "systemctl restart",
    "git pull",
    "git fetch",
];

/// Tools that make a cluster for the time of a test.
const OWN_CLUSTER: [&str; 6] =
    ["kind-action", "setup-kind", "kind create cluster", "minikube", "k3d", "setup-k3s"];

/// Whether a workflow is started by something else than a pull request, whose deploys only show it, and than a workflow that
/// calls it and keeps its deploys in order.
pub fn reaches_people(workflow: &Workflow) -> bool {
    let other = |event: &str| !event.starts_with("pull_request") && event != "workflow_call";
    workflow.events().iter().any(|(event, ..)| other(event))
}

/// Where a job puts something in front of people: the line of the step. Not where it does so in a cluster of its own, or only
/// to show a pull request.
pub fn deploys(job: Job<'_>) -> Option<u32> {
    let texts =
        || job.steps().flat_map(|step| [step.get("uses"), step.get("run")]).flatten().filter_map(Value::text);
    let tries = texts().any(|text| OWN_CLUSTER.iter().any(|tool| text.contains(tool)));
    let condition = job.value.get("if").and_then(Value::text).unwrap_or_default();
    let shows = condition.contains("event_name == 'pull_request'");
    if tries || shows { None } else { job.steps().find_map(deploy_line) }
}

fn deploy_line(step: &Value) -> Option<u32> {
    if let Some(action) = step::action(step) {
        let script = step::input(step, "script").and_then(Value::text).unwrap_or_default();
        let on_server =
            action == "appleboy/ssh-action" && ON_SERVER.iter().any(|words| script.contains(words));
        return (on_server || DEPLOYS.contains(&action.as_str())).then_some(step.line);
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
