//! What the code of Python services does with HTTP beyond answering.

use crate::fixture::of_files;
use model::facts::{HttpFact, ServiceKind};

const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";

/// The facts of the only web service.
fn http(files: &[(&str, &str)]) -> HttpFact {
    let requirements = "fastapi\nuvicorn\nflask\ngunicorn\ndjango\n";
    let facts = of_files("shop", &[files, &[("requirements.txt", requirements)]].concat());
    let web: Vec<_> = facts.services.iter().filter(|service| service.kind == ServiceKind::Web).collect();
    assert_eq!(web.len(), 1, "{:?}", facts.services);
    web[0].http.clone()
}

fn of_main(code: &str) -> HttpFact {
    http(&[("main.py", &format!("{FASTAPI}{code}"))])
}

#[test]
fn a_service_that_only_answers_is_plain() {
    let code = "@app.get('/')\ndef page():\n    return render()\n@app.get('/orders')\ndef orders():\n    return []\n";
    assert_eq!(of_main(code), HttpFact::default());
}

#[test]
fn websockets_are_endpoints_not_clients() {
    assert!(of_main("@app.websocket('/ws')\nasync def ws(socket):\n    pass\n").websocket);
    assert!(of_main("import socketio\nserver = socketio.AsyncServer()\n").websocket);
    assert!(!of_main("import client\nsocket = client.websocket('wss://x')\n").websocket);
    let flask =
        "from flask import Flask\nfrom flask_sock import Sock\napp = Flask(__name__)\nsock = Sock(app)\n";
    assert!(http(&[("app.py", flask)]).websocket);
    let manage =
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\nimport django\n";
    let asgi = "from channels.routing import ProtocolTypeRouter\n\
        application = ProtocolTypeRouter({'http': 1, 'websocket': 2})\n";
    let site = [("manage.py", manage), ("site_/settings.py", "A = 1\n"), ("site_/asgi.py", asgi)];
    assert!(http(&site).websocket);
    let without = [site[0], site[1], ("site_/asgi.py", "application = 1\n")];
    assert!(!http(&without).websocket);
}

#[test]
fn a_limit_counts_when_bodies_are_refused_by_it() {
    let settings = "from pydantic_settings import BaseSettings\nfrom pydantic import Field\n\
        class Settings(BaseSettings):\n    max_upload_bytes: int = Field(default=20 * 1024 * 1024, ge=1)\n    \
        max_file_name_length: int = 4096\n";
    let refusing = "from settings import Settings\n\
        def check(size, s: Settings):\n    if size > s.max_upload_bytes:\n        raise HTTPException(413)\n";
    let main = ("main.py", FASTAPI);
    let limit = |files: &[(&str, &str)]| http(files).body_limit;
    assert_eq!(limit(&[main, ("settings.py", settings), ("limits.py", refusing)]), Some(20 << 20));
    assert_eq!(limit(&[main, ("settings.py", settings)]), None);
    let own = "import os\nMAX_UPLOAD_MB = int(os.getenv('MAX_UPLOAD_MB', '8'))\n\
        async def upload(file: UploadFile):\n    if file.size > MAX_UPLOAD_MB * 1024 * 1024:\n        pass\n";
    assert_eq!(of_main(own).body_limit, Some(8 << 20));
    assert_eq!(of_main("MAX_UPLOAD_MB = 8\nfrom fastapi import UploadFile\n").body_limit, None);
    let flask =
        "from flask import Flask\napp = Flask(__name__)\napp.config['MAX_CONTENT_LENGTH'] = 16 << 20\n";
    assert_eq!(limit(&[("app.py", flask)]), Some(16 << 20));
    let class = "class Config:\n    MAX_CONTENT_LENGTH = 2 ** 24\n";
    let plain = "from flask import Flask\napp = Flask(__name__)\n";
    assert_eq!(limit(&[("app.py", plain), ("config.py", class)]), Some(1 << 24));
}

