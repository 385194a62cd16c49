//! `compose/sexagesimal-port`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Stack;
use artifact::yaml::read::{Kind, Value};
use model::finding::Severity;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/sexagesimal-port",
        demands: "A port below 60 stands in quotes: a reader of YAML 1.1, as docker-compose 1 is, takes `22:22` for the number 1342.",
        advice: "put quotes around it",
        severity: Severity::Warning,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let ports = stack.services().flat_map(|service| service.get("ports").map_or(&[][..], Value::items));
    let wrong = ports
        .filter(|port| matches!(&port.kind, Kind::Scalar { text, quoted: false } if is_sexagesimal(text)));
    wrong
        .map(|port| {
            Remark::new(
                stack.place(port.line),
                format!("`{}` may be read as a number", port.text().unwrap_or_default()),
            )
        })
        .collect()
}

fn is_sexagesimal(text: &str) -> bool {
    let Some((first, rest)) = text.split_once(':') else { return false };
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    digits(first)
        && rest
            .split(':')
            .all(|part| digits(part) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < 60))
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
                "services:\n  web:\n    image: app:1\n    ports:\n      - \"22:22\"\n      - 80:80\n      - 22:8022\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        assert_eq!(lines(&RULE, "services:\n  web:\n    image: app:1\n    ports:\n      - 22:22\n"), [5]);
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(&RULE, "services:\n  web:\n    image: app:1\n    ports:\n      - 80:80\n      - 2222:22\n"),
            [6]
        );
    }
}
