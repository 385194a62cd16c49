//! Start lines against what is in a release.

use crate::fixture::{Project, node, release, service, service_name};
use engine::driver::{BuildContext, Builder, Launch};
use model::facts::ServiceKind;
use model::manifest::{Service, ServicePort};
use model::unit::Port;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn launch(project: &Project, name: &str) -> Result<Launch, engine::DriverError> {
    let (builder, id) = (project.builder(), release(1));
    let context = BuildContext { manifest: &project.manifest, release: &id };
    builder.snapshot(&project.root(), context, &mut crate::fixture::Lines::default()).unwrap();
    // What an installation would have left.
    let bin = project.release_folder(&id).join("node_modules/.bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(bin.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    builder.command(context, &service_name(name), Some(Port(4321)))
}

fn only(service: Service) -> Project {
    Project::new(&[("apps/web/package.json", r#"{"scripts":{"start":"A=1 tool serve -p $PORT"}}"#)])
        .with("web", service)
}

#[test]
fn a_package_script_becomes_its_program() {
    let mut web = node("apps/web", "npm start");
    web.port = Some(ServicePort { number: Port(3000), env: Some("HTTP_PORT".into()) });
    let project = only(web);
    let launch = launch(&project, "web").unwrap();
    let tool = project.release_folder(&release(1)).join("node_modules/.bin/tool");
    assert_eq!(launch.command, [tool.to_str().unwrap(), "serve", "-p", "4321"]);
    assert_eq!(launch.directory, project.release_folder(&release(1)).join("apps/web"));
    for (name, value) in [("A", "1"), ("PORT", "4321"), ("HTTP_PORT", "4321"), ("NODE_ENV", "production")] {
        assert_eq!(launch.env.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(launch.env["PATH"].starts_with(tool.parent().unwrap().to_str().unwrap()));
}

#[test]
fn node_is_the_interpreter_that_was_found() {
    let launch = launch(&only(node("apps/web", "node server.js")), "web").unwrap();
    assert!(
        launch.command[0].starts_with('/') && launch.command[0].ends_with("/node"),
        "{:?}",
        launch.command
    );
}

#[test]
fn what_needs_a_shell_gets_one() {
    let launch = launch(&only(service("apps/web", "cd . && tool $OTHER")), "web").unwrap();
    assert_eq!(launch.command, ["/bin/sh", "-c", "cd . && exec tool $OTHER"]);
}

#[test]
fn what_does_not_resolve_is_named() {
    for (start, part) in [("nonesuch --x", "`nonesuch`"), ("./absent.sh", "`./absent.sh`")] {
        let error = launch(&only(service("apps/web", start)), "web").unwrap_err();
        assert!(error.to_string().contains(part) && error.0.advice.is_some(), "{error}");
    }
    let mut silent = service("apps/web", "");
    silent.start = None;
    assert!(launch(&only(silent), "web").unwrap_err().to_string().contains("no start command"));
}

#[test]
fn files_are_served_by_mainstay_itself() {
    let mut site = service(".", "");
    (site.kind, site.start, site.output) = (ServiceKind::Static, None, Some("apps".into()));
    let project = only(site.clone());
    let found = launch(&project, "web").unwrap();
    let folder = project.release_folder(&release(1)).join("apps");
    assert_eq!(found.command, ["/opt/mainstay", "serve-static", folder.to_str().unwrap()]);
    assert_eq!(found.env["PORT"], "4321");
    site.output = Some("dist".into());
    assert!(launch(&only(site), "web").unwrap_err().to_string().contains("no folder dist"));
}
