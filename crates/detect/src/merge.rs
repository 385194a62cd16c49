//! Joins the proposals that are about one deployable, and weighs their claims.

use crate::findings::Findings;
use crate::proposal::{Claim, ServiceProposal, Source, Standing};
use crate::repository::Repository;
use crate::{datastore, env, github, name, path, platform, registry};
use model::Place;
use model::facts::{
    CheckFact, Confidence, DatastoreKind, FORMAT, Facts, HttpFact, PortFact, ProjectFact, SeriesFact,
    ServiceFact, ServiceKind,
};
use std::collections::BTreeSet;

/// The proposals about one deployable, the most trusted first.
type Group = Vec<ServiceProposal>;

/// Everything that was found, as facts.
pub(crate) fn facts(repository: &Repository<'_>, findings: Findings) -> Facts {
    let Findings { mut proposals, datastores, notes: mut found_notes, shared_env } = findings;
    proposals.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut stores = datastores;
    let mut groups: Vec<Group> = Vec::new();
    for proposal in proposals {
        stores.extend(proposal.uses.iter().cloned());
        match best_group(&groups, &proposal) {
            Some(at) => groups[at].push(proposal),
            None if proposal.standing != Standing::Supporting => groups.push(vec![proposal]),
            None => {}
        }
    }
    groups.sort_by(|a, b| (&a[0].folder, &a[0].process).cmp(&(&b[0].folder, &b[0].process)));
    for group in &mut groups {
        let folder = group[0].folder.clone();
        let shared = shared_env.iter().filter(|(at, _)| path::is_under(&folder, at));
        group[0].env.extend(shared.map(|(_, read)| read.clone()));
        let manager = group.iter().find_map(|member| member.package_manager.as_ref()).map(|fact| fact.name);
        let installing = registry::reads(repository, &each(group, |member| &member.install_inputs), manager);
        group[0].env.extend(installing);
    }
    let project = project_name(repository);
    let names = names(&groups, &project);
    let mut services: Vec<ServiceFact> =
        groups.into_iter().zip(names).map(|(group, name)| service(group, name)).collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    found_notes.extend(repository.notes());
    found_notes.sort();
    found_notes.dedup();
    Facts {
        format: FORMAT,
        project: ProjectFact {
            name: project,
            github: github::repository_of(repository),
            platforms: platform::platforms(repository),
        },
        services,
        datastores: datastore::merge(stores),
        notes: found_notes,
    }
}

/// Deployables before what only supports them, then the most trusted source, then by place: never by who came first.
fn order(proposal: &ServiceProposal) -> impl Ord + '_ {
    use std::cmp::Reverse;
    (
        Reverse(proposal.standing),
        Reverse(proposal.source),
        &proposal.folder,
        &proposal.process,
        &proposal.targets,
        &proposal.evidence,
    )
}

/// The group that a proposal is about.
fn best_group(groups: &[Group], proposal: &ServiceProposal) -> Option<usize> {
    groups
        .iter()
        .enumerate()
        .map(|(at, group)| (likeness(group, proposal), std::cmp::Reverse(at)))
        .filter(|(score, _)| *score > 0)
        .max()
        .map(|(_, at)| at.0)
}

/// How well a proposal fits a group; 0 is not at all.
fn likeness(group: &Group, proposal: &ServiceProposal) -> u32 {
    if proposal.standing == Standing::Deployable {
        return 0;
    }
    let shares = |get: fn(&ServiceProposal) -> &[String]| {
        group.iter().any(|member| get(member).iter().any(|target| get(proposal).contains(target)))
    };
    let same_target = shares(|proposal| &proposal.targets);
    let same_process =
        proposal.process.is_some() && group.iter().any(|member| member.process == proposal.process);
    let other_kind = match (proposal.kind, group.iter().find_map(|member| member.kind)) {
        (Some(a), Some(b)) => !compatible(a, b),
        _ => false,
    };
    // A source speaks of a deployable once; more is about another process, unless it calls it by the same name.
    let spoke = group.iter().any(|member| {
        member.source == proposal.source
            && member.name != proposal.name
            && member.source != Source::Dockerfile
    });
    if same_target {
        return 100 + u32::from(same_process);
    }
    if group[0].folder != proposal.folder || other_kind || spoke {
        return 0;
    }
    let own_process = proposal.kind.is_some_and(|kind| kind != ServiceKind::Web) && !same_process;
    if own_process && group[0].process.is_some() {
        return 0;
    }
    10 + 20 * u32::from(same_process) + 5 * u32::from(group[0].process.is_none())
}

