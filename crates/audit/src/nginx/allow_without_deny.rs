//! `nginx/allow-without-deny`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, includes};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/allow-without-deny",
        demands: "A block that allows addresses denies the others: without a `deny` in the same block everybody is let in.",
        advice: "add `deny all;` behind the last `allow`",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for allow in nginx.all("allow") {
        let allowed = allow.beside("allow");
        let first = allowed.first().is_some_and(|first| std::ptr::eq(*first, allow.directive));
        let to_all = allowed.iter().any(|allow| allow.first() == "all");
        let denied = !allow.beside("deny").is_empty();
        // With `satisfy any` a password is the other way in.
        let any = allow.in_force("satisfy").iter().any(|satisfy| satisfy.first() == "any");
        if first && !to_all && !denied && !any && !allow.levels().next().is_some_and(includes) {
            let message = format!("`allow {}` keeps nobody else out", allow.first());
            remarks.push(Remark::new(allow.place(), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/allow-without-deny", &[("nginx.conf", text)])
    }

    #[test]
    fn with_deny_it_passes() {
        for text in [
            "server { location / { allow 10.0.0.0/8; deny all; } }",
            "server { location / { allow all; } }",
            "server { satisfy any; location / { allow 10.0.0.0/8; auth_basic x; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn without_it_does_not() {
        let text = "server {\n deny all;\n location / { allow 10.0.0.0/8; deny all; }\n location /b {\n  allow 10.0.0.1;\n  allow 10.0.0.2;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
