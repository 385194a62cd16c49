//! Private registries: what an installation reads to get at them.

use crate::fixture::{of_files, service};
use model::facts::{Phase, ServiceFact};

/// The variables that a build reads, with `!` for those that are needed and `?` for others, and `*` for secrets.
fn built(service: &ServiceFact) -> Vec<String> {
    let built = service.env.iter().filter(|env| env.phase == Phase::Build);
    built
        .map(|env| {
            let (need, secret) = (if env.required { "!" } else { "?" }, if env.secret { "*" } else { "" });
            format!("{}{need}{secret} {}", env.name, env.evidence[0])
        })
        .collect()
}

const PACKAGE: &str =
    r#"{"name": "api", "scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#;
const SERVER: &str = "require('express')().listen(process.env.PORT)";

fn node(further: &[(&str, &str)]) -> Vec<String> {
    let files = [("package.json", PACKAGE), ("server.js", SERVER)];
    let files: Vec<(&str, &str)> = files.into_iter().chain(further.iter().copied()).collect();
    built(service(&of_files("repository", &files), "api"))
}

#[test]
fn the_settings_of_npm_pnpm_and_yarn_name_what_opens_a_registry() {
    let npmrc = "# ${NOT_THIS}\n@acme:registry=https://npm.acme.dev/\n//npm.acme.dev/:_authToken=${ACME_ACCESS}\n\
                 cache=${HOME}/.npm\n";
    let expected = ["ACME_ACCESS!* .npmrc:3"];
    assert_eq!(node(&[("package-lock.json", "{}"), (".npmrc", npmrc)]), expected);
    assert_eq!(node(&[("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"), (".npmrc", npmrc)]), expected);
    assert_eq!(node(&[("yarn.lock", "# yarn lockfile v1\n"), (".npmrc", npmrc)]), expected);
    let yarnrc = "npmScopes:\n  acme:\n    npmRegistryServer: \"https://${NPM_HOST}\"\n    \
                  npmAuthToken: \"${ACME_ACCESS-}\"\n";
    let berry = [("yarn.lock", "__metadata:\n  version: 8\n"), (".yarnrc.yml", yarnrc), (".npmrc", npmrc)];
    assert_eq!(node(&berry), ["ACME_ACCESS?* .yarnrc.yml:4", "NPM_HOST! .yarnrc.yml:3"]);
    assert_eq!(node(&[("package-lock.json", "{}")]), Vec::<String>::new());
}

#[test]
fn what_the_code_reads_as_well_is_there_when_it_runs() {
    let source = "fetch('https://api.github.com', { headers: { authorization: process.env.GITHUB_TOKEN } })";
    let files = [
        ("package.json", PACKAGE),
        ("server.js", SERVER),
        ("github.js", source),
        ("package-lock.json", "{}"),
        (".npmrc", "//npm.pkg.github.com/:_authToken=${GITHUB_TOKEN}\n"),
    ];
    let facts = of_files("repository", &files);
    let token = service(&facts, "api").env.iter().find(|env| env.name == "GITHUB_TOKEN");
    assert_eq!(token.map(|env| (env.phase, env.secret)), Some((Phase::Run, true)));
}

fn python(files: &[(&str, &str)]) -> Vec<String> {
    let app = ("app/main.py", "from fastapi import FastAPI\napp = FastAPI()\n");
    let files: Vec<(&str, &str)> = files.iter().copied().chain([app]).collect();
    let facts = of_files("shop", &files);
    built(&facts.services[0])
}

#[test]
fn indexes_of_python_packages_are_opened_by_variables() {
    let requirements =
        "--extra-index-url https://${PYPI_WHO}:${PYPI_CODE}@pypi.acme.dev/simple\nfastapi\nuvicorn\n";
    assert_eq!(
        python(&[("requirements.txt", requirements)]),
        ["PYPI_CODE!* requirements.txt:1", "PYPI_WHO!* requirements.txt:1"]
    );
    let project = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"fastapi\", \"uvicorn\"]\n";
    let uv = format!(
        "{project}[[tool.uv.index]]\nname = \"acme-internal\"\nurl = \"https://pypi.acme.dev/simple\"\n\
         authenticate = \"always\"\n[[tool.uv.index]]\nname = \"torch\"\nurl = \"https://download.pytorch.org/whl/cpu\"\n"
    );
    assert_eq!(
        python(&[("pyproject.toml", &uv), ("uv.lock", "")]),
        [
            "UV_INDEX_ACME_INTERNAL_PASSWORD!* pyproject.toml:7",
            "UV_INDEX_ACME_INTERNAL_USERNAME!* pyproject.toml:7"
        ]
    );
    let poetry = "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\nfastapi = \"*\"\nuvicorn = \"*\"\n\
                  [[tool.poetry.source]]\nname = \"acme\"\nurl = \"https://pypi.acme.dev/simple\"\n";
    assert_eq!(
        python(&[("pyproject.toml", poetry), ("poetry.lock", "")]),
        [
            "POETRY_HTTP_BASIC_ACME_PASSWORD?* pyproject.toml:8",
            "POETRY_HTTP_BASIC_ACME_USERNAME?* pyproject.toml:8"
        ]
    );
}
