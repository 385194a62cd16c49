//! `system/unheard-port`

use super::{builds, stacks, stacks::Stack};
use crate::Subjects;
use crate::rule::{About, Remark, Rule};
use crate::subject::compose::Service;
use crate::subject::dockerfile::Dockerfile;
use crate::subject::nginx::{server, target};
use artifact::yaml::read::Value;
use model::{Place, finding::Severity, path};

pub(super) const RULE: Rule<Subjects> = Rule {
    about: About {
        name: "system/unheard-port",
        demands: "The port to which Compose or nginx sends requests is the one at which the container listens: what its Dockerfile exposes, or what its settings or command name.",
        advice: "let the port mapping, the upstream and `EXPOSE` name the same port",
        severity: Severity::Warning,
    },
    check,
};

fn check(subjects: &Subjects) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for stack in stacks::all(subjects) {
        let folder = path::parent(stack.files[0]);
        for compose in
            subjects.compose.iter().filter(|compose| stack.files.contains(&compose.document.path.as_str()))
        {
            for service in compose.services() {
                let ports = service.value.get("ports").map_or(&[][..], Value::items);
                for (port, line) in ports.iter().filter_map(|port| Some((container_port(port)?, port.line))) {
                    let what = format!("`{}` is published at port {port} of the container", service.key.text);
                    remarks.extend(unheard(
                        subjects,
                        &stack,
                        folder,
                        service,
                        &port,
                        compose.place(line),
                        &what,
                    ));
                }
            }
        }
        for (nginx, _) in &stack.nginx {
            for found in
                nginx.found(|directive| matches!(directive.name.as_str(), "proxy_pass" | "server" | "set"))
            {
                let value = if found.directive.name == "set" {
                    found.arguments().get(1).map_or("", String::as_str)
                } else {
                    found.first()
                };
                let target = target::read(value);
                let upstream = found.directive.name != "server"
                    || found.parent().is_some_and(|parent| parent.name == "upstream");
                let (Some(port), true) = (target.port, upstream) else { continue };
                let Some(service) = stack.service(target.host).next() else { continue };
                let what = format!("requests go to port {port} of `{}`", target.host);
                remarks.extend(unheard(subjects, &stack, folder, service, port, found.place(), &what));
            }
        }
    }
    remarks
}

/// What is said of a port of a service, if its image tells other ones.
fn unheard(
    subjects: &Subjects,
    stack: &Stack<'_>,
    folder: &str,
    service: Service<'_>,
    port: &str,
    place: Place,
    what: &str,
) -> Option<Remark> {
    let values: Vec<&Value> = stack.service(&service.key.text).map(|found| found.value).collect();
    let build = values.iter().find_map(|value| value.get("build"))?;
    let (context, file) = builds::said(build)?;
    let context = path::join(folder, context);
    let at = path::join(&context, file);
    let dockerfile = subjects.dockerfiles.iter().find(|known| known.path == at)?;
    let stage = match build.get("target") {
        Some(target) => dockerfile.earlier(dockerfile.stages.len(), target.text()?)?,
        None => dockerfile.stages.len().checked_sub(1)?,
    };
    let (exposed, line) = exposed(dockerfile, stage)?;
    let settings = ["environment", "command", "entrypoint", "expose", "env_file"];
    let named = values
        .iter()
        .flat_map(|value| settings.iter().filter_map(|key| value.get(key)))
        .any(|value| says(value, port));
    let by_file =
        values.iter().any(|value| value.get("env_file").is_some() || value.get("network_mode").is_some());
    // A server of nginx inside of the image listens where its configuration says.
    let by_nginx = subjects.nginx.iter().filter(|nginx| path::is_under(&nginx.path, &context)).any(|nginx| {
        let servers = server::all(nginx);
        servers
            .iter()
            .flat_map(|found| server::listens(found.directive))
            .any(|listen| listen.port().is_some_and(|known| known.to_string() == port))
    });
    let heard = exposed.iter().any(|known| known == port)
        || mentions(dockerfile, stage, port)
        || named
        || by_file
        || by_nginx;
    let message = format!("{what}, but its image exposes {}", exposed.join(", "));
    (!heard).then(|| Remark::new(place, message).with(Place::new(&dockerfile.path, line)))
}

