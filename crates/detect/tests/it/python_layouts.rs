//! Small layouts, each with the services that must be found: path, kind and start command.

use crate::fixture::of_files;
use model::facts::ServiceKind::{self, Job, Scheduler, Web, Worker};

type Expected<'e> = &'e [(&'e str, ServiceKind, &'e str)];

const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";
const FLASK: &str = "from flask import Flask\napp = Flask(__name__)\n";
const CELERY: &str = "from celery import Celery\napp = Celery('x')\n";

fn check(files: &[(&str, &str)], expected: Expected<'_>) {
    let facts = of_files("shop", files);
    let mut found: Vec<_> = facts
        .services
        .iter()
        .map(|service| (service.path.as_str(), service.kind, service.start.as_deref().unwrap_or_default()))
        .collect();
    found.sort_by_key(|(path, kind, start)| (*path, format!("{kind:?}"), *start));
    let mut expected = expected.to_vec();
    expected.sort_by_key(|(path, kind, start)| (*path, format!("{kind:?}"), *start));
    assert_eq!(found, expected, "{:?}", files.iter().map(|(path, _)| path).collect::<Vec<_>>());
}

const UVICORN: &str = "uvicorn main:app --host 0.0.0.0 --port $PORT";

#[test]
fn the_module_path_follows_the_imports() {
    // Flat, a package, a package below a folder with the manifest above it, and a repository that is imported from its root.
    check(&[("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", FASTAPI)], &[(".", Web, UVICORN)]);
    let app = "from fastapi import FastAPI\nfrom app.core import x\nsite = FastAPI()\n";
    let start = "uvicorn app.main:site --host 0.0.0.0 --port $PORT";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\n"),
            ("backend/app/main.py", app),
            ("backend/app/core.py", "x = 1\n"),
        ],
        &[("backend", Web, start)],
    );
    let whole = "from fastapi import FastAPI\nfrom backend.core import x\napp = FastAPI()\n";
    let start = "uvicorn backend.main:app --host 0.0.0.0 --port $PORT";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\n"),
            ("backend/main.py", whole),
            ("backend/core.py", "x = 1\n"),
        ],
        &[(".", Web, start)],
    );
    let relative = "from fastapi import FastAPI\nfrom .core import x\napp = FastAPI()\n";
    let start = "uvicorn api.main:app --host 0.0.0.0 --port $PORT";
    check(
        &[("requirements.txt", "fastapi\nuvicorn\n"), ("api/main.py", relative), ("api/core.py", "x = 1\n")],
        &[(".", Web, start)],
    );
}

#[test]
fn imports_that_say_nothing_leave_it_to_the_author() {
    let start = "uvicorn app.main:app --host 0.0.0.0 --port $PORT";
    let docker = (
        "Dockerfile",
        "FROM python:3.12\nWORKDIR /code\nCOPY ./app /code/app\nCMD [\"uvicorn\", \"app.main:app\"]\n",
    );
    check(
        &[("requirements.txt", "fastapi\nuvicorn\n"), ("app/main.py", FASTAPI), docker],
        &[(".", Web, start)],
    );
    check(
        &[("backend/requirements.txt", "fastapi\nuvicorn\n"), ("backend/app/main.py", FASTAPI)],
        &[("backend", Web, start)],
    );
    let supervisor = "[program:api]\ndirectory=/srv/shop/backend\ncommand=/venv/bin/uvicorn main:app\n[program:worker]\ndirectory=/srv/shop/backend\ncommand=celery -A jobs worker -l info\n";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\ncelery\n"),
            ("backend/main.py", FASTAPI),
            ("backend/jobs.py", CELERY),
            ("deploy/supervisor/shop.conf", supervisor),
        ],
        &[("backend", Web, UVICORN), ("backend", Worker, "celery -A jobs worker -l info")],
    );
}

#[test]
fn a_src_folder_is_put_on_the_path() {
    let main = "from fastapi import FastAPI\nfrom config import x\napp = FastAPI()\n";
    let files =
        [("requirements.txt", "fastapi\nuvicorn\n"), ("src/main.py", main), ("src/config.py", "x = 1\n")];
    check(&files, &[(".", Web, "uvicorn main:app --app-dir src --host 0.0.0.0 --port $PORT")]);
}

