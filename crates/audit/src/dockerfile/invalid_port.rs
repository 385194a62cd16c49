//! `dockerfile/invalid-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Dockerfile;
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/invalid-port",
        demands: "`EXPOSE` names ports of the container: numbers up to 65535, with `/udp` where it is not TCP. A mapping or an address belongs to whatever runs it.",
        advice: "write the port of the container alone, as `EXPOSE 8080`",
        severity: Severity::Error,
    },
    check,
};

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let exposed = dockerfile.instructions().filter(|(_, found)| found.keyword == "EXPOSE");
    let ports = exposed.flat_map(|(_, found)| found.rest().split_whitespace().map(move |port| (found, port)));
    let wrong = ports.filter(|(_, port)| !port.contains('$') && !is_port(port.trim_matches(['"', '\''])));
    wrong
        .map(|(found, port)| {
            Remark::new(dockerfile.place(found), format!("`{port}` is no port of a container"))
        })
        .collect()
}

fn is_port(text: &str) -> bool {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let number = |text: &str| text.parse::<u16>().ok().filter(|number| *number > 0);
    let known = ["tcp", "udp", "sctp"].iter().any(|known| protocol.eq_ignore_ascii_case(known));
    known && number(first).zip(number(last)).is_some_and(|(first, last)| first <= last)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nEXPOSE 80 53/udp 8000-8010 ${PORT}\n"), [0; 0]);
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nEXPOSE 70000\n", &[2][..]),
            ("FROM node:22-slim\nEXPOSE 80:80\n", &[2][..]),
            ("FROM node:22-slim\nEXPOSE http\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(lines(&RULE, "FROM node:22-slim\nEXPOSE 80\nEXPOSE 443 127.0.0.1:9000\n"), [3]);
    }
}
