//! `nginx/return-before-access`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/return-before-access",
        demands: "What `allow` and `deny` protect is not answered by a `return` beside them: nginx returns before it looks at addresses.",
        advice: "serve the answer from another location, or take the `deny` away if everybody may see it",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.all("return") {
        let refuses = found.first().starts_with('4') && found.first().len() == 3;
        if let Some(deny) = found.beside("deny").first().filter(|_| !refuses) {
            let message = format!("`deny {}` keeps nobody from this answer", deny.first());
            remarks.push(Remark::new(found.place(), message).with(nginx.place(deny)));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/return-before-access", &[("nginx.conf", text)])
    }

    #[test]
    fn refusals_and_other_blocks_pass() {
        for text in [
            "server { location / { deny all; return 404; } }",
            "server { deny all; location /healthz { return 200 ok; } }",
            "server { location / { deny all; if ($a) { return 200; } } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn an_answer_does_not() {
        let text = "server {\n location /a { deny all; }\n location /b {\n  allow 10.0.0.1;\n  deny all;\n  return 200 secret;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:6"]);
    }
}
