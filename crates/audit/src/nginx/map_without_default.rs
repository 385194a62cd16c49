//! `nginx/map-without-default`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, includes, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/map-without-default",
        demands: "A `map` that says where a request goes has a `default`: without one, what it does not know becomes an empty word.",
        advice: "add a `default` line",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for map in nginx.all("map") {
        let Some(name) = map.arguments().get(1).and_then(|name| name.strip_prefix('$')) else { continue };
        let known = map.inside().iter().any(|entry| entry.name == "default");
        if known || includes(map.inside()) {
            continue;
        }
        let goes = nginx.found(|directive| {
            matches!(directive.name.as_str(), "proxy_pass" | "root" | "alias" | "fastcgi_pass")
        });
        if let Some(use_) = goes.iter().find(|found| variables(found.first()).contains(&name)) {
            let message = format!("`${name}` is empty for all that the map does not list");
            remarks.push(Remark::new(map.place(), message).with(use_.place()));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/map-without-default", &[("nginx.conf", text)])
    }

    #[test]
    fn a_default_or_another_use_passes() {
        for text in [
            "map $a $b { default x; y z; } server { location / { proxy_pass http://$b; } }",
            "map $a $b { y z; } server { location / { if ($b) { return 403; } proxy_pass http://$bb; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_way_to_nowhere_does_not() {
        let text = "map $a $b { default x; }\nmap $a $c {\n y z;\n}\nserver { location / { proxy_pass http://$b; } location /c { proxy_pass http://${c}:80; } }";
        assert_eq!(places(text), ["nginx.conf:2"]);
    }
}
