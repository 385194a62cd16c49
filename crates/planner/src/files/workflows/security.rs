//! `security.yml`: known vulnerabilities of dependencies, files and images, and unsafe settings, on every change and every week.

use super::action::{Action, TRIVY};
use super::group::Group;
use super::{branches, header, image, job, reads, registry, step, steps, toolchain, workflow};
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, Node, list};
use model::facts::PackageManager;

/// The release of pip-audit, for services in Python.
const PIP_AUDIT: &str = "2.10";
/// What Trivy finds.
const TRIVY_REPORT: &str = "trivy.sarif";
/// Where pip-audit reads what is installed.
const REQUIREMENTS: &str = "$RUNNER_TEMP/requirements.txt";

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let weekly = Map::new().set("cron", "23 5 * * 1");
    let on = Map::new()
        .set("pull_request", Node::Null)
        .set("push", Map::new().set("branches", branches()))
        .comment("What was safe last week may be known to be unsafe today.")
        .set("schedule", list([weekly]))
        .set("workflow_dispatch", Node::Null);
    let concurrency = Map::new()
        .set("group", "security-${{ github.ref }}")
        .set("cancel-in-progress", "${{ github.event_name == 'pull_request' }}");
    let mut jobs = Map::new();
    let mut audited: Vec<(String, String)> = Vec::new();
    for group in Group::all(blueprint) {
        let Some(command) = audit(&group) else { continue };
        let place = (group.install_folder().to_owned(), command.clone());
        if !audited.contains(&place) {
            jobs = jobs.gap().set(format!("dependencies-{}", group.id()), dependencies(&group, &command));
            audited.push(place);
        }
    }
    jobs = jobs.gap().set("settings", settings()).gap().set("files", files());
    if image::any(blueprint) {
        jobs = jobs.gap().set("images", images(blueprint));
    }
    workflow("Security", on, concurrency)
        .gap()
        .set("jobs", jobs)
        .document(&header(blueprint, "known vulnerabilities, leaked secrets and unsafe settings."))
}

/// Fails when something that runs in production is known to be highly vulnerable.
fn audit(group: &Group<'_, '_>) -> Option<String> {
    let recipe = &group.first().service.build;
    recipe.install.as_ref()?;
    let pip_audit = |export: &str| {
        format!(
            "{export}\npipx run --spec 'pip-audit=={PIP_AUDIT}.*' pip-audit --no-deps --disable-pip --requirement \"{REQUIREMENTS}\" --progress-spinner off\n"
        )
    };
    Some(match recipe.package_manager? {
        PackageManager::Npm => "npm audit --omit=dev --audit-level=high".into(),
        PackageManager::Pnpm => "pnpm audit --prod --audit-level=high".into(),
        // The exit code adds up what was found: 8 is high, 16 is critical.
        PackageManager::Yarn => "yarn audit --groups dependencies --level high || [ \"$?\" -lt 8 ]".into(),
        PackageManager::YarnBerry => {
            "yarn npm audit --all --recursive --environment production --severity high".into()
        }
        PackageManager::Bun => "bun audit --audit-level=high".into(),
        PackageManager::Deno => return None,
        PackageManager::Pip => pip_audit(&format!("pip freeze --exclude-editable > \"{REQUIREMENTS}\"")),
        PackageManager::Uv => pip_audit(&format!(
            "uv export --frozen --no-dev --no-emit-workspace --no-hashes --output-file \"{REQUIREMENTS}\""
        )),
        PackageManager::Poetry => {
            pip_audit(&format!("poetry run python -m pip freeze --exclude-editable > \"{REQUIREMENTS}\""))
        }
        PackageManager::Pdm => {
            pip_audit(&format!("pdm export --prod --without-hashes --output \"{REQUIREMENTS}\""))
        }
        PackageManager::Pipenv => pip_audit(&format!("pipenv requirements > \"{REQUIREMENTS}\"")),
    })
}

fn dependencies(group: &Group<'_, '_>, command: &str) -> Map {
    let mut all = vec![step::checkout()];
    all.extend(toolchain::set_up(group));
    if let Some(command) = to_be_known(group) {
        all.extend(toolchain::install(group, command));
    }
    let mut audit = registry::opened(step::run("Look for known vulnerabilities", command), group.first());
    if group.install_folder() != "." {
        audit = audit.set("working-directory", group.install_folder());
    }
    all.push(audit);
    job(&format!("dependencies of {}", group.id()), 15, reads()).set("steps", steps(all))
}

/// Most lock files are read as they are. What pip resolves, and what poetry does not export, is installed to be known.
fn to_be_known<'b>(group: &Group<'b, '_>) -> Option<&'b str> {
    let recipe = &group.first().service.build;
    let installs = matches!(recipe.package_manager, Some(PackageManager::Pip | PackageManager::Poetry));
    recipe.install.as_deref().filter(|_| installs)
}

/// To write findings to the repository's security page.
fn reports() -> Map {
    reads().set_with_note("security-events", "write", "to report what is found").set_with_note(
        "actions",
        "read",
        "asked for by the report in a private repository",
    )
}

/// Mainstay's own audit sees across the files that it knows: what one says and another one contradicts.
fn settings() -> Map {
    let sarif = "mainstay.sarif";
    let audit = step::run("Audit", &format!("mainstay audit --sarif {sarif}"));
    let all = vec![step::checkout(), step::mainstay(), audit, report(sarif, "mainstay")];
    job("settings", 10, reports()).set("steps", steps(all))
}

fn files() -> Map {
    let inputs = scan("fs").set("scan-ref", ".").set("scanners", "vuln,secret,misconfig");
    let scan = Action::Trivy.with("Scan files", inputs);
    job("files", 20, reports())
        .set("steps", steps(vec![step::checkout(), scan, report(TRIVY_REPORT, "files")]))
}

fn images(blueprint: &Blueprint<'_>) -> Map {
    let build = image::inputs(blueprint, image::Values::Test)
        .set("push", false)
        .set("load", true)
        .set("tags", "scanned:${{ matrix.image }}");
    let inputs = scan("image").set("image-ref", "scanned:${{ matrix.image }}").set("scanners", "vuln,secret");
    let all = vec![
        step::checkout(),
        Action::Buildx.step("Set up BuildKit"),
        Action::Build.with("Build", build),
        Action::Trivy.with("Scan", inputs),
        report(TRIVY_REPORT, "image-${{ matrix.image }}"),
    ];
    job("image of ${{ matrix.image }}", 40, reports())
        .set("strategy", image::strategy(blueprint, image::Values::Test))
        .set("steps", steps(all))
}

/// A finding fails the job only when it is serious and there is something to do about it.
fn scan(kind: &str) -> Map {
    Map::new()
        .set("version", TRIVY)
        .set("scan-type", kind)
        .set("format", "sarif")
        .set("output", TRIVY_REPORT)
        .set("severity", "HIGH,CRITICAL")
        .set("limit-severities-for-sarif", true)
        .set("ignore-unfixed", true)
        .set("exit-code", "1")
}

/// The report is of most use when the scan failed.
fn report(file: &str, category: &str) -> Map {
    let inputs = Map::new().set("sarif_file", file).set("category", category);
    let condition = "${{ !cancelled() && (github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository) }}";
    Action::Sarif
        .step("Report")
        .comment("A pull request from a fork has no right to report.")
        .set("if", condition)
        .set("with", inputs)
}
