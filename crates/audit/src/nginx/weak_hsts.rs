//! `nginx/weak-hsts`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/weak-hsts",
        demands: "`Strict-Transport-Security` holds for at least half a year: browsers forget a shorter promise between visits, and ignore one without `max-age`.",
        advice: "write `max-age=31536000`; `max-age=0` takes the promise back",
        severity: Severity::Warning,
    },
    check,
};

/// Half a year, in seconds.
const SHORTEST: u64 = 15_768_000;

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for header in nginx.all("add_header") {
        let [name, value, ..] = header.arguments() else { continue };
        if !name.eq_ignore_ascii_case("strict-transport-security") || value.contains('$') {
            continue;
        }
        let lower = value.to_ascii_lowercase();
        let age = lower.split(';').find_map(|part| part.trim().strip_prefix("max-age="));
        let age: Option<u64> = age.and_then(|age| age.trim().trim_matches('"').parse().ok());
        let message = match age {
            None => "`Strict-Transport-Security` has no `max-age`".to_owned(),
            Some(age @ 1..SHORTEST) => format!("`max-age={age}` is {} days", age / 86_400),
            // Taken back on purpose, or long enough.
            Some(_) => continue,
        };
        remarks.push(Remark::new(header.place(), message));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/weak-hsts", &[("nginx.conf", text)])
    }

    #[test]
    fn long_promises_pass() {
        for value in ["\"max-age=31536000; includeSubDomains\"", "max-age=0", "$hsts"] {
            assert_eq!(
                places(&format!("server {{ add_header Strict-Transport-Security {value}; }}")),
                [""; 0]
            );
        }
    }

    #[test]
    fn short_ones_do_not() {
        let text = "server {\n add_header Strict-Transport-Security max-age=31536000;\n location / {\n  add_header Strict-Transport-Security max-age=3600;\n }\n location /b {\n  add_header Strict-Transport-Security includeSubDomains;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4", "nginx.conf:7"]);
    }
}
