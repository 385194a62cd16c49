//! `nginx/slash-mismatch`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use crate::subject::nginx::location::{self, Match};
use crate::subject::nginx::target;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/slash-mismatch",
        demands: "A location and the path that replaces it end alike: nginx puts what follows the one behind the other, so `/api` with `proxy_pass …/` makes `//users` of `/api/users`, and `/api/` with `…/v1` makes `/v1users`.",
        advice: "let both end with a slash, or none",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for pass in nginx.all("proxy_pass") {
        let Some(place) = pass.parent().and_then(location::of) else { continue };
        let path = target::read(pass.first()).path;
        // With variables nothing is replaced; a query is filled on purpose.
        let replaces = !path.is_empty() && !pass.first().contains('$') && !path.contains('?');
        if place.by != Match::Prefix || !replaces || place.path.ends_with('/') == path.ends_with('/') {
            continue;
        }
        let (from, to) = match path.ends_with('/') {
            true => (format!("{}/x", place.path), format!("{path}/x")),
            false => (format!("{}x", place.path), format!("{path}x")),
        };
        remarks.push(Remark::new(pass.place(), format!("`{from}` is passed on as `{to}`")));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/slash-mismatch", &[("nginx.conf", text)])
    }

    #[test]
    fn like_ends_pass() {
        for text in [
            "server { location /api/ { proxy_pass http://a:1/; } }",
            "server { location /api { proxy_pass http://a:1; } }",
            "server { location /api { proxy_pass http://a:1/v1; } }",
            "server { location = /api { proxy_pass http://a:1/; } }",
            "server { location / { proxy_pass http://a:1/; } }",
            "server { location /q/ { proxy_pass http://a:1/x?q=; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn others_do_not() {
        let text = "server {\n location /a/ { proxy_pass http://a:1/; }\n location /api {\n  proxy_pass http://a:1/;\n }\n location /b/ {\n  proxy_pass http://a:1/v1;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4", "nginx.conf:7"]);
    }
}
