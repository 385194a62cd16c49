//! What somebody else wrote is read with the line of everything.

use artifact::dockerfile::read::read;
use artifact::nginx::read::directives;
use artifact::yaml::read::documents;

#[test]
fn a_dockerfile_is_read_as_buildkit_reads_it() {
    let text = "# syntax=docker/dockerfile:1\nARG V=1\nFROM --platform=$BUILDPLATFORM node:${V} AS run\n\nRUN a \\\n  # a comment\n\n  && b\nRUN <<EOF\nFROM nothing\nEOF\nCOPY <<-'ONE' <<TWO /to/\n\tx\n\tONE\ny\nTWO\n# after\ncmd [\"node\", \"main.js\"]\n";
    let source = read(text);
    assert_eq!(source.problems, []);
    let seen: Vec<_> = source
        .instructions
        .iter()
        .map(|found| (found.line, found.keyword.as_str(), found.text.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (2, "ARG", "V=1"),
            (3, "FROM", "--platform=$BUILDPLATFORM node:${V} AS run"),
            (5, "RUN", "a && b"),
            (9, "RUN", "<<EOF"),
            (12, "COPY", "<<-'ONE' <<TWO /to/"),
            (18, "CMD", "[\"node\", \"main.js\"]"),
        ]
    );
    assert_eq!(source.instructions[1].option("platform"), Some("$BUILDPLATFORM"));
    assert_eq!(source.instructions[1].rest(), "node:${V} AS run");
    assert_eq!(source.instructions[3].script(), "FROM nothing\n");
    let ends: Vec<_> = source.instructions[4].documents.iter().map(|found| found.end.as_str()).collect();
    assert_eq!(ends, ["ONE", "TWO"]);
    assert_eq!(source.instructions[5].words(), ["node", "main.js"]);
}

#[test]
fn another_escape_and_what_cannot_be_read() {
    let source = read("# escape=`\nFROM a\nRUN b `\n c\n{ oops }\nRUN <<EOF\nnever ends\n");
    assert_eq!(source.instructions[1].text, "b c");
    let problems: Vec<_> = source.problems.iter().map(|found| found.line).collect();
    assert_eq!(problems, [5, 6]);
}

#[test]
fn yaml_keeps_lines_through_anchors_and_merge_keys() {
    let text = "base: &base\n  image: a\n  ports: [1]\n---\none: 1\n---\nx: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\n  c: \"no\"\n  d: no\n  e: ~\n";
    let documents = documents(text).unwrap();
    assert_eq!(documents.len(), 3);
    let y = documents[2].get("y").unwrap();
    assert_eq!(y.get("a").and_then(|value| value.text()), Some("1"));
    assert_eq!(y.get("b").map(|value| (value.text().unwrap(), value.line)), Some(("3", 10)));
    assert_eq!((y.get("c").unwrap().truth(), y.get("d").unwrap().truth()), (None, Some(false)));
    assert!(y.get("e").unwrap().is_null());
    assert_eq!(documents[0].at(&["base", "ports"]).unwrap().items()[0].line, 3);
}

#[test]
fn broken_and_hostile_yaml_is_a_problem_with_a_line() {
    assert_eq!(documents("a:\n  - b\n c: d\n").unwrap_err().line, 3);
    let mut laughs = String::from("l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n");
    for level in 1..9 {
        let items = vec![format!("*l{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("l{level}: &l{level} [{items}]\n"));
    }
    assert!(documents(&laughs).unwrap_err().message.contains("too large"));
    assert!(documents(&"[".repeat(1000)).is_err());
}

#[test]
fn nginx_is_read_with_quotes_variables_and_blocks() {
    let text = "# top\nhttp {\n  log_format a '{\"t\":\"$time\"}' # c\n    'more';\n  server {\n    listen 80;\n    location ~ \\.(js|css)$ { return 200 \"a;b\"; }\n    set $x ${y}z;\n  }\n}\n";
    let found = directives(text).unwrap();
    let http = &found[0];
    assert_eq!(http.all("log_format").next().unwrap().arguments, ["a", "{\"t\":\"$time\"}", "more"]);
    let server = http.all("server").next().unwrap();
    assert_eq!((server.line, server.all("listen").next().unwrap().line), (5, 6));
    let location = server.all("location").next().unwrap();
    assert_eq!(location.arguments, ["~", "\\.(js|css)$"]);
    assert_eq!(location.all("return").next().unwrap().arguments, ["200", "a;b"]);
    assert_eq!(server.all("set").next().unwrap().arguments, ["$x", "${y}z"]);
    let mut depths = Vec::new();
    http.descend(&mut Vec::new(), &mut |around, found| depths.push((around.len(), found.name.clone())));
    assert!(depths.contains(&(3, "return".into())));
}

#[test]
fn broken_nginx_says_where() {
    for (text, line) in
        [("a b\n}", 1), ("http {\n x;\n", 1), ("a;\n}\n", 2), ("a \"b;\n", 1), ("a", 1), ("\n{ }", 2)]
    {
        assert_eq!(directives(text).unwrap_err().line, line, "{text}");
    }
}
