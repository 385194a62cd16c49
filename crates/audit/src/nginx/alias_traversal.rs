//! `nginx/alias-traversal`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use crate::subject::nginx::location::{self, Match};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/alias-traversal",
        demands: "A location ends with a slash if its `alias` does: `/static../x` begins with `/static`, and would be read from the folder above.",
        advice: "end the location with a slash too",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for alias in nginx.all("alias") {
        let Some(place) = alias.within("location").and_then(location::of) else { continue };
        if place.by == Match::Prefix && !place.path.ends_with('/') && alias.first().ends_with('/') {
            let message = format!("`{}../` reaches the folder above `{}`", place.path, alias.first());
            remarks.push(Remark::new(alias.place(), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/alias-traversal", &[("nginx.conf", text)])
    }

    #[test]
    fn matching_ends_pass() {
        for text in [
            "server { location /static/ { alias /srv/static/; } }",
            "server { location = /x { alias /srv/x/; } }",
            "server { location ~ ^/x/(.+)$ { alias /srv/$1/; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_location_without_a_slash_does_not() {
        let text = "server {\n location /a/ { alias /a/; }\n location ^~ /b {\n  alias /srv/b/;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4"]);
    }
}
