//! Which pool a request goes to, and what the member gets to know.

use crate::rig::{Rig, Upstream, end, free_address, member, name, ok, pool, scope, table};
use model::routing::{Route, TlsFiles};
use model::unit::Port;

fn echo() -> Upstream {
    Upstream::start(|got, out| {
        let headers: String = got.headers.iter().map(|(k, v)| format!("{k}: {v}\n")).collect();
        ok(out, format!("{}\n{headers}", got.line).as_bytes());
    })
}

fn route(host: Option<&str>, prefix: &str, strip_prefix: bool, pool: &str) -> Route {
    Route {
        host: host.map(Into::into),
        prefix: prefix.into(),
        strip_prefix,
        pool: name(pool),
        redirect: None,
    }
}

#[test]
fn host_and_prefix_decide_and_the_prefix_may_go() {
    let (web, api, site) =
        (echo(), Upstream::start(|got, out| ok(out, got.line.as_bytes())), Upstream::saying("site"));
    let rig = Rig::with(vec![member("web-1", web.address)], |table, _| {
        table.pools.push(pool("api", vec![member("api-1", api.address)]));
        table.pools.push(pool("site", vec![member("site-1", site.address)]));
        table.listeners[0].routes.push(route(None, "/api", true, "api"));
        table.listeners[0].routes.push(route(Some("site.test"), "/", false, "site"));
    });
    let ask = |host: &str, path: &str| {
        let mut conn = rig.connect();
        conn.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        conn.reply().unwrap().text()
    };
    assert_eq!(ask("x.test", "/api/v1?a=%2F&b"), "GET /v1?a=%2F&b HTTP/1.1");
    assert_eq!(ask("x.test", "/api"), "GET / HTTP/1.1");
    assert_eq!(ask("x.test", "/api?q"), "GET /?q HTTP/1.1");
    assert!(ask("x.test", "/apix").starts_with("GET /apix HTTP/1.1\n"));
    assert_eq!(ask("SITE.test:8080", "/api"), "site");
}

#[test]
fn the_member_learns_who_asked_and_nothing_that_was_made_up() {
    let web = echo();
    let rig = Rig::new(vec![member("web-1", web.address)]);
    let mut conn = rig.connect();
    conn.send(
        b"GET /a//b/../c?x=1&&y HTTP/1.1\r\nHost: shop.test:99\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\
          Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\n\
          Keep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Authorization: x\r\nX-Request-Id: abc-123\r\nCookie: a=b\r\n\r\n",
    );
    let text = conn.reply().unwrap().text();
    let has = |line: &str| text.lines().any(|l| l == line);
    assert!(has("GET /a//b/../c?x=1&&y HTTP/1.1"), "{text}");
    for line in [
        "host: shop.test:99",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: shop.test:99",
        "x-request-id: abc-123",
        "cookie: a=b",
    ] {
        assert!(has(line), "{line} is missing in {text}");
    }
    for gone in
        ["6.6.6.6", "x-secret", "keep-alive", "te:", "proxy-authorization", "connection", "forwarded: "]
    {
        assert!(
            !text.contains(&format!("\n{gone}")) && !text.contains("6.6.6.6"),
            "{gone} came through: {text}"
        );
    }
}

#[test]
fn a_trusted_proxy_in_front_is_believed() {
    let web = echo();
    let rig =
        Rig::with(vec![member("web-1", web.address)], |_, s| s.trusted = vec!["127.0.0.1".parse().unwrap()]);
    let mut conn = rig.connect();
    conn.send(
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n\r\n",
    );
    let text = conn.reply().unwrap().text();
    for line in ["x-forwarded-for: 9.9.9.9, 127.0.0.1", "x-forwarded-proto: https", "x-forwarded-host: b"] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in {text}");
    }
}

