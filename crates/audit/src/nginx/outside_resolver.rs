//! `nginx/outside-resolver`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, target};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/outside-resolver",
        demands: "Names of upstreams are looked up where they are known. A public resolver knows no service of a network of containers, and whoever can forge its answers says where requests go.",
        advice: "use the resolver of the network: 127.0.0.11 in Docker, the cluster's own in Kubernetes",
        severity: Severity::Warning,
    },
    check,
};

const PUBLIC: [&str; 12] = [
    "8.8.8.8",
    "8.8.4.4",
    "1.1.1.1",
    "1.0.0.1",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
    "[2001:4860:4860::8888]",
    "[2001:4860:4860::8844]",
    "[2606:4700:4700::1111]",
    "[2606:4700:4700::1001]",
];

fn check(nginx: &Nginx) -> Vec<Remark> {
    let passes = nginx.all("proxy_pass");
    let mut remarks = Vec::new();
    for resolver in nginx.all("resolver") {
        // For certificates alone (OCSP) an outside one is what is needed.
        let uses = passes.iter().filter(|pass| {
            let host = target::read(pass.first()).host;
            host.contains('$')
                && pass.in_force("resolver").iter().any(|known| std::ptr::eq(*known, resolver.directive))
        });
        let public = resolver.arguments().iter().find(|word| PUBLIC.contains(&word.trim_end_matches(":53")));
        if let (Some(public), Some(pass)) = (public, uses.into_iter().next()) {
            let message = format!("{public} is asked for the host of `proxy_pass {}`", pass.first());
            remarks.push(Remark::new(resolver.place(), message).with(pass.place()));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/outside-resolver", &[("nginx.conf", text)])
    }

    #[test]
    fn the_networks_own_passes() {
        for text in [
            "server { resolver 127.0.0.11; location / { proxy_pass http://$a; } }",
            "server { resolver 8.8.8.8; ssl_stapling on; location / { proxy_pass http://a:1; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_public_one_does_not() {
        let text = "server {\n resolver 127.0.0.11;\n location / { proxy_pass $a; }\n location /b {\n  resolver 127.0.0.11 8.8.8.8 valid=5s;\n  proxy_pass $a;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
