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

#[test]
fn folders_that_fastify_loads_are_routes_with_prefixes() {
    let routes = [
        ("src/routes/root.js", "module.exports = async (fastify) => { fastify.get('/', h); };"),
        (
            "src/routes/status/index.js",
            "module.exports = async (fastify) => { fastify.get('/health', h); fastify.post('/reset', { bodyLimit: 2048 }, h); };",
        ),
        ("src/routes/status/unused.js", "module.exports = async (fastify) => { fastify.get('/ready', h); };"),
        (
            "src/routes/orders/list.js",
            "module.exports = async (fastify) => { fastify.get('/all', h); };\nmodule.exports.autoPrefix = '/sales';",
        ),
        ("src/routes/orders/list.test.js", "require('x').get('/livez', h);"),
    ];
    let app = "const AutoLoad = require('@fastify/autoload');\nconst path = require('node:path');\nmodule.exports = async (fastify, opts) => { fastify.register(AutoLoad, { dir: path.join(__dirname, 'routes'), options: { prefix: '/v1' } }); };";
    let server = "const fastify = require('fastify')();\nfastify.register(require('./app'));\nfastify.listen({ port: process.env.PORT || 3100, host: '0.0.0.0' });";
    let of = |start: &str| {
        let manifest = format!(
            r#"{{"name": "api", "scripts": {{"start": "{start}"}}, "dependencies": {{"fastify": "5", "@fastify/autoload": "6", "fastify-cli": "7"}}}}"#
        );
        let mut files =
            vec![("package.json", manifest.as_str()), ("src/app.js", app), ("src/server.js", server)];
        files.extend(routes);
        service(&of_files("api", &files), "api").clone()
    };
    let api = of("node src/server.js");
    assert_eq!(api.health.as_ref().unwrap().path, "/v1/status/health");
    assert_eq!((api.http.body_limit, api.http.prefix.as_deref()), (Some(2048), None));
    assert_eq!(api.port.as_ref().unwrap().number, Some(3100));
    assert_eq!(of("fastify start -l info src/app.js").health.as_ref().unwrap().path, "/v1/status/health");
}

#[test]
fn what_bundlers_are_configured_to_make_is_started() {
    for (build, name, config, expected) in [
        (
            "webpack",
            "webpack.config.js",
            "const path = require('path');\nmodule.exports = (env) => ({ target: 'node', entry: './src/server.js', output: { path: path.resolve(__dirname, 'out'), filename: 'bundle.js' } });",
            "node out/bundle.js",
        ),
        (
            "webpack --mode production",
            "webpack.config.js",
            "module.exports = { entry: { api: './src/server.js' }, output: { path: __dirname + '/build', filename: '[name].js' } };",
            "node build/api.js",
        ),
        (
            "webpack -c webpack.prod.js",
            "webpack.prod.js",
            "const { merge } = require('webpack-merge');\nconst common = require('./webpack.common');\nmodule.exports = merge(common, { output: { filename: 'app.js' } });",
            "node lib/app.js",
        ),
        (
            "rollup -c",
            "rollup.config.mjs",
            "export default [{ input: 'src/server.js', output: { file: 'release/server.cjs', format: 'cjs' } }];",
            "node release/server.cjs",
        ),
    ] {
        let file = expected.strip_prefix("node ").unwrap();
        let manifest = format!(
            r#"{{"name": "api", "scripts": {{"build": "{build}", "start": "node {file}"}}, "dependencies": {{"express": "5"}}}}"#
        );
        let common = "const path = require('path'); module.exports = { entry: './src/server.js', output: { path: path.join(__dirname, 'lib') } };";
        let files = [
            ("package.json", manifest.as_str()),
            (name, config),
            ("webpack.common.js", common),
            ("src/server.js", WEB),
        ];
        let facts = of_files("api", &files);
        let api = service(&facts, "api");
        assert_eq!(start_of(api), expected, "{config}");
        let source = api.evidence.iter().any(|place| place.path == "src/server.js");
        assert!(source, "{config}: {:?}", api.evidence);
    }
}

#[test]
fn what_a_bundler_puts_in_is_read_when_it_builds() {
    let manifest = r#"{"name": "api", "scripts": {"build": "webpack", "start": "node dist/main.js"}, "dependencies": {"express": "5"}}"#;
    let config = "const webpack = require('webpack');\nmodule.exports = { entry: './src/main.js', plugins: [\n  new webpack.EnvironmentPlugin(['RELEASE_NAME']),\n  new webpack.EnvironmentPlugin({ THEME: 'light', REGION: undefined, COLOR: null }),\n  new webpack.DefinePlugin({ 'process.env.API_BASE': JSON.stringify(process.env.API_BASE) }) ] };";
    let facts =
        of_files("api", &[("package.json", manifest), ("webpack.config.js", config), ("src/main.js", WEB)]);
    let api = service(&facts, "api");
    let read =
        |name: &str| (env(api, name).phase.as_str(), env(api, name).required, env(api, name).default.clone());
    assert_eq!(read("RELEASE_NAME"), ("build", true, None));
    assert_eq!(read("THEME"), ("build", false, Some("light".to_owned())));
    assert_eq!(read("REGION"), ("build", true, None));
    assert_eq!(read("COLOR"), ("build", false, None));
    assert_eq!(read("API_BASE").0, "build");
    assert_eq!(read("PORT").0, "run");
}