#[test]
fn the_author_s_command_loses_migrations_and_reloading() {
    let procfile = "web: alembic upgrade head && uvicorn main:app --host 0.0.0.0 --port ${PORT:-8000} --reload --workers 2\n";
    check(
        &[("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", FASTAPI), ("Procfile", procfile)],
        &[(".", Web, "uvicorn main:app --workers 2 --host 0.0.0.0 --port $PORT")],
    );
}

#[test]
fn a_program_that_starts_the_server_is_the_same_service() {
    let run = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('main:app', port=9000)\n";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\n"),
            ("main.py", FASTAPI),
            ("run.py", run),
            ("Dockerfile", "FROM python:3.12\nCOPY . .\nCMD [\"python\", \"run.py\"]\n"),
        ],
        &[(".", Web, UVICORN)],
    );
}

#[test]
fn services_side_by_side() {
    check(
        &[
            ("services/auth/requirements.txt", "fastapi\nuvicorn\n"),
            ("services/auth/main.py", FASTAPI),
            ("services/orders/requirements.txt", "flask\ngunicorn\n"),
            ("services/orders/app.py", FLASK),
            ("tests/main.py", FASTAPI),
            ("examples/demo/main.py", FASTAPI),
        ],
        &[("services/auth", Web, UVICORN), ("services/orders", Web, "gunicorn app:app --bind 0.0.0.0:$PORT")],
    );
}

#[test]
fn a_mounted_application_is_no_service() {
    let main = "from fastapi import FastAPI\nfrom admin import admin\napp = FastAPI()\napi = FastAPI()\napp.mount('/api', api)\napp.mount('/admin', admin)\n";
    let admin = "from fastapi import FastAPI\nadmin = FastAPI()\n";
    check(
        &[("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", main), ("admin.py", admin)],
        &[(".", Web, UVICORN)],
    );
}

#[test]
fn factories_and_annotations() {
    let annotated = "from fastapi import FastAPI\nfrom factory import build\napp: FastAPI = build()\n";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\n"),
            ("main.py", annotated),
            ("factory.py", "def build(): ...\n"),
        ],
        &[(".", Web, UVICORN)],
    );
    let quart = "from quart import Quart\ndef create_app():\n    app = Quart(__name__)\n    return app\n";
    check(
        &[("requirements.txt", "quart\nhypercorn\n"), ("main.py", quart)],
        &[(".", Web, "hypercorn 'main:create_app()' --bind 0.0.0.0:$PORT")],
    );
    let flask = "from flask import Flask\ndef create_app(test_config=None):\n    app = Flask(__name__)\n    return app\n";
    check(
        &[
            ("pyproject.toml", "[project]\nname = 'flaskr'\ndependencies = ['flask', 'waitress']\n"),
            ("flaskr/__init__.py", flask),
        ],
        &[(".", Web, "waitress-serve --listen=0.0.0.0:$PORT --call flaskr:create_app")],
    );
}

#[test]
fn django_is_served_by_what_is_installed() {
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n";
    let files = |requirements| {
        [
            ("requirements.txt", requirements),
            ("manage.py", manage),
            ("site/settings.py", ""),
            ("site/wsgi.py", ""),
            ("site/asgi.py", ""),
        ]
    };
    check(&files("django\ngunicorn\n"), &[(".", Web, "gunicorn site.wsgi:application --bind 0.0.0.0:$PORT")]);
    check(
        &files("django\nchannels\ndaphne\n"),
        &[(".", Web, "daphne -b 0.0.0.0 -p $PORT site.asgi:application")],
    );
    check(
        &files("django\nuvicorn\n"),
        &[(".", Web, "uvicorn site.asgi:application --host 0.0.0.0 --port $PORT")],
    );
}

#[test]
fn celery_without_a_word_from_the_author() {
    let schedule = "from celery import Celery\nworker = Celery('x')\nworker.conf.beat_schedule = {}\n";
    check(
        &[("requirements.txt", "fastapi\nuvicorn\ncelery\n"), ("main.py", FASTAPI), ("jobs.py", schedule)],
        &[
            (".", Web, UVICORN),
            (".", Worker, "celery -A jobs:worker worker --loglevel=info"),
            (".", Scheduler, "celery -A jobs:worker beat --loglevel=info"),
        ],
    );
    check(
        &[
            ("requirements.txt", "celery\n"),
            ("shop/__init__.py", "from .celery import app\n"),
            ("shop/celery.py", CELERY),
        ],
        &[(".", Worker, "celery -A shop worker --loglevel=info")],
    );
}

