//! `compose/dangerous-capability`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/dangerous-capability",
        demands: "No capability is added with which a program can leave its container or look into others.",
        advice: "remove it, or name the one that is needed in its place",
        severity: Severity::Error,
    },
    check,
};

/// With these the machine is open; with the others a program sees or disturbs what is not its own.
const OPEN: [&str; 5] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH"];
const STRONG: [&str; 6] = ["SYS_PTRACE", "SYS_BOOT", "SYS_TIME", "BPF", "PERFMON", "NET_ADMIN"];

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        for (name, line) in service.texts("cap_add") {
            let upper = name.to_ascii_uppercase();
            let short = upper.strip_prefix("CAP_").unwrap_or(&upper);
            let severity = if OPEN.contains(&short) {
                Severity::Error
            } else if STRONG.contains(&short) && !service.is_built() {
                Severity::Note
            } else if STRONG.contains(&short) {
                Severity::Warning
            } else {
                continue;
            };
            let message = format!("`{}` gets `{name}`", service.name());
            remarks.push(Remark::new(stack.place(line), message).as_bad_as(severity));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::compose::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    cap_drop: [ALL]\n    cap_add: [CHOWN, NET_BIND_SERVICE]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    cap_add: [SYS_ADMIN]\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    cap_add:\n      - CHOWN\n      - CAP_ALL\n"
            ),
            [6]
        );
    }
}
