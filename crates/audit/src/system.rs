//! Rules that see across files: what one says and another one does not know.

mod builds;
mod commands;
mod committed_env;
mod copied_nothing;
mod copied_secrets;
mod health_tool;
mod missing_lock;
mod missing_mount;
mod missing_path;
mod neighbours;
mod nginx_asks_itself;
mod tools;
mod unheard_port;
mod unknown_script;
mod unknown_upstream;

use crate::Subjects;
use crate::rule::Rule;

/// Every rule, in the order in which they are documented.
pub const RULES: &[Rule<Subjects>] = &[
    committed_env::RULE,
    copied_secrets::RULE,
    copied_nothing::RULE,
    missing_mount::RULE,
    missing_path::RULE,
    missing_lock::RULE,
    unknown_script::RULE,
    health_tool::RULE,
    unheard_port::RULE,
    unknown_upstream::RULE,
    nginx_asks_itself::RULE,
];

#[cfg(test)]
mod tests {
    use crate::{Subjects, check};
    use host::MemoryTree;

    #[test]
    fn nothing_in_a_file_makes_a_rule_panic() {
        let values = ["", "a", "[]", "{}", "[a, {}, '']", "../../..", "\"[\\\"\"", "é:é", "$"];
        for value in values {
            let compose = format!(
                "services:\n  a:\n    image: {value}\n    build: {value}\n    ports: [{value}]\n    volumes: [{value}]\n    healthcheck: {{test: {value}}}\n  b:\n    build: {{context: {value}, dockerfile: {value}, target: {value}}}\n"
            );
            let workflow = format!(
                "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - run: {value}\n        working-directory: {value}\n      - uses: {value}\n      - run: npm\n      - run: docker build -f\n"
            );
            let dockerfile = format!(
                "FROM {value}\nCOPY {value} {value}\nHEALTHCHECK CMD {value}\nEXPOSE {value}\nRUN {value}\n"
            );
            let nginx = format!("server {{ location / {{ proxy_pass {value}; set $a {value}; }} }}");
            let tree = MemoryTree::new(
                "repository",
                [
                    ("compose.yml", compose.as_str()),
                    (".github/workflows/a.yml", &workflow),
                    ("Dockerfile", &dockerfile),
                    ("nginx.conf", &nginx),
                    ("package.json", value),
                    (".env", value),
                    (".gitignore", value),
                    (".dockerignore", value),
                ],
            );
            check(&Subjects::read(&tree));
        }
    }
}
