//! The entry: one address for the whole system.

use super::{gzip, header, health, security_headers};
use crate::files::blueprint::{Blueprint, Unit};
use crate::files::compose::{ENTRY_PORT, ENTRY_TLS_PORT};
use artifact::nginx::Block;

/// Largest request body where the application says nothing.
const BODY: u64 = 10 << 20;
/// What an upload's form adds to the file that the application limits. Refusing a little later than it is the
/// application's own answer, which says more.
const FORM: u64 = 64 << 10;

pub(super) fn http(blueprint: &Blueprint<'_>) -> String {
    let server = Block::new().set(format!("listen {ENTRY_PORT}"));
    let server = application(server, blueprint);
    let about = format!("The entry of {}, without TLS.", blueprint.project());
    shared(header(&about)).block("server", server).to_string()
}

pub(super) fn tls(blueprint: &Blueprint<'_>) -> String {
    let about = format!(
        "The entry of {}, with TLS: fullchain.pem and privkey.pem in /etc/nginx/tls, challenges in /var/www/acme.",
        blueprint.project()
    );
    let plain = Block::new()
        .set(format!("listen {ENTRY_PORT}"))
        .set(server_name(blueprint))
        .set("server_tokens off")
        .gap();
    let plain = health(plain)
        .comment("Certificates are renewed over plain HTTP.")
        .block("location /.well-known/acme-challenge/", Block::new().set("root /var/www/acme"))
        .block("location /", Block::new().set("return 308 https://$host$request_uri"));
    let secure = Block::new()
        .set(format!("listen {ENTRY_TLS_PORT} ssl http2"))
        .set("ssl_certificate /etc/nginx/tls/fullchain.pem")
        .set("ssl_certificate_key /etc/nginx/tls/privkey.pem")
        .set("ssl_protocols TLSv1.2 TLSv1.3")
        .set("ssl_prefer_server_ciphers off")
        .set("ssl_session_cache shared:tls:10m")
        .set("ssl_session_timeout 1d")
        .set("ssl_session_tickets off")
        .set("proxy_hide_header Strict-Transport-Security")
        .set("add_header Strict-Transport-Security \"max-age=31536000\" always");
    let secure = application(secure, blueprint);
    shared(header(&about)).block("server", plain).gap().block("server", secure).to_string()
}

/// What stands outside of servers.
fn shared(file: Block) -> Block {
    file.comment("A request that asks for an upgrade gets one; all others keep their connection.")
        .block("map $http_upgrade $connection_upgrade", Block::new().set("default upgrade").set("\"\" \"\""))
        .gap()
        .comment("What an answer varies with, whether or not the application says so too.")
        .block(
            "map $upstream_http_vary $vary",
            Block::new()
                .set("default \"$upstream_http_vary, Accept-Encoding\"")
                .set("\"\" Accept-Encoding")
                .set("\"*\" \"*\"")
                .set("\"~*accept-encoding\" $upstream_http_vary"),
        )
        .gap()
        .comment("Requests of one address: so many a second, with room for the burst of a page.")
        .set("limit_req_zone $binary_remote_addr zone=requests:10m rate=50r/s")
        .set("limit_req_status 429")
        .set("limit_conn_zone $binary_remote_addr zone=connections:10m")
        .set("limit_conn_status 429")
        .gap()
}

fn server_name(blueprint: &Blueprint<'_>) -> String {
    match blueprint.manifest.environment.domains.as_slice() {
        [] => "server_name _".into(),
        domains => format!("server_name {}", domains.join(" ")),
    }
}

fn application(server: Block, blueprint: &Blueprint<'_>) -> Block {
    let server = server
        .set(server_name(blueprint))
        .set("server_tokens off")
        .set("client_header_timeout 10s")
        .set("client_body_timeout 30s")
        .set("limit_req zone=requests burst=200 nodelay")
        .set("limit_conn connections 100")
        .gap();
    let server = security_headers(server, true).set("proxy_hide_header X-Powered-By").gap();
    let server = gzip(server, true)
        .gap()
        .comment("Names are looked up again and again, so that a service may come back with another address,")
        .comment("and nginx starts although one is not there yet.")
        .set("resolver 127.0.0.11 valid=5s ipv6=off")
        .set("resolver_timeout 2s")
        .gap()
        .set("proxy_http_version 1.1")
        .set("proxy_set_header Host $http_host")
        .set("proxy_set_header Upgrade $http_upgrade")
        .set("proxy_set_header Connection $connection_upgrade")
        .set("proxy_set_header X-Real-IP $remote_addr")
        .comment("What a client claims to have come through is not passed on.")
        .set("proxy_set_header X-Forwarded-For $remote_addr")
        .set("proxy_set_header X-Forwarded-Proto $scheme")
        .set("proxy_set_header X-Forwarded-Host $http_host")
        .set("proxy_set_header X-Request-ID $request_id")
        .set("proxy_connect_timeout 5s")
        .comment("One more try for requests that may be repeated.")
        .set("proxy_next_upstream error timeout")
        .set("proxy_next_upstream_tries 2")
        .gap();
    let server = health(server);
    blueprint.routes().into_iter().fold(server, |server, (prefix, unit)| location(server, prefix, unit))
}

fn location(server: Block, prefix: &str, unit: &Unit<'_>) -> Block {
    let http = unit.fact.map(|fact| fact.http.clone()).unwrap_or_default();
    let limit = http.body_limit.unwrap_or(BODY) + FORM;
    let life = if http.websocket { "1h" } else { "60s" };
    let variable = format!("${}", unit.name.as_str().replace('-', "_"));
    let inside = Block::new()
        .set(format!("set {variable} http://{}:{}", unit.name, unit.port.unwrap_or_default()))
        .set(format!("proxy_pass {variable}"))
        .set(format!("proxy_read_timeout {life}"))
        .set(format!("proxy_send_timeout {life}"))
        .set(format!("client_max_body_size {}k", limit.div_ceil(1024)));
    let server = server.gap();
    match prefix {
        "/" => server.block("location /", inside),
        // `/api` and everything below it, and not `/apix`.
        prefix => {
            let prefix = prefix.trim_end_matches('/');
            server.block(format!("location ~ ^{}(/|$)", escaped(prefix)), inside)
        }
    }
}

/// A text as it stands, inside a regular expression.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| [(!c.is_ascii_alphanumeric() && !"/-_".contains(c)).then_some('\\'), Some(c)])
        .flatten()
        .collect()
}
