//! Which jobs change what people use, and which try whether it works.

use super::{Job, Workflow, step};
use artifact::shell;
use artifact::yaml::read::Value;

/// Actions that put something in front of people.
const DEPLOYS: [&str; 20] = [
    "akhileshns/heroku-deploy",
    "amondnet/vercel-action",
    "aws-actions/amazon-ecs-deploy-task-definition",
    "azure/functions-action",
    "azure/k8s-deploy",
    "azure/static-web-apps-deploy",
    "azure/webapps-deploy",
    "bervproject/railway-deploy",
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
const DEPLOY_COMMANDS: [(&str, &str, &str); 18] = [
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
    ("aws", "ecs", "update-service"),
];

/// Programs that run scripts of a package, among which tests are called so.
const RUNNERS: [&str; 10] = ["npm", "pnpm", "yarn", "bun", "npx", "turbo", "nx", "make", "just", "go"];

/// Programs that do nothing else.
const TESTERS: [&str; 6] = ["pytest", "vitest", "jest", "tox", "nox", "ava"];

/// What of the above works through steps on servers, and leaves them in between when it is stopped.
const IN_STEPS: [&str; 10] = [
    "mainstay",
    "kubectl",
    "helm",
    "kamal",
    "docker",
    "cap",
    "appleboy/ssh-action",
    "azure/k8s-deploy",
    "burnett01/rsync-deployments",
    "easingthemes/ssh-deploy",
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

/// How a job puts something in front of people.
#[derive(Debug, Clone, Copy)]
pub struct Deploy {
    /// Where it does so.
    pub line: u32,
    /// Whether it works through steps on servers, and leaves them in between when it is stopped.
    pub in_steps: bool,
}

/// How a job puts something in front of people. Not where it does so in a cluster of its own, or only to show a pull request.
pub fn deploys(job: Job<'_>) -> Option<Deploy> {
    let texts =
        || job.steps().flat_map(|step| [step.get("uses"), step.get("run")]).flatten().filter_map(Value::text);
    let tries = texts().any(|text| OWN_CLUSTER.iter().any(|tool| text.contains(tool)));
    let condition = job.value.get("if").and_then(Value::text).unwrap_or_default();
    let shows = condition.contains("event_name == 'pull_request'");
    if tries || shows { None } else { job.steps().find_map(deploy) }
}

fn deploy(step: &Value) -> Option<Deploy> {
    if let Some(action) = step::action(step) {
        let script = step::input(step, "script").and_then(Value::text).unwrap_or_default();
        let on_server =
            action == "appleboy/ssh-action" && ON_SERVER.iter().any(|words| script.contains(words));
        let given = step::input(step, "args").and_then(Value::text).unwrap_or_default();
        let by_fly = action == "superfly/flyctl-actions" && given.contains("deploy");
        let in_steps = IN_STEPS.contains(&action.as_str());
        return (by_fly || on_server || DEPLOYS.contains(&action.as_str()))
            .then_some(Deploy { line: step.line, in_steps });
    }
    let script = step.get("run")?;
    let mut run = shell::invocations(script.text()?).into_iter();
    run.find_map(|found| {
        let words: Vec<&str> = found.words.iter().map(String::as_str).collect();
        let words = words.strip_prefix(&["npx"]).unwrap_or(&words);
        let program = *words.first()?;
        let in_steps = IN_STEPS.contains(&program);
        is_deploy(words).then_some(Deploy { line: script.line.saturating_add(found.line), in_steps })
    })
}

fn is_deploy(words: &[&str]) -> bool {
    let has = |word: &str| word.is_empty() || words.contains(&word);
    let is_try = words.iter().any(|word| word.starts_with("--dry-run") || *word == "--help");
    let known = DEPLOY_COMMANDS.iter().any(|(program, first, second)| {
        words.first() == Some(program) && (first.is_empty() || words.get(1) == Some(first)) && has(second)
    });
    known && !is_try
}

/// Whether a job runs tests.
pub fn tests(job: Job<'_>) -> bool {
    job.steps().any(|step| test(step).is_some())
}

/// Whether a job runs tests, or is called as if it did; what a called workflow does is not known here.
pub fn may_test(job: Job<'_>) -> bool {
    let name = job.key.text.to_ascii_lowercase();
    let called = ["test", "check", "ci", "verify", "quality"].iter().any(|word| name.contains(word));
    called || job.value.get("uses").is_some() || tests(job)
}

/// Where a step runs tests.
pub fn test(step: &Value) -> Option<u32> {
    let script = step.get("run")?;
    let found = shell::invocations(script.text()?).into_iter().find(|found| is_test(&found.words))?;
    Some(script.line.saturating_add(found.line))
}

fn is_test(words: &[String]) -> bool {
    let Some((program, rest)) = words.split_first() else { return false };
    // `test:unit` is a test as well.
    let named = |word: &String| {
        let first = word.split(':').next().unwrap_or(word);
        first == "test" || TESTERS.contains(&first)
    };
    match program.as_str() {
        "node" => rest.iter().any(|word| word == "--test"),
        "python" | "python3" => rest.iter().any(|word| named(word) || word == "unittest"),
        "npm" if rest.first().is_some_and(|word| word == "install" || word == "ci" || word == "i") => false,
        program if RUNNERS.contains(&program) => rest.iter().any(named),
        program => TESTERS.contains(&program),
    }
}
