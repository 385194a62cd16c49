//! What is told of the repository as a whole.

use crate::fixture::of_files;
use model::facts::{Platform, ProjectFact};

fn project(files: &[(&str, &str)]) -> ProjectFact {
    of_files("shop", files).project
}

fn platforms(files: &[(&str, &str)]) -> Vec<(Platform, String, String)> {
    let facts = project(files).platforms.into_iter();
    facts.map(|fact| (fact.name, fact.path, fact.evidence.to_string())).collect()
}

#[test]
fn the_remote_says_more_than_the_manifests() {
    let package =
        ("package.json", r#"{"name":"x","repository":{"url":"git+https://github.com/acme/old.git"}}"#);
    let remote = |url: &str| {
        format!("[remote \"upstream\"]\n\turl = https://github.com/a/b\n[remote \"origin\"]\n\turl = {url}\n")
    };
    let github = |files: &[(&str, &str)]| project(files).github;
    let here = remote("git@github.com:acme/shop.git");
    assert_eq!(github(&[package, (".git/config", &here)]).as_deref(), Some("acme/shop"));
    let elsewhere = remote("https://gitlab.com/acme/shop.git");
    assert_eq!(github(&[package, (".git/config", &elsewhere)]), None);
    assert_eq!(github(&[package, (".git/config", &remote("/srv/git/shop"))]).as_deref(), Some("acme/old"));
    assert_eq!(github(&[package]).as_deref(), Some("acme/old"));
    assert_eq!(github(&[("package.json", r#"{"repository":"acme/short"}"#)]).as_deref(), Some("acme/short"));
    assert_eq!(github(&[("package.json", r#"{"repository":"gitlab:acme/short"}"#)]), None);
    let python = "[project]\nname = \"x\"\n[project.urls]\nDocs = \"https://acme.dev\"\nSource = \"https://github.com/acme/py\"\n";
    assert_eq!(github(&[("pyproject.toml", python)]).as_deref(), Some("acme/py"));
}

#[test]
fn platforms_have_files_of_their_own() {
    let render = "services:\n  - type: web\n    rootDir: api\n  - type: worker\n    rootDir: jobs\n";
    let found = platforms(&[
        ("web/vercel.json", "{}"),
        ("netlify.toml", "[build]\nbase = \"site\"\n"),
        ("render.yaml", render),
        ("bot/fly.toml", "app = \"bot\"\n"),
        ("Procfile", "web: node x.js\n"),
        ("mobile/app.json", "{\"expo\":{}}"),
        ("mobile/Procfile", "web: x\n"),
    ]);
    let short: Vec<_> = found.iter().map(|(name, path, _)| (*name, path.as_str())).collect();
    assert_eq!(
        short,
        [
            (Platform::Vercel, "web"),
            (Platform::Netlify, "site"),
            (Platform::Render, "api"),
            (Platform::Render, "jobs"),
            (Platform::Fly, "bot"),
        ]
    );
    let heroku = platforms(&[("Procfile", "web: x\n"), ("app.json", "{\"name\":\"x\"}")]);
    assert_eq!(heroku, [(Platform::Heroku, ".".to_owned(), "app.json:1".to_owned())]);
}

#[test]
fn workflows_name_platforms_too() {
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - uses: amondnet/vercel-action@v25\n        \
        with:\n          working-directory: ./web\n  b:\n    steps:\n      - run: npm i -g @railway/cli\n      - run: |\n          \
        cd backend && npx -y @railway/cli@4 --help && railway up --service api\n      - run: curl \"$RENDER_DEPLOY_HOOK\"\n      - run: echo fly deploy\n";
    let found = platforms(&[(".github/workflows/d.yml", workflow), ("railway.json", "{}")]);
    let at = |line: u32| format!(".github/workflows/d.yml:{line}");
    assert_eq!(
        found,
        [
            (Platform::Vercel, "web".to_owned(), at(6)),
            (Platform::Railway, ".".to_owned(), "railway.json:1".to_owned()),
            (Platform::Railway, "backend".to_owned(), at(11)),
            (Platform::Render, ".".to_owned(), at(14)),
        ]
    );
}

#[test]
fn what_was_generated_is_no_evidence() {
    let package = r#"{"name":"shop","scripts":{"start":"node a.js"},"dependencies":{"express":"5"}}"#;
    let code = "require('express')().listen(process.env.PORT || 3000)";
    let compose = |header: &str| {
        format!(
            "{header}services:\n  shop:\n    build: .\n    environment:\n      KEY_FILE: /run/secrets/key\n  db:\n    image: postgres:13\n"
        )
    };
    let scan = |header: &str| {
        let text = compose(header);
        of_files("shop", &[("package.json", package), ("a.js", code), ("docker-compose.yml", &text)])
    };
    let theirs = scan("# ours\n");
    assert!(!theirs.datastores.is_empty(), "what people wrote counts");
    let ours = scan("# shop.\n# Written by `mainstay generate`, which keeps what you change here.\n");
    assert_eq!(ours, of_files("shop", &[("package.json", package), ("a.js", code)]));
}