#[test]
fn workers_that_the_author_starts_by_name() {
    let compose = "services:\n  api:\n    build: .\n    command: uvicorn main:app\n  consumer:\n    build: .\n    command: python -m app.consumer\n  setup:\n    build: .\n    command: python scripts/migrate.py\n";
    check(
        &[
            ("requirements.txt", "fastapi\nuvicorn\n"),
            ("main.py", FASTAPI),
            ("app/consumer.py", "import time\n"),
            ("scripts/migrate.py", "print(1)\n"),
            ("Dockerfile", "FROM python:3.12\nWORKDIR /app\nCOPY . /app\n"),
            ("docker-compose.yml", compose),
        ],
        &[
            (".", Web, UVICORN),
            (".", Worker, "python -m app.consumer"),
            (".", Job, "python scripts/migrate.py"),
        ],
    );
}

#[test]
fn pages_of_streamlit() {
    let files = [
        ("requirements.txt", "streamlit\n"),
        ("app.py", "import streamlit as st\nst.title('x')\n"),
        ("pages/two.py", "import streamlit as st\nst.set_page_config()\n"),
    ];
    check(&files, &[(".", Web, "streamlit run app.py --server.port $PORT --server.address 0.0.0.0")]);
}

#[test]
fn scripts_and_libraries_are_no_services() {
    check(
        &[
            ("pyproject.toml", "[project]\nname = 'lib'\ndependencies = ['requests']\n"),
            ("lib/__init__.py", "x = 1\n"),
            ("lib/cli.py", "if __name__ == '__main__':\n    print(1)\n"),
        ],
        &[],
    );
}

#[test]
fn modules_that_use_an_application_are_not_services() {
    let factory = "from flask import Flask\nfrom celery import Celery\ncelery = Celery(__name__)\ndef create_app(config_name):\n    app = Flask(__name__)\n    return app\n";
    let made = "import os\nfrom app import create_app, celery\napp = create_app(os.getenv('FLASK_CONFIG') or 'default')\n";
    check(
        &[
            ("requirements.txt", "flask\ngunicorn\ncelery\n"),
            ("app/__init__.py", factory),
            ("celery_worker.py", made),
            ("flasky.py", made),
        ],
        &[
            (".", Web, "gunicorn flasky:app --bind 0.0.0.0:$PORT"),
            (".", Worker, "celery -A celery_worker.celery worker --loglevel=info"),
        ],
    );
}

#[test]
fn one_script_that_runs_two_processes() {
    let script = "#!/bin/bash\nset -e\ncelery -A jobs worker --loglevel=info &\nexec uvicorn main:app --host 0.0.0.0 --port ${PORT:-10000}\n";
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\ncelery\n"),
        ("main.py", FASTAPI),
        ("jobs.py", CELERY),
        ("start.sh", script),
        ("Procfile", "web: bash start.sh\n"),
    ];
    check(&files, &[(".", Web, UVICORN), (".", Worker, "celery -A jobs worker --loglevel=info")]);
    let facts = of_files("shop", &files);
    assert_eq!(facts.services[0].port.as_ref().unwrap().number, Some(10000));
}

#[test]
fn health_endpoints_have_their_prefixes() {
    let settings = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    api_prefix: str = '/api/v2'\ndef get_settings():\n    return Settings()\n";
    let main = "from fastapi import FastAPI\nfrom settings import get_settings\ndef create_app() -> FastAPI:\n    settings = get_settings()\n    app = FastAPI()\n    health_path = f'{settings.api_prefix}/healthz'\n    @app.get(health_path)\n    async def health(): ...\n    return app\napp = create_app()\n";
    let facts = of_files(
        "shop",
        &[("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", main), ("settings.py", settings)],
    );
    assert_eq!(facts.services[0].health.as_ref().unwrap().path, "/api/v2/healthz");
    let ninja =
        "from django.urls import path\nfrom shop.api import api\nurlpatterns = [path('api/', api.urls)]\n";
    let api = "from ninja import NinjaAPI\napi = NinjaAPI()\n@api.get('/health')\ndef health(request): ...\n";
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n";
    let files = [
        ("requirements.txt", "django\ngunicorn\n"),
        ("manage.py", manage),
        ("shop/settings.py", ""),
        ("shop/wsgi.py", ""),
        ("shop/urls.py", ninja),
        ("shop/api.py", api),
    ];
    assert_eq!(of_files("shop", &files).services[0].health.as_ref().unwrap().path, "/api/health");
}

