//! `deploy.yml`: images of what passed every check, and the release through Mainstay, which migrates before it switches and
//! undoes what fails.

use super::action::Action;
use super::{branches, header, image, job, reads, registry, remote, smoke, step, steps, workflow};
use crate::files::blueprint::Blueprint;
use artifact::yaml::{Map, Node, flow, list};

/// The environment of a run: the one that is asked for, production for a version, else where the default branch goes.
const ENVIRONMENT: &str = "${{ inputs.environment || (github.ref_type == 'tag' && 'production') || vars.DEFAULT_BRANCH_ENVIRONMENT || 'staging' }}";

pub(super) fn text(blueprint: &Blueprint<'_>) -> String {
    let choice = Map::new()
        .set("description", "Where to")
        .set("type", "choice")
        .set("options", flow(["staging", "production"]))
        .set("default", "staging");
    let inputs = Map::new().set("inputs", Map::new().set("environment", choice));
    let on = Map::new()
        .set("push", Map::new().set("branches", branches()).set("tags", flow(["v*"])))
        .set("workflow_dispatch", inputs);
    let concurrency = Map::new()
        .set("group", "release-${{ github.ref }}")
        .comment("Nothing that changes a server is stopped half way.")
        .set("cancel-in-progress", false);
    let checks = Map::new()
        .set("name", "checks")
        .set("uses", "./.github/workflows/ci.yml")
        .set("permissions", reads())
        .set_some("secrets", registry::handed(blueprint));
    let mut jobs = Map::new().set("checks", checks);
    let mut needs = vec!["checks"];
    if image::any(blueprint) {
        jobs = jobs.gap().set("images", images(blueprint));
        needs.push("images");
    }
    jobs = jobs.gap().set("deploy", deploy(blueprint, &needs));
    let mut document = workflow("Deploy", on, concurrency);
    if image::any(blueprint) {
        document = document.gap().set("env", Map::new().set("IMAGES", prefix(blueprint)));
    }
    document.gap().set("jobs", jobs).document(&about(blueprint))
}

fn about(blueprint: &Blueprint<'_>) -> String {
    let what = "images and a release of what passed every check.";
    let mut text = header(blueprint, what);
    text.push_str(
        "\n\nThe default branch goes to staging (or where the repository's variable DEFAULT_BRANCH_ENVIRONMENT says), a\n\
         version (a tag like v1.2.3) to production. Servers are reached once the repository's variable DEPLOY_ENABLED is\n\
         `true`. Each environment of the repository on GitHub needs:\n",
    );
    for (name, what) in remote::SETTINGS {
        text.push_str(&format!("  {name}: {what}\n"));
    }
    text.push_str("  PUBLIC_URL: the address that people use, asked after each deploy");
    text
}

/// The part before a service's name. Without a known repository, that of the one in which the workflow runs.
fn prefix(blueprint: &Blueprint<'_>) -> String {
    match blueprint.facts.project.github {
        Some(_) => blueprint.image_prefix(),
        None => "ghcr.io/${{ github.repository }}".into(),
    }
}

fn images(blueprint: &Blueprint<'_>) -> Map {
    let outputs = image::names(blueprint)
        .into_iter()
        .fold(Map::new(), |map, name| map.set(&name, format!("${{{{ steps.digest.outputs.{name} }}}}")));
    let permissions = reads().set_with_note("packages", "write", "to push images");
    let login = Map::new()
        .set("registry", "ghcr.io")
        .set("username", "${{ github.actor }}")
        .set("password", "${{ secrets.GITHUB_TOKEN }}");
    let tags = "type=sha,format=long\ntype=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=raw,value=latest,enable={{is_default_branch}}\n";
    let metadata = Map::new()
        .set("images", "${{ env.IMAGES }}/${{ matrix.image }}")
        .set("tags", Node::Block(tags.into()))
        .set("labels", "org.opencontainers.image.title=${{ matrix.image }}");
    let build = image::inputs(blueprint, image::Values::Repository)
        .set("push", true)
        .set("tags", "${{ steps.metadata.outputs.tags }}")
        .set("labels", "${{ steps.metadata.outputs.labels }}")
        .comment("How it was built and what is in it, attached to the image.")
        .set("provenance", "mode=max")
        .set("sbom", true);
    let all = vec![
        step::checkout(),
        Action::Buildx.step("Set up BuildKit"),
        Action::Login.with("Log in", login),
        Action::Metadata.step("Name it").set("id", "metadata").set("with", metadata),
        Action::Build.step("Build and push").set("id", "build").set("with", build),
        digest(),
    ];
    job("image of ${{ matrix.image }}", 30, permissions)
        .set("needs", "checks")
        .comment("By digest, which never means another image.")
        .set("outputs", outputs)
        .set("strategy", image::strategy(blueprint, image::Values::Repository))
        .set("steps", steps(all))
}

