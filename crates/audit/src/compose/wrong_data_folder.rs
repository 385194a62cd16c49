//! `compose/wrong-data-folder`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use crate::subject::compose::Store;
use crate::subject::image::Image;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/wrong-data-folder",
        demands: "The volume of PostgreSQL lies where this version keeps its data: /var/lib/postgresql/data up to 17, /var/lib/postgresql from 18 on. Else a volume without a name gets the data, or the server refuses to start.",
        advice: "mount the volume at the folder of the version; data that is there already has to be moved",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack
        .services()
        .filter(|service| service.store() == Some(Store::Postgres) && service.variable("PGDATA").is_none())
    {
        let image = service.known_image();
        let image = Image::read(&image);
        let Some(major) = image.major().filter(|_| image.official() == Some("postgres")) else { continue };
        let old = major < 18;
        let (right, wrong) = match old {
            true => ("/var/lib/postgresql/data", "/var/lib/postgresql"),
            false => ("/var/lib/postgresql", "/var/lib/postgresql/data"),
        };
        let mounts = service.mounts();
        if old && mounts.iter().any(|mount| mount.target == right) {
            continue;
        }
        let misplaced = mounts.iter().filter(|mount| mount.target == wrong);
        remarks.extend(misplaced.map(|mount| {
            Remark::new(
                stack.place(mount.line),
                format!("PostgreSQL {major} keeps its data at {right}, not at {wrong}"),
            )
        }));
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
                "services:\n  a:\n    image: postgres:17\n    volumes: [\"d:/var/lib/postgresql/data\"]\n  b:\n    image: postgres:18-alpine\n    volumes: [\"e:/var/lib/postgresql\"]\n  c:\n    image: postgres\n    volumes: [\"e:/var/lib/postgresql\"]\nvolumes: {d: , e: }\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    image: postgres:17\n    volumes: [\"d:/var/lib/postgresql\"]\nvolumes: {d: }\n"
            ),
            [4]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  a:\n    image: postgres:17\n    volumes: [\"d:/var/lib/postgresql/data\"]\n  b:\n    image: postgres:18\n    volumes:\n      - ./i:/docker-entrypoint-initdb.d\n      - e:/var/lib/postgresql/data\nvolumes: {d: , e: }\n"
            ),
            [9]
        );
    }
}
