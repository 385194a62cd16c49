//! `nginx/lost-header`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::location;
use crate::subject::nginx::{Nginx, includes, lost::lost};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/lost-header",
        demands: "A block that adds a header of its own also adds the security headers of the block around it: `add_header` is inherited only by a block that has none.",
        advice: "repeat the headers there, or keep them in a file that every such block includes",
        severity: Severity::Warning,
    },
    check,
};

const PROTECTING: [&str; 9] = [
    "strict-transport-security",
    "x-frame-options",
    "x-content-type-options",
    "content-security-policy",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "cross-origin-resource-policy",
];

fn check(nginx: &Nginx) -> Vec<Remark> {
    let merges = |found: &crate::subject::nginx::Found<'_>| {
        found.in_force("add_header_inherit").iter().any(|is| is.first() == "merge")
    };
    let mut remarks = Vec::new();
    for block in nginx.found(|directive| directive.block.is_some()) {
        // A fixed answer needs no protection; what it includes may bring the headers.
        let answers = block.inside().iter().any(|directive| directive.name == "return");
        if answers || includes(block.inside()) || merges(&block) {
            continue;
        }
        let Some((own, lost)) = lost(&block, "add_header", |name| PROTECTING.contains(&name)) else {
            continue;
        };
        let names: Vec<&str> = lost.iter().map(|header| header.first()).collect();
        let message = format!(
            "`{} {}` makes `{}` lose {}",
            own.name,
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
        found("nginx/lost-header", &[("nginx.conf", text)])
    }

    #[test]
    fn headers_that_stay_pass() {
        for text in [
            "server {\n add_header X-Frame-Options DENY;\n location / { root /a; }\n}",
            "server {\n add_header X-Frame-Options DENY;\n location / { add_header X-Frame-Options DENY; add_header A b; }\n}",
            "server {\n add_header X-Frame-Options DENY;\n location / { include headers.conf; add_header A b; }\n}",
            "server {\n add_header X-Frame-Options DENY;\n location / { add_header A b; return 204; }\n}",
            "server {\n add_header X-Time 1;\n location / { add_header A b; }\n}",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn lost_ones_do_not() {
        let text = "server {\n add_header X-Frame-Options DENY;\n location /a { root /a; }\n location /b {\n  add_header A b;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:5"]);
    }
}
