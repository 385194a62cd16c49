//! `dockerfile/unverified-transfer`

use crate::rule::{About, Remark, Rule};
use crate::subject::dockerfile::Command;
use crate::subject::dockerfile::{Dockerfile, assignments};
use model::finding::Severity;

pub(super) const RULE: Rule<Dockerfile> = Rule {
    about: About {
        name: "dockerfile/unverified-transfer",
        demands: "What is fetched is checked to come from where it should: certificates and signatures stay on, or whoever sits on the way chooses what is installed.",
        advice: "remove the switch, and add the certificate of your own authority where one is missing",
        severity: Severity::Warning,
    },
    check,
};

/// Variables that switch checks off, with the value that does.
const SWITCHES: [(&str, &[&str]); 5] = [
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
    ("PIP_TRUSTED_HOST", &[]),
];

fn check(dockerfile: &Dockerfile) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (_, instruction) in
        dockerfile.instructions().filter(|(_, found)| matches!(found.keyword.as_str(), "ENV" | "ARG"))
    {
        let off = assignments(instruction).into_iter().find(|(name, value)| switches(name, value));
        let severity = if instruction.keyword == "ENV" { Severity::Error } else { Severity::Warning };
        remarks.extend(off.map(|(name, _)| {
            let message = format!("`{name}` switches the check of certificates off");
            Remark::new(dockerfile.place(instruction), message).as_bad_as(severity)
        }));
    }
    for command in dockerfile.commands() {
        let by = unchecked(&command).map(str::to_owned);
        let assigned = command.invocation.assignments.iter().find(|(name, value)| switches(name, value));
        let by = by.or_else(|| assigned.map(|(name, _)| name.clone()));
        remarks.extend(by.map(|by| {
            Remark::new(
                dockerfile.place(command.instruction),
                format!("`{by}` lets `{}` take anything", command.program()),
            )
        }));
    }
    remarks
}

fn switches(name: &str, value: &str) -> bool {
    let known = SWITCHES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    known.is_some_and(
        |(_, values)| if values.is_empty() { !value.is_empty() } else { values.contains(&value) },
    )
}

/// The option with which a command checks nothing.
fn unchecked(command: &Command<'_>) -> Option<&'static str> {
    let options: &[&str] = match command.program() {
        "curl" => &["-k", "--insecure"],
        "wget" => &["--no-check-certificate"],
        "pip" | "pip3" | "uv" => &["--trusted-host", "--allow-insecure-host"],
        "apk" => &["--allow-untrusted"],
        "apt-get" | "apt" => &["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"],
        "yum" | "dnf" => &["--nogpgcheck"],
        "rpm" => &["--nosignature", "--nodigest"],
        _ => &[],
    };
    let option = options.iter().copied().find(|option| command.has(&[option]));
    let words = command.words().join(" ");
    let set = [
        ("npm config set strict-ssl false", "strict-ssl false"),
        ("yarn config set strict-ssl false", "strict-ssl false"),
        ("http.sslVerify false", "http.sslVerify false"),
        ("http.sslVerify=false", "http.sslVerify=false"),
    ];
    option.or_else(|| set.into_iter().find(|(form, _)| words.contains(form)).map(|(_, shown)| shown))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::dockerfile::fixture::lines;

    #[test]
    fn good_ones_pass() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nRUN curl -fsSLo a https://x && wget -q https://y\nENV NODE_TLS_REJECT_UNAUTHORIZED=1\n"
            ),
            [0; 0]
        );
    }

    #[test]
    fn bad_ones_are_found() {
        for (text, expected) in [
            ("FROM node:22-slim\nRUN curl -fsSk https://x\n", &[2][..]),
            ("FROM node:22-slim\nENV NODE_TLS_REJECT_UNAUTHORIZED=0\n", &[2][..]),
            ("FROM node:22-slim\nRUN pip install --trusted-host x y\n", &[2][..]),
        ] {
            assert_eq!(lines(&RULE, text), expected, "{text}");
        }
    }

    #[test]
    fn so_is_the_second_one() {
        assert_eq!(
            lines(
                &RULE,
                "FROM node:22-slim\nRUN ls\nRUN ls && git config --global http.sslVerify false && npm ci\n"
            ),
            [3]
        );
    }
}