const DJANGO: [(&str, &str); 5] = [
    ("backend/manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"),
    ("backend/requirements.txt", "django\ngunicorn\n"),
    ("backend/shop/settings.py", "WSGI_APPLICATION = 'shop.wsgi.application'\nSTATIC_ROOT = 'collected'\n"),
    ("backend/shop/wsgi.py", "application = 1\n"),
    ("backend/shop/__init__.py", ""),
];

#[test]
fn assets_for_a_python_server_are_built_with_it() {
    let manifest = r#"{"name": "ui", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}"#;
    let config = "export default { build: { outDir: '../backend/static/ui', manifest: true } };";
    let frontend = [
        ("frontend/package.json", manifest),
        ("frontend/package-lock.json", "{}"),
        ("frontend/vite.config.js", config),
        ("frontend/src/main.js", "console.log(import.meta.env.VITE_MAP_KEY);"),
    ];
    let with = |further: &[(&'static str, &'static str)]| {
        let files: Vec<_> = DJANGO.iter().chain(&frontend).chain(further).copied().collect();
        of_files("shop", &files)
    };
    let facts = with(&[]);
    let names: Vec<_> = facts.services.iter().map(|found| found.path.as_str()).collect();
    assert_eq!(names, ["backend"]);
    let site = &facts.services[0];
    assert_eq!(
        site.build.as_deref(),
        Some(
            "cd ../frontend && npm ci && npm run build && cd ../backend && python manage.py collectstatic --noinput"
        )
    );
    assert_eq!(site.package_manager.as_ref().unwrap().name.as_str(), "pip");
    assert_eq!(env(site, "VITE_MAP_KEY").phase.as_str(), "build");
    // With a page of its own it is a site.
    let facts = with(&[("frontend/index.html", "<html></html>")]);
    assert_eq!(facts.services.len(), 2);
    assert!(!facts.services[0].build.as_deref().unwrap_or_default().contains("npm"));
}

#[test]
fn assets_beside_a_python_server_need_a_folder_that_it_serves() {
    let of = |config: &'static str, python: &'static str| {
        let files = [
            (
                "package.json",
                r#"{"name": "site", "scripts": {"build": "webpack"}, "devDependencies": {"webpack": "5"}}"#,
            ),
            ("yarn.lock", "# yarn lockfile v1\n"),
            ("webpack.config.js", config),
            ("requirements.txt", "flask\ngunicorn\n"),
            ("app.py", python),
        ];
        let facts = of_files("site", &files);
        assert_eq!(facts.services.len(), 1);
        facts.services[0].build.clone()
    };
    let flask = "from flask import Flask\napp = Flask(__name__)\n";
    let out = "const path = require('path');\nmodule.exports = { output: { path: path.resolve(__dirname, 'static', 'js') } };";
    assert_eq!(of(out, flask).as_deref(), Some("yarn install --frozen-lockfile && yarn run build"));
    let elsewhere = "const path = require('path');\nmodule.exports = { output: { path: path.resolve(__dirname, 'dist') } };";
    assert_eq!(of(elsewhere, flask), None);
}

#[test]
fn assets_for_a_node_server_are_built_with_it() {
    let files = [
        (
            "server/package.json",
            r#"{"name": "api", "scripts": {"start": "node app.js"}, "dependencies": {"express": "5"}}"#,
        ),
        ("server/app.js", WEB),
        (
            "client/package.json",
            r#"{"name": "client", "scripts": {"build": "webpack"}, "devDependencies": {"webpack": "5"}}"#,
        ),
        ("client/package-lock.json", "{}"),
        (
            "client/webpack.config.js",
            "const path = require('path');\nmodule.exports = { output: { path: path.join(__dirname, '..', 'server', 'public') } };",
        ),
    ];
    let facts = of_files("shop", &files);
    assert_eq!(facts.services.len(), 1);
    let build = facts.services[0].build.as_deref();
    assert_eq!(build, Some("cd ../client && npm ci && npm run build && cd ../server"));
}

#[test]
fn pages_that_only_a_bundler_makes_are_a_site() {
    let config = "const path = require('path');\nmodule.exports = { entry: './src/index.js', output: { path: path.resolve(__dirname, 'www'), filename: '[name].[contenthash].js' } };";
    let of = |plugin: &str| {
        let manifest = format!(
            r#"{{"name": "web", "scripts": {{"build": "webpack", "start": "webpack serve"}}, "devDependencies": {{"webpack": "5", "{plugin}": "1"}}}}"#
        );
        let files = [
            ("package.json", manifest.as_str()),
            ("package-lock.json", "{}"),
            ("webpack.config.js", config),
            ("src/index.js", "fetch(process.env.API_URL);"),
        ];
        of_files("web", &files).services
    };
    let found = of("html-webpack-plugin");
    assert_eq!((found[0].kind, found[0].output.as_deref()), (ServiceKind::Static, Some("www")));
    assert_eq!(found[0].build.as_deref(), Some("npm run build"));
    assert_eq!(found[0].dev.as_deref(), Some("npm run start"));
    assert_eq!(env(&found[0], "API_URL").phase.as_str(), "build");
    // A library has no page.
    assert!(of("left-pad").is_empty());
}
