//! What coding agents should know of this project: `AGENTS.md`, and the role of whoever runs it.

use super::blueprint::Unit;
use super::runbooks;
use super::{Blueprint, GeneratedFile};

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    vec![
        GeneratedFile::new("AGENTS.md", guide(blueprint)),
        GeneratedFile::new(".claude/agents/devops.md", role(blueprint)),
    ]
}

/// The commands of a service that an agent needs, in its folder.
fn commands(unit: &Unit<'_>) -> String {
    let recipe = &unit.service.build;
    let mut lines: Vec<(&str, &str)> = Vec::new();
    lines.extend(recipe.install.as_deref().map(|line| ("install", line)));
    lines.extend(recipe.command.as_deref().map(|line| ("build", line)));
    let fact = unit.fact;
    lines.extend(fact.and_then(|fact| fact.dev.as_deref()).map(|line| ("develop", line)));
    for check in fact.map(|fact| fact.checks.as_slice()).unwrap_or_default() {
        lines.push((check.kind.as_str(), &check.command));
    }
    lines.extend(unit.service.migrations.as_ref().map(|migrations| ("migrate", migrations.command.as_str())));
    lines.extend(unit.service.start.as_deref().map(|line| ("start", line)));
    let rows: String = lines.iter().map(|(what, line)| format!("| {what} | `{line}` |\n")).collect();
    format!("### {} (`{}`)\n\n| What | Command |\n|---|---|\n{rows}\n", unit.name, unit.service.path)
}

fn guide(blueprint: &Blueprint<'_>) -> String {
    let services: String = blueprint.units.iter().map(commands).collect();
    format!(
        "# {}\n\n<!-- Written by `mainstay generate`, which keeps what you change here. -->\n\n{}\n\
         ## Commands\n\nRun them in the service's folder.\n\n{services}\
         ## Rules\n\n\
         - Settings are read at start and checked; a new variable goes into the code's own schema, and `mainstay generate` adds it to \
         the templates. Never commit a value that is secret.\n\
         - A change of the database is a migration that the release before can live with: add now, remove in a later release.\n\
         - Health endpoints answer 200 only when what the service depends on answers, and 503 otherwise.\n\
         - On SIGTERM a service finishes the requests it has and exits.\n\
         - Files that begin with \"Written by `mainstay generate`\" may be edited; the edits are kept. \
         `mainstay generate --check` tells what is out of date.\n\
         - Before a deploy: `mainstay plan deploy`. Exit codes: 0 done, 1 negative answer, 2 bad input, 3 refused, 4 failed and undone, \
         5 needs a person.\n",
        blueprint.project(),
        runbooks::system(blueprint)
    )
}

fn role(blueprint: &Blueprint<'_>) -> String {
    let project = blueprint.project();
    let parts: Vec<&str> = blueprint.units.iter().map(|unit| unit.name.as_str()).collect();
    let stores: Vec<&str> = blueprint.stores.iter().map(|store| store.name.as_str()).collect();
    let data = if stores.is_empty() { String::new() } else { format!(" and {}", stores.join(", ")) };
    let books =
        ["deploy", "roll-back", "migrate", "restore", "rotate-a-secret", "incident", "troubleshooting"];
    let books: String = books.iter().map(|name| format!("- `{}/{name}.md`\n", runbooks::FOLDER)).collect();
    format!(
        "---\nname: devops\ndescription: Runs {project}: builds, deploys, rolls back, migrates, backs up and explains it. Use for \
         containers, pipelines, settings, secrets and production problems.\ntools: Bash, Glob, Grep, Read, Edit, Write\n---\n\n\
         <!-- Written by `mainstay generate`, which keeps what you change here. -->\n\n\
         You run {project}: {}{data}.\n\n{}\n\
         ## How you work\n\n\
         - Look before you change: `mainstay status --format json`, `mainstay doctor`, `mainstay logs SERVICE`.\n\
         - Every change is a plan: `mainstay plan deploy --format json`, then `mainstay deploy`. A deploy undoes itself when the new release \
         is worse; do not work around it.\n\
         - Never print a secret, never pass one as an argument: `mainstay env set SERVICE NAME` reads it from standard input.\n\
         - Never remove a volume or a backup, never run a migration by hand on production while a deploy runs.\n\
         - Say what you did, what you saw and what is left, with the commands.\n\n\
         ## Runbooks\n\n{books}",
        parts.join(", "),
        runbooks::system(blueprint)
    )
}
