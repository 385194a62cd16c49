//! `.env` files.

use artifact::dotenv::read;
use proptest::prelude::*;

fn entries(text: &str) -> Vec<(String, String, u32)> {
    read(text)
        .entries
        .into_iter()
        .map(|entry| (entry.name, entry.value.expose().to_owned(), entry.line))
        .collect()
}

#[test]
fn values_are_read_as_the_libraries_do() {
    let text = "\u{feff}# comment\n\
        PLAIN=value\n\
        \n  SPACED = two words  # comment\n\
        export EXPORTED=yes\r\n\
        HASH=a#b\n\
        EMPTY=\n\
        EMPTY_COMMENT= # nothing\n\
        SINGLE='a \\n $b # c'\n\
        DOUBLE=\"a\\n\\\"b\\\" \\$c \\d\" # comment\n\
        BACK=`it's \"it\"`\n\
        KEY=\"-----BEGIN\nMII=\n-----END\"\n\
        URL=postgres://u:p@h/d?a=b\n\
        exported=1\n\
        LAST=x";
    let expected = [
        ("PLAIN", "value", 2),
        ("SPACED", "two words", 4),
        ("EXPORTED", "yes", 5),
        ("HASH", "a#b", 6),
        ("EMPTY", "", 7),
        ("EMPTY_COMMENT", "", 8),
        ("SINGLE", "a \\n $b # c", 9),
        ("DOUBLE", "a\n\"b\" $c \\d", 10),
        ("BACK", "it's \"it\"", 11),
        ("KEY", "-----BEGIN\nMII=\n-----END", 12),
        ("URL", "postgres://u:p@h/d?a=b", 15),
        ("exported", "1", 16),
        ("LAST", "x", 17),
    ];
    assert_eq!(entries(text), expected.map(|(name, value, line)| (name.into(), value.into(), line)));
    assert_eq!(read(text).problems, []);
}

#[test]
fn lines_that_cannot_be_read_are_told_and_the_rest_is_read() {
    let text = "A=1\njust words\n1X=2\n=3\nB=\"open\nC=4\n";
    let found: Vec<_> = read(text).problems.iter().map(|problem| (problem.line, problem.message)).collect();
    let no_name = "before the = stands no name of a variable";
    assert_eq!(
        found,
        [(2, "it is not of the form NAME=value"), (3, no_name), (4, no_name), (5, "its quote is not closed")]
    );
    assert_eq!(entries(text), [("A".into(), "1".into(), 1), ("C".into(), "4".into(), 6)]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_no_value_is_shown(text in "([A-Z =#\"'`\\\\é\r\n]|secret!42){0,40}") {
        let dotenv = read(&text);
        let lines = u32::try_from(text.lines().count()).unwrap();
        prop_assert!(dotenv.entries.iter().all(|entry| (1..=lines).contains(&entry.line)));
        let shown = format!("{dotenv:?}");
        prop_assert!(!shown.contains("secret!42"));
    }

    #[test]
    fn what_is_quoted_comes_back(value in any::<String>()) {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assert_eq!(entries(&format!("A=\"{quoted}\"\nB=1")).remove(0).1, value);
    }
}
