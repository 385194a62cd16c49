//! `nginx/no-hsts`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, includes, server};
use artifact::nginx::read::Directive;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/no-hsts",
        demands: "A server with TLS tells browsers to come by TLS only (`Strict-Transport-Security`): else the first request of every visit can be taken over. An application behind it may say so itself.",
        advice: "add `add_header Strict-Transport-Security \"max-age=31536000\" always;` once all of the site works by TLS",
        severity: Severity::Note,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in server::all(nginx) {
        let rejects =
            ["return", "ssl_reject_handshake"].iter().any(|name| found.directive.all(name).next().is_some());
        let said = said_in(found.directive) || found.levels().flatten().any(is_hsts);
        let elsewhere =
            found.may_be_included() || includes(found.inside()) || found.inside().iter().any(included_in);
        if server::has_tls(found.directive) && !rejects && !said && !elsewhere {
            remarks.push(Remark::new(
                found.place(),
                "this server has TLS, but does not say Strict-Transport-Security",
            ));
        }
    }
    remarks
}

fn is_hsts(directive: &Directive) -> bool {
    let sets = matches!(directive.name.as_str(), "add_header" | "more_set_headers");
    sets && directive
        .arguments
        .iter()
        .any(|word| word.to_ascii_lowercase().starts_with("strict-transport-security"))
}

fn said_in(block: &Directive) -> bool {
    block.block.iter().flatten().any(|directive| is_hsts(directive) || said_in(directive))
}

fn included_in(block: &Directive) -> bool {
    block.block.as_deref().is_some_and(|inner| includes(inner) || inner.iter().any(included_in))
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/no-hsts", &[("nginx.conf", text)])
    }

    #[test]
    fn servers_that_say_it_or_have_no_tls_pass() {
        for text in [
            "server { listen 80; }",
            "server { listen 443 ssl; add_header Strict-Transport-Security max-age=31536000; }",
            "server { listen 443 ssl; location / { add_header strict-transport-security max-age=31536000; } }",
            "http { add_header Strict-Transport-Security max-age=31536000; server { listen 443 ssl; } }",
            "server { listen 443 ssl; include security.conf; }",
            "server { listen 443 ssl; return 301 https://a.example$request_uri; }",
            "stream { server { listen 443 ssl; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn one_with_tls_that_does_not_is_told() {
        let text = "server {\n listen 443 ssl;\n add_header Strict-Transport-Security max-age=31536000;\n}\nserver {\n listen 8443 ssl;\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
