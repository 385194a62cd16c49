//! `nginx/unknown-capture`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Nginx, pattern, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/unknown-capture",
        demands: "A `rewrite` uses only groups that its pattern has: any other is empty.",
        advice: "put what is meant into parentheses, or correct the number",
        severity: Severity::Warning,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.all("rewrite") {
        let [pattern, to, ..] = found.arguments() else { continue };
        let groups = pattern::groups(pattern).len();
        let numbers = variables(to).into_iter().filter_map(|name| name.parse::<usize>().ok());
        // nginx knows nine; `$12` is `$1` and a `2`.
        let first_digit = |number: usize| number.to_string().chars().next().and_then(|c| c.to_digit(10));
        let unknown = numbers.filter_map(first_digit).find(|number| *number as usize > groups);
        if let Some(number) = unknown.filter(|number| *number > 0) {
            let message = format!("`${number}` is empty: `{pattern}` has {groups} groups");
            remarks.push(Remark::new(found.place(), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/unknown-capture", &[("nginx.conf", text)])
    }

    #[test]
    fn groups_that_are_there_pass() {
        assert_eq!(places("server { rewrite ^/(a)/(?:b)/(c)$ /$2/$1/$is_args break; }"), [""; 0]);
    }

    #[test]
    fn others_do_not() {
        let text = "server {\n rewrite ^/a/(.*)$ /$1;\n rewrite ^/a/(?:x)(.*)$ /$2;\n}";
        assert_eq!(places(text), ["nginx.conf:3"]);
    }
}
