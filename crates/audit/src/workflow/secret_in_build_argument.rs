//! `workflow/secret-in-build-argument`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, step};
use artifact::workflow::expression;
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/secret-in-build-argument",
        demands: "A secret is not an argument of a build: arguments stay in the history of the image, and whoever pulls it reads them.",
        advice: "mount it while it is needed: `secrets:` of the build action (or `docker build --secret`) and `RUN --mount=type=secret` in the Dockerfile",
        severity: Severity::Warning,
    },
    check,
};

/// Front ends put variables of these names into the code that browsers load: they are public in any case.
const PUBLIC: [&str; 6] = ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_"];

fn check(workflow: &Workflow) -> Vec<Remark> {
    workflow
        .steps()
        .flat_map(|(_, step)| arguments(step))
        .map(|(line, name)| {
            Remark::new(
                workflow.place(line),
                format!("the secret that is given as `{name}` stays in the image's history"),
            )
        })
        .collect()
}

/// Arguments that are made of a secret, with their lines.
fn arguments(step: &Value) -> Vec<(u32, String)> {
    let builds = step::action(step).as_deref() == Some("docker/build-push-action");
    let given = step::input(step, "build-args").filter(|_| builds);
    let given = given.into_iter().flat_map(crate::subject::workflow::expressions::lines);
    let script = step.get("run").into_iter().flat_map(crate::subject::workflow::expressions::lines);
    let on_lines =
        script.flat_map(|(line, text)| text.split("--build-arg").skip(1).map(move |rest| (line, rest)));
    given.chain(on_lines).filter_map(|(line, text)| Some((line, secret(text)?))).collect()
}

/// The name in `NAME=${{ secrets.X }}`.
fn secret(argument: &str) -> Option<String> {
    let (name, value) = argument.split_once('=')?;
    let name = name.rsplit([' ', '"', '\'']).next()?.trim();
    let first = expression::embedded(value).into_iter().next()?;
    let leads = value[..first.start].trim_matches(['"', '\'']).chars().all(|c| !c.is_whitespace());
    let names = expression::read(first.inside?).ok()?.names();
    let is_public = PUBLIC.iter().any(|prefix| name.starts_with(prefix));
    (leads && !is_public && names.iter().any(|name| name.starts_with("secrets."))).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/secret-in-build-argument";

    #[test]
    fn mounted_secrets_and_public_values_pass() {
        let good = "      - uses: docker/build-push-action@v6\n        with:\n          build-args: |\n            VITE_KEY=${{ secrets.KEY }}\n            VERSION=${{ github.sha }}\n          secrets: |\n            TOKEN=${{ secrets.TOKEN }}\n      - run: docker build --build-arg A=1 --secret id=x . && echo A=${{ secrets.A }}\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
    }

    #[test]
    fn a_secret_as_an_argument_does_not() {
        let bad = "      - uses: docker/build-push-action@v6\n        with:\n          build-args: |\n            VERSION=1\n            TOKEN=${{ secrets.TOKEN }}\n      - run: docker build --build-arg A=1 --build-arg \"TOKEN=${{ secrets.TOKEN }}\" .\n";
        assert_eq!(steps(RULE, "push", bad), [5, 6]);
    }
}
