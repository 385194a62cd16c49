use super::*;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

/// Answers connections one after the other, and gives back what was asked.
fn served(answers: Vec<String>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answer = move |text: String| {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        stream.write_all(text.replace("HERE", &address.to_string()).as_bytes()).unwrap();
        String::from_utf8(asked).unwrap()
    };
    (address, std::thread::spawn(move || answers.into_iter().map(answer).collect()))
}

fn asked(address: SocketAddr, image: &str) -> Result<String, RegistryError> {
    let mirror = format!("http://{address}").parse().unwrap();
    digest(&Reference::parse(image), &[mirror])
}

fn reply(status: &str, headers: &[&str], body: &str) -> String {
    let headers = headers.iter().map(|line| format!("{line}\r\n")).collect::<String>();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn good() -> String {
    reply("200 OK", &[&format!("Docker-Content-Digest: {DIGEST}")], "")
}

#[test]
fn names_are_read_as_docker_reads_them() {
    let parts = |image| {
        let Reference { registry, name, tag } = Reference::parse(image);
        (registry, name, tag)
    };
    let expected = |registry: &str, name: &str, tag: &str| (registry.into(), name.into(), tag.into());
    assert_eq!(parts("node:22-slim"), expected("docker.io", "library/node", "22-slim"));
    assert_eq!(parts("prom/prometheus:v3"), expected("docker.io", "prom/prometheus", "v3"));
    assert_eq!(parts("quay.io/a/b:1"), expected("quay.io", "a/b", "1"));
    assert_eq!(parts("localhost/a"), expected("localhost", "a", "latest"));
    assert_eq!(parts("127.0.0.1:5000/a"), expected("127.0.0.1:5000", "a", "latest"));
}

#[test]
fn a_token_is_fetched_when_one_is_asked_for() {
    let challenge = "WWW-Authenticate: Bearer realm=\"http://HERE/token\",service=\"the registry\",scope=\"repository:library/node:pull\"";
    let (address, thread) = served(vec![
        reply("401 Unauthorized", &[challenge], ""),
        reply("200 OK", &[], "{\"token\": \"abc\"}"),
        good(),
    ]);
    assert_eq!(asked(address, "node:22").as_deref(), Ok(DIGEST));
    let asked = thread.join().unwrap();
    assert!(asked[0].starts_with("HEAD /v2/library/node/manifests/22 HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("application/vnd.oci.image.index.v1+json"), "{}", asked[0]);
    assert!(
        asked[1].starts_with("GET /token?service=the%20registry&scope=repository:library/node:pull HTTP/1.1"),
        "{}",
        asked[1]
    );
    assert!(!asked[0].contains("Authorization") && !asked[1].contains("Authorization"));
    assert!(asked[2].contains("\r\nAuthorization: Bearer abc\r\n"), "{}", asked[2]);
}

#[test]
fn a_digest_that_is_not_told_is_computed() {
    let (address, thread) = served(vec![reply("200 OK", &[], ""), reply("200 OK", &[], "")]);
    // That of nothing.
    assert_eq!(asked(address, "node:22").as_deref(), Ok(DIGEST));
    assert!(thread.join().unwrap()[1].starts_with("GET "));
}

#[test]
fn a_token_goes_to_nobody_else() {
    let (other, elsewhere) = served(vec![good()]);
    let challenge = "WWW-Authenticate: Bearer realm=\"http://HERE/token\"";
    let moved = format!("Location: http://{other}/blob");
    let (address, _thread) = served(vec![
        reply("401 Unauthorized", &[challenge], ""),
        reply("200 OK", &[], "{\"access_token\": \"abc\"}"),
        reply("307 Temporary Redirect", &[&moved], ""),
    ]);
    assert_eq!(asked(address, "node:22").as_deref(), Ok(DIGEST));
    let asked = elsewhere.join().unwrap();
    assert!(asked[0].starts_with("HEAD /blob ") && !asked[0].contains("abc"), "{}", asked[0]);
}

#[test]
fn every_refusal_has_a_name() {
    let one = |answer: String| {
        let (address, _thread) = served(vec![answer]);
        asked(address, "node:22").unwrap_err()
    };
    assert!(matches!(one(reply("404 Not Found", &[], "")), RegistryError::Missing { .. }));
    assert!(matches!(one(reply("403 Forbidden", &[], "")), RegistryError::Denied { .. }));
    assert!(matches!(one(reply("429 Too Many Requests", &[], "")), RegistryError::Limited { .. }));
    assert!(matches!(one(reply("500 Oh", &[], "")), RegistryError::Odd { .. }));
    assert!(matches!(one("SSH-2.0\r\n".into()), RegistryError::Unreachable { .. }));
    let odd = reply("200 OK", &["Docker-Content-Digest: sha256:../../etc"], "");
    assert!(matches!(one(odd), RegistryError::Odd { .. }));
}

#[test]
fn mirrors_stand_for_registries() {
    let mirror = |text: &str| text.parse::<Mirror>().map(|mirror| (mirror.registry, mirror.url.to_string()));
    assert_eq!(mirror("http://10.0.0.1:5000"), Ok(("docker.io".into(), "http://10.0.0.1:5000".into())));
    assert_eq!(
        mirror("quay.io=https://m.example/quay/"),
        Ok(("quay.io".into(), "https://m.example/quay".into()))
    );
    assert!(mirror("m.example:5000").is_err() && mirror("quay.io=m").is_err());
    let (address, thread) = served(vec![good()]);
    let mirror = format!("quay.io=http://{address}/of/quay").parse().unwrap();
    assert_eq!(digest(&Reference::parse("quay.io/a/b:1"), &[mirror]).as_deref(), Ok(DIGEST));
    assert!(thread.join().unwrap()[0].starts_with("HEAD /v2/of/quay/a/b/manifests/1 "));
}

#[test]
fn only_this_machine_and_mirrors_that_say_so_are_asked_without_tls() {
    let scheme = |image, mirrors: &[Mirror]| server(&Reference::parse(image), mirrors).unwrap().1.to_string();
    assert_eq!(scheme("node:22", &[]), "https://registry-1.docker.io");
    assert_eq!(scheme("10.0.0.1:5000/node:22", &[]), "https://10.0.0.1:5000");
    assert_eq!(scheme("localhost:5000/node:22", &[]), "http://localhost:5000");
    assert_eq!(scheme("node:22", &["http://10.0.0.1:5000".parse().unwrap()]), "http://10.0.0.1:5000");
}
