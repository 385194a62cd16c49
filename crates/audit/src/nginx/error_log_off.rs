//! `nginx/error-log-off`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/error-log-off",
        demands: "Errors are logged, and where they shall be: `error_log` knows no `off`, it writes a file of that name.",
        advice: "write `error_log /dev/stderr warn;`",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let off = nginx.all("error_log").into_iter().filter(|found| found.first() == "off");
    off.map(|found| Remark::new(found.place(), "`error_log off` writes a file named `off`")).collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    #[test]
    fn a_place_passes_and_off_does_not() {
        let good = "server { error_log /dev/stderr; access_log off; }";
        assert_eq!(found("nginx/error-log-off", &[("nginx.conf", good)]), [""; 0]);
        let text = "error_log stderr;\nserver {\n error_log off;\n}";
        assert_eq!(found("nginx/error-log-off", &[("nginx.conf", text)]), ["nginx.conf:3"]);
    }
}
