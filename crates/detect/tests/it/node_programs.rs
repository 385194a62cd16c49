//! Programs of Node packages that take more than one file to understand.

use crate::fixture::{env, of_files, service, start_of};
use model::facts::ServiceKind;

const WEB: &str = "require('express')().listen(process.env.PORT || 3000);";
const WORKER: &str = "const { Worker } = require('bullmq'); new Worker('mail', async () => {});";

#[test]
fn programs_side_by_side_are_services_of_their_own() {
    for (start, further) in [
        (r#"concurrently -k -n mail,web \"node worker.js\" \"node app.js\""#, ""),
        (
            r#"concurrently \"npm:start:*\""#,
            r#", "start:mail": "node worker.js", "start:web": "node app.js""#,
        ),
        ("run-p start:*", r#", "start:mail": "node worker.js", "start:web": "node app.js""#),
        (
            "npm-run-all -s prepare-it -p start:mail start:web",
            r#", "prepare-it": "echo", "start:mail": "node worker.js", "start:web": "node app.js""#,
        ),
    ] {
        let manifest = format!(
            r#"{{"name": "shop", "scripts": {{"start": "{start}"{further}}}, "dependencies": {{"express": "5", "bullmq": "5"}}}}"#
        );
        let files = [("package.json", manifest.as_str()), ("app.js", WEB), ("worker.js", WORKER)];
        let facts = of_files("shop", &files);
        let found: Vec<_> =
            facts.services.iter().map(|found| (found.name.as_str(), found.kind, start_of(found))).collect();
        assert_eq!(
            found,
            [("mail", ServiceKind::Worker, "node worker.js"), ("shop", ServiceKind::Web, "node app.js")],
            "{start}"
        );
    }
}

#[test]
fn one_program_after_another_is_one_service() {
    let manifest = r#"{"name": "shop", "scripts": {"start": "node migrate.js && node app.js"}, "dependencies": {"express": "5"}}"#;
    let facts =
        of_files("shop", &[("package.json", manifest), ("app.js", WEB), ("migrate.js", "console.log(1);")]);
    assert_eq!(facts.services.len(), 1);
    assert_eq!(start_of(&facts.services[0]), "node app.js");
}

#[test]
fn registered_settings_lead_to_their_variables() {
    let manifest = r#"{"name": "api", "scripts": {"build": "nest build", "start:prod": "node dist/main"}, "dependencies": {"@nestjs/core": "11", "@nestjs/config": "4"}, "devDependencies": {"@nestjs/cli": "11"}}"#;
    let files = [
        ("package.json", manifest),
        ("nest-cli.json", "{}"),
        ("tsconfig.json", "{\"compilerOptions\": {\"outDir\": \"dist\"}}"),
        (
            "src/main.ts",
            "import './app.module';\nconst app = await NestFactory.create(AppModule);\nconst config = app.get(ConfigService);\napp.setGlobalPrefix(config.get('app.prefix'));\nawait app.listen(config.getOrThrow('app.http.port', { infer: true }));",
        ),
        (
            "src/app.module.ts",
            "import app from './config/app';\nimport db from './config/db';\nimport plain from './config/plain';\nimport './db.service';",
        ),
        (
            "src/config/app.ts",
            "export default registerAs('app', () => ({ http: { port: parseInt(process.env.LISTEN_ON, 10) || 4000 }, prefix: 'v1' }));",
        ),
        (
            "src/config/db.ts",
            "export default registerAs('db', () => {\n  const host = 1;\n  return { host: process.env.DB_ADDRESS, user: process.env.DB_USER_NAME || 'app' };\n});",
        ),
        ("src/config/plain.ts", "export default () => ({ mail: { key: process.env.MAIL_TOKEN } });"),
        (
            "src/db.service.ts",
            "class A { constructor(c: ConfigService) { c.getOrThrow('db.host'); c.getOrThrow('db.user'); c.getOrThrow('mail.key'); c.get('db.nothing'); } }",
        ),
    ];
    let facts = of_files("api", &files);
    let api = service(&facts, "api");
    let port = api.port.as_ref().unwrap();
    assert_eq!((port.number, port.env.as_deref()), (Some(4000), Some("LISTEN_ON")));
    assert_eq!(api.http.prefix.as_deref(), Some("/v1"));
    assert!(env(api, "DB_ADDRESS").required && env(api, "MAIL_TOKEN").required);
    assert!(!env(api, "DB_USER_NAME").required);
    assert!(!api.env.iter().any(|fact| fact.name.contains('.')));
}