#[test]
fn a_bad_request_id_is_replaced() {
    let web = echo();
    let rig = Rig::new(vec![member("web-1", web.address)]);
    let mut conn = rig.connect();
    conn.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\"b c\r\n\r\n");
    let text = conn.reply().unwrap().text();
    let id = text.lines().find_map(|l| l.strip_prefix("x-request-id: ")).unwrap();
    assert!(id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
}

#[test]
fn what_nobody_serves_is_404_in_the_clients_language() {
    let rig = Rig::with(vec![], |table, _| table.listeners[0].routes[0].prefix = "/x".into());
    let mut conn = rig.connect();
    let page = conn.get("/");
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text().contains(page.header("x-request-id")));
    conn.send(b"GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
    let reply = conn.reply().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status, &value["status"]), (404, &404.into()));
    conn.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(conn.head().unwrap().status, 404);
    let none = conn.reply().unwrap();
    assert_eq!((none.status, none.header("retry-after")), (503, "5"), "a pool without members");
}

#[test]
fn two_scopes_share_an_address_but_not_a_route() {
    let (one, two) = (Upstream::saying("one"), Upstream::saying("two"));
    let rig = Rig::new(vec![member("web-1", one.address)]);
    let mut other = table(rig.address(), vec![member("web-1", two.address)]);
    other.scope = scope("other");
    let refused = rig.control.publish(&other).unwrap_err().to_string();
    assert!(refused.contains("demo/test") && refused.contains("other/test"), "{refused}");
    assert_eq!(rig.get("/").text(), "one");
    other.listeners[0].routes[0].host = Some("two.test".into());
    rig.control.publish(&other).unwrap();
    let mut conn = rig.connect();
    conn.send(b"GET / HTTP/1.1\r\nHost: two.test\r\n\r\n");
    assert_eq!(conn.reply().unwrap().text(), "two");
    rig.control.remove(&other.scope).unwrap();
    conn.send(b"GET / HTTP/1.1\r\nHost: two.test\r\n\r\n");
    assert_eq!(conn.reply().unwrap().text(), "one");
}

#[test]
fn a_table_that_cannot_be_served_changes_nothing() {
    let one = Upstream::saying("one");
    let rig = Rig::new(vec![member("web-1", one.address)]);
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut next = rig.table.clone();
    next.generation = 2;
    let mut listener = next.listeners[0].clone();
    listener.address = busy.local_addr().unwrap();
    next.listeners.push(listener);
    let refused = rig.control.publish(&next).unwrap_err().to_string();
    assert!(refused.contains(&busy.local_addr().unwrap().to_string()), "{refused}");
    assert_eq!(rig.control.state(&next.scope).unwrap().generation, 1);
    assert_eq!(rig.get("/").text(), "one");

    next.listeners.pop();
    next.listeners[0].routes[0].pool = name("nobody");
    assert!(rig.control.publish(&next).unwrap_err().to_string().contains("nobody"));
}

#[test]
fn generations_only_rise() {
    let one = Upstream::saying("one");
    let rig = Rig::new(vec![member("web-1", one.address)]);
    rig.control.publish(&rig.table).expect("the same table again is no change");
    let mut other = rig.table.clone();
    other.pools[0].members.clear();
    assert!(rig.control.publish(&other).unwrap_err().to_string().contains("generation 1"));
    other.generation = 0;
    assert!(rig.control.publish(&other).is_err());
    other.generation = 7;
    rig.control.publish(&other).unwrap();
    assert_eq!(rig.get("/").status, 503);
}

#[test]
fn listeners_come_and_go() {
    let one = Upstream::saying("one");
    let mut rig = Rig::new(vec![member("web-1", one.address)]);
    let (first, second) = (rig.address(), free_address());
    rig.publish(|table| table.listeners[0].address = second);
    assert_eq!(crate::rig::Conn::to(second).get("/").text(), "one");
    assert!(std::net::TcpStream::connect(first).is_err(), "the old address is closed");
    rig.publish(|table| table.listeners[0].address = first);
    assert_eq!(rig.get("/").text(), "one");
    rig.control.remove(&rig.table.scope).unwrap();
    assert!(std::net::TcpStream::connect(first).is_err());
    let unknown = rig.control.state(&rig.table.scope).unwrap_err();
    assert!(matches!(unknown, proxy::ProxyError::UnknownScope { .. }), "{unknown}");
}

