//! `compose/unkept-data`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::purpose::Purpose;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/unkept-data",
        demands: "A database keeps its data in a volume with a name: without one the data goes with the container.",
        advice: "mount a volume where the server keeps its data",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    if stack.purpose == Purpose::Development {
        return Vec::new();
    }
    let mut remarks = Vec::new();
    for service in stack.services().filter(|service| !service.is_built() && !stack.ends(*service)) {
        let Some(store) = service.store().filter(|store| !store.data().is_empty()) else { continue };
        let own = service.variable("PGDATA").map(|(folder, _)| folder);
        let mounts = service.mounts();
        let here = |folder: &str| {
            let on = |at: &str| {
                at == folder || folder.starts_with(&format!("{at}/")) || at.starts_with(&format!("{folder}/"))
            };
            mounts.iter().any(|mount| on(&mount.target) && (mount.source.is_some() || mount.kind == "tmpfs"))
                || service.tmpfs().into_iter().any(on)
        };
        let kept = store.data().iter().any(|folder| here(folder)) || own.is_some_and(|folder| here(&folder));
        if !kept && !stack.open {
            let message = format!("the data of `{}` goes with its container", service.name());
            let severity = stack.purpose.grade(Severity::Error);
            remarks.push(Remark::new(stack.place(service.key.line), message).as_bad_as(severity));
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
                "services:\n  db:\n    image: postgres:17\n    volumes: [\"d:/var/lib/postgresql/data\"]\n  m:\n    image: mysql:8\n    tmpfs: /var/lib/mysql\n  r:\n    image: redis:7\nvolumes: {d: }\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("services:\n  db:\n    image: postgres:17\n", &[2][..]),
            (
                "services:\n  db:\n    image: postgres:17\n    volumes: [\"/var/lib/postgresql/data\"]\n",
                &[2][..],
            ),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  db:\n    image: postgres:17\n    volumes: [\"d:/var/lib/postgresql/data\"]\n  m:\n    image: mariadb:11\n    volumes: [\"./init:/docker-entrypoint-initdb.d\"]\n"
            ),
            [5]
        );
    }
}
