//! What is said of a wrong manifest.

use artifact::manifest::{parse, schema};
use model::manifest::file::{EnvDetail, EnvValue, StrategyName};
use model::unit::{Bytes, Millis};

fn problems(text: &str) -> Vec<String> {
    parse(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn everything_that_can_be_written_is_read() {
    let file = parse(include_str!("../fixtures/full.toml")).unwrap();
    assert_eq!(file.name.unwrap().as_str(), "vaultcpa");
    assert_eq!(file.deploy.strategy, Some(StrategyName::Canary));
    assert_eq!(file.deploy.canary, Some(vec![5, 25, 50]));
    assert_eq!(file.deploy.hold, Some(Millis::seconds(30)));
    let backend = &file.services["backend"];
    assert_eq!((backend.memory, backend.cpu), (Some(Bytes(512 << 20)), Some(2.0)));
    assert_eq!(backend.env["LOG_LEVEL"], EnvValue::Text("info".into()));
    let generated = EnvDetail { generate: Some(32), ..EnvDetail::default() };
    assert_eq!(backend.env["JWT_SECRET"], EnvValue::Detail(generated));
    assert_eq!(file.environments["production"].replicas["backend"], 2);
    assert_eq!(parse("").unwrap(), model::manifest::ManifestFile::default());
}

#[test]
fn all_problems_are_told_at_once_with_place_and_advice() {
    let found = problems(include_str!("../fixtures/wrong.toml"));
    let expected: Vec<&str> = include_str!("../fixtures/wrong.txt").lines().collect();
    assert_eq!(found, expected, "\n{}\n", found.join("\n"));
}

/// One line of manifest, and what is said about it.
#[track_caller]
fn one(text: &str, expected: &str) {
    assert_eq!(problems(text), [expected], "{text}");
}

#[test]
fn contradictions_are_found() {
    for (text, expected) in [
        (
            "deploy.canary = [5]",
            "1:17: `deploy.canary` has no effect without the strategy canary; add strategy = \"canary\", or remove it",
        ),
        (
            "deploy = { strategy = \"canary\", canary = [5, 5] }",
            "1:42: `deploy.canary` must be rising percentages from 1 to 99; write for example [5, 25, 50]; the last step to 100 is added",
        ),
        ("deploy.keep = 0", "1:15: `deploy.keep` must be at least 1; the live release counts too"),
        (
            "services.a.replicas = 0",
            "1:23: `services.a.replicas` must be at least 1; to leave the service out, write ignore = true",
        ),
        (
            "services.a = { ignore = true, path = \"x\", port = 1 }",
            "1:25: `services.a.ignore` is true, so the service's other keys have no effect; remove it or the other keys",
        ),
        (
            "services.a.path = \"x/../../y\"",
            "1:19: `services.a.path` leaves the repository: `x/../../y`; write a folder of the repository, relative to its root",
        ),
        (
            "services.a.path = \"/etc\"",
            "1:19: `services.a.path` leaves the repository: `/etc`; write a folder of the repository, relative to its root",
        ),
        (
            "services.a.routes = [\"api\"]",
            "1:21: `services.a.routes` has a route that does not begin with /: `api`; write \"/api\"",
        ),
        (
            "services.a.routes = [\"/api\"]\nservices.b.routes = [\"/\", \"/api/\"]",
            "2:21: `services.b.routes` names `/api/`, which `services.a` has already; give each service its own prefix",
        ),
        (
            "services.a.env.K = { value = \"x\", generate = 8 }",
            "1:20: `services.a.env.K` has both a value and generate; keep one of them",
        ),
    ] {
        one(text, expected);
    }
}

#[test]
fn contradictions_of_environments_are_found() {
    for (text, expected) in [
        (
            "environments.p.certificate = \"c.pem\"",
            "1:30: `environments.p.certificate` has no certificate_key beside it; a certificate and its key are used together",
        ),
        (
            "environments.p.http_port = 80",
            "1:28: `environments.p.http_port` has no effect without a certificate; add certificate and certificate_key, or remove it",
        ),
        (
            "environments.p = { certificate = \"c\", certificate_key = \"k\", port = 8443, http_port = 8443 }",
            "1:87: `environments.p.http_port` is the port of the public entry, which speaks HTTPS; choose another one, like 80",
        ),
        (
            "environments.p.domains = [\"https://x.example/\"]",
            "1:26: `environments.p.domains` has a domain that is no host name: `https://x.example/`; write it without scheme, port and path, like shop.example",
        ),
        (
            "environments.p.replicas.a = 0",
            "1:29: `environments.p.replicas.a` must be at least 1; to leave the service out, write ignore = true under [services]",
        ),
    ] {
        one(text, expected);
    }
}

#[test]
fn what_is_allowed_is_not_a_contradiction() {
    for text in [
        "services.a = { ignore = true, path = \"x\" }",
        "services.a.path = \"x/../y\"",
        "services.a.path = \".\"",
        "services.a.routes = [\"/\"]\nservices.b.routes = [\"/api\"]",
        "deploy = { strategy = \"blue-green\", warm = \"5m\" }",
        "environments.p = { certificate = \"c\", certificate_key = \"k\" }",
        "environments.p = { certificate = \"c\", certificate_key = \"k\", port = 8443, http_port = 8080 }",
        "services.a.env.K = \"$${not a reference}\"",
    ] {
        assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
    }
}

#[test]
fn a_wrong_word_does_not_cause_a_contradiction_besides() {
    one(
        "deploy = { strategy = \"canry\", canary = [5] }",
        "1:23: `deploy.strategy` does not know the word `canry`; did you mean \"canary\"?",
    );
    one(
        "environments.p = { certificate = 1, certificate_key = \"k\" }",
        "1:34: `environments.p.certificate` must be a text, not a whole number; write \"1\"",
    );
}

#[test]
fn broken_toml_is_told_with_its_place() {
    let found = parse("name = \"a\"\n[services.x\n").unwrap_err();
    assert_eq!((found.len(), found[0].line), (1, 2), "{found:?}");
    assert!(found[0].message.starts_with("not valid TOML"), "{found:?}");
    assert_eq!(parse("name = \"a\"\nname = \"b\"").unwrap_err()[0].line, 2);
}

#[test]
fn columns_count_characters() {
    let found = parse("services = { \"ä€\" = { prot = 1 } }").unwrap_err();
    let places: Vec<_> = found.iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(1, 14), (1, 23)], "{found:?}");
}

#[test]
fn the_schema_is_stable_and_knows_every_key() {
    let schema = schema();
    assert_eq!(schema, artifact::manifest::schema());
    let text = schema.to_string();
    for word in
        ["services", "error_percent", "certificate_key", "blue-green", "one-of", "additionalProperties"]
    {
        assert!(text.contains(word), "{word}");
    }
}