/// The ports that a stage exposes, when all are numbers, with the line of the last.
fn exposed(dockerfile: &Dockerfile, stage: usize) -> Option<(Vec<String>, u32)> {
    let mut ports = Vec::new();
    let mut line = None;
    for found in dockerfile.line_of_descent(stage).into_iter().flat_map(|stage| stage.all("EXPOSE")) {
        line = line.or(Some(found.line));
        for word in found.words() {
            let port = word.split('/').next().unwrap_or("").to_owned();
            if port.parse::<u16>().is_err() {
                return None;
            }
            ports.push(port);
        }
    }
    Some((ports, line?))
}

/// Whether what a stage starts, or the variables that it sets, name a port.
fn mentions(dockerfile: &Dockerfile, stage: usize, port: &str) -> bool {
    let line = dockerfile.line_of_descent(stage);
    let mut found = line.iter().flat_map(|stage| &stage.instructions);
    found.any(|found| {
        matches!(found.keyword.as_str(), "ENV" | "CMD" | "ENTRYPOINT" | "ARG") && names(&found.text, port)
    })
}

fn says(value: &Value, port: &str) -> bool {
    let mut found = false;
    value.descend(&mut |value| {
        found |= value.text().is_some_and(|text| names(text, port) || text.contains("${PORT"))
    });
    found
}

/// Whether a text has a number in it that is not part of another.
fn names(text: &str, number: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|part| part == number)
}

/// The port in the container that a mapping leads to.
fn container_port(port: &Value) -> Option<String> {
    let text = match port.text() {
        Some(text) => text.rsplit(':').next()?,
        None => port.get("target")?.text()?,
    };
    let text = text.split('/').next()?;
    text.parse::<u16>().ok().map(|port| port.to_string())
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        found("system/unheard-port", files)
    }

    #[test]
    fn ports_that_somebody_names_pass() {
        for (dockerfile, service) in [
            ("FROM a\nEXPOSE 3000/tcp\n", "ports: [\"8080:3000\"]"),
            ("FROM a\nEXPOSE 3000\n", "ports: [\"8080:4000\"]\n    environment: {PORT: 4000}"),
            ("FROM a\nEXPOSE 3000\nCMD [\"serve\", \"-p\", \"4000\"]\n", "ports: [\"8080:4000\"]"),
            ("FROM a\n", "ports: [\"8080:4000\"]"),
            ("FROM a\nEXPOSE $PORT\n", "ports: [\"8080:4000\"]"),
            ("FROM a\nEXPOSE 3000\n", "ports: [\"8080:4000\"]\n    env_file: .env"),
        ] {
            let compose = format!("services:\n  a:\n    build: .\n    {service}\n");
            assert_eq!(
                places(&[("compose.yml", &compose), ("Dockerfile", dockerfile)]),
                [""; 0],
                "{service}"
            );
        }
    }

    #[test]
    fn others_do_not() {
        let compose = "services:\n  a:\n    build: .\n    ports:\n      - \"80:3000\"\n      - target: 8080\n  web:\n    image: nginx\n    volumes: [\"./n.conf:/etc/nginx/nginx.conf\"]\n";
        let nginx = "server {\n location / { proxy_pass http://a:3000; }\n location /b {\n  proxy_pass http://a:3001;\n }\n}";
        let files = [("compose.yml", compose), ("Dockerfile", "FROM a\nEXPOSE 3000\n"), ("n.conf", nginx)];
        assert_eq!(places(&files), ["compose.yml:6", "n.conf:4"]);
    }
}
