//! `nginx/if-in-location`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use artifact::nginx::read::Directive;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/if-in-location",
        demands: "An `if` in a location that uses `try_files` ends the request: where the condition holds, nginx goes on in the block of the `if`, to which `try_files` is unknown, and what it would have found is a 404.",
        advice: "end the `if` with `return` or `rewrite … last`, or choose by a `map` outside of the location",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.found(|directive| directive.name == "if" && directive.block.is_some()) {
        let Some(location) = found.parent().filter(|parent| parent.name == "location") else { continue };
        let tries = location.all("try_files").next();
        if let Some(tries) = tries.filter(|_| !found.inside().iter().any(leaves)) {
            let message =
                format!("where `if {}` holds, `try_files` does nothing", found.arguments().join(" "));
            remarks.push(Remark::new(found.place(), message).with(nginx.place(tries)));
        }
    }
    remarks
}

/// Whether a directive takes the request out of the location.
fn leaves(directive: &Directive) -> bool {
    match directive.name.as_str() {
        "return" | "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" => true,
        "rewrite" => directive.arguments.last().is_none_or(|flag| flag != "break"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/if-in-location", &[("nginx.conf", text)])
    }

    #[test]
    fn what_ends_the_request_passes() {
        for text in [
            "server { location / { if ($a) { return 403; } try_files $uri =404; } }",
            "server { location / { if ($a) { rewrite ^ /b last; } try_files $uri =404; } }",
            "server { location / { if ($a) { add_header A b; } } }",
            "server { if ($a) { set $b 1; } location / { try_files $uri =404; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_goes_on_does_not() {
        let text = "server {\n location / {\n  if ($a) { return 403; }\n  if ($b) { add_header C d; }\n  try_files $uri =404;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4"]);
    }
}
