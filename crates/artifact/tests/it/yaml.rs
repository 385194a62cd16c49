//! What is written reads back as what it was.

use artifact::yaml::{Map, Node, documents, flow, list};
use proptest::prelude::*;

#[test]
fn comments_gaps_and_lists_of_maps() {
    let step = Map::new().set("name", "Install").set("run", Node::Block("npm ci\nnpm test\n".into()));
    let text = Map::new()
        .set("on", Map::new().set("push", Map::new().set("branches", flow(["main"]))))
        .gap()
        .comment("Nothing but\nwhat is needed.")
        .set("permissions", Map::new())
        .set("steps", list([Map::new().comment("first").set("uses", "a/b@1"), step]))
        .set("ports", list(["127.0.0.1:8080:80", "22:22"]))
        .document("Generated.\n\nTwice.");
    let expected = "\
# Generated.
#
# Twice.
on:
  push:
    branches: [\"main\"]

# Nothing but
# what is needed.
permissions: {}
steps:
  # first
  - uses: a/b@1
  - name: Install
    run: |
      npm ci
      npm test
ports:
  - \"127.0.0.1:8080:80\"
  - \"22:22\"
";
    assert_eq!(text, expected);
    assert_eq!(documents("", &[Map::new().set("a", 1), Map::new().set("b", true)]), "a: 1\n---\nb: true\n");
}

#[test]
fn a_note_stands_at_the_end_of_its_line() {
    let steps =
        list([Map::new().set_with_note("uses", "a/b@0123", "v1.2.3").set("with", Map::new().set("c", 1))]);
    let text = Map::new()
        .set("steps", steps)
        .set_with_note("run", Node::Block("one\ntwo\n".into()), "why")
        .set_with_note("map", Map::new().set("d", "e"), "behind the key")
        .merge(Map::new().set_with_note("f", true, "kept"))
        .document("");
    let expected = "\
steps:
  - uses: a/b@0123 # v1.2.3
    with:
      c: 1
run: | # why
  one
  two
map: # behind the key
  d: e
f: true # kept
";
    assert_eq!(text, expected);
    assert_eq!(read(&text)["run"], "one\ntwo\n");
}

#[test]
fn what_other_readers_would_take_for_something_else_is_quoted() {
    for text in [
        "on",
        "No",
        "1.20",
        "1e3",
        "0x1f",
        "0o17",
        "2026-01-01",
        "null",
        "~",
        "",
        " a",
        "a: b",
        "a #b",
        "- a",
        "12:30",
        "@a",
        "a:",
    ] {
        let written = Map::new().set("key", text).document("");
        assert!(written.contains('"'), "{written}");
    }
    for text in ["postgres:15", "npm ci", "a-b_c", "/var/lib", "${A:-b}", "http://a/b?c=d", "node:20-slim"] {
        assert_eq!(Map::new().set("key", text).document(""), format!("key: {text}\n"));
    }
}

fn read(text: &str) -> serde_json::Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn a_block_that_begins_with_empty_lines_and_spaces_keeps_them() {
    for text in ["\n a", "\n\n  a\nb\n", "  \na", " a"] {
        let written = Map::new().set("run", Node::Block(text.into())).document("");
        assert_eq!(read(&written)["run"], text, "{written}");
    }
}

proptest! {
    #[test]
    fn any_text_reads_back(text in "[ -~äß\n\t]{0,40}", key in "[a-z][a-z0-9_-]{0,8}") {
        let map = Map::new()
            .set(key.clone(), text.as_str())
            .set("in-list", list([text.as_str()]))
            .set("in-flow", flow([text.as_str(), "b"]));
        let value = read(&map.document("header"));
        prop_assert_eq!(value["in-list"][0].as_str(), Some(text.as_str()));
        prop_assert_eq!(value["in-flow"][0].as_str(), Some(text.as_str()));
        prop_assert_eq!(value[key.as_str()].as_str(), Some(text.as_str()));
    }

    #[test]
    fn any_block_reads_back(text in "[ -~]{0,20}(\n[ -~]{0,20}){0,3}[!-~]\n?") {
        let map = Map::new().set("run", Node::Block(text.clone()));
        let value = read(&map.document(""));
        prop_assert_eq!(value["run"].as_str(), Some(text.as_str()));
    }
}
