//! `compose/host-device`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/host-device",
        demands: "No container has a disk or the memory of the machine as a device: it reads and writes past every permission.",
        advice: "remove it, and mount the folder that is needed",
        severity: Severity::Error,
    },
    check,
};

const DEVICES: [&str; 10] = [
    "/dev/mem",
    "/dev/kmem",
    "/dev/port",
    "/dev/kmsg",
    "/dev/sd",
    "/dev/nvme",
    "/dev/dm-",
    "/dev/vd",
    "/dev/xvd",
    "/dev/disk",
];

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services() {
        for (text, line) in service.texts("devices") {
            let device = text.split(':').next().unwrap_or(text);
            if device == "/dev" || DEVICES.iter().any(|known| device.starts_with(known)) {
                remarks.push(Remark::new(
                    stack.place(line),
                    format!("`{}` gets `{device}` of the machine", service.name()),
                ));
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
                "services:\n  web:\n    image: app:1\n    devices: [\"/dev/net/tun\", \"/dev/dri:/dev/dri\"]\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    devices: [\"/dev/sda:/dev/sda\"]\n"),
            [4]
        );
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    devices:\n      - /dev/ttyUSB0\n      - /dev/mem\n"
            ),
            [6]
        );
    }
}