#[test]
fn metrics_are_where_they_are_mounted() {
    let metrics = |code: &str| of_main(code).metrics;
    let mounted =
        "from prometheus_client import make_asgi_app\napp.mount('/internal/metrics', make_asgi_app())\n";
    assert_eq!(metrics(mounted).as_deref(), Some("/internal/metrics"));
    let exposed = "from prometheus_fastapi_instrumentator import Instrumentator\n\
        Instrumentator().instrument(app).expose(app)\n";
    assert_eq!(metrics(exposed).as_deref(), Some("/metrics"));
    let elsewhere = exposed.replace("expose(app)", "expose(app, endpoint='/prom')");
    assert_eq!(metrics(&elsewhere).as_deref(), Some("/prom"));
    let own = "from prometheus_client import generate_latest\n@app.get('/metrics')\ndef m():\n    return generate_latest()\n";
    assert_eq!(metrics(own).as_deref(), Some("/metrics"));
    assert_eq!(metrics("from prometheus_client import Counter\nC = Counter('a', 'b')\n"), None);
    assert_eq!(metrics("@app.get('/metrics')\ndef of_a_business():\n    return {}\n"), None);
}

#[test]
fn a_prefix_is_what_all_routes_share() {
    let main = "from fastapi import FastAPI\nfrom orders import router as orders\nfrom items import router as items\n\
        app = FastAPI()\napp.include_router(orders, prefix='/api/v1')\napp.include_router(items, prefix='/api/v1')\n\
        @app.get('/health')\ndef health():\n    return 1\n@app.get('/')\ndef hello():\n    return {'hello': 1}\n";
    let orders = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/orders')\n\
        @router.get('')\ndef all():\n    return 1\n@router.get('/{id}')\ndef one(id):\n    return 1\n";
    let items = "from fastapi import APIRouter\nrouter = APIRouter()\n\
        @router.post('/items')\ndef add():\n    return 1\n";
    let files = [("main.py", main), ("orders.py", orders), ("items.py", items)];
    assert_eq!(http(&files).prefix.as_deref(), Some("/api/v1"));
    let page = main.replace("return {'hello': 1}", "return Template('index.html')");
    assert_eq!(http(&[("main.py", &page), files[1], files[2]]).prefix, None);
    let second = main.replace("app.include_router(items, prefix='/api/v1')", "app.include_router(items)");
    assert_eq!(http(&[("main.py", &second), files[1], files[2]]).prefix, None);
    let one = "from flask import Flask\napp = Flask(__name__)\n\
        @app.route('/api/orders', methods=['POST'])\ndef add():\n    return 1\n";
    assert_eq!(http(&[("app.py", one)]).prefix.as_deref(), Some("/api"));
    let foreign = "from fastapi_users import routes\napp.include_router(routes.auth(), prefix='/auth')\n\
        @app.get('/api/x')\ndef x():\n    return 1\n";
    assert_eq!(of_main(foreign).prefix, None);
}

#[test]
fn series_are_those_that_the_code_registers() {
    let code = "from prometheus_client import Counter, Histogram, make_asgi_app\n\
        LATENCY = Histogram('http_request_duration_seconds', 'h', ['method', 'status'])\n\
        ORDERS = Counter('orders', 'h', labelnames=('kind',))\n\
        app.mount('/metrics', make_asgi_app())\n";
    let series = of_main(code).series;
    let names: Vec<(&str, usize)> =
        series.iter().map(|series| (series.name.as_str(), series.labels.len())).collect();
    let process = [("process_cpu_seconds_total", 0), ("process_resident_memory_bytes", 0)];
    assert_eq!(names, [&[("http_request_duration_seconds", 2), ("orders_total", 1)][..], &process].concat());
    let own = code.replace("Counter, ", "CollectorRegistry, Counter, ") + "REGISTRY = CollectorRegistry()\n";
    assert!(!of_main(&own).series.iter().any(|series| series.name.starts_with("process_")));
    assert_eq!(of_main("from prometheus_client import Counter\nA = Counter('a', 'h')\n").series, []);
}