#[test]
fn a_home_in_a_deep_folder_works() {
    let home = tempfile::tempdir().unwrap();
    let deep = home.path().join("d".repeat(120));
    let control = proxy::launch::ensure(&deep, &crate::rig::binary(), &Default::default()).unwrap();
    assert_eq!(control.version().unwrap().protocol, proxy::control::PROTOCOL);
    end(&deep, &control);
}

#[test]
fn a_newer_client_is_told_so() {
    use std::io::{BufRead, Write};
    let rig = Rig::new(vec![]);
    let mut stream = std::os::unix::net::UnixStream::connect(rig.home.path().join("control.sock")).unwrap();
    stream.write_all(b"{\"v\":99,\"op\":\"invent\"}\n").unwrap();
    let mut answer = String::new();
    std::io::BufReader::new(stream).read_line(&mut answer).unwrap();
    assert!(answer.contains("99") && answer.contains("failed"), "{answer}");
}

#[test]
fn plain_http_is_sent_to_https() {
    let upstream = Upstream::saying("plain");
    let rig = Rig::with(vec![member("web-1", upstream.address)], |table, _| {
        let to =
            |port, host: &str| Route { redirect: Some(Port(port)), ..route(Some(host), "/", false, "web") };
        let challenge = route(Some("a.test"), "/.well-known/acme-challenge", false, "web");
        table.listeners[0].routes = vec![to(443, "a.test"), to(8443, "b.test"), challenge];
    });
    let mut conn = rig.connect();
    let mut ask = |head: &str| {
        conn.send(format!("{head}\r\n\r\n").as_bytes());
        conn.reply().unwrap()
    };
    for (head, location) in [
        ("GET /x/y?q=%20&r HTTP/1.1\r\nHost: a.test", "https://a.test/x/y?q=%20&r"),
        ("POST / HTTP/1.1\r\nHost: A.test:80\r\nContent-Length: 0", "https://A.test/"),
        ("GET / HTTP/1.1\r\nHost: b.test:8080", "https://b.test:8443/"),
        ("GET http://b.test/z HTTP/1.1\r\nHost: other", "https://b.test:8443/z"),
        ("OPTIONS * HTTP/1.1\r\nHost: a.test", "https://a.test/"),
        ("HEAD /h HTTP/1.1\r\nHost: a.test", "https://a.test/h"),
    ] {
        let reply = ask(head);
        assert_eq!((reply.status, reply.header("location")), (308, location), "{head}");
    }
    assert_eq!(ask("GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: a.test").text(), "plain");
    assert_eq!(upstream.count(), 1, "no member saw what was redirected");
    assert_eq!(ask("GET / HTTP/1.1\r\nHost: c.test").status, 404);
    // With a body nobody reads, the connection ends.
    let text = rig.raw(b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc");
    assert!(text.starts_with("HTTP/1.1 308 ") && text.contains("Connection: close\r\n"), "{text}");
    let text = rig.raw(b"GET / HTTP/1.0\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
}

#[test]
fn https_does_not_redirect_to_itself() {
    let mut rig = Rig::new(vec![]);
    rig.table.listeners[0].tls = Some(TlsFiles { certificate: "/c".into(), key: "/k".into() });
    rig.table.listeners[0].routes[0].redirect = Some(Port(443));
    rig.table.listeners[0].address = crate::rig::free_address();
    rig.table.generation += 1;
    let refused = rig.control.publish(&rig.table).unwrap_err().to_string();
    assert!(refused.contains("HTTPS already"), "{refused}");
}
