//! Writing and changing.

use artifact::manifest::{Comments, parse, patch, print};
use model::manifest::ManifestFile;
use model::manifest::file::{EnvDetail, EnvValue, ServiceFile, StrategyName};
use model::unit::{Bytes, Millis, Port};

const FULL: &str = include_str!("../fixtures/full.toml");

/// The text after the file in it was changed by `edit`; what is written reads as what was wanted.
#[track_caller]
fn changed(text: &str, edit: impl FnOnce(&mut ManifestFile)) -> String {
    let mut wanted = parse(text).unwrap();
    edit(&mut wanted);
    let written = patch(text, &wanted, &Comments::new()).unwrap();
    assert_eq!(parse(&written).as_ref(), Ok(&wanted), "{written}");
    written
}

/// Lines that went and lines that came.
fn difference<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let gone = before.lines().filter(|line| !after.lines().any(|other| other == *line)).collect();
    let come = after.lines().filter(|line| !before.lines().any(|other| other == *line)).collect();
    (gone, come)
}

#[test]
fn a_new_file_is_short_and_commented() {
    let mut file = ManifestFile { name: Some("shop".parse().unwrap()), ..ManifestFile::default() };
    file.deploy.strategy = Some(StrategyName::BlueGreen);
    let mut api =
        ServiceFile { path: Some("server".into()), memory: Some(Bytes(512 << 20)), ..ServiceFile::default() };
    api.env.insert("LOG".into(), EnvValue::Text("info".into()));
    api.env.insert("JWT".into(), EnvValue::Detail(EnvDetail { generate: Some(32), ..EnvDetail::default() }));
    file.services.insert("api".parse().unwrap(), api);
    file.services.insert("site".parse().unwrap(), ServiceFile::default());
    let comments = [
        ("", "What Mainstay cannot see in the repository."),
        ("services.api", "web, express, node src/app.js"),
        ("services.api.memory", "Each instance is ended above this."),
        ("services.site", "static site"),
        ("services.gone", "not written"),
    ];
    let comments = comments.map(|(path, comment)| (path.to_owned(), comment.to_owned())).into();
    let expected = r#"# What Mainstay cannot see in the repository.

name = "shop"

[deploy]
strategy = "blue-green"

# web, express, node src/app.js
[services.api]
path = "server"
# Each instance is ended above this.
memory = "512M"

[services.api.env]
JWT = { generate = 32 }
LOG = "info"

# static site
[services.site]
"#;
    let printed = print(&file, &comments).unwrap();
    assert_eq!(printed, expected);
    assert_eq!(parse(&printed).unwrap(), file);
    assert_eq!(patch(&printed, &file, &comments).unwrap(), printed);
    assert_eq!(print(&ManifestFile::default(), &Comments::new()).unwrap(), "");
}

#[test]
fn no_difference_is_the_same_bytes() {
    let wanted = parse(FULL).unwrap();
    assert_eq!(patch(FULL, &wanted, &Comments::new()).unwrap(), FULL);
    let odd = "name='shop'   # ours\r\n\r\n\r\nservices  . api.memory   = \"64MiB\" \n#end";
    assert_eq!(patch(odd, &parse(odd).unwrap(), &Comments::new()).unwrap(), odd);
}

#[test]
fn only_what_differs_changes() {
    let written = changed(FULL, |file| {
        let backend = file.services.get_mut("backend").unwrap();
        backend.port = Some(Port(4000));
        backend.install = None;
        backend.env.insert("JWT_SECRET".into(), EnvValue::Text("plain".into()));
        backend.env.insert("NEW".into(), EnvValue::Text("yes".into()));
        file.deploy.canary = Some(vec![5, 50]);
    });
    let (gone, come) = difference(FULL, &written);
    assert_eq!(
        gone,
        ["canary = [5, 25, 50]", "install = \"npm ci\"", "port = 3080", "JWT_SECRET = { generate = 32 }"]
    );
    assert_eq!(come, ["canary = [5, 50]", "port = 4000", "JWT_SECRET = \"plain\"", "NEW = \"yes\""]);
}

#[test]
fn hand_edits_and_comments_stay() {
    let text = r#"# top
name = 'shop' # single quotes

  [services.api]      # the API
  path   =   "server" # aligned
  # why 2: one is not enough
  replicas = 2 # two
  uses = [
    # the main one
    "postgres", # needed
    "redis",
  ]

# the end
"#;
    let written = changed(text, |file| {
        let api = file.services.get_mut("api").unwrap();
        api.replicas = Some(3);
        api.grace = Some(Millis::seconds(5));
        api.uses = Some(["redis", "postgres", "files"].map(|name| name.parse().unwrap()).into());
    });
    for kept in [
        "# top\nname = 'shop' # single quotes\n\n  [services.api]      # the API\n  path   =   \"server\" # aligned\n",
        "  # why 2: one is not enough\n  replicas = 3 # two\n",
        "# the main one\n    \"postgres\"",
        "\n# the end\n",
    ] {
        assert!(written.contains(kept), "{kept}\n---\n{written}");
    }
    assert!(written.contains("    \"files\""), "{written}");
}

#[test]
fn services_come_and_go_wherever_they_stand() {
    for text in [
        "name = \"x\"\n\n[services.a]\nport = 1\n\n[services.b]\nport = 2\n\n[environments.p]\nport = 3\n",
        "services.a.port = 1\nservices.b.port = 2\n",
        "services = { a = { port = 1 }, b = { port = 2 } }\n",
        "[services]\na = { port = 1 }\nb.port = 2\n",
        "[services]\n[services.a]\nport = 1\n[deploy] # nothing yet\n[services.b]\nport = 2",
    ] {
        let written = changed(text, |file| {
            file.services.remove("b");
            let mut new = ServiceFile { port: Some(Port(9)), ..ServiceFile::default() };
            new.env.insert("K".into(), EnvValue::Text("v".into()));
            file.services.insert("c".parse().unwrap(), new);
            file.services.insert("d".parse().unwrap(), ServiceFile::default());
            file.deploy.keep = Some(2);
            let production = file.environments.entry("p".parse().unwrap()).or_default();
            production
                .env
                .entry("c".parse().unwrap())
                .or_default()
                .insert("K".into(), EnvValue::Text("w".into()));
            production.replicas.insert("c".parse().unwrap(), 4);
        });
        assert!(!text.contains("# nothing yet") || written.contains("# nothing yet\nkeep = 2"), "{written}");
    }
}

#[test]
fn lines_that_end_in_carriage_returns_go_on_so() {
    let text = "name = \"a\"\r\n\r\n[deploy]\r\nkeep = 1\r\n";
    let written = changed(text, |file| {
        file.deploy.keep = Some(2);
        file.deploy.healthy = Some(4);
    });
    assert_eq!(written, "name = \"a\"\r\n\r\n[deploy]\r\nkeep = 2\r\nhealthy = 4\r\n");
}

#[test]
fn a_text_that_is_wrong_is_not_changed_but_refused() {
    assert!(patch("banana = 1", &ManifestFile::default(), &Comments::new()).is_err());
    assert!(patch("[", &ManifestFile::default(), &Comments::new()).is_err());
}