/// The name that deploy/swarm/stack.yml and Kubernetes manifests can be given.
fn digest() -> Map {
    let environment = Map::new()
        .set("IMAGE", "${{ matrix.image }}")
        .set("REFERENCE", "${{ env.IMAGES }}/${{ matrix.image }}@${{ steps.build.outputs.digest }}");
    let script = "\
echo \"$IMAGE=${REFERENCE,,}\" >> \"$GITHUB_OUTPUT\"
echo \"\\`${REFERENCE,,}\\`\" >> \"$GITHUB_STEP_SUMMARY\"
";
    Map::new()
        .set("name", "Say its digest")
        .set("id", "digest")
        .set("env", environment)
        .set("run", Node::Block(script.into()))
}

fn deploy(blueprint: &Blueprint<'_>, needs: &[&str]) -> Map {
    let mut all = vec![
        remote::connect(),
        remote::run(
            "Deploy",
            ENVIRONMENT,
            "\
git fetch --quiet --force --tags origin
git checkout --quiet --detach \"$revision\"
mainstay deploy --environment \"$environment\" < /dev/null
",
        )
        .comment(
            "Mainstay backs up, migrates, starts, gates and switches, in this order, and undoes what fails.",
        ),
    ];
    let paths = smoke::paths(blueprint);
    if !paths.is_empty() {
        all.push(smoke_test(blueprint, &paths));
        let back = remote::run(
            "Roll back",
            ENVIRONMENT,
            "mainstay rollback --environment \"$environment\" < /dev/null\n",
        );
        let back = back.comment("Only where the release went live: a deploy that fails is undone already.");
        all.push(back.set("if", "${{ failure() && steps.smoke.outcome == 'failure' }}"));
    }
    all.push(remote::forget());
    let environment =
        Map::new().set("name", ENVIRONMENT).set_some("url", (!paths.is_empty()).then(|| address(blueprint)));
    let concurrency = Map::new()
        .set("group", format!("deploy-{ENVIRONMENT}"))
        .comment("One deploy of an environment at a time, and none is stopped half way.")
        .set("cancel-in-progress", false);
    job("deploy", 60, Map::new())
        .set("needs", flow(needs.iter().copied()))
        .set("if", "${{ vars.DEPLOY_ENABLED == 'true' }}")
        .set("environment", environment)
        .set("concurrency", concurrency)
        .set("steps", list(all))
}

/// The address that people use.
fn address(blueprint: &Blueprint<'_>) -> String {
    match blueprint.public_url() {
        Some(url) => format!("${{{{ vars.PUBLIC_URL || '{url}' }}}}"),
        None => "${{ vars.PUBLIC_URL }}".into(),
    }
}

fn smoke_test(blueprint: &Blueprint<'_>, paths: &[String]) -> Map {
    let environment = Map::new().set("PUBLIC_URL", address(blueprint));
    let paths: Vec<String> = paths.iter().map(|path| format!("'{}'", path.replace('\'', ""))).collect();
    let script = format!(
        "\
if [ -z \"$PUBLIC_URL\" ]; then
  echo \"::warning::PUBLIC_URL is not set in this environment: nothing was asked\"
  exit 0
fi
for path in {}; do
  curl --fail --silent --show-error --location --max-time 10 --retry 5 --retry-delay 3 --retry-all-errors --output /dev/null --write-out '%{{http_code}} %{{url_effective}} %{{time_total}} s\\n' \"${{PUBLIC_URL%/}}$path\"
done
",
        paths.join(" ")
    );
    Map::new()
        .set("name", "Ask the public address")
        .set("id", "smoke")
        .set("env", environment)
        .set("run", Node::Block(script))
}
