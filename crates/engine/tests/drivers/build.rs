//! Installing and building with the real package managers.

use crate::fixture::{Lines, Project, node, python, release, service, service_name};
use engine::driver::{BuildContext, Builder};
use model::Secret;
use model::event::FailureKind;
use model::facts::Framework;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;

/// A project whose only dependency is a folder of its own packed into the lock file: no registry is needed.
fn node_project() -> Project {
    Project::new(&[
        (
            "package.json",
            r#"{"name":"shop","version":"1.0.0","workspaces":["lib"],"dependencies":{"lib":"1.0.0"},
                "scripts":{"postinstall":"cp schema.txt node_modules/generated.txt","build":"greet > built.txt"}}"#,
        ),
        ("lib/package.json", r#"{"name":"lib","version":"1.0.0","bin":{"greet":"greet.js"}}"#),
        ("lib/greet.js", "#!/usr/bin/env node\nconsole.log('hello', process.env.CI, process.env.NAME);\n"),
        ("schema.txt", "one"),
        (
            "package-lock.json",
            r#"{"name":"shop","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{
                "":{"name":"shop","version":"1.0.0","workspaces":["lib"],"dependencies":{"lib":"1.0.0"}},
                "lib":{"version":"1.0.0","bin":{"greet":"greet.js"}},
                "node_modules/lib":{"resolved":"lib","link":true}}}"#,
        ),
    ])
    .with("web", {
        let mut web = node(".", "npx greet");
        web.build.command = Some("npm run build".into());
        web
    })
}

#[test]
fn a_layer_is_made_once_and_never_written_to_afterwards() {
    let project = node_project();
    let builder = project.builder();
    let (one, two) = (release(1), release(2));
    let lines = project.make(&builder, &one).unwrap();
    assert!(lines.text().contains("$ npm ci"), "{}", lines.text());
    assert_eq!(project.lacks(&builder, &one), None);
    assert_eq!(
        fs::read_to_string(project.release_folder(&one).join("built.txt")).unwrap(),
        "hello 1 undefined\n"
    );
    let layers = builder.layers().unwrap();
    assert_eq!(layers, [builder.layer(&project.root(), &project.manifest, &service_name("web")).unwrap()]);

    project.write("schema.txt", "two");
    let lines = project.make(&builder, &two).unwrap();
    assert!(!lines.text().contains("$ npm ci"), "{}", lines.text());
    let generated =
        |id| fs::read_to_string(project.release_folder(id).join("node_modules/generated.txt")).unwrap();
    assert_eq!(
        (generated(&one).as_str(), generated(&two).as_str()),
        ("one", "two"),
        "scripts run in each release"
    );
    let layer = project.home().layers().join(&layers[0]);
    assert!(!layer.join("node_modules/generated.txt").exists(), "the layer has no result of a script");

    let context = BuildContext { manifest: &project.manifest, release: &two };
    let launch = builder.command(context, &service_name("web"), None).unwrap();
    let greet = project.release_folder(&two).join("node_modules/.bin/greet");
    assert_eq!(launch.command, [greet.to_str().unwrap()]);
}

