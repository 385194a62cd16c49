//! `nginx/no-forwarded-proto`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, server};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/no-forwarded-proto",
        demands: "An application behind a server with TLS is told that the client came by it. Else it takes every request for plain HTTP: it sets no secure cookies, writes `http://` links, or redirects to HTTPS for ever.",
        advice: "add `proxy_set_header X-Forwarded-Proto $scheme;` beside the other headers that are passed on",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    const HEADERS: [&str; 5] =
        ["X-Forwarded-Proto", "Forwarded", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Scheme"];
    let secured = server::all(nginx).into_iter().filter(|server| server::has_tls(server.directive));
    let untold = secured.filter_map(|server| {
        let pass = server.never_passes(&HEADERS)?;
        let message = format!(
            "`proxy_pass {}` does not pass on X-Forwarded-Proto, though its server has TLS",
            pass.first()
        );
        Some(Remark::new(pass.place(), message).with(server.place()))
    });
    untold.collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/no-forwarded-proto", &[("nginx.conf", text)])
    }

    #[test]
    fn told_applications_and_plain_servers_pass() {
        for text in [
            "server { listen 443 ssl; proxy_set_header X-Forwarded-Proto $scheme; location / { proxy_pass http://a:1; } }",
            "server { listen 443 ssl; location / { include proxy_params; proxy_pass http://a:1; } }",
            "server { listen 80; location / { proxy_pass http://a:1; } }",
            "server { listen 443 ssl; location / { root /a; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn others_do_not() {
        let text = "server {\n listen 443 ssl;\n location /a { proxy_set_header X-Forwarded-Proto https; proxy_pass http://a:1; }\n location /b { proxy_pass http://b:1; }\n}\nserver {\n listen 444 ssl;\n location /b {\n  proxy_pass http://a:1;\n }\n location /c { proxy_pass http://a:1; }\n}";
        assert_eq!(places(text), ["nginx.conf:9"]);
    }
}