#[test]
fn a_migrator_of_its_own_and_the_author_s_requirements() {
    let compose = "services:\n  api:\n    build: .\n    command: uvicorn main:app\n  migrate:\n    build: .\n    command: alembic upgrade head\n";
    let docker = "FROM python:3.12\nWORKDIR /app\nCOPY requirements /app/requirements\nRUN pip install -r requirements/server.txt\nCOPY . /app\n";
    let files = [
        ("requirements/base.txt", "fastapi\n"),
        ("requirements/server.txt", "-r base.txt\nuvicorn\n"),
        ("main.py", FASTAPI),
        ("Dockerfile", docker),
        ("compose.yaml", compose),
    ];
    check(&files, &[(".", Web, UVICORN), (".", Job, "alembic upgrade head")]);
    assert_eq!(
        of_files("shop", &files).services[0].install.as_deref(),
        Some("pip install -r requirements/server.txt")
    );
}

#[test]
fn nothing_that_is_broken_stops_the_scan() {
    for text in [
        include_str!("../fixtures/python/fastapi-uv-workspace.txt"),
        include_str!("../fixtures/python/django-celery.txt"),
        include_str!("../fixtures/python/flask-factory.txt"),
        include_str!("../fixtures/python/two-folders.txt"),
    ] {
        for keep in (3..90).step_by(7) {
            // Every file loses its end, at another place each time, and one byte in the middle.
            let mut broken = String::new();
            for file in text.split("=== ").skip(1) {
                let (path, content) = file.split_once('\n').unwrap();
                let cut: String = content.chars().take(content.chars().count() * keep / 90).collect();
                broken.push_str(&format!("=== {path}\n{}\n", cut.replacen(['(', '"', ':'], "", 1)));
            }
            crate::fixture::scan(&broken);
        }
    }
    let nested = format!("from fastapi import FastAPI\nx = {}1{}\n", "(".repeat(50_000), ")".repeat(50_000));
    let chained = format!("x = 1{}\n", " + 1".repeat(100_000));
    let commands =
        "web: gosu\nworker: uv run --package\nc: exec\nd: sh -c\ne: python -m\nf: celery -A\ng: poetry run\n";
    of_files(
        "shop",
        &[
            ("requirements.txt", "fastapi\n"),
            ("a.py", &nested),
            ("b.py", &chained),
            ("Procfile", commands),
            ("Dockerfile", "FROM\nCMD [\nCOPY\nENV\nEXPOSE x\n"),
        ],
    );
}

#[test]
fn a_module_with_a_syntax_error_is_still_read() {
    let main = "from fastapi import FastAPI\nfrom fastapi.middleware.gzip import GZip Middleware\nfrom .config import settings\n\napp = FastAPI(title=settings.NAME)\n\n@app.get(\"/health\")\nasync def health():\n    return {}\n";
    let config = "import os\nclass Settings:\n    NAME = os.environ[\"APP_NAME\"]\nsettings = Settings()\n";
    let compose = "services:\n  backend:\n    build: ./backend\n    command: uvicorn app.main:app --port 8008 --reload\n    ports: ['8008:8008']\n  celery-worker:\n    build: ./backend\n    command: celery -A app.jobs worker -l info\n    healthcheck:\n      test: curl -f http://backend:8008/health\n";
    let files = [
        ("backend/requirements.txt", "fastapi\nuvicorn\ncelery[redis]\n"),
        ("backend/Dockerfile", "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n"),
        ("backend/app/main.py", main),
        ("backend/app/config.py", config),
        ("backend/app/jobs.py", CELERY),
        ("docker-compose.yml", compose),
    ];
    check(
        &files,
        &[
            ("backend", Web, "uvicorn app.main:app --host 0.0.0.0 --port $PORT"),
            ("backend", Worker, "celery -A app.jobs worker -l info"),
        ],
    );
    let facts = of_files("shop", &files);
    let names: Vec<&str> = facts.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["backend", "celery-worker"]);
    assert_eq!(facts.services[0].port.as_ref().unwrap().number, Some(8008));
    assert_eq!(facts.services[0].health.as_ref().unwrap().path, "/health");
    assert!(facts.services[1].health.is_none() && facts.services[1].port.is_none());
    assert!(facts.services[0].env[0].required);
}
