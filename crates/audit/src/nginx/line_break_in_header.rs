//! `nginx/line-break-in-header`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/line-break-in-header",
        demands: "The value of a header stands on one line: nginx sends the line breaks as they are, and browsers refuse the whole answer.",
        advice: "write the value on one line, or join it by variables",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let headers =
        nginx.found(|directive| matches!(directive.name.as_str(), "add_header" | "proxy_set_header"));
    let broken = headers.iter().filter(|found| found.arguments().iter().any(|word| word.contains('\n')));
    broken
        .map(|found| {
            Remark::new(found.place(), format!("the value of `{}` has several lines", found.first()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    #[test]
    fn one_line_passes_and_two_do_not() {
        let text = "server {\n add_header A \"a; b\"\n   always;\n add_header Content-Security-Policy \"a;\n  b\";\n}";
        assert_eq!(found("nginx/line-break-in-header", &[("nginx.conf", text)]), ["nginx.conf:4"]);
    }
}
