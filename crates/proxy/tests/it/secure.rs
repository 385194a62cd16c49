//! TLS and HTTP/2.

use crate::rig::{Rig, Upstream, member, ok, status, until};
use bytes::Bytes;
use http::Request;
use model::routing::{RoutingTable, TlsFiles};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;

fn certificate(folder: &Path, host: &str) -> TlsFiles {
    mainstay_tests::certificate::make(folder, &[host]).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A TLS connection that trusts this certificate only.
async fn tls(
    rig: &Rig,
    host: &str,
    files: &TlsFiles,
    alpn: &[u8],
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let io = TcpStream::connect(rig.address()).await?;
    let host = ServerName::try_from(host.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(host, io).await
}

fn with_tls(table: &mut RoutingTable, files: &TlsFiles) {
    table.listeners[0].tls = Some(files.clone());
}

#[test]
fn https_is_served_and_the_member_knows() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "a.test");
    let upstream = Upstream::start(|got, out| {
        let text = format!("{}{}", got.headers["x-forwarded-proto"], "x".repeat(300_000));
        ok(out, text.as_bytes());
    });
    let rig = Rig::with(vec![member("web-1", upstream.address)], |t, _| with_tls(t, &files));
    runtime().block_on(async {
        let mut io = tls(&rig, "a.test", &files, b"http/1.1").await.unwrap();
        io.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut text = Vec::new();
        io.read_to_end(&mut text).await.unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("\r\n\r\nhttpsxxx") && text.len() > 300_000, "{}", &text[..200]);
    });
}

#[test]
fn the_cookie_of_a_split_stays_on_https() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "a.test");
    let upstream = Upstream::saying("served");
    let mut other = member("web-2", upstream.address);
    other.release = "r0002-b".parse().unwrap();
    let rig = Rig::with(vec![member("web-1", upstream.address), other], |t, _| with_tls(t, &files));
    tokio::task::LocalSet::new().block_on(&runtime(), async {
        let mut sender = http2(tls(&rig, "a.test", &files, b"h2").await.unwrap()).await;
        let (_, headers, _) = ask(&mut sender, get("/"), b"").await;
        let cookie = headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("mainstay-release-web=") && cookie.ends_with("; Secure"), "{cookie}");
    });
}

#[test]
fn a_bad_certificate_is_refused_and_later_harms_only_its_own_host() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "a.test");
    let upstream = Upstream::saying("served");
    let rig = Rig::with(vec![member("web-1", upstream.address)], |t, _| with_tls(t, &files));
    let mut other = rig.table.clone();
    other.scope = crate::rig::scope("other");
    let second = certificate(folder.path(), "b.test");
    other.listeners[0].tls = Some(second.clone());
    other.listeners[0].routes[0].host = Some("b.test".into());
    let mut broken = other.clone();
    broken.listeners[0].tls =
        Some(TlsFiles { certificate: second.certificate.clone(), key: files.key.clone() });
    let error = rig.control.publish(&broken).unwrap_err().to_string();
    assert!(error.contains("b.test.pem"), "{error}");
    rig.control.publish(&other).unwrap();
    let works =
        |host: &str, files: &TlsFiles| runtime().block_on(tls(&rig, host, files, b"http/1.1")).is_ok();
    assert!(works("a.test", &files) && works("b.test", &second));

    std::fs::write(&second.certificate, "not a certificate").unwrap();
    let pid = rig.control.version().unwrap().pid;
    crate::rig::kill(pid);
    until("another worker answers", || rig.control.version().is_ok_and(|v| v.pid != pid));
    assert!(works("a.test", &files));
    let problems = rig.control.state(&other.scope).unwrap().problems;
    assert!(problems.iter().any(|p| p.contains("b.test.pem")), "{problems:?}");
    assert!(rig.control.state(&rig.table.scope).unwrap().problems.is_empty());
}

#[test]
fn plain_and_tls_do_not_share_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(vec![]);
    let mut other = rig.table.clone();
    other.scope = crate::rig::scope("other");
    other.listeners[0].routes.clear();
    other.listeners[0].tls = Some(certificate(folder.path(), "a.test"));
    assert!(rig.control.publish(&other).unwrap_err().to_string().contains("both plain HTTP and TLS"));
}

