//! Node repositories as small teams lay them out. Each fixture ends with `=== expect`: the services that must be found, no more
//! and no less, and what must be true of them.

use crate::fixture::scan;
use serde_json::{Map, Value, json};

/// Facts in the shape of an expectation: services, variables and datastores by name.
fn shaped(text: &str) -> Value {
    let facts = serde_json::to_value(scan(text)).unwrap();
    let by_name = |list: &Value, key: &str, shape: &dyn Fn(&Value) -> Value| {
        let items = list.as_array().unwrap().iter();
        Value::Object(
            items.map(|item| (item[key].as_str().unwrap().to_owned(), shape(item))).collect::<Map<_, _>>(),
        )
    };
    let services = by_name(&facts["services"], "name", &|service| {
        let mut service = service.clone();
        service["env"] = by_name(&service["env"], "name", &Value::clone);
        service
    });
    let datastores = by_name(&facts["datastores"], "kind", &|store| store["version"].clone());
    json!({ "project": facts["project"]["name"], "services": services, "datastores": datastores })
}

fn compare(at: &str, found: &Value, expected: &Value, wrong: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let whole = at.ends_with("/services") || at.ends_with("/datastores");
            let extra = found.keys().filter(|key| whole && !expected.contains_key(*key));
            wrong.extend(extra.map(|key| format!("{at}/{key} was not expected: {}", found[key])));
            for (key, expected) in expected {
                if key == "no_env" {
                    let names = expected.as_array().unwrap().iter().filter_map(Value::as_str);
                    wrong.extend(
                        names
                            .filter(|name| found["env"].get(*name).is_some())
                            .map(|name| format!("{at}/env/{name}")),
                    );
                    continue;
                }
                match found.get(key) {
                    Some(found) => compare(&format!("{at}/{key}"), found, expected, wrong),
                    None => wrong.push(format!("{at}/{key} is missing")),
                }
            }
        }
        (found, expected) if found == expected => {}
        (found, expected) => wrong.push(format!("{at}: {found} instead of {expected}")),
    }
}

#[test]
fn node_repositories() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/node");
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 10);
    let mut wrong = Vec::new();
    for path in names {
        let text = std::fs::read_to_string(&path).unwrap();
        let (files, expected) = text.split_once("=== expect\n").expect("a fixture has `=== expect`");
        let expected: Value =
            serde_json::from_str(expected).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        compare(&path.file_stem().unwrap().to_string_lossy(), &shaped(files), &expected, &mut wrong);
        assert_eq!(
            serde_json::to_string(&scan(files)).unwrap(),
            serde_json::to_string(&scan(files)).unwrap()
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn broken_files_do_not_hide_the_rest() {
    let files = [
        (
            "package.json",
            "\u{feff}{\"name\": \"api\", \"scripts\": {\"start\": \"node index.js\"}, \"dependencies\": {\"express\": \"4\"}}",
        ),
        ("index.js", "const app = require('express')();\napp.listen(process.env.PORT || 4001);\n"),
        ("src/broken.ts", "import { x from 'y';\nconst a = process.env.LOST +;\nfunction ("),
        ("src/binary.js", "process.env.BINARY\0\0"),
        ("web/package.json", "{ \"name\": \"web\", "),
        ("tsconfig.json", "{ \"extends\": \"./tsconfig.json\", // itself\n }"),
        ("lib/a.js", "module.exports = require('./b');"),
        ("lib/b.js", "module.exports = require('./a'); const { A = A } = process.env;"),
        ("nest-cli.json", "[1, 2]"),
        ("docker-compose.yml", "services: [\n"),
    ];
    let facts = crate::fixture::of_files("repository", &files);
    let service = crate::fixture::service(&facts, "api");
    assert_eq!(crate::fixture::start_of(service), "node index.js");
    assert_eq!(service.port.as_ref().unwrap().number, Some(4001));
    assert!(facts.notes.iter().any(|note| note.place.path == "web/package.json"), "{:?}", facts.notes);
}

#[test]
fn a_source_nested_without_end_is_no_crash() {
    let deep = format!("const x = {}process.env.A{};", "(".repeat(3_000), ")".repeat(3_000));
    let chain = format!("const y = process.env.B{};", " + 'a'".repeat(3_000));
    let files = [
        ("package.json", "{\"scripts\": {\"start\": \"node a.js\"}}"),
        ("a.js", deep.as_str()),
        ("b.js", chain.as_str()),
    ];
    crate::fixture::of_files("repository", &files);
}
