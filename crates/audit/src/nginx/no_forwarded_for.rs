//! `nginx/no-forwarded-for`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, server};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/no-forwarded-for",
        demands: "An application is told from which address a request came: else all come from nginx, and limits, logs and bans are for everybody at once.",
        advice: "add `proxy_set_header X-Forwarded-For $remote_addr;`, or `$proxy_add_x_forwarded_for` behind another proxy that you trust",
        severity: Severity::Note,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    const HEADERS: [&str; 5] =
        ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"];
    let untold = server::all(nginx).into_iter().filter_map(|server| {
        let pass = server.never_passes(&HEADERS)?;
        let message = format!("`proxy_pass {}` does not tell whose request it is", pass.first());
        Some(Remark::new(pass.place(), message))
    });
    untold.collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/no-forwarded-for", &[("nginx.conf", text)])
    }

    #[test]
    fn told_applications_pass() {
        for text in [
            "http { proxy_set_header X-Real-IP $remote_addr; server { location / { proxy_pass http://a:1; } } }",
            "stream { server { proxy_pass a:1; } }",
            "location / { proxy_pass http://a:1; }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn others_do_not() {
        let text = "server {\n location / { proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://a:1; }\n}\nserver {\n location / {\n  proxy_pass http://a:1;\n }\n location /b { proxy_pass http://a:1; }\n}";
        assert_eq!(places(text), ["nginx.conf:6"]);
    }
}
