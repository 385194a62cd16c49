use super::*;
use std::path::Path;

fn said(path: &str, text: &str) -> Vec<String> {
    let source = Source::parse(Path::new(path), text, false).expect("Rust");
    let findings = check(&source);
    assert!(findings.iter().all(|finding| !finding.advice.is_empty()), "every finding says what to do");
    findings
        .iter()
        .map(|finding| format!("{}: {:?}: {}", finding.line, finding.level, finding.message))
        .collect()
}

fn function(name: &str, lines: usize) -> String {
    format!("fn {name}() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
}

#[test]
fn files_have_a_budget_and_a_limit() {
    assert_eq!(said("src/a.rs", &"use a;\n".repeat(400)), [""; 0]);
    let tests =
        format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "use a;\n".repeat(400), "use a;\n".repeat(100));
    assert_eq!(said("src/a.rs", &tests), [""; 0]);
    assert_eq!(
        said("src/a.rs", &"use a;\n".repeat(401)),
        ["1: Warning: the file has 401 lines without tests, 400 are the budget"]
    );
    assert_eq!(
        said("src/a.rs", &"use a;\n".repeat(601)),
        ["1: Error: the file has 601 lines, 600 are the limit"]
    );
}

#[test]
fn functions_have_a_budget_and_a_limit() {
    assert_eq!(said("src/a.rs", &function("fits", 60)), [""; 0]);
    let second = function("fits", 60) + &function("long", 61) + &function("too_long", 91);
    assert_eq!(
        said("src/a.rs", &second),
        [
            "61: Warning: long has 61 lines, 60 are the budget",
            "122: Error: too_long has 91 lines, 60 are the budget"
        ]
    );
    let method = format!("impl A {{\n{}}}", function("long", 61));
    assert_eq!(said("src/a.rs", &method), ["2: Warning: long has 61 lines, 60 are the budget"]);
}

#[test]
fn traits_stay_small() {
    let with =
        |methods: usize| format!("trait Driver {{\n{}}}\n", "fn f(&self, g: fn()) { h() }\n".repeat(methods));
    assert_eq!(said("src/a.rs", &with(10)), [""; 0]);
    let second = with(10) + &with(11);
    assert_eq!(said("src/a.rs", &second), ["13: Error: trait Driver has 11 methods, 10 are the limit"]);
}

#[test]
fn names_say_what_is_inside() {
    assert_eq!(said("src/common_name.rs", ""), [""; 0]);
    assert_eq!(said("src/common.rs", ""), ["1: Error: common is no name for a module"]);
    assert_eq!(said("src/utils/text.rs", ""), ["1: Error: utils is no name for a module"]);
    assert_eq!(said("src/a/mod.rs", ""), ["1: Error: mod.rs is not used here"]);
}
