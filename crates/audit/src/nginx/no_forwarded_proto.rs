//! `nginx/no-forwarded-proto`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Found, Nginx, location, server};
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
    let mut remarks = Vec::new();
    let mut told = Vec::new();
    for pass in nginx.all("proxy_pass").into_iter().filter(is_silent) {
        let Some(server) = pass.within("server").filter(|server| server::has_tls(server)) else { continue };
        // One a server is enough to know.
        if !told.contains(&server.line) {
            told.push(server.line);
            let place = pass
                .within("location")
                .map_or_else(|| "this server".to_owned(), |at| format!("`{}`", location::name(at)));
            let message = format!("{place} does not pass on X-Forwarded-Proto, though its server has TLS");
            remarks.push(Remark::new(pass.place(), message).with(nginx.place(server)));
        }
    }
    remarks
}

fn is_silent(pass: &Found<'_>) -> bool {
    let headers = ["X-Forwarded-Proto", "Forwarded", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Scheme"];
    pass.within("stream").is_none()
        && !headers.iter().any(|header| pass.passes(header))
        && !pass.may_be_included()
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
        let text = "server {\n listen 443 ssl;\n location /a { proxy_set_header X-Forwarded-Proto https; proxy_pass http://a:1; }\n location /b {\n  proxy_pass http://a:1;\n }\n location /c { proxy_pass http://a:1; }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
