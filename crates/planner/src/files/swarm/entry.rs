//! nginx before everything, with TLS.

use super::{Blueprint, hardened, health, resources, rollout};
use crate::files::base;
use crate::files::compose::{ENTRY, ENTRY_PORT, ENTRY_TLS_PORT, logging};
use artifact::yaml::{Map, flow, list};

/// Its secrets.
pub(super) const CERTIFICATE: &str = "tls_certificate";
pub(super) const KEY: &str = "tls_key";

pub(super) fn service(blueprint: &Blueprint<'_>) -> Map {
    let port = |target: u16, published: u16| {
        Map::new().set("target", target).set("published", published).set("mode", "host")
    };
    let secret = |source: &str, name: &str| {
        Map::new()
            .set("source", source)
            .set("target", format!("/etc/nginx/tls/{name}"))
            .set("uid", "101")
            .set("mode", 256)
    };
    let config = Map::new().set("source", ENTRY).set("target", "/etc/nginx/conf.d/default.conf");
    let test = ["CMD", "wget", "-q", "-T", "4", "-O", "/dev/null"].map(str::to_owned);
    let url = format!("http://127.0.0.1:{ENTRY_PORT}/healthz");
    let deploy = Map::new().set("endpoint_mode", "dnsrr").set("mode", "global");
    let map = Map::new()
        .set("image", blueprint.pinned(&base::nginx()))
        .set("configs", list([config]))
        .comment("For the user of the image alone: 256 is 0400.")
        .set("secrets", list([secret(CERTIFICATE, "fullchain.pem"), secret(KEY, "privkey.pem")]))
        .comment("On the node itself: the ingress network needs IPVS, and hides who asks.")
        .set("ports", list([port(ENTRY_PORT, 80), port(ENTRY_TLS_PORT, 443)]))
        .set("healthcheck", health(flow(test.into_iter().chain([url]))))
        .set("networks", flow(["edge"]));
    hardened(map, ["/tmp"], Vec::new())
        .set("stop_grace_period", "60s")
        .set("logging", logging())
        .set("deploy", rollout(deploy, "stop-first").set("resources", resources(128, 1000)))
}
