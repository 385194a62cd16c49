//! What holds for any manifest, and for any text that somebody takes for a file of ours.

use crate::manifest::manifests;
use artifact::manifest::{Comments, parse, patch, print};
use artifact::{dockerfile, nginx, shell, yaml};
use proptest::prelude::*;

const FULL: &str = include_str!("../fixtures/full.toml");

/// A text with comments above and beside every header.
fn commented(text: &str) -> String {
    let line = |line: &str| match line.starts_with('[') {
        true => format!("# kept\n{line} # kept\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// A table as lines of dotted keys.
fn flatten(prefix: &str, table: &dyn toml_edit::TableLike, out: &mut String) {
    for (key, item) in table.iter() {
        let path = format!("{prefix}{}", toml_edit::Key::new(key).display_repr());
        match item.as_table_like() {
            Some(inner) if !inner.is_empty() => flatten(&format!("{path}."), inner, out),
            Some(_) => out.push_str(&format!("{path} = {{}}\n")),
            None => out.push_str(&format!("{path} = {}\n", item.to_string().trim())),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same(file in manifests()) {
        let text = print(&file, &Comments::new()).unwrap();
        prop_assert_eq!(parse(&text), Ok(file.clone()), "{}", text);
        prop_assert_eq!(patch(&text, &file, &Comments::new()).unwrap(), text);
    }

    #[test]
    fn any_manifest_can_be_turned_into_any_other(from in manifests(), to in manifests()) {
        let document = toml_edit::ser::to_document(&from).unwrap();
        let mut dotted = String::new();
        flatten("", document.as_table(), &mut dotted);
        for text in [commented(&print(&from, &Comments::new()).unwrap()), document.to_string(), dotted] {
            // Texts over several lines may look like headers and get comments; then it is another manifest, or none.
            if parse(&text).as_ref() == Ok(&from) {
                let changed = patch(&text, &to, &Comments::new()).unwrap();
                prop_assert_eq!(parse(&changed), Ok(to.clone()), "{}\n--- became\n{}", text, changed);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_damaged_manifest_is_read_or_refused(at in 0..FULL.len(), length in 0..9_usize, put in "[\\[\\]{}=\"'.,#\n a-z0-9é]{0,4}") {
        let mut bytes = FULL.as_bytes().to_vec();
        bytes.splice(at..(at + length).min(FULL.len()), put.bytes());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        match parse(&text) {
            Ok(file) => prop_assert_eq!(patch(&text, &file, &Comments::new()).unwrap(), text),
            Err(problems) => {
                let lines = u32::try_from(text.lines().count()).unwrap() + 1;
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line) && problem.column > 0));
            }
        }
    }

    #[test]
    fn any_text_is_a_file_or_a_problem_in_one_of_its_lines(text in "(FROM|RUN|http|a|[ \\t\\n{};:#<\\\\\"'$&*\\-\\[\\]|!=é]){0,60}") {
        let lines = u32::try_from(text.lines().count()).unwrap() + 1;
        let source = dockerfile::read::read(&text);
        prop_assert!(source.instructions.iter().all(|found| (1..=lines).contains(&found.line)));
        for instruction in &source.instructions {
            let _ = (instruction.options(), instruction.words(), shell::invocations(instruction.script()));
        }
        if let Err(problem) = nginx::read::directives(&text) {
            prop_assert!((1..=lines).contains(&problem.line), "{problem}");
        }
        match yaml::read::documents(&text) {
            Ok(documents) => documents.iter().for_each(|document| {
                document.descend(&mut |value| assert!((1..=lines).contains(&value.line)));
            }),
            Err(problem) => prop_assert!((1..=lines).contains(&problem.line), "{problem}"),
        }
    }
}
