//! `nginx/spoofed-host`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, server, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/spoofed-host",
        demands: "A server with names of its own passes on `$host`, the name by which it was chosen. `$http_host` is what the client wrote, which need not be that name: links in mails and caches can be poisoned with it.",
        advice: "write `proxy_set_header Host $host;`",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for header in nginx.all("proxy_set_header") {
        let [name, value] = header.arguments() else { continue };
        let is_host = ["host", "x-forwarded-host"].contains(&name.to_ascii_lowercase().as_str());
        // A server for all names checks none of them either way.
        let checked = header.within("server").is_some_and(server::is_for_named_hosts);
        if is_host && checked && variables(value).contains(&"http_host") {
            remarks.push(Remark::new(
                header.place(),
                format!("`{name}` is what the client says, not the name of this server"),
            ));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/spoofed-host", &[("nginx.conf", text)])
    }

    #[test]
    fn checked_names_and_servers_for_all_pass() {
        for text in [
            "server { server_name a.example; proxy_set_header Host $host; }",
            "server { server_name _; proxy_set_header Host $http_host; }",
            "server { proxy_set_header Host $http_host; }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_the_client_says_does_not() {
        let text = "server {\n server_name a.example;\n proxy_set_header Host $host;\n location / {\n  proxy_set_header Host $http_host;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
