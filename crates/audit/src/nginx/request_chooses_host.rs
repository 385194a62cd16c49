//! `nginx/request-chooses-host`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Found, Nginx, location, pattern, server, target, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/request-chooses-host",
        demands: "Where a request is passed to is decided here and not by the request: else whoever can reach nginx reaches every service that nginx reaches.",
        advice: "choose among known hosts by a `map` with a `default`",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.all("proxy_pass") {
        let whole = target::resolved(&found, found.first());
        let target = target::read(&whole);
        let chosen = variables(target.host).into_iter().find(|name| is_chosen(&found, name));
        if let Some(name) = chosen.filter(|_| !found.is_internal()) {
            let message = format!("`${name}` lets the request say to which host it goes");
            remarks.push(Remark::new(found.place(), message));
        }
    }
    remarks
}

/// Whether a variable holds what a client likes.
fn is_chosen(found: &Found<'_>, name: &str) -> bool {
    if ["arg_", "cookie_", "http_"].iter().any(|start| name.starts_with(start)) {
        return true;
    }
    if name == "host" {
        return !found.within("server").is_some_and(server::is_for_named_hosts);
    }
    let place = found.within("location").and_then(location::of);
    let Some(place) = place.filter(|place| place.by == location::Match::Pattern) else { return false };
    let groups = pattern::groups(place.path);
    let group = match name.parse::<usize>() {
        Ok(number) => number.checked_sub(1).and_then(|at| groups.get(at)),
        Err(_) => groups.iter().find(|group| group.name == Some(name)),
    };
    group.is_some_and(pattern::Group::takes_any_word)
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/request-chooses-host", &[("nginx.conf", text)])
    }

    #[test]
    fn known_hosts_pass() {
        for text in [
            "server { location / { set $a http://api:1; proxy_pass $a$request_uri; } }",
            "server { location ~ ^/(api|web)/ { proxy_pass http://$1:80; } }",
            "server { server_name a.example; location / { proxy_pass http://$host:80; } }",
            "server { location / { proxy_pass http://api:1/$arg_page; } }",
            "server { location / { internal; proxy_pass $arg_url; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn chosen_ones_do_not() {
        let text = "server {\n location / { proxy_pass http://api:1; }\n location /b {\n  set $to $arg_url;\n  proxy_pass http://$to;\n }\n location ~ ^/(?<to>[a-z]+)/ {\n  proxy_pass http://$to:80;\n }\n location /d {\n  proxy_pass http://$host;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5", "nginx.conf:8", "nginx.conf:11"]);
    }
}
