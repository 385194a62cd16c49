//! How a Node package checks its code, what runs it for development, and which files its installation reads.

use crate::fixture::{of_files, service};
use model::facts::{CheckKind, Facts, ServiceFact};

const APP: (&str, &str) = ("app.js", "require('express')().listen(process.env.PORT);");
const SCHEMA: (&str, &str) = ("prisma/schema.prisma", "datasource db {\n provider = \"postgresql\"\n}\n");
const LOCK: (&str, &str) = ("package-lock.json", "{}");

/// A package with these scripts and further sections of its manifest.
fn with(scripts: &str, further: &str, files: &[(&str, &str)]) -> Facts {
    let manifest = format!(
        "{{\"name\": \"api\", \"scripts\": {{\"start\": \"node app.js\", {scripts}}}, \"dependencies\": {{\"express\": \"5\"}}{further}}}"
    );
    let mut all = vec![("package.json", manifest.as_str()), APP, LOCK];
    all.extend(files);
    of_files("repository", &all)
}

fn checks(service: &ServiceFact) -> Vec<(CheckKind, &str)> {
    service.checks.iter().map(|check| (check.kind, check.command.as_str())).collect()
}

#[test]
fn scripts_are_told_by_what_they_run_and_by_their_names() {
    for (scripts, expected) in [
        (r#""lint": "eslint ."#, &[(CheckKind::Lint, "npm run lint")][..]),
        (r#""style": "prettier --check src"#, &[(CheckKind::Format, "npm run style")]),
        (r#""check": "tsc --noEmit"#, &[(CheckKind::Types, "npm run check")]),
        (
            r#""test": "jest", "test:e2e": "jest --config ./test/jest-e2e.json"#,
            &[(CheckKind::Unit, "npm run test"), (CheckKind::EndToEnd, "npm run test:e2e")],
        ),
        (
            r#""test:db": "vitest run tests/integration", "e2e": "playwright test"#,
            &[(CheckKind::Integration, "npm run test:db"), (CheckKind::EndToEnd, "npm run e2e")],
        ),
        (
            r#""test": "node --test", "test:cov": "c8 node --test"#,
            &[(CheckKind::Unit, "npm run test"), (CheckKind::Coverage, "npm run test:cov")],
        ),
        // The plain script of several goes first, wherever it stands.
        (r#""lint:css": "stylelint src", "lint": "eslint ."#, &[(CheckKind::Lint, "npm run lint")]),
        // One script for tests of both kinds needs what the more demanding kind needs.
        (
            r#""test": "npm run test:unit && npm run ui", "test:unit": "mocha", "ui": "cypress run"#,
            &[(CheckKind::Unit, "npm run test:unit"), (CheckKind::EndToEnd, "npm run test")],
        ),
        (r#""lint": "turbo run lint"#, &[(CheckKind::Lint, "npm run lint")]),
        (r#""test": "jest --coverage"#, &[(CheckKind::Unit, "npm run test")]),
    ] {
        let facts = with(&format!("{scripts}\""), "", &[]);
        assert_eq!(checks(service(&facts, "api")), expected, "{scripts}");
    }
}

#[test]
fn browsers_of_playwright_are_installed_before_and_not_twice() {
    let further = r#", "devDependencies": {"@playwright/test": "1"}"#;
    let install = "npx playwright install --with-deps";
    for (scripts, further, expected) in [
        (r#""test": "jest", "test:e2e": "playwright test""#, further, &[None, Some(install)][..]),
        (
            r#""e2e": "start-server-and-test start http://localhost:3000 ui", "ui": "node ui.js""#,
            further,
            &[Some(install)],
        ),
        (r#""e2e": "playwright install chromium && playwright test""#, further, &[None]),
        (r#""e2e": "cypress run""#, "", &[None]),
    ] {
        let facts = with(scripts, further, &[]);
        let prepare: Vec<_> =
            service(&facts, "api").checks.iter().map(|check| check.prepare.as_deref()).collect();
        assert_eq!(prepare, expected, "{scripts}");
    }
}

#[test]
fn what_waits_or_writes_is_no_check() {
    for scripts in [
        r#""test": "echo \"Error: no test specified\" && exit 1"#,
        r#""format": "prettier --write ."#,
        r#""test:watch": "jest --watch"#,
        r#""e2e": "cypress open"#,
        r#""e2e": "playwright test --ui"#,
        r#""typecheck": "tsc"#,
        r#""lint": "npm run format", "format": "prettier --write src"#,
        r#""deploy": "jest && serverless deploy"#,
        r#""test": "jest -u"#,
        r#""build": "vite build"#,
        r#""lint": "lint-staged"#,
    ] {
        let facts = with(&format!("{scripts}\""), "", &[]);
        assert_eq!(checks(service(&facts, "api")), [], "{scripts}");
    }
}

#[test]
fn what_would_wait_or_write_is_told_to_do_without() {
    for (scripts, expected) in [
        (r#""test": "vitest"#, (CheckKind::Unit, "npm run test -- --run")),
        (r#""test:cov": "vitest --coverage"#, (CheckKind::Coverage, "npm run test:cov -- --run")),
        (r#""test": "react-scripts test"#, (CheckKind::Unit, "npm run test -- --watchAll=false")),
        (
            r#""lint": "eslint \"{src,test}/**/*.ts\" --fix"#,
            (CheckKind::Lint, "npx eslint '{src,test}/**/*.ts'"),
        ),
    ] {
        let facts = with(&format!("{scripts}\""), "", &[]);
        assert_eq!(checks(service(&facts, "api")), [expected], "{scripts}");
    }
}

#[test]
fn the_compiler_is_asked_where_no_script_does() {
    let typed = ", \"devDependencies\": {\"typescript\": \"5\"}";
    let config = ("tsconfig.json", "{}");
    let of = |scripts: &str, further: &str, files: &[(&str, &str)]| {
        let facts = with(scripts, further, files);
        let types =
            service(&facts, "api").checks.iter().find(|check| check.kind == CheckKind::Types).cloned();
        types.map(|check| (check.command, check.evidence.to_string()))
    };
    let derived = Some(("npx tsc --noEmit".to_owned(), "tsconfig.json:1".to_owned()));
    assert_eq!(of("\"x\": \"y\"", typed, &[config]), derived);
    assert_eq!(of("\"x\": \"y\"", typed, &[]), None);
    assert_eq!(of("\"x\": \"y\"", "", &[config]), None);
    let stated = of("\"types\": \"tsc --noEmit\"", typed, &[config]).unwrap();
    assert_eq!(stated.0, "npm run types");
    // A configuration without files of its own has the compiler look at nothing.
    let parts = [
        (
            "tsconfig.json",
            "{\"files\": [], \"references\": [{\"path\": \"./tsconfig.app.json\"}, {\"path\": \"./gone.json\"}]}",
        ),
        ("tsconfig.app.json", "{\"include\": [\"src\"]}"),
    ];
    assert_eq!(of("\"x\": \"y\"", typed, &parts).unwrap().0, "npx tsc --noEmit -p tsconfig.app.json");
}

#[test]
fn a_member_without_a_check_has_its_roots() {
    let files = [
        (
            "package.json",
            r#"{"name": "shop", "private": true, "workspaces": ["apps/*"], "scripts": {"lint": "eslint .", "test": "jest", "format:check": "prettier -c ."}}"#,
        ),
        ("yarn.lock", "# yarn lockfile v1\n"),
        (
            "apps/api/package.json",
            r#"{"name": "api", "scripts": {"start": "node app.js", "test": "node --test"}, "dependencies": {"express": "5"}}"#,
        ),
        ("apps/api/app.js", APP.1),
    ];
    let facts = of_files("repository", &files);
    let api = service(&facts, "api");
    assert_eq!(
        checks(api),
        [
            (CheckKind::Format, "cd ../.. && yarn run format:check"),
            (CheckKind::Lint, "cd ../.. && yarn run lint"),
            (CheckKind::Unit, "yarn run test")
        ]
    );
    assert_eq!(api.checks[2].evidence.path, "apps/api/package.json");
}

#[test]
fn development_runs_what_notices_changes() {
    let dev = |scripts: &str, further: &str| service(&with(scripts, further, &[]), "api").dev.clone();
    let is = |found: Option<String>, expected: &str| assert_eq!(found.as_deref(), Some(expected));
    is(dev(r#""dev": "nodemon app.js""#, ""), "npm run dev");
    is(dev(r#""dev": "node app.js", "start:dev": "node --watch app.js""#, ""), "npm run start:dev");
    is(dev(r#""watch": "tsc -w", "develop": "tsx watch app.ts""#, ""), "npm run develop");
    // Nothing notices changes: it is derived.
    is(dev(r#""dev": "node app.js""#, ""), "node --watch app.js");
    is(dev(r#""dev": "node app.js""#, ", \"engines\": {\"node\": \"18.x\"}"), "npm run dev");
    assert_eq!(dev(r#""x": "y""#, ", \"engines\": {\"node\": \"18.x\"}"), None);
    is(dev(r#""x": "y""#, ", \"devDependencies\": {\"nodemon\": \"3\"}"), "npx nodemon app.js");
    let nest = [
        (
            "package.json",
            r#"{"name": "api", "scripts": {"build": "nest build", "start": "nest start", "start:dev": "nest start --watch", "start:prod": "node dist/main"}, "dependencies": {"@nestjs/core": "11"}, "devDependencies": {"@nestjs/cli": "11"}}"#,
        ),
        ("src/main.ts", "const app = await NestFactory.create(A); await app.listen(3000);"),
        ("nest-cli.json", "{}"),
        ("tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\"}}"),
    ];
    is(service(&of_files("r", &nest), "api").dev.clone(), "npm run start:dev");
    let site = [
        ("package.json", r#"{"name": "web", "dependencies": {"next": "15"}}"#),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
        ("app/page.js", ""),
    ];
    is(service(&of_files("r", &site), "web").dev.clone(), "pnpm exec next dev");
}

#[test]
fn an_installation_reads_manifests_settings_and_patches() {
    let files = [
        (
            "package.json",
            r#"{"name": "shop", "private": true, "packageManager": "yarn@4.1.0", "workspaces": ["apps/*", "examples/*"]}"#,
        ),
        ("yarn.lock", "__metadata:\n"),
        (".yarnrc.yml", "yarnPath: .yarn/releases/yarn-4.1.0.cjs\n"),
        (".npmrc", "x=1\n"),
        (".yarn/releases/yarn-4.1.0.cjs", "x"),
        (".yarn/patches/left-pad.patch", "x"),
        (".yarn/sdks/typescript/package.json", "{}"),
        (
            "apps/api/package.json",
            r#"{"name": "api", "scripts": {"start": "node app.js"}, "dependencies": {"express": "5", "local": "file:./vendored"}}"#,
        ),
        ("apps/api/app.js", APP.1),
        ("apps/api/vendored/package.json", "{}"),
        ("apps/api/vendored/index.js", "x"),
        ("apps/web/package.json", r#"{"name": "@shop/lib"}"#),
        ("examples/demo/package.json", "{}"),
        ("tools/package.json", "{}"),
    ];
    assert_eq!(
        service(&of_files("repository", &files), "api").install_inputs,
        [
            ".yarn/patches/left-pad.patch",
            ".yarn/releases/yarn-4.1.0.cjs",
            ".yarnrc.yml",
            "apps/api/package.json",
            "apps/api/vendored/index.js",
            "apps/api/vendored/package.json",
            "apps/web/package.json",
            "examples/demo/package.json",
            "package.json",
            "yarn.lock"
        ]
    );
}

#[test]
fn an_installation_reads_what_scripts_around_it_run() {
    let inputs = |scripts: &str, further: &str, files: &[(&str, &str)]| {
        let found = service(&with(scripts, further, files), "api").install_inputs.clone();
        found.into_iter().filter(|file| !file.starts_with("package")).collect::<Vec<_>>()
    };
    let client = |version: &str| {
        format!(", \"devDependencies\": {{\"@prisma/client\": \"{version}\", \"prisma\": \"{version}\"}}")
    };
    assert_eq!(inputs("\"x\": \"y\"", &client("6"), &[SCHEMA]), ["prisma/schema.prisma"]);
    // From version 7 on only a script compiles it, and the settings are read with what they load.
    assert_eq!(inputs("\"x\": \"y\"", &client("^7.0.0"), &[SCHEMA]), [""; 0]);
    let settings = [
        SCHEMA,
        (
            "prisma.config.ts",
            "import { url } from './src/url';\nexport default { schema: 'prisma/schema.prisma' };",
        ),
        ("src/url.ts", "export const url = process.env.DATABASE_URL;"),
    ];
    assert_eq!(
        inputs("\"postinstall\": \"prisma generate\"", &client("^7.0.0"), &settings),
        ["prisma.config.ts", "prisma/schema.prisma", "src/url.ts"]
    );
    let scripts =
        [("scripts/setup.js", "require('./names');"), ("scripts/names.js", ""), ("scripts/other.js", "")];
    assert_eq!(
        inputs("\"prepare\": \"node scripts/setup.js\"", "", &scripts),
        ["scripts/names.js", "scripts/setup.js"]
    );
    let patched = [("patches/express+5.patch", "x")];
    let uses = ", \"devDependencies\": {\"patch-package\": \"8\"}";
    assert_eq!(inputs("\"postinstall\": \"patch-package\"", uses, &patched), ["patches/express+5.patch"]);
    let client =
        [("client/package.json", "{\"name\": \"c\"}"), ("client/yarn.lock", ""), ("client/src/a.js", "")];
    assert_eq!(
        inputs("\"postinstall\": \"cd client && npm install\"", "", &client),
        ["client/package.json", "client/yarn.lock"]
    );
}

#[test]
fn an_installation_that_starts_a_task_runner_reads_its_settings_and_every_schema() {
    let workspace = [
        (
            "package.json",
            r#"{"name": "shop", "workspaces": ["api", "db"], "scripts": {"postinstall": "turbo run generate"}}"#,
        ),
        ("package-lock.json", "{}"),
        ("turbo.json", "{}"),
        ("db/package.json", r#"{"name": "db", "dependencies": {"@prisma/client": "7", "prisma": "7"}}"#),
        ("db/prisma/schema.prisma", SCHEMA.1),
        (
            "api/package.json",
            r#"{"name": "api", "scripts": {"start": "node app.js"}, "dependencies": {"express": "5"}}"#,
        ),
        ("api/app.js", APP.1),
    ];
    assert_eq!(
        service(&of_files("shop", &workspace), "api").install_inputs,
        [
            "api/package.json",
            "db/package.json",
            "db/prisma/schema.prisma",
            "package-lock.json",
            "package.json",
            "turbo.json"
        ]
    );
}
