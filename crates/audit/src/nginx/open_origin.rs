//! `nginx/open-origin`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::{Found, Nginx, variables};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/open-origin",
        demands: "Which sites may read answers is checked whole: a pattern for `Origin` that does not begin with `^` and end with `$` also holds for `https://your.site.attacker.example`, and to send back whatever came is to allow everybody.",
        advice: "write the whole of it: `^https://(www\\.)?example\\.com$`",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.found(|directive| matches!(directive.name.as_str(), "if" | "map")) {
        match found.directive.name.as_str() {
            "if" => remarks
                .extend(pattern_of_if(&found).and_then(open).map(|pattern| remark(found.place(), pattern))),
            _ if found.first() == "$http_origin" => {
                let patterns =
                    found.inside().iter().filter_map(|entry| Some((entry, open(after_sign(&entry.name)?)?)));
                remarks.extend(patterns.map(|(entry, pattern)| remark(nginx.place(entry), pattern)));
            }
            _ => {}
        }
    }
    for header in nginx.all("add_header") {
        let [name, value, ..] = header.arguments() else { continue };
        let returned =
            name.eq_ignore_ascii_case("access-control-allow-origin") && variables(value) == ["http_origin"];
        let credentials = header.in_force("add_header").iter().any(|other| {
            other.first().eq_ignore_ascii_case("access-control-allow-credentials")
                && other.arguments.get(1).is_some_and(|value| value == "true")
        });
        if returned && credentials && header.within("if").is_none() {
            let message = "every site may read answers with the cookies of whoever visits it";
            remarks.push(Remark::new(header.place(), message));
        }
    }
    remarks
}

fn remark(place: model::Place, pattern: &str) -> Remark {
    Remark::new(place, format!("`{pattern}` also holds for other sites"))
}

/// The pattern of `if ($http_origin ~* "…")`; the parentheses are part of the words.
fn pattern_of_if<'a>(found: &Found<'a>) -> Option<&'a str> {
    let [variable, sign, pattern] = found.arguments() else { return None };
    let compares = variable == "($http_origin" && matches!(sign.as_str(), "~" | "~*");
    // A word in quotes is read without the `)` behind it.
    let bare =
        pattern.strip_suffix(')').filter(|bare| bare.matches('(').count() == bare.matches(')').count());
    compares.then(|| bare.unwrap_or(pattern))
}

/// The pattern of an entry of a map.
fn after_sign(key: &str) -> Option<&str> {
    key.strip_prefix("~*").or_else(|| key.strip_prefix('~'))
}

/// The pattern, if it holds for more than it says.
fn open(pattern: &str) -> Option<&str> {
    (!(pattern.starts_with('^') && pattern.ends_with('$'))).then_some(pattern)
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/open-origin", &[("nginx.conf", text)])
    }

    #[test]
    fn whole_patterns_pass() {
        for text in [
            "server { if ($http_origin ~* \"^https://(www\\.)?a\\.example$\") { set $c 1; } }",
            "server { if ($http_origin ~* ^https://(www\\.)?a\\.example$) { set $c 1; } }",
            "map $http_origin $c { default \"\"; ~^https://a\\.example$ $http_origin; https://b.example b; } server { }",
            "server { add_header Access-Control-Allow-Origin $http_origin; }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn open_ones_do_not() {
        let text = "server {\n if ($http_origin ~ ^https://a\\.example$) { set $c 1; }\n if ($http_origin ~* (a\\.example)) {\n  set $c 1;\n }\n location / {\n  add_header Access-Control-Allow-Origin $http_origin;\n  add_header Access-Control-Allow-Credentials true;\n }\n}\nmap $http_origin $d {\n ~a\\.example $http_origin;\n}";
        assert_eq!(places(text), ["nginx.conf:3", "nginx.conf:7", "nginx.conf:12"]);
    }
}
