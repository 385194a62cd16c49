//! `system/nginx-asks-itself`

use super::neighbours;
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{server, target};
use artifact::yaml::read::Value;
use model::finding::Severity;

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/nginx-asks-itself",
        demands: "nginx in a container of its own passes requests on by the name of a service: `localhost` is that container, in which nothing else listens.",
        advice: "write the name of the service in the Compose file in place of `localhost`",
        severity: Severity::Error,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for together in neighbours::all(subjects) {
        let own: Vec<String> = together.nginx.iter().flat_map(|(nginx, _)| ports(nginx)).collect();
        for (nginx, service) in &together.nginx {
            let same: Vec<&Value> = together.service(&service.key.text).map(|found| found.value).collect();
            let plain = same.iter().filter_map(|value| value.get("image")?.text()).any(is_nginx);
            let shared =
                same.iter().any(|value| value.get("network_mode").is_some() || value.get("build").is_some());
            if !plain || shared {
                continue;
            }
            for found in nginx.found(|directive| matches!(directive.name.as_str(), "proxy_pass" | "server")) {
                let upstream = found.parent().is_some_and(|parent| parent.name == "upstream");
                let target = target::read(found.first());
                let port = target.port.unwrap_or("80").to_owned();
                if target.is_here()
                    && !own.contains(&port)
                    && (found.directive.name == "proxy_pass" || upstream)
                {
                    let message =
                        format!("nothing listens at port {port} in the container of `{}`", service.key.text);
                    remarks.push(Remark::new(found.place(), message));
                }
            }
        }
    }
    remarks
}

fn is_nginx(image: &str) -> bool {
    let name = image.split([':', '@']).next().unwrap_or(image);
    ["nginx", "nginxinc/nginx-unprivileged"]
        .iter()
        .any(|known| name == *known || name.ends_with(&format!("/{known}")))
}

fn ports(nginx: &crate::subject::nginx::Nginx) -> Vec<String> {
    let servers = server::all(nginx).into_iter();
    let ports = servers.flat_map(|found| {
        let ports: Vec<String> = server::listens(found.directive)
            .iter()
            .filter_map(|listen| Some(listen.port()?.to_string()))
            .collect();
        if ports.is_empty() { vec!["80".to_owned()] } else { ports }
    });
    ports.collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/nginx-asks-itself", files)
    }

    const NGINX: &str = "server {\n listen 80;\n location /a { proxy_pass http://localhost:80; }\n location / {\n  proxy_pass http://127.0.0.1:3000;\n }\n}";

    #[test]
    fn the_network_of_the_machine_passes() {
        let compose = "services:\n  web:\n    image: nginx\n    network_mode: host\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf:ro\"]\n";
        assert_eq!(places(&[("compose.yml", compose), ("nginx.conf", NGINX)]), [""; 0]);
        assert_eq!(places(&[("nginx.conf", NGINX)]), [""; 0]);
    }

    #[test]
    fn a_container_of_its_own_does_not() {
        let compose = "services:\n  web:\n    image: nginx:1\n    volumes: [\"./nginx.conf:/etc/nginx/nginx.conf:ro\"]\n";
        assert_eq!(places(&[("compose.yml", compose), ("nginx.conf", NGINX)]), ["nginx.conf:5"]);
    }
}
