//! `nginx/path-lost`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use crate::subject::nginx::location::{self, Match};
use crate::subject::nginx::target;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/path-lost",
        demands: "A `proxy_pass` with a variable names no path, or names the whole of it: nginx then passes on that path and nothing of the request's own.",
        advice: "leave the path away, or cut it before: `rewrite ^/api/(.*)$ /$1 break;`",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for pass in nginx.all("proxy_pass") {
        let Some(place) = pass.parent().and_then(location::of) else { continue };
        let target = target::read(pass.first());
        let fixed = !target.path.is_empty() && !target.path.contains('$');
        let variable = target.host.contains('$') || target.port.is_some_and(|port| port.contains('$'));
        if place.by == Match::Prefix && variable && fixed && !pass.is_internal() {
            let message = format!("every request below `{}` is passed on as `{}`", place.path, target.path);
            remarks.push(Remark::new(pass.place(), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/path-lost", &[("nginx.conf", text)])
    }

    #[test]
    fn whole_and_absent_paths_pass() {
        for text in [
            "server { location /api/ { proxy_pass http://$a:1; } }",
            "server { location /api/ { proxy_pass http://$a:1$request_uri; } }",
            "server { location /api/ { proxy_pass http://$a/$is_args; } }",
            "server { location /api/ { proxy_pass http://a:1/; } }",
            "server { location = /auth { proxy_pass http://$a/verify; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_fixed_one_does_not() {
        let text = "server {\n location / { proxy_pass $a; }\n location /api/ {\n  proxy_pass $a/;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4"]);
    }
}
