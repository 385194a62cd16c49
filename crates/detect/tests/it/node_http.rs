//! What a Node service does with HTTP beyond answering.

use crate::fixture::{of_files, service};
use model::facts::HttpFact;

/// The facts of a program of this text, with these libraries.
fn http(libraries: &[&str], text: &str) -> HttpFact {
    http_of(libraries, &[("app.js", text)])
}

fn http_of(libraries: &[&str], files: &[(&str, &str)]) -> HttpFact {
    let dependencies: Vec<String> = libraries.iter().map(|name| format!("\"{name}\": \"1\"")).collect();
    let manifest = format!(
        "{{\"name\": \"api\", \"scripts\": {{\"start\": \"node {}\"}}, \"dependencies\": {{{}}}}}",
        files[0].0,
        dependencies.join(",")
    );
    let mut all = vec![("package.json", manifest.as_str())];
    all.extend(files);
    service(&of_files("repository", &all), "api").http.clone()
}

const EXPRESS: &str =
    "const express = require('express');\nconst app = express();\napp.listen(process.env.PORT);\n";

#[test]
fn servers_of_websockets_are_known() {
    for (libraries, text) in [
        (&["express", "socket.io"][..], "const { Server } = require('socket.io'); new Server(server);"),
        (&["express", "ws"], "const { WebSocketServer } = require('ws'); new WebSocketServer({ server });"),
        (&["express", "ws"], "const WebSocket = require('ws'); new WebSocket.Server({ noServer: true });"),
        (&["express", "express-ws"], "require('express-ws')(app);"),
        (&["express"], "server.on('upgrade', (request, socket) => socket.end());"),
    ] {
        assert!(http(libraries, &format!("{EXPRESS}{text}")).websocket, "{text}");
    }
    for text in [
        "const WebSocket = require('ws'); const up = new WebSocket('wss://else.where');",
        "server.on('close', () => {});",
        "emitter.on('message', (m) => m);",
    ] {
        assert!(!http(&["express", "ws"], &format!("{EXPRESS}{text}")).websocket, "{text}");
    }
    let gateway = [
        (
            "main.js",
            "import { NestFactory } from '@nestjs/core';\nimport './gateway.js';\nconst app = await NestFactory.create(A); app.listen(3000);",
        ),
        ("gateway.js", "@WebSocketGateway({ cors: true })\nexport class Gateway {}"),
    ];
    assert!(http_of(&["@nestjs/core"], &gateway).websocket);
}

#[test]
fn the_largest_body_counts() {
    for (libraries, text, expected) in [
        (&["express"][..], "app.use(express.json({ limit: '10mb' }));", Some(10 << 20)),
        (&["express"], "app.use(express.json({ limit: '10m' }));", Some(10)),
        (&["express"], "app.use(express.json());", None),
        (
            &["express"],
            "app.use(express.json({ limit: '1mb' })); app.use(express.raw({ limit: '5mb' }));",
            Some(5 << 20),
        ),
        (&["express"], "app.use(express.json({ limit: process.env.LIMIT || '2mb' }));", Some(2 << 20)),
        (
            &["express", "body-parser"],
            "const parser = require('body-parser'); app.use(parser.json({ limit: 4096 }));",
            Some(4096),
        ),
        (
            &["express", "multer"],
            "const multer = require('multer');\nconst MB = 1024 * 1024;\nconst upload = multer({ limits: { fileSize: 20 * MB } });",
            Some(20 << 20),
        ),
        (
            &["express", "multer"],
            "const multer = require('multer');\nconst options = { limits: { fileSize: 3 << 20 } };\napp.post('/files', multer(options).single('f'), (q, s) => s.end());",
            Some(3 << 20),
        ),
        // A page's length is none.
        (&["express"], "app.get('/a', (q, s) => s.json({ limit: 20 }));", None),
    ] {
        assert_eq!(http(libraries, &format!("{EXPRESS}{text}")).body_limit, expected, "{text}");
    }
    let fastify = "import Fastify from 'fastify';\nimport multipart from '@fastify/multipart';\nconst app = Fastify({ bodyLimit: 1048576 * 2 });\napp.register(multipart, { limits: { fileSize: 5e6 } });\napp.listen({ port: 3000 });";
    assert_eq!(http(&["fastify"], fastify).body_limit, Some(5_000_000));
    let nest = "import { NestFactory } from '@nestjs/core';\nconst app = await NestFactory.create(A);\napp.useBodyParser('json', { limit: '8mb' });\nclass C { @Post() @UseInterceptors(FileInterceptor('f', { limits: { fileSize: 1000 } })) up() {} }\napp.listen(3000);";
    assert_eq!(http(&["@nestjs/core"], nest).body_limit, Some(8 << 20));
    let files = [
        ("package.json", "{\"name\": \"web\", \"dependencies\": {\"next\": \"15\"}}"),
        (
            "next.config.mjs",
            "const config = { experimental: { serverActions: { bodySizeLimit: '3mb' } } };\nexport default config;",
        ),
        (
            "pages/api/a.js",
            "export const config = { api: { bodyParser: { sizeLimit: '4mb' } } };\nexport default function a() {}",
        ),
    ];
    assert_eq!(service(&of_files("r", &files), "web").http.body_limit, Some(4 << 20));
}

