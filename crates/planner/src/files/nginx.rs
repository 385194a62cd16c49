//! nginx: the entry of the whole system, plain and with TLS, and the server inside each static service's image.
//!
//! Headers are set once for a server and never in a location, because a location with one of its own loses all of them.

mod cache;
mod entry;
mod site;

use super::{Blueprint, GeneratedFile, blueprint::within};
use artifact::nginx::Block;

/// The entry without TLS: for development and behind somebody else's TLS.
pub const HTTP: &str = "deploy/nginx/http.conf";
/// The entry with TLS.
pub const TLS: &str = "deploy/nginx/tls.conf";

pub(super) fn files(blueprint: &Blueprint<'_>) -> Vec<GeneratedFile> {
    let mut files: Vec<GeneratedFile> = blueprint
        .units
        .iter()
        .filter(|unit| unit.is_static())
        .map(|unit| GeneratedFile::new(within(&unit.service.path, site::FILE), site::text(unit)))
        .collect();
    if super::compose::has_entry(blueprint) {
        files.push(GeneratedFile::new(HTTP, entry::http(blueprint)));
        files.push(GeneratedFile::new(TLS, entry::tls(blueprint)));
    }
    files
}

/// Headers that any site should have. What an application sets itself is taken away first, so that none is sent twice.
fn security_headers(block: Block, behind: bool) -> Block {
    const HEADERS: [(&str, &str); 4] = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ];
    let hidden = HEADERS.iter().filter(|_| behind).map(|(name, _)| format!("proxy_hide_header {name}"));
    block.all(hidden).all(HEADERS.iter().map(|(name, value)| format!("add_header {name} \"{value}\" always")))
}

/// Compression of what compresses. Whoever is behind may say already that its answer varies: then that is said once, by
/// [`entry`]'s `$vary`.
fn gzip(block: Block, behind: bool) -> Block {
    let vary: &[&str] = match behind {
        true => &["proxy_hide_header Vary", "add_header Vary $vary always"],
        false => &["gzip_vary on"],
    };
    block.set("gzip on").all(vary.iter().copied()).all([
        "gzip_proxied any",
        "gzip_min_length 1024",
        "gzip_types text/plain text/css text/xml application/json application/javascript application/xml \
         application/manifest+json image/svg+xml",
    ])
}

/// Answers for nginx itself.
fn health(block: Block) -> Block {
    let answer =
        Block::new().set("access_log off").set("default_type text/plain").set("return 200 \"ok\\n\"");
    block.block("location = /healthz", answer)
}

fn header(lines: &str) -> Block {
    Block::new()
        .comment(lines)
        .comment("Written by `mainstay generate`, which keeps what you change here.")
        .gap()
}
