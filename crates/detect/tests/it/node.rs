//! Node repositories as small teams lay them out. Each fixture ends with `=== expect`: the services that must be found, no more
//! and no less, and what must be true of them.

use crate::fixture::scan;
use serde_json::{Map, Value, json};

/// Facts in the shape of an expectation: services, variables and datastores by name.
fn shaped(text: &str) -> Value {
    let facts = serde_json::to_value(scan(text)).unwrap();
    let by_name = |list: &Value, key: &str, shape: &dyn Fn(&Value) -> Value| {
        let items = list.as_array().unwrap().iter();
        Value::Object(items.map(|item| (item[key].as_str().unwrap().to_owned(), shape(item))).collect::<Map<_, _>>())
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
                    wrong.extend(names.filter(|name| found["env"].get(*name).is_some()).map(|name| format!("{at}/env/{name}")));
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
        let expected: Value = serde_json::from_str(expected).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        compare(&path.file_stem().unwrap().to_string_lossy(), &shaped(files), &expected, &mut wrong);
        assert_eq!(serde_json::to_string(&scan(files)).unwrap(), serde_json::to_string(&scan(files)).unwrap());
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