/// Whether one deployable may be seen as both: a web service that serves files, a worker that keeps a clock.
fn compatible(a: ServiceKind, b: ServiceKind) -> bool {
    use ServiceKind::{Job, Scheduler, Static, Web, Worker};
    matches!((a, b), (Web | Static, Web | Static) | (Worker | Scheduler, Worker | Scheduler) | (Job, Job))
}

/// A name for each group, in their order.
fn names(groups: &[Group], project: &str) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = vec![String::new(); groups.len()];
    let mut turn: Vec<usize> = (0..groups.len()).collect();
    // The main process of a folder chooses before the others.
    turn.sort_by_key(|at| (groups[*at][0].process.is_some(), *at));
    for at in turn {
        names[at] = name::unique(&candidates(&groups[at], project), &mut taken);
    }
    names
}

fn candidates(group: &Group, project: &str) -> Vec<String> {
    let main = &group[0];
    let from = |source: fn(Source) -> bool| {
        group.iter().filter(move |member| source(member.source)).filter_map(|member| member.name.as_deref())
    };
    let folder = name::of_folder(&main.folder, project);
    let mut names: Vec<String> = from(|source| source == Source::Compose).map(name::slug).collect();
    let package = from(|source| source != Source::Compose)
        .map(|text| name::of_package(text, project))
        .find(|text| !name::is_placeholder(text));
    let base = package.unwrap_or_else(|| folder.clone());
    match &main.process {
        Some(process) => {
            let process = name::slug(process);
            if main.folder == "." {
                names.push(process.clone());
            }
            names.extend([format!("{base}-{process}"), format!("{folder}-{process}")]);
        }
        None => names.extend([base, folder]),
    }
    if main.folder != "." {
        names.push(name::slug(&main.folder));
    }
    names
}

fn service(group: Group, name: String) -> ServiceFact {
    let main = &group[0];
    let kind = group.iter().find_map(|member| member.kind).unwrap_or(ServiceKind::Web);
    let start = weigh(&group, |member| member.start.as_ref());
    let confidence = match &start {
        Some(claim) if main.standing == Standing::Deployable => main.confidence.min(claim.confidence),
        None if kind != ServiceKind::Static => Confidence::Maybe,
        Some(_) | None => main.confidence,
    };
    let mut uses: Vec<DatastoreKind> =
        group.iter().flat_map(|m| m.uses.iter().map(|hint| hint.kind)).collect();
    uses.sort_by_key(|kind| kind.as_str());
    uses.dedup();
    let mut evidence: Vec<Place> = group.iter().flat_map(|member| member.evidence.iter().cloned()).collect();
    evidence.sort();
    evidence.dedup();
    ServiceFact {
        name,
        path: main.folder.clone(),
        kind,
        language: group.iter().find_map(|member| member.language),
        framework: group.iter().find_map(|member| member.framework),
        package_manager: group.iter().find_map(|member| member.package_manager.clone()),
        runtime: weigh(&group, |member| member.runtime.as_ref()).map(|claim| claim.value.clone()),
        install_path: group
            .iter()
            .find_map(|m| m.install_path.clone())
            .unwrap_or_else(|| main.folder.clone()),
        lockfile: group.iter().find_map(|member| member.lockfile.clone()),
        install: group.iter().find_map(|member| member.install.clone()),
        build: build(&group),
        start: start.filter(|_| kind != ServiceKind::Static).map(|claim| claim.value.clone()),
        output: weigh(&group, |member| member.output.as_ref()).map(|claim| claim.value.clone()),
        port: port(&group, kind),
        health: weigh(&group, |member| member.health.as_ref()).map(|claim| claim.value.clone()),
        migrations: group.iter().find_map(|member| member.migrations.clone()),
        env: env::merge(group.iter().flat_map(|member| member.env.iter().cloned()).collect()),
        uses,
        checks: checks(&group),
        install_checks: group.iter().find_map(|member| member.install_checks.clone()),
        dev: group.iter().find_map(|member| member.dev.clone()),
        install_inputs: each(&group, |member| &member.install_inputs),
        errands: group.iter().flat_map(|member| member.errands.iter().cloned()).collect(),
        imports: each(&group, |member| &member.imports),
        http: http(&group),
        confidence,
        evidence,
    }
}

