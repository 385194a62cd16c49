//! `system/unknown-upstream`

use super::neighbours;
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::target;
use model::{Place, finding::Severity};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/unknown-upstream",
        demands: "nginx passes requests on to services that stand in the Compose files that it runs by: it does not start while it cannot find a host, or answers 502.",
        advice: "write the name of the service as it stands in the Compose file",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for together in neighbours::all(subjects).iter().filter(|together| !together.is_open) {
        for (nginx, _) in &together.nginx {
            let hosts =
                nginx.found(|directive| matches!(directive.name.as_str(), "proxy_pass" | "server" | "set"));
            for found in hosts {
                let name = &found.directive.name;
                if name == "server" && found.parent().is_none_or(|parent| parent.name != "upstream") {
                    continue;
                }
                let word = match name.as_str() {
                    "set" => found
                        .arguments()
                        .get(1)
                        .filter(|value| value.contains("://"))
                        .map_or("", String::as_str),
                    _ => found.first(),
                };
                let target = target::read(word);
                let known = target::upstream(&found, target.host).is_some() || together.knows(target.host);
                // A name with a dot is somewhere else; `backend` alone may be an upstream of another file.
                let sure = name != "proxy_pass" || target.port.is_some() || together.nginx.len() == 1;
                if target.is_name() && !target.host.contains('.') && !known && sure {
                    let message =
                        format!("`{}` is no service of {}", target.host, together.files.join(" or "));
                    remarks.push(Remark::new(found.place(), message).with(Place::new(together.files[0], 1)));
                }
            }
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/unknown-upstream", files)
    }

    const NGINX: &str = "upstream u {\n server api:3000;\n}\nserver {\n location / { proxy_pass http://u; }\n location /b {\n  set $b http://backend:1;\n  proxy_pass $b;\n }\n location /c { proxy_pass http://a.example; }\n}";

    #[test]
    fn services_beside_it_pass() {
        let compose = "services:\n  api: {image: a}\n  web:\n    image: nginx\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf:ro\"]\n";
        let overlay = "services:\n  b:\n    container_name: backend\n";
        assert_eq!(
            places(&[("compose.yml", compose), ("compose.prod.yml", overlay), ("nginx.conf", NGINX)]),
            [""; 0]
        );
        // A configuration that nothing uses, and networks of others.
        assert_eq!(
            places(&[("compose.yml", "services:\n  a: {image: a}\n"), ("nginx.conf", NGINX)]),
            [""; 0]
        );
        let open = format!("{compose}networks:\n  other:\n    external: true\n");
        assert_eq!(places(&[("compose.yml", &open), ("nginx.conf", NGINX)]), [""; 0]);
    }

    #[test]
    fn others_do_not() {
        let compose = "services:\n  api: {image: a}\n  web:\n    image: nginx\n    volumes:\n      - type: bind\n        source: ./proxy\n        target: /etc/nginx/conf.d\n";
        assert_eq!(
            places(&[("compose.yml", compose), ("proxy/default.conf", NGINX)]),
            ["proxy/default.conf:7"]
        );
        let built = "services:\n  backend: {image: a}\n  web: {build: ./web}\n";
        let files = [
            ("compose.yml", built),
            ("web/Dockerfile", "FROM nginx:1\nCOPY nginx.conf /etc/nginx/\n"),
            ("web/nginx.conf", NGINX),
        ];
        assert_eq!(places(&files), ["web/nginx.conf:2"]);
    }
}
