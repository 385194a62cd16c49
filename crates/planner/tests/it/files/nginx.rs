//! nginx: headers once, and nothing kept that may change.

use super::system::{file, folder, shop};
use planner::files::Family;

#[test]
fn a_header_that_an_application_sets_too_is_sent_once() {
    let entry = file(&shop(), Family::Nginx, "deploy/nginx/tls.conf");
    let added: Vec<&str> =
        entry.lines().filter_map(|line| line.trim().strip_prefix("add_header ")?.split(' ').next()).collect();
    assert!(added.contains(&"Strict-Transport-Security"), "{entry}");
    for name in added {
        assert!(entry.contains(&format!("proxy_hide_header {name};")), "{name}: {entry}");
    }
    assert!(entry.contains("proxy_hide_header X-Powered-By;"));
}

#[test]
fn only_what_was_found_and_has_a_digest_is_kept() {
    let site = file(&folder(), Family::Nginx, "nginx.conf");
    assert!(site.contains("map \"$status $uri\" $cache_control"), "{site}");
    assert!(site.contains("\"~^20[06] /assets/.+-[A-Za-z0-9_-]{8}"), "{site}");
    assert!(site.contains("default \"no-cache\""), "{site}");
}