#[test]
fn metrics_are_where_the_registry_is_asked() {
    let client = "const client = require('prom-client');\n";
    for (libraries, text, expected) in [
        (
            &["prom-client"][..],
            "app.get('/internal/numbers', async (q, s) => s.end(await client.register.metrics()));",
            Some("/internal/numbers"),
        ),
        (
            &["prom-client"],
            "app.get('/a', h); app.get('/metrics', metricsOf); async function metricsOf(q, s) { s.end(await client.register.metrics()); }",
            Some("/metrics"),
        ),
        (
            &["prom-client"],
            "const router = express.Router(); router.get('/metrics', (q, s) => client.register.metrics()); app.use('/ops', router);",
            Some("/ops/metrics"),
        ),
        (&["prom-client"], "app.get('/users', h);", None),
    ] {
        assert_eq!(
            http(libraries, &format!("{client}{EXPRESS}{text}")).metrics.as_deref(),
            expected,
            "{text}"
        );
    }
    assert_eq!(http(&["express"], &format!("{EXPRESS}app.get('/metrics', h);")).metrics, None);
    let bundle = "const bundle = require('express-prom-bundle');\napp.use(bundle({ includePath: true }));";
    assert_eq!(http(&["express"], &format!("{EXPRESS}{bundle}")).metrics.as_deref(), Some("/metrics"));
    let nest = "import { NestFactory } from '@nestjs/core';\nimport { PrometheusModule } from '@willsoto/nestjs-prometheus';\n@Module({ imports: [PrometheusModule.register()] })\nclass M {}\nconst app = await NestFactory.create(M);\napp.setGlobalPrefix('api');\napp.listen(3000);";
    let found = http(&["@nestjs/core"], nest);
    assert_eq!((found.metrics.as_deref(), found.prefix.as_deref()), (Some("/api/metrics"), Some("/api")));
}

#[test]
fn a_prefix_holds_every_route_but_health_and_metrics() {
    for (text, expected) in [
        (
            "app.use('/api/users', users); app.use('/api/orders', orders); app.get('/health', h);",
            Some("/api"),
        ),
        ("app.use('/api/v2/users', users); app.use('/api/v2/orders', orders);", Some("/api/v2")),
        ("app.use('/api/users', users); app.use('/orders', orders);", None),
        ("app.use('/rest', users); app.use('/rest', orders);", Some("/rest")),
        ("app.use(users, orders); app.get('/users', h); app.post('/users', h);", None),
        ("app.use('/api', users, orders); app.use(express.static('public'));", None),
        ("app.use('/api', users, orders); app.get('*', (q, s) => s.sendFile('index.html'));", None),
        ("app.use('/api', users, orders); app.all('*', missing);", Some("/api")),
    ] {
        let text = format!(
            "{EXPRESS}const users = express.Router(); users.get('/', h); users.post('/new', h);\nconst orders = express.Router(); orders.delete('/:id', h);\n{text}"
        );
        assert_eq!(http(&["express"], &text).prefix.as_deref(), expected, "{text}");
    }
    let fastify = "import Fastify from 'fastify';\nconst app = Fastify();\napp.register(async (one) => {\n  one.get('/a', h);\n  one.register(async (two) => { two.get('/b', h); }, { prefix: '/more' });\n}, { prefix: '/v1' });\napp.listen({ port: 3000 });";
    assert_eq!(http(&["fastify"], fastify).prefix.as_deref(), Some("/v1"));
}

#[test]
fn series_are_those_that_the_code_registers() {
    let text = format!(
        "{EXPRESS}const client = require('prom-client');\n\
         client.collectDefaultMetrics();\n\
         const LABELS = ['method', 'status_code'];\n\
         new client.Histogram({{ name: 'http_request_duration_seconds', help: 'h', labelNames: LABELS }});\n\
         new client.Counter({{ name: 'orders_total', help: 'h' }});\n\
         new client.Gauge({{ name: prefix + '_open', help: 'h' }});\n\
         new Map([['name', 'x']]);\n\
         app.get('/metrics', async (req, res) => res.end(await client.register.metrics()));\n"
    );
    let series = http(&["express", "prom-client"], &text).series;
    let of = |name: &str| series.iter().find(|series| series.name == name);
    assert_eq!(of("http_request_duration_seconds").map(|series| series.labels.len()), Some(2), "{series:?}");
    assert_eq!(of("orders_total").map(|series| series.kind), Some(model::facts::SeriesKind::Counter));
    assert!(of("process_resident_memory_bytes").is_some());
    assert!(!series.iter().any(|series| series.name.contains("open")), "a name that is not known");
    let unheard = text.replace("app.get('/metrics'", "later('/metrics'").replace("register.metrics", "all");
    assert_eq!(http(&["express", "prom-client"], &unheard).series, []);
}
