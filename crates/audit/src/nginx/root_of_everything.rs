//! `nginx/root-of-everything`

use crate::rule::{About, Remark, Rule};
use crate::subject::nginx::Nginx;
use crate::subject::nginx::location::{self, Match};
use model::finding::Severity;

pub(super) const RULE: Rule<Nginx> = Rule {
    about: About {
        name: "nginx/root-of-everything",
        demands: "What is served is a folder of files for everybody, and not the file system or a folder of the system.",
        advice: "name the folder that holds the site",
        severity: Severity::Error,
    },
    check,
};

fn check(nginx: &Nginx) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for found in nginx.found(|directive| matches!(directive.name.as_str(), "root" | "alias")) {
        let folder = found.first().trim_end_matches('/');
        let system = ["", "/etc", "/etc/nginx", "/root", "/proc", "/sys", "/var", "/home", "/usr", "/dev"];
        let one =
            found.within("location").and_then(location::of).is_some_and(|place| place.by == Match::Exact);
        if system.contains(&folder) && !found.first().is_empty() && !one && !found.is_internal() {
            let message =
                format!("`{} {}` serves what is on the machine", found.directive.name, found.first());
            remarks.push(Remark::new(found.place(), message));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use crate::fixture::found;

    fn places(text: &str) -> Vec<String> {
        found("nginx/root-of-everything", &[("nginx.conf", text)])
    }

    #[test]
    fn folders_of_files_pass() {
        for text in [
            "server { root /usr/share/nginx/html; location /a/ { alias /srv/a/; } }",
            "server { location /files/ { internal; alias /; } }",
        ] {
            assert_eq!(places(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_file_system_does_not() {
        let text = "server {\n root /srv;\n location /a/ {\n  alias /;\n }\n location /b/ {\n  root /etc/nginx/;\n }\n}";
        assert_eq!(places(text), ["nginx.conf:4", "nginx.conf:7"]);
    }
}
