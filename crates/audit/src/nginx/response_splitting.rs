//! `nginx/response-splitting`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::location::{self, Match};
use crate::subject::nginx::{Found, Nginx, pattern, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/response-splitting",
        demands: "What goes into a header cannot hold a line break. `$uri` and what a pattern captures are decoded, so `%0d%0a` in a path becomes one, and what follows becomes a header of the attacker.",
        advice: "use `$request_uri`, or a pattern that takes no line break, as `[^/\\s]+`",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let into_headers = ["return", "add_header", "proxy_set_header", "proxy_pass"];
    let found = nginx.found(|directive| into_headers.contains(&directive.name.as_str()));
    let remark = |found: &Found<'_>| {
        let (text, place) = in_header(found)?;
        let bad = variables(text).into_iter().find(|name| is_decoded(found, name))?;
        Some(Remark::new(found.place(), format!("`${bad}` brings line breaks into {place}")))
    };
    found.iter().filter_map(remark).collect()
}

/// The text of a directive that becomes part of a header, and which.
fn in_header<'a>(found: &Found<'a>) -> Option<(&'a str, &'static str)> {
    let words: Vec<&str> = found.arguments().iter().map(String::as_str).collect();
    match (found.directive.name.as_str(), words.as_slice()) {
        ("return", ["301" | "302" | "303" | "307" | "308", to]) => Some((to, "the address of a redirect")),
        ("return", [to]) if to.parse::<u16>().is_err() => Some((to, "the address of a redirect")),
        ("add_header", [_, value, ..]) => Some((value, "a header of the answer")),
        ("proxy_set_header", [_, value]) => Some((value, "a header of the request that is passed on")),
        ("proxy_pass", [to]) => Some((to, "the first line of the request that is passed on")),
        _ => None,
    }
}

/// Whether a variable holds what a client sent, decoded.
fn is_decoded(found: &Found<'_>, name: &str) -> bool {
    if matches!(name, "uri" | "document_uri") {
        return true;
    }
    let Some(place) = found.within("location").and_then(location::of) else { return false };
    // A pattern that is tried later has captures of its own; which of them count cannot be said.
    let later =
        ["rewrite", "if"].iter().any(|name| !found.beside(name).is_empty() || found.within(name).is_some());
    if place.by != Match::Pattern || later {
        return false;
    }
    let groups = pattern::groups(place.path);
    let group = match name.parse::<usize>() {
        Ok(number) => number.checked_sub(1).and_then(|at| groups.get(at)),
        Err(_) => groups.iter().find(|group| group.name == Some(name)),
    };
    group.is_some_and(pattern::Group::takes_newline)
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/response-splitting", &[("nginx.conf", text)])
    }

    #[test]
    fn what_cannot_hold_a_line_break_passes() {
        for text in [
            "server { return 301 https://$host$request_uri; }",
            "server { location ~ ^/old/(.*)$ { return 301 /new/$1; } }",
            "server { location ~ ^/old/([^/\\s]+)$ { return 301 /new/$1; } }",
            "server { location / { try_files $uri /index.html; return 200 $uri; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_can_does_not() {
        let text = "server {\n return 301 https://$host$request_uri;\n location ~ ^/a/([^/]+)/([a-z]+)$ {\n  return 301 /b/$2;\n }\n location ~ ^/a/([a-z]+)/([^/]+)$ {\n  return 301 /b/$2;\n }\n location / {\n  add_header X-Path $uri;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:7", "nginx.conf:10"]);
        assert_eq!(places("server { return 301 https://$host${uri}; }"), ["nginx.conf:1"]);
    }
}
