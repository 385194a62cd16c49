//! `compose/unknown-dependency`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unknown-dependency",
        demands: "A service waits only for services that are there; Compose refuses the whole file otherwise.",
        advice: "correct the name, or add the service",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let names: Vec<&str> = stack.services().map(|service| service.name()).collect();
    for service in stack.services().filter(|_| !stack.open) {
        let mode = service
            .get("network_mode")
            .and_then(|mode| Some((mode.text()?.strip_prefix("service:")?, mode.line)));
        let on = service
            .depends_on()
            .into_iter()
            .filter(|(name, ..)| !is_loose(stack, service.name(), name))
            .map(|(name, line, _)| (name, line));
        for (name, line) in on.chain(mode).filter(|(name, _)| !names.contains(name)) {
            let near = stack.nearly(name);
            let message = format!("`{}` needs `{name}`, which is no service{near}", service.name());
            remarks.push(Remark::new(stack.place(line), message));
        }
    }
    remarks
}

/// `required: false` is for services that another file may bring.
fn is_loose(stack: &Stack, service: &str, name: &str) -> bool {
    let on = stack.root().at(&["services", service, "depends_on", name, "required"]);
    on.is_some_and(|required| required.truth() == Some(false))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    depends_on: [b]\n  b:\n    image: b:1\n"),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  a:\n    build: .\n    depends_on: [dbb]\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    depends_on:\n      b: {condition: service_started}\n      c: {condition: service_started}\n  b:\n    build: .\n"
            ),
            [6]
        );
    }
}
