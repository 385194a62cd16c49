//! `compose/host-folder`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/host-folder",
        demands: "No folder that belongs to the system of the machine can be written to from a container: who writes there is root soon.",
        advice: "mount the one folder or file that is needed, and `:ro` where it is only read",
        severity: Severity::Error,
    },
    check,
};

const FOLDERS: [&str; 19] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/run",
    "/var/spool/cron",
];

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        for mount in service.mounts().into_iter().filter(|mount| !mount.read_only) {
            let Some(source) = mount.path() else { continue };
            let bare = if source == "/" { source } else { source.trim_end_matches('/') };
            if FOLDERS.contains(&bare) || bare.starts_with("/root/") && bare.contains(".ssh") {
                let message = format!("`{}` may write to `{bare}` of the machine", service.name());
                remarks.push(Remark::new(stack.place(mount.line), message));
            }
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
                "services:\n  web:\n    image: app:1\n    volumes: [\"/:/host:ro\", \"/etc/localtime:/etc/localtime\", \"./etc:/etc\", \"data:/var\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    volumes: [\"/etc:/etc\"]\n"), [4]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    volumes:\n      - ./a:/a\n      - /:/host:rw\n"
            ),
            [6]
        );
    }
}
