//! `nginx/name-looked-up-once`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Found, Nginx, target};
use model::finding::Severity;
use std::collections::BTreeMap;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/name-looked-up-once",
        demands: "A name that may move is looked up again: nginx resolves a literal name once, when it starts. A container that comes back with another address is not found until nginx is reloaded, and nginx does not start at all while the name is unknown. (Behind a service of Kubernetes or Swarm the address stays.)",
        advice: "name a `resolver` and pass requests to a variable: `set $api http://api:3000; proxy_pass $api;`",
        severity: Severity::Note,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut hosts: BTreeMap<String, Remark> = BTreeMap::new();
    for found in nginx.found(|directive| directive.name == "proxy_pass" || directive.name == "server") {
        if let Some(host) = looked_up_once(&found) {
            let message =
                || Remark::new(found.place(), format!("`{host}` is looked up only when nginx starts"));
            hosts.entry(host.clone()).or_insert_with(message);
        }
    }
    hosts.into_values().collect()
}

fn looked_up_once(found: &Found<'_>) -> Option<String> {
    let target = target::read(found.first());
    let of_upstream = found.directive.name == "server";
    if of_upstream && found.parent()?.name != "upstream" {
        return None;
    }
    let again = found.arguments().iter().any(|word| word == "resolve");
    let in_cluster = target.host.ends_with(".svc") || target.host.contains(".svc.");
    // Without a port it may be the name of an upstream in another file.
    let surely_a_host = of_upstream || target.port.is_some() || target.host.contains('.');
    let known = !of_upstream && target::upstream(found, target.host).is_some();
    (target.is_name() && surely_a_host && !known && !again && !in_cluster).then(|| target.host.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/name-looked-up-once", &[("nginx.conf", text)])
    }

    #[test]
    fn what_does_not_move_passes() {
        for text in [
            "server { location / { set $a http://api:1; proxy_pass $a; } }",
            "server { location / { proxy_pass http://127.0.0.1:3000; } }",
            "upstream api { server 10.0.0.1:80; server unix:/run/a; } server { location / { proxy_pass http://api; } }",
            "upstream api { zone a 64k; server api:80 resolve; } server { location / { proxy_pass http://api; } }",
            "server { location / { proxy_pass http://elsewhere; } }",
            "server { location / { proxy_pass http://api.default.svc.cluster.local:80; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_literal_name_does_not() {
        let text = "upstream a {\n server 10.0.0.1;\n server api:80;\n}\nserver {\n location / { proxy_pass http://a; }\n location /w { proxy_pass http://web:3000; }\n location /x { proxy_pass http://web:3000/x; }\n}";
        assert_eq!(places(text), ["nginx.conf:3", "nginx.conf:7"]);
    }
}
