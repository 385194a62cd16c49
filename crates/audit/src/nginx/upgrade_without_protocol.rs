//! `nginx/upgrade-without-protocol`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/upgrade-without-protocol",
        demands: "A location that passes on `Upgrade`, as WebSockets need it, also passes on `Connection`, by HTTP/1.1: nginx drops the one and speaks HTTP/1.0 (before 1.29.7) if nobody says so.",
        advice: "write `proxy_http_version 1.1;` and `proxy_set_header Connection \"upgrade\";` beside it",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut told = Vec::new();
    for pass in nginx.all("proxy_pass") {
        let headers = pass.in_force("proxy_set_header");
        let upgrade = headers.iter().find(|set| set.first().eq_ignore_ascii_case("upgrade"));
        let Some(upgrade) = upgrade.filter(|_| !pass.may_be_included()) else { continue };
        let newer = pass.in_force("proxy_http_version").iter().any(|version| version.first() != "1.0");
        let missing = match (newer, pass.passes("connection")) {
            (true, true) => continue,
            (false, true) => "`proxy_http_version 1.1`",
            (true, false) => "`proxy_set_header Connection`",
            (false, false) => "`proxy_http_version 1.1` and `proxy_set_header Connection`",
        };
        if !told.contains(&upgrade.line) {
            told.push(upgrade.line);
            let message = format!("no upgrade comes through without {missing}");
            remarks.push(Remark::new(nginx.place(upgrade), message).with(pass.place()));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/upgrade-without-protocol", &[("nginx.conf", text)])
    }

    const UPGRADE: &str = "proxy_set_header Upgrade $http_upgrade;";
    const CONNECTION: &str = "proxy_set_header Connection upgrade;";

    #[test]
    fn all_three_pass() {
        for text in [
            format!(
                "http {{ proxy_http_version 1.1; server {{ {UPGRADE} {CONNECTION} location / {{ proxy_pass http://a:1; }} }} }}"
            ),
            format!("server {{ include ws.conf; {UPGRADE} location / {{ proxy_pass http://a:1; }} }}"),
            "server { location / { proxy_pass http://a:1; } }".to_owned(),
        ] {
            assert_eq!(places(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn two_of_them_do_not() {
        let text = format!(
            "server {{\n proxy_http_version 1.1;\n location /a {{ {UPGRADE} {CONNECTION} proxy_pass http://a:1; }}\n location /b {{\n  {UPGRADE}\n  proxy_pass http://a:1; }}\n}}"
        );
        assert_eq!(places(&text), ["nginx.conf:5"]);
        let text = format!("server {{ location / {{ {UPGRADE} {CONNECTION} proxy_pass http://a:1; }} }}");
        assert_eq!(places(&text), ["nginx.conf:1"]);
    }
}
