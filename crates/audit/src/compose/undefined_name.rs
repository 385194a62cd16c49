//! `compose/undefined-name`

use crate::rule::{About, Remark, Rule};
use crate::subject::compose::{Service, Stack};
use artifact::yaml::read::Value;
use model::finding::Severity;
use model::spelling::nearest;

pub(super) const RULE: Rule<Stack> = Rule {
    about: About {
        name: "compose/undefined-name",
        demands: "A network, volume, secret or config that a service uses is declared at the end of the file; Compose refuses the whole file otherwise.",
        advice: "declare it under the key of its kind, or correct the name",
        severity: Severity::Error,
    },
    check,
};

fn check(stack: &Stack) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for service in stack.services().filter(|_| !stack.open) {
        for (key, what, names) in used(service) {
            let declared: Vec<&str> = stack.declared(key).collect();
            for (name, line) in names
                .into_iter()
                .filter(|(name, _)| !declared.contains(&name.as_str()) && !name.contains(['$', '\0']))
            {
                let near = nearest(&name, declared.iter().copied())
                    .map(|near| format!("; `{near}` is"))
                    .unwrap_or_default();
                remarks.push(Remark::new(
                    stack.place(line),
                    format!("the {what} `{name}` is not declared{near}"),
                ));
            }
        }
    }
    remarks
}

/// The names of a kind that a service uses, with their lines.
type Used = (&'static str, &'static str, Vec<(String, u32)>);

fn used(service: Service<'_>) -> Vec<Used> {
    let owned = |(name, line): (&str, u32)| (name.to_owned(), line);
    let sources = |key: &str| {
        let items = service.get(key).map_or(&[][..], Value::items).iter();
        items
            .filter_map(|item| {
                Some((item.text().or_else(|| item.get("source")?.text())?.to_owned(), item.line))
            })
            .collect()
    };
    let networks = service.networks().into_iter().filter(|(name, _)| *name != "default").map(owned).collect();
    let mounts = service.mounts().into_iter();
    let volumes = mounts.filter_map(|mount| Some((mount.volume()?.to_owned(), mount.line))).collect();
    vec![
        ("networks", "network", networks),
        ("volumes", "volume", volumes),
        ("secrets", "secret", sources("secrets")),
        ("configs", "config", sources("configs")),
    ]
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
                "services:\n  web:\n    image: app:1\n    networks: [default, a]\n    volumes: [\"d:/d\", \"./x:/x\", \"/y\", \"${V:-./z}:/z\"]\n    secrets: [s]\nnetworks: {a: {}}\nvolumes: {d: }\nsecrets: {s: {file: ./s}}\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("services:\n  web:\n    image: app:1\n    networks: [a]\n", &[4][..]),
            ("services:\n  web:\n    image: app:1\n    volumes: [\"data:/d\"]\n", &[4][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "services:\n  web:\n    image: app:1\n    secrets:\n      - one\n      - source: tow\n        target: x\nsecrets: {one: {file: a}, two: {file: b}}\n"
            ),
            [6]
        );
    }
}
