//! `compose/root-user`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/root-user",
        demands: "What is built here does not run as root: who breaks out of the program has the container, and from there often the machine.",
        advice: "remove `user`, or name one that is not root",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let all = stack.services().filter(|service| service.is_built() && !stack.ends(*service)).filter_map(
        |service| {
            let user = service.get("user")?;
            let root = matches!(user.text()?.split(':').next()?, "root" | "0");
            let severity = stack.purpose.grade(Severity::Warning);
            root.then(|| {
                Remark::new(stack.place(user.line), format!("`{}` runs as root", service.name()))
                    .as_bad_as(severity)
            })
        },
    );
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        for text in [
            "services:\n  web:\n    image: app:1\n    user: root\n",
            "services:\n  a:\n    build: .\n    user: \"1000\"\n",
        ] {
            assert_eq!(lines(&RULE, text), [0; 0], "{text}");
        }
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  a:\n    build: .\n    user: root\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    build: .\n    user: node\n  b:\n    build: b\n    user: \"0:0\"\n"
            ),
            [7]
        );
    }
}