type Sender = h2::client::SendRequest<Bytes>;

async fn ask(sender: &mut Sender, request: Request<()>, body: &[u8]) -> (u16, http::HeaderMap, Vec<u8>) {
    let (response, mut out) = sender.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        let mut body = Bytes::copy_from_slice(body);
        while !body.is_empty() {
            out.reserve_capacity(body.len());
            let room = std::future::poll_fn(|cx| out.poll_capacity(cx)).await.unwrap().unwrap();
            let part = body.split_to(room);
            out.send_data(part, body.is_empty()).unwrap();
        }
    }
    let (parts, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend_from_slice(&data);
    }
    (parts.status.as_u16(), parts.headers, bytes)
}

fn get(path: &str) -> Request<()> {
    Request::get(format!("http://a.test{path}"))
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(())
        .unwrap()
}

/// Connects, in plain or over TLS, and runs requests.
async fn http2(io: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static) -> Sender {
    let (sender, connection) = h2::client::handshake(io).await.unwrap();
    tokio::task::spawn_local(async move { drop(connection.await) });
    sender.ready().await.unwrap()
}

#[test]
fn http2_is_served_in_plain_and_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "a.test");
    let answer = |got: &crate::rig::Got, out: &mut std::net::TcpStream| match got.line.as_str() {
        "GET /none HTTP/1.1" => status(out, 204),
        line if line.starts_with("POST") => ok(out, &got.body),
        line => ok(out, format!("{line} {} {}", got.headers["host"], got.headers["cookie"]).as_bytes()),
    };
    let upstream = Upstream::start(answer);
    let plain = Rig::new(vec![member("web-1", upstream.address)]);
    let secure = Rig::with(vec![member("web-1", upstream.address)], |t, _| with_tls(t, &files));
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime(), async {
        let over_tls = tls(&secure, "a.test", &files, b"h2").await.unwrap();
        for mut sender in
            [http2(TcpStream::connect(plain.address()).await.unwrap()).await, http2(over_tls).await]
        {
            let (status, _, body) = ask(&mut sender, get("/x?y"), b"").await;
            assert_eq!((status, body), (200, b"GET /x?y HTTP/1.1 a.test a=1; b=2".to_vec()));
            let (status, headers, body) = ask(&mut sender, get("/none"), b"").await;
            assert_eq!((status, body.len(), headers.contains_key("connection")), (204, 0, false));
            let large: Vec<u8> = (0..2_000_000u32).map(|n| (n % 251) as u8).collect();
            let post = Request::post("http://a.test/").body(()).unwrap();
            let (status, _, body) = ask(&mut sender, post, &large).await;
            assert!(status == 200 && body == large);
        }
    });
    until("all are counted", || plain.reading("web-1").requests == 3);
    assert_eq!(plain.reading("web-1").in_flight, 0);
}

#[test]
fn an_http2_stream_that_is_reset_ends_the_work_of_the_member() {
    let upstream = Upstream::raw(
        |mut stream, _| while let Ok(1..) = std::io::Read::read(&mut stream, &mut [0; 4096]) {},
    );
    let rig = Rig::new(vec![member("web-1", upstream.address)]);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime(), async {
        let mut sender = http2(TcpStream::connect(rig.address()).await.unwrap()).await;
        let (response, _) = sender.send_request(get("/"), true).unwrap();
        let flying = async {
            while rig.reading("web-1").in_flight == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        flying.await;
        drop(response);
        while rig.reading("web-1").in_flight == 1 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn an_http2_connection_outlives_an_upgrade_as_long_as_it_takes() {
    let slow = Upstream::start(|_, out| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        ok(out, b"whole");
    });
    let rig = Rig::new(vec![member("web-1", slow.address)]);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime(), async {
        let mut sender = http2(TcpStream::connect(rig.address()).await.unwrap()).await;
        let (response, _) = sender.send_request(get("/"), true).unwrap();
        while rig.reading("web-1").in_flight == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let control = rig.control.clone();
        tokio::task::spawn_blocking(move || control.upgrade(&crate::rig::binary()).unwrap()).await.unwrap();
        let mut body = response.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "whole");
        // GOAWAY: the client has to connect again.
        while sender.clone().ready().await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    until("the old worker ends", || rig.log().contains("finished"));
}
