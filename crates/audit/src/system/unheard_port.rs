//! `system/unheard-port`

use super::{builds, neighbours, neighbours::Neighbours};
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
    let all = neighbours::all(subjects);
    let asked =
        all.iter().flat_map(|together| published(subjects, together).into_iter().chain(passed_on(together)));
    asked.filter_map(|asked| unheard(subjects, &asked)).collect()
}

/// Ports of debuggers, which no image exposes.
const DEBUGGERS: [&str; 6] = ["9229", "5858", "5678", "5005", "9003", "24678"];

/// A port of a service to which requests are sent.
struct Asked<'a> {
    together: &'a Neighbours<'a>,
    service: Service<'a>,
    port: String,
    place: Place,
    message: String,
}

/// The ports that Compose publishes.
fn published<'a>(subjects: &'a Subjects, together: &'a Neighbours<'a>) -> Vec<Asked<'a>> {
    let mut found = Vec::new();
    for compose in &subjects.compose {
        let of_these = together.files.contains(&compose.document.path.as_str());
        for service in compose.services().filter(|_| of_these) {
            for published in service.ports().flatten() {
                // A range is meant for a program that opens several.
                let Some(port) = published.container.filter(|(first, last)| first == last) else { continue };
                let message =
                    format!("`{}` is published at port {} of the container", service.key.text, port.0);
                let place = compose.place(published.line);
                found.push(Asked { together, service, port: port.0.to_string(), place, message });
            }
        }
    }
    found
}

/// The ports to which nginx passes requests on.
fn passed_on<'a>(together: &'a Neighbours<'a>) -> Vec<Asked<'a>> {
    let mut found = Vec::new();
    for (nginx, _) in &together.nginx {
        for directive in nginx.found(|known| matches!(known.name.as_str(), "proxy_pass" | "server" | "set")) {
            let of_upstream = directive.parent().is_some_and(|parent| parent.name == "upstream");
            let word = match directive.directive.name.as_str() {
                "set" => directive.arguments().get(1).map_or("", String::as_str),
                "server" if !of_upstream => continue,
                _ => directive.first(),
            };
            let target = target::read(word);
            let service = together.service(target.host).next();
            let (Some(port), Some(service)) = (target.port.map(str::to_owned), service) else { continue };
            let message = format!("requests go to port {port} of `{}`", target.host);
            found.push(Asked { together, service, port, place: directive.place(), message });
        }
    }
    found
}

/// What is said of a port, if the image of the service tells other ones and nothing else names it.
fn unheard(subjects: &Subjects, asked: &Asked<'_>) -> Option<Remark> {
    let values: Vec<&Value> =
        asked.together.service(&asked.service.key.text).map(|found| found.value).collect();
    let build = values.iter().find_map(|value| value.get("build"))?;
    let (context, file) = builds::said(build)?;
    let context = path::join(path::parent(asked.together.files[0]), context);
    let at = path::join(&context, file);
    let dockerfile = subjects.dockerfiles.iter().find(|known| known.path == at)?;
    let stage = match build.get("target") {
        Some(target) => dockerfile.earlier(dockerfile.stages.len(), target.text()?)?,
        None => dockerfile.stages.len().checked_sub(1)?,
    };
    let (exposed, line) = exposed(dockerfile, stage)?;
    let settings = ["environment", "command", "entrypoint", "expose"];
    let said = |value: &&Value| {
        settings.iter().filter_map(|key| value.get(key)).any(|value| says(value, &asked.port))
    };
    // A file of settings may say it, and on the network of the machine ports mean something else.
    let unknown = |value: &&Value| value.get("env_file").is_some() || value.get("network_mode").is_some();
    let heard = exposed.contains(&asked.port)
        || DEBUGGERS.contains(&asked.port.as_str())
        || mentions(dockerfile, stage, &asked.port)
        || values.iter().any(|value| said(value) || unknown(value))
        || listens(subjects, &context, &asked.port);
    let message = format!("{}, but its image exposes {}", asked.message, exposed.join(", "));
    (!heard).then(|| Remark::new(asked.place.clone(), message).with(Place::new(&dockerfile.path, line)))
}

/// Whether configuration of nginx in a folder listens at a port.
fn listens(subjects: &Subjects, folder: &str, port: &str) -> bool {
    let inside = subjects.nginx.iter().filter(|nginx| path::is_under(&nginx.path, folder));
    let servers = inside.flat_map(server::all);
    let mut listens = servers.flat_map(|found| server::listens(found.directive));
    listens.any(|listen| listen.port().is_some_and(|known| known.to_string() == port))
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
            ("FROM a\nEXPOSE 3000\n", "ports: [\"9229:9229\"]"),
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
