//! Plain HTTP beside HTTPS.

use crate::world::{empty, environment, inputs, manifest_with, plan};
use model::manifest::file::EnvironmentFile;
use model::manifest::{Manifest, ManifestFile};
use model::plan::{Action, Goal};
use model::routing::{Listener, Route};
use model::unit::Port;

/// An environment with a certificate.
fn secure(port: Option<u16>, http_port: Option<u16>) -> Manifest {
    let mut file = ManifestFile::default();
    let entry = EnvironmentFile {
        port: port.map(Port),
        http_port: http_port.map(Port),
        domains: Some(vec!["shop.test".into()]),
        certificate: Some("chain.pem".into()),
        certificate_key: Some("key.pem".into()),
        ..EnvironmentFile::default()
    };
    file.environments.insert(environment(), entry);
    manifest_with(&file)
}

/// The listeners of a first deploy that redirect, and its public entry.
fn listeners(manifest: &Manifest) -> (Vec<Listener>, Listener) {
    let plan = plan(&Goal::Up, manifest, &empty(manifest));
    let tables = plan.steps.into_iter().rev().filter_map(|step| match step.action {
        Action::Route { table, .. } => Some(table),
        _ => None,
    });
    let listeners = tables.into_iter().next().expect("it routes").listeners;
    let entry = listeners.iter().find(|listener| listener.tls.is_some()).cloned();
    let plain = listeners.into_iter().filter(|l| l.routes.iter().any(|route| route.redirect.is_some()));
    (plain.collect(), entry.expect("it has HTTPS"))
}

#[test]
fn plain_http_goes_to_where_https_is() {
    for (port, http, expected) in [
        (Some(443), None, Some((80, 443))),
        (Some(8443), Some(8080), Some((8080, 8443))),
        (Some(8443), None, None),
    ] {
        let (plain, entry) = listeners(&secure(port, http));
        let Some((from, to)) = expected else {
            assert_eq!(plain, []);
            continue;
        };
        let [plain] = &plain[..] else { panic!("{plain:?}") };
        assert_eq!((plain.address.port(), &plain.tls), (from, &None));
        assert_eq!(plain.address.ip(), entry.address.ip());
        let same = |route: &Route| Route { redirect: Some(Port(to)), ..route.clone() };
        assert_eq!(plain.routes, entry.routes.iter().map(same).collect::<Vec<_>>());
    }
}

#[test]
fn without_a_certificate_nothing_redirects() {
    let mut file = ManifestFile::default();
    file.environments
        .insert(environment(), EnvironmentFile { port: Some(Port(443)), ..EnvironmentFile::default() });
    assert_eq!(manifest_with(&file).environment.http_port, None);
}

#[test]
fn a_taken_port_of_plain_http_is_said_before_anything_runs() {
    let manifest = secure(Some(443), None);
    let mut world = empty(&manifest);
    world.taken_ports.insert(80, "nginx".into());
    let refusal = planner::plan(&Goal::Up, &manifest, &world, &inputs()).unwrap_err();
    let [finding] = &refusal.findings[..] else { panic!("{refusal:?}") };
    assert!(finding.message.contains("port 80 of plain HTTP") && finding.message.contains("nginx"));
    assert!(finding.advice.contains("`http_port`"), "{}", finding.advice);
    world.addresses.http = Some(Port(80));
    plan(&Goal::Up, &manifest, &world);
}
