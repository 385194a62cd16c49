//! `nginx/version-shown`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/version-shown",
        demands: "Answers do not name the version of nginx: it tells which known holes to try.",
        advice: "write `server_tokens off;`",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let shown =
        nginx.all("server_tokens").into_iter().filter(|found| ["on", "build"].contains(&found.first()));
    shown
        .map(|found| Remark::new(found.place(), format!("`server_tokens {}` is asked for", found.first())))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    #[test]
    fn off_passes_and_on_does_not() {
        let text = "server {\n server_tokens off;\n}\nserver {\n server_tokens on;\n}";
        assert_eq!(found("nginx/version-shown", &[("nginx.conf", text)]), ["nginx.conf:5"]);
        assert_eq!(found("nginx/version-shown", &[("nginx.conf", "server { server_tokens off; }")]), [""; 0]);
    }
}
