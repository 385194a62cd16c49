//! `nginx/open-status`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Found, Nginx, server};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/open-status",
        demands: "The status page of nginx is not for everybody: a server that also serves the site lets in only addresses that may see it.",
        advice: "add `allow 127.0.0.1; deny all;`, or give it a server with a port of its own",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let open = nginx.all("stub_status").into_iter().filter(is_open);
    open.map(|found| Remark::new(found.place(), "whoever reaches the site sees `stub_status`")).collect()
}

fn is_open(found: &Found<'_>) -> bool {
    let Some(server) = found.within("server") else { return false };
    let guards = ["deny", "auth_basic", "auth_request", "auth_jwt", "internal", "ssl_verify_client"];
    let guarded = guards.iter().any(|name| !found.in_force(name).is_empty());
    let local = |listen: &server::Listen<'_>| {
        let address = listen.address();
        ["127.", "[::1]", "localhost:", "unix:"].iter().any(|start| address.starts_with(start))
    };
    let listens = server::listens(server);
    let is_local = !listens.is_empty() && listens.iter().all(local);
    let serves = server.all("location").any(|location| {
        ["proxy_pass", "root", "alias", "try_files", "fastcgi_pass", "uwsgi_pass"]
            .iter()
            .any(|name| location.all(name).next().is_some())
    });
    serves && !guarded && !is_local && !found.may_be_included()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/open-status", &[("nginx.conf", text)])
    }

    #[test]
    fn guarded_pages_and_own_ports_pass() {
        for text in [
            "server { location / { root /a; } location /s { stub_status; allow 10.0.0.1; deny all; } }",
            "server { listen 8081; location /s { stub_status; } }",
            "server { listen 127.0.0.1:80; location / { root /a; } location /s { stub_status; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn an_open_one_does_not() {
        let text = "server {\n location / { root /a; }\n location /s { stub_status; deny all; }\n location /t {\n  stub_status on;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