/// The build, after those of other packages that it needs.
fn build(group: &Group) -> Option<String> {
    let own = weigh(group, |member| member.build.as_ref()).map(|claim| claim.value.clone());
    let parts: Vec<String> =
        group.iter().filter_map(|member| member.build_before.clone()).chain(own).collect();
    (!parts.is_empty()).then(|| parts.join(" && "))
}

/// Every check once, in the order in which they make sense.
fn checks(group: &Group) -> Vec<CheckFact> {
    let mut checks: Vec<CheckFact> = group.iter().flat_map(|member| member.checks.iter().cloned()).collect();
    checks.sort();
    checks.dedup_by(|a, b| a.kind == b.kind && a.command == b.command);
    checks
}

/// What all of them name, each once, sorted.
fn each(group: &Group, get: impl Fn(&ServiceProposal) -> &[String]) -> Vec<String> {
    let all: BTreeSet<&String> = group.iter().flat_map(get).collect();
    all.into_iter().cloned().collect()
}

/// What any of them says.
fn http(group: &Group) -> HttpFact {
    let first = |get: fn(&HttpFact) -> Option<String>| group.iter().find_map(|member| get(&member.http));
    let mut series: Vec<SeriesFact> =
        group.iter().flat_map(|member| member.http.series.iter().cloned()).collect();
    series.sort();
    series.dedup_by(|a, b| a.name == b.name);
    HttpFact {
        series,
        websocket: group.iter().any(|member| member.http.websocket),
        body_limit: group.iter().filter_map(|member| member.http.body_limit).max(),
        metrics: first(|http| http.metrics.clone()),
        prefix: first(|http| http.prefix.clone()),
    }
}

/// The most confident claim; the most trusted source where they are equal.
fn weigh<T>(group: &Group, get: impl Fn(&ServiceProposal) -> Option<&Claim<T>>) -> Option<&Claim<T>> {
    group.iter().filter_map(get).rev().max_by_key(|claim| claim.confidence)
}

/// Number and variable may come from different claims: the code names the variable, the Dockerfile the number.
fn port(group: &Group, kind: ServiceKind) -> Option<PortFact> {
    if matches!(kind, ServiceKind::Static | ServiceKind::Job) {
        return None;
    }
    let mut claims: Vec<&Claim<PortFact>> = group.iter().filter_map(|member| member.port.as_ref()).collect();
    claims.sort_by_key(|claim| std::cmp::Reverse(claim.confidence));
    let number = claims.iter().find_map(|claim| claim.value.number);
    let env = claims.iter().find_map(|claim| claim.value.env.clone());
    (number.is_some() || env.is_some()).then_some(PortFact { number, env })
}

/// The root manifest's name, else the folder's.
fn project_name(repository: &Repository<'_>) -> String {
    let text = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_str()).map(str::to_owned);
    let package = repository.json("package.json").and_then(|document| text(document.get("name")));
    let python = || {
        let document = repository.toml("pyproject.toml")?;
        text(document.pointer("/project/name").or_else(|| document.pointer("/tool/poetry/name")))
    };
    let bare = |name: String| match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        // `@acme/root` is the project acme.
        Some((scope, rest)) if name::is_placeholder(rest) => scope.to_owned(),
        Some((_, rest)) => rest.to_owned(),
        None => name,
    };
    package
        .map(bare)
        .map(|name| name::slug(&name))
        .filter(|name| !name::is_placeholder(name))
        .or_else(|| python().map(|name| name::slug(&name)).filter(|name| !name.is_empty()))
        .or_else(|| Some(name::slug(repository.root_name())).filter(|name| !name.is_empty()))
        .unwrap_or_else(|| "app".to_owned())
}
