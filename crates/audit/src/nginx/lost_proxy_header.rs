//! `nginx/lost-proxy-header`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::location;
use crate::subject::nginx::{Nginx, includes, lost::lost};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/lost-proxy-header",
        demands: "A location that sets a header of its own for the application also sets those of the server: `proxy_set_header` is inherited only by a block that has none.",
        advice: "repeat the headers there, or keep them in a file that every such location includes",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for block in nginx.found(|directive| directive.block.is_some()) {
        // Without the two of an upgrade a location works, only without upgrades, which may be what it is for.
        let matters = |name: &str| !matches!(name, "upgrade" | "connection");
        let passes = block.inside().iter().any(|directive| directive.name == "proxy_pass");
        if !passes || includes(block.inside()) {
            continue;
        }
        let Some((own, lost)) = lost(&block, "proxy_set_header", matters) else { continue };
        let names: Vec<&str> = lost.iter().map(|header| header.first()).collect();
        let message = format!(
            "`proxy_set_header {}` makes `{}` lose {}",
            own.first(),
            location::name(block.directive),
            names.join(", ")
        );
        remarks.push(Remark::new(nginx.place(own), message).with(nginx.place(lost[0])));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/lost-proxy-header", &[("nginx.conf", text)])
    }

    #[test]
    fn inherited_and_repeated_ones_pass() {
        for text in [
            "server {\n proxy_set_header Host $host;\n location / { proxy_pass http://a:1; }\n}",
            "server {\n proxy_set_header Host $host;\n location / { proxy_set_header host $host; proxy_pass http://a:1; }\n}",
            "server {\n proxy_set_header Upgrade $http_upgrade;\n location / { proxy_set_header Host $host; proxy_pass http://a:1; }\n}",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn lost_ones_do_not() {
        let text = "server {\n proxy_set_header Host $host;\n location /a { proxy_pass http://a:1; }\n location /b {\n  proxy_set_header Upgrade $http_upgrade;\n  proxy_pass http://a:1;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
