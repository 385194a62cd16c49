//! HTTPS at the public entry, and plain HTTP beside it.

use mainstay_tests::certificate;
use mainstay_tests::shop::{Mode, Plot, Shop};
use mainstay_tests::world::World;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

#[test]
fn plain_http_is_sent_to_the_entry_with_its_certificate() {
    let world = World::new("secure");
    let shop = Shop::open(&world, &Plot::quick());
    let files = certificate::make(world.folder(), &["shop.test"]).expect("openssl is installed");
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let (https, http) = (world.entry.port(), free.expect("loopback has a free port").port());
    let taken = world.taken_port();
    shop.retune(
        "[environments.dev]\n",
        &format!(
            "[environments.dev]\ndomains = [\"shop.test\"]\ncertificate = \"{}\"\ncertificate_key = \"{}\"\nhttp_port = {taken}\n",
            files.certificate.display(),
            files.key.display(),
        ),
    );
    let refused = format!("port {taken} of plain HTTP");
    world.mainstay(&["up"]).exits(3).says(&[&refused, "`http_port`"]);
    shop.retune(&format!("http_port = {taken}"), &format!("http_port = {http}"));
    world.mainstay(&["up"]).exits(0);
    let curl = |arguments: &[&str], path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--location", "--cacert"]).arg(&files.certificate);
        for port in [http, https] {
            curl.args(["--resolve", &format!("shop.test:{port}:127.0.0.1")]);
        }
        curl.args(["--write-out", " %{http_code} %{num_redirects} %{url_effective}"]).args(arguments);
        let output = curl.arg(format!("http://shop.test:{http}{path}")).output().expect("curl is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let sent = |body: &str, path: &str| format!("{body} 200 1 https://shop.test:{https}{path}");
    assert_eq!(curl(&[], "/version?x=%20y"), sent("v1", "/version?x=%20y"));
    assert_eq!(curl(&["--data", "two of these"], "/orders"), sent("two of these", "/orders"));
    shop.commit("v2", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    assert_eq!(curl(&[], "/version"), sent("v2", "/version"));
    // Without the redirect the port is nobody's again.
    shop.retune(&format!("http_port = {http}\n"), "");
    shop.commit("v3", Mode::Good);
    world.mainstay(&["deploy"]).exits(0);
    TcpListener::bind((Ipv4Addr::LOCALHOST, http)).expect("the port is free");
    world.assert_only(1);
}
