//! `ci.yml`: every check that the repository has, a job a service, and one job that says whether all is well.

use super::action::Action;
use super::group::Group;
use super::{
    datastore, header, image, job, output, reads, registry, step, steps, toolchain, value, workflow,
};
use crate::files::blueprint::{Blueprint, Unit};
use artifact::yaml::{Map, Node, flow};
use model::facts::{CheckFact, CheckKind};

/// The job that can be the one required check.
const ALL: &str = "ci";

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let on = Map::new()
        .set("pull_request", Node::Null)
        .set("merge_group", Node::Null)
        .comment("deploy.yml calls this for every push to the default branch: it is tested once, and deployed after.")
        .set("workflow_call", registry::asked(blueprint).map_or(Node::Null, Node::from))
        .set("workflow_dispatch", Node::Null);
    let concurrency = Map::new()
        .set("group", "ci-${{ github.ref }}")
        .comment("A newer commit of a pull request makes the run of the one before superfluous.")
        .set("cancel-in-progress", "${{ github.event_name == 'pull_request' }}");
    let mut jobs = Map::new();
    let mut names = Vec::new();
    for group in Group::all(blueprint) {
        jobs = jobs.gap().set(group.id(), checks(blueprint, &group));
        names.push(group.id());
    }
    if image::any(blueprint) {
        jobs = jobs.gap().set("images", images(blueprint));
        names.push("images".into());
    }
    jobs = jobs.gap().set("generated", generated());
    names.push("generated".into());
    jobs = jobs.gap().comment("The one check that a branch has to require.").set(ALL, all(&names));
    workflow("CI", on, concurrency)
        .gap()
        .set("jobs", jobs)
        .document(&header(blueprint, "lint, type checks, tests and builds of every change."))
}

fn checks(blueprint: &Blueprint<'_>, group: &Group<'_, '_>) -> Map {
    let environment = value::environment(blueprint, &group.units);
    let mode = environment.get(value::MODE).is_some();
    let mut all = vec![step::checkout()];
    all.extend(toolchain::set_up(group));
    all.extend(group.install().into_iter().flat_map(|command| toolchain::install(group, command)));
    let (before, after): (Vec<&CheckFact>, Vec<&CheckFact>) =
        group.checks().iter().partition(|check| !runs_code(check.kind));
    all.extend(named(&before));
    all.extend(group.units.iter().filter_map(|unit| build(group, unit, mode)));
    all.extend(group.units.iter().filter_map(|unit| migrate(group, unit)));
    all.extend(prepared(&after));
    all.extend(named(&after));
    if after.iter().any(|check| check.kind == CheckKind::Coverage) {
        all.push(output::coverage(group));
    }
    all.extend(group.units.iter().filter_map(|unit| output::built(unit)));
    let names: Vec<&str> = group.units.iter().map(|unit| unit.name.as_str()).collect();
    let mut map = job(&names.join(", "), 20, reads());
    if group.folder() != "." {
        let folder = Map::new().set("working-directory", group.folder());
        map = map.set("defaults", Map::new().set("run", folder));
    }
    let services = datastore::services(blueprint, &group.units);
    if !services.is_empty() {
        map = map.set("services", services);
    }
    if !environment.is_empty() {
        map = map.comment("For tests only: none of these opens anything.").set("env", environment);
    }
    map.set("steps", steps(all))
}

/// Whether a check needs what is built and a database.
const fn runs_code(kind: CheckKind) -> bool {
    match kind {
        CheckKind::Format | CheckKind::Lint | CheckKind::Types => false,
        CheckKind::Unit | CheckKind::Integration | CheckKind::EndToEnd | CheckKind::Coverage => true,
    }
}

const fn words(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::Format => "Check the format",
        CheckKind::Lint => "Lint",
        CheckKind::Types => "Check types",
        CheckKind::Unit => "Test",
        CheckKind::Integration => "Test integration",
        CheckKind::EndToEnd => "Test end to end",
        CheckKind::Coverage => "Test with coverage",
    }
}

/// What checks need that is not installed with the rest, each once.
fn prepared(checks: &[&CheckFact]) -> Vec<Map> {
    let mut lines: Vec<&str> = checks.iter().filter_map(|check| check.prepare.as_deref()).collect();
    lines.dedup();
    lines.into_iter().map(|line| step::run("Install browsers", line)).collect()
}

/// A step a check. Two of a kind are told apart by their program.
fn named(checks: &[&CheckFact]) -> Vec<Map> {
    let of_kind = |kind| checks.iter().filter(|check| check.kind == kind).count();
    checks
        .iter()
        .map(|check| {
            let program = check.command.split_whitespace().next().unwrap_or_default();
            let name = match of_kind(check.kind) {
                1 => words(check.kind).to_owned(),
                _ => format!("{} ({program})", words(check.kind)),
            };
            step::run(&name, &check.command)
        })
        .collect()
}

/// The name of a step for one of a job's services.
fn named_for(group: &Group<'_, '_>, what: &str, unit: &Unit<'_>) -> String {
    if group.units.len() == 1 { what.to_owned() } else { format!("{what} ({})", unit.name) }
}

fn build(group: &Group<'_, '_>, unit: &Unit<'_>, mode: bool) -> Option<Map> {
    let step = step::run(&named_for(group, "Build", unit), unit.service.build.command.as_deref()?);
    // What is built is built as for production, whatever mode its tests run in.
    Some(if mode { step.set("env", Map::new().set(value::MODE, "production")) } else { step })
}

fn migrate(group: &Group<'_, '_>, unit: &Unit<'_>) -> Option<Map> {
    let command = unit.service.migrations.as_ref()?.command.as_str();
    (!command.is_empty()).then(|| step::run(&named_for(group, "Migrate the test database", unit), command))
}

/// Every image is built, none is pushed.
fn images(blueprint: &Blueprint<'_>) -> Map {
    let inputs = image::inputs(blueprint, image::Values::Test).set("push", false);
    let all =
        vec![step::checkout(), Action::Buildx.step("Set up BuildKit"), Action::Build.with("Build", inputs)];
    job("image of ${{ matrix.image }}", 30, reads())
        .set("strategy", image::strategy(blueprint, image::Values::Test))
        .set("steps", steps(all))
}

/// Generated files are those of this state of the code.
fn generated() -> Map {
    let check = step::run("Say which generated files are out of date", "mainstay generate --check");
    job("generated files", 10, reads()).set("steps", steps(vec![step::checkout(), step::mainstay(), check]))
}

fn all(names: &[String]) -> Map {
    let script = "\
for result in $RESULTS; do
  if [ \"$result\" != success ]; then
    echo \"::error::a check ended with: $result\"
    exit 1
  fi
done
";
    let check = Map::new()
        .set("name", "All of them succeeded")
        .set("env", Map::new().set("RESULTS", "${{ join(needs.*.result, ' ') }}"))
        .set("run", Node::Block(script.into()));
    job(ALL, 5, Map::new())
        .set("needs", flow(names.to_vec()))
        .comment("Also after a failure: a job that is left out counts as success.")
        .set("if", "${{ always() }}")
        .set("steps", steps(vec![check]))
}
