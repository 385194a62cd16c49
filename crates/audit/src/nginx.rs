//! Rules over the configuration of nginx.

mod alias_traversal;
mod allow_without_deny;
mod duplicate_server;
mod error_log_off;
mod if_in_location;
mod line_break_in_header;
mod lost_header;
mod lost_proxy_header;
mod map_without_default;
mod name_looked_up_once;
mod no_forwarded_for;
mod no_forwarded_proto;
mod no_hsts;
mod open_origin;
mod open_status;
mod outside_resolver;
mod path_lost;
mod request_chooses_host;
mod response_splitting;
mod return_before_access;
mod root_of_everything;
mod slash_mismatch;
mod spoofed_host;
mod tls_port_without_tls;
mod unknown_capture;
mod upgrade_without_protocol;
mod version_shown;
mod weak_hsts;
mod weak_tls;

use crate::rule::Rule;
use crate::subject::nginx::Nginx;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Nginx>] = &[
    alias_traversal::RULE,
    allow_without_deny::RULE,
    return_before_access::RULE,
    root_of_everything::RULE,
    request_chooses_host::RULE,
    response_splitting::RULE,
    open_origin::RULE,
    spoofed_host::RULE,
    open_status::RULE,
    version_shown::RULE,
    weak_tls::RULE,
    tls_port_without_tls::RULE,
    no_hsts::RULE,
    weak_hsts::RULE,
    lost_header::RULE,
    lost_proxy_header::RULE,
    line_break_in_header::RULE,
    no_forwarded_proto::RULE,
    no_forwarded_for::RULE,
    upgrade_without_protocol::RULE,
    slash_mismatch::RULE,
    path_lost::RULE,
    name_looked_up_once::RULE,
    outside_resolver::RULE,
    map_without_default::RULE,
    if_in_location::RULE,
    unknown_capture::RULE,
    duplicate_server::RULE,
    error_log_off::RULE,
];

#[cfg(test)]
mod tests {
    use crate::{Subjects, check};
    use host::MemoryTree;

    #[test]
    fn nothing_in_a_file_makes_a_rule_panic() {
        let directives = [
            "add_header",
            "allow",
            "alias",
            "location",
            "if",
            "map",
            "proxy_pass",
            "proxy_set_header",
            "resolver",
            "return",
            "rewrite",
            "root",
            "server",
            "server_name",
            "ssl_ciphers",
            "ssl_certificate",
            "stub_status",
            "listen",
            "upstream",
            "set",
            "try_files",
            "error_log",
        ];
        let words = [
            "",
            "\"\"",
            "$",
            "${",
            "~ (",
            "~ [^",
            "http://",
            "http://[",
            "http://unix:",
            "é$é",
            "a b c d",
            ":",
            "= =",
            "$99 $9",
        ];
        for word in words {
            let all: String = directives.iter().map(|name| format!("{name} {word}; ")).collect();
            let text = format!(
                "server {{ {all} location {word} {{ {all} if {word} {{ {all} }} }} map {word} {{ {all} }} }} {all}"
            );
            let tree = MemoryTree::new("repository", [("nginx.conf", text.as_str())]);
            check(&Subjects::read(&tree));
        }
    }
}