#[test]
fn another_lock_file_is_another_layer() {
    let project = node_project();
    let builder = project.builder();
    let name = || builder.layer(&project.root(), &project.manifest, &service_name("web")).unwrap();
    let before = name();
    assert_eq!(name(), before);
    project.write("schema.txt", "source files do not count");
    assert_eq!(name(), before);
    project.write("lib/package.json", r#"{"name":"lib","version":"1.0.1"}"#);
    let after = name();
    assert_ne!(after, before, "the manifest of a workspace counts");
    project.write("patches/a.patch", "x");
    assert_ne!(name(), after);
}

#[test]
fn a_layer_that_was_cut_off_is_made_again() {
    let project = node_project();
    let builder = project.builder();
    let name = builder.layer(&project.root(), &project.manifest, &service_name("web")).unwrap();
    let half = project.home().layers().join(&name);
    fs::create_dir_all(half.join("node_modules/left")).unwrap();
    assert!(builder.layers().unwrap().is_empty());
    project.make(&builder, &release(1)).unwrap();
    assert_eq!(builder.layers().unwrap(), [name]);
    assert!(!half.join("node_modules/left").exists());
}

#[test]
fn two_deploys_at_once_make_one_layer() {
    let project = node_project();
    let made: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..=3)
            .map(|n| {
                scope.spawn({
                    let project = &project;
                    move || project.make(&project.builder(), &release(n)).unwrap().text()
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|text| text.contains("$ npm ci")).count(), 1, "{made:#?}");
    assert!((1..=3).all(|n| project.lacks(&project.builder(), &release(n)).is_none()));
}

#[test]
fn a_failing_build_shows_its_last_lines_without_secrets() {
    let mut service = service(".", "true");
    service.build.command = Some("for n in $(seq 1 50); do echo line $n $TOKEN; done; exit 3".into());
    let project = Project::new(&[("a", "")]).with("web", service);
    let (builder, id, mut lines) = (project.builder(), release(1), Lines::default());
    let context = BuildContext { manifest: &project.manifest, release: &id };
    builder.snapshot(&project.root(), context, &mut lines).unwrap();
    let env = BTreeMap::from([("TOKEN".to_owned(), Secret::new("hunter2hunter2"))]);
    let error = builder.build(context, &service_name("web"), &env, &mut lines).unwrap_err();
    assert_eq!(error.0.kind, FailureKind::Build);
    assert!(error.to_string().contains("exited with code 3"), "{error}");
    let shown = &error.0.evidence[0].lines;
    assert_eq!(shown.len(), 30);
    assert!(shown[29].starts_with("line 50 ") && shown[0].starts_with("line 21 "));
    assert!(!format!("{error:?}{}", lines.text()).contains("hunter2"));
    let lacks = project.lacks(&builder, &id).unwrap();
    assert!(lacks.contains("build-web"), "{lacks}");
}

#[test]
fn a_build_ends_when_it_is_cancelled() {
    let mut service = service(".", "true");
    service.build.command = Some("sleep 600".into());
    let project = Project::new(&[("a", "")]).with("web", service);
    let (builder, id) = (project.builder(), release(1));
    let context = BuildContext { manifest: &project.manifest, release: &id };
    builder.snapshot(&project.root(), context, &mut Lines::default()).unwrap();
    let mut lines = Lines { patience: Some(Cell::new(3)), ..Lines::default() };
    let error = builder.build(context, &service_name("web"), &BTreeMap::new(), &mut lines).unwrap_err();
    assert_eq!(error.0.kind, FailureKind::Cancelled);
}

#[test]
fn a_virtual_environment_is_shared_by_releases() {
    let project = Project::new(&[
        ("api/requirements.txt", "# nothing that a registry would have to give\n"),
        ("api/main.py", "import sys; print(sys.prefix)\n"),
    ])
    .with("api", python("api", "python main.py"))
    .with("worker", python("api", "python3 main.py"));
    let builder = project.builder();
    let first = project.make(&builder, &release(1)).unwrap();
    assert_eq!(first.all.iter().filter(|line| line.starts_with("virtual environment")).count(), 1);
    let second = project.make(&builder, &release(2)).unwrap();
    assert!(!second.text().contains("virtual environment"), "{}", second.text());
    let id = release(2);
    let context = BuildContext { manifest: &project.manifest, release: &id };
    for name in ["api", "worker"] {
        let launch = builder.command(context, &service_name(name), None).unwrap();
        let mut child = std::process::Command::new(&launch.command[0]);
        let out = child.args(&launch.command[1..]).current_dir(&launch.directory).output().unwrap();
        let prefix = String::from_utf8(out.stdout).unwrap();
        assert!(prefix.trim().ends_with(".venv") || prefix.contains("/layers/python-"), "{prefix}");
    }
}

#[test]
fn a_runtime_that_is_not_there_is_said_before_anything_is_made() {
    let mut web = node(".", "node a.js");
    web.build.runtime.as_mut().unwrap().version = Some("4".into());
    let project = Project::new(&[("a.js", "")]).with("web", web);
    let error =
        project.builder().layer(&project.root(), &project.manifest, &service_name("web")).unwrap_err();
    assert!(error.to_string().contains("Node 4 is wanted, this machine has "), "{error}");
}

#[test]
fn what_next_leaves_out_is_put_beside_its_server() {
    for (path, server) in [(".", ".next/standalone/server.js"), ("web", "web/.next/standalone/web/server.js")]
    {
        let at = |file: &str| if path == "." { file.to_owned() } else { format!("{path}/{file}") };
        let mut next = service(path, "node .next/standalone/server.js");
        next.framework = Some(Framework::NextJs);
        next.build.command = Some(format!(
            "mkdir -p .next/static/chunks $(dirname $OLDPWD/{server}) && touch .next/static/chunks/a.js $OLDPWD/{server}"
        ).replace("$OLDPWD", "$ROOT"));
        let project = Project::new(&[(at("public/icon.svg").as_str(), "x")]).with("web", next);
        let (builder, id, mut lines) = (project.builder(), release(1), Lines::default());
        let context = BuildContext { manifest: &project.manifest, release: &id };
        builder.snapshot(&project.root(), context, &mut lines).unwrap();
        let copy = project.release_folder(&id);
        let env = BTreeMap::from([("ROOT".to_owned(), Secret::new(copy.to_str().unwrap()))]);
        builder.build(context, &service_name("web"), &env, &mut lines).unwrap();
        let beside = copy.join(server).parent().unwrap().to_owned();
        assert!(beside.join(".next/static/chunks/a.js").exists() && beside.join("public/icon.svg").exists());
        let launch = builder.command(context, &service_name("web"), None).unwrap();
        assert!(launch.directory.join(&launch.command[1]).exists(), "{:?}", launch.command);
    }
}
