//! Services that only a Dockerfile, a Procfile, a Compose file or plain pages tell of.

use crate::fixture::{of_files, scan, service, start_of};
use model::facts::{Language, ServiceKind};

#[test]
fn a_service_with_only_a_dockerfile() {
    let facts = scan(include_str!("../fixtures/python/two-folders.txt"));
    let gateway = service(&facts, "gateway");
    assert_eq!((gateway.kind, gateway.language), (ServiceKind::Web, Some(Language::Other)));
    assert_eq!(start_of(gateway), "/gateway");
    assert_eq!(gateway.port.as_ref().unwrap().number, Some(8080));
}

#[test]
fn without_a_port_it_is_a_worker() {
    let facts = of_files(
        "repo",
        &[("Dockerfile", "FROM rust:1.80\nCOPY . .\nCMD [\"./run\", \"--all\"]\n"), ("main.rs", "")],
    );
    assert_eq!(facts.services.len(), 1);
    assert_eq!((facts.services[0].kind, start_of(&facts.services[0])), (ServiceKind::Worker, "./run --all"));
}

#[test]
fn foreign_images_are_datastores_or_nothing() {
    let compose = "services:\n  nginx:\n    image: nginx:1.27\n    ports: ['80:80']\n  cache:\n    image: memcached:1.6\n";
    let facts = of_files("repo", &[("docker-compose.yml", compose)]);
    assert!(facts.services.is_empty());
    assert_eq!(facts.datastores.len(), 1);
    assert_eq!(facts.datastores[0].evidence[0].to_string(), "docker-compose.yml:6");
}

#[test]
fn a_broken_compose_file_becomes_a_note() {
    let facts = of_files("repo", &[("compose.yaml", "services:\n  a: [\n"), ("index.html", "<p>x")]);
    assert!(facts.notes.iter().any(|note| note.place.path == "compose.yaml"));
    assert_eq!(facts.services.len(), 1);
}

#[test]
fn a_procfile_of_another_language() {
    let procfile =
        "web: bundle exec puma -C config/puma.rb\nworker: bundle exec sidekiq\nrelease: rails db:migrate\n";
    let facts = of_files("shop", &[("Procfile", procfile), ("Gemfile", "")]);
    let kinds: Vec<_> = facts.services.iter().map(|service| (service.kind, start_of(service))).collect();
    assert_eq!(
        kinds,
        [
            (ServiceKind::Web, "bundle exec puma -C config/puma.rb"),
            (ServiceKind::Worker, "bundle exec sidekiq")
        ]
    );
}

#[test]
fn plain_pages_are_a_static_site() {
    for (file, path, output) in
        [("index.html", ".", "."), ("public/index.html", ".", "public"), ("docs/index.html", "docs", ".")]
    {
        let facts = of_files("site", &[(file, "<h1>x</h1>"), ("style.css", "")]);
        let site = &facts.services[0];
        assert_eq!(
            (site.kind, site.path.as_str(), site.output.as_deref()),
            (ServiceKind::Static, path, Some(output)),
            "{file}"
        );
        assert!(site.start.is_none());
    }
}

#[test]
fn templates_and_documentation_of_a_program_are_no_site() {
    let files = [
        ("requirements.txt", "flask\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("templates/index.html", "{{ x }}"),
        ("docs/index.html", "<p>"),
    ];
    let facts = of_files("shop", &files);
    assert_eq!(facts.services.len(), 1);
    assert_eq!(facts.services[0].kind, ServiceKind::Web);
    let files = [
        ("api/requirements.txt", "flask\n"),
        ("api/app.py", files[1].1),
        ("docs/index.html", "<p>"),
        ("website/index.html", "<p>"),
    ];
    let kinds: Vec<_> = of_files("shop", &files)
        .services
        .iter()
        .map(|service| (service.path.clone(), service.kind))
        .collect();
    assert_eq!(kinds, [("api".to_owned(), ServiceKind::Web), ("website".to_owned(), ServiceKind::Static)]);
}

#[test]
fn processes_that_no_code_tells_of() {
    let package = "{\"name\":\"jobs\",\"dependencies\":{\"express\":\"4\"}}";
    let server = "const app = require('express')(); app.listen(process.env.PORT || 3000);";
    let files = [
        ("package.json", package),
        ("src/server.js", server),
        ("src/mailer.js", "setInterval(() => {}, 1000)"),
        ("src/sync.js", "setInterval(() => {}, 1000)"),
        ("Procfile", "web: node src/server.js\nmailer: node src/mailer.js\n"),
        ("docker-compose.yml", "services:\n  sync:\n    build: .\n    command: node src/sync.js\n"),
        ("Dockerfile", "FROM node:22\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"src/server.js\"]\n"),
    ];
    let facts = of_files("jobs", &files);
    let mut found: Vec<_> = facts.services.iter().map(|service| (service.kind, start_of(service))).collect();
    found.sort_by_key(|(_, start)| *start);
    assert_eq!(
        found,
        [
            (ServiceKind::Worker, "node src/mailer.js"),
            (ServiceKind::Web, "node src/server.js"),
            (ServiceKind::Worker, "node src/sync.js")
        ]
    );
}

#[test]
fn services_that_extend_others_and_files_of_the_image() {
    let compose = "services:\n  app:\n    build: .\n    ports: ['5000:5000']\n    command: gunicorn -c /srv/conf/gunicorn.py app:app\n  worker:\n    extends:\n      service: app\n    ports: []\n    command: python /srv/worker.py\n";
    let files = [
        ("requirements.txt", "flask\ngunicorn\n"),
        ("app.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ("worker.py", "import time\n"),
        ("conf/gunicorn.py", "workers = 2\n"),
        ("Dockerfile", "FROM python:3.12\nWORKDIR /srv\nCOPY . /srv\n"),
        ("docker-compose.yml", compose),
    ];
    let facts = of_files("shop", &files);
    assert_eq!(start_of(service(&facts, "worker")), "python worker.py");
    assert_eq!(start_of(service(&facts, "app")), "gunicorn -c conf/gunicorn.py app:app --bind 0.0.0.0:$PORT");
}
