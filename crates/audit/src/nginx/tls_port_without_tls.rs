//! `nginx/tls-port-without-tls`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, server};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/tls-port-without-tls",
        demands: "A server with a certificate speaks TLS at port 443: without `ssl` behind the port nginx speaks plain HTTP there, which no browser understands. (`ssl on` is unknown since 1.25.1: nginx does not start.)",
        advice: "write `listen 443 ssl;`",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for certificate in nginx.all("ssl_certificate") {
        let Some(server) = certificate.parent().filter(|parent| parent.name == "server") else { continue };
        let switched_on = server.all("ssl").find(|ssl| ssl.first() == "on");
        let listens = server::listens(server);
        let plain = listens
            .iter()
            .find(|listen| listen.port() == Some(443) && !listen.is("ssl") && !listen.is("quic"));
        let remark = match (switched_on, plain) {
            (Some(ssl), _) => Remark::new(nginx.place(ssl), "`ssl on` is unknown to nginx since 1.25.1"),
            (None, Some(listen)) => {
                let message = format!(
                    "`listen {}` has no `ssl`, though there is a certificate",
                    listen.directive().arguments.join(" ")
                );
                Remark::new(nginx.place(listen.directive()), message).with(certificate.place())
            }
            (None, None) => continue,
        };
        remarks.push(remark);
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/tls-port-without-tls", &[("nginx.conf", text)])
    }

    #[test]
    fn with_tls_or_without_a_certificate_it_passes() {
        for text in [
            "server { listen 443 ssl; listen 80; ssl_certificate a; }",
            "server { listen 443 quic reuseport; listen [::]:443 ssl; ssl_certificate a; }",
            "stream { server { listen 443; ssl_preread on; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn without_it_does_not() {
        let text = "server { listen 443 ssl; ssl_certificate a; }\nserver {\n listen 443 http2;\n ssl_certificate a;\n}\nserver {\n listen 443;\n ssl on;\n ssl_certificate a;\n}";
        assert_eq!(places(text), ["nginx.conf:3", "nginx.conf:8"]);
    }
}
