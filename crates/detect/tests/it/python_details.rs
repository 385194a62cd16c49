//! Single facts of Python services: ports, groups of dependencies, variables, processes that no command names.

use crate::fixture::{env, of_files, service, start_of};
use model::facts::{Confidence, Facts, Framework, ServiceFact, ServiceKind};

const FLASK: &str = "from flask import Flask\napp = Flask(__name__)\n";
const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";

fn of_kind(facts: &Facts, kind: ServiceKind) -> &ServiceFact {
    let found: Vec<_> = facts.services.iter().filter(|service| service.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind:?} among {:?}", facts.services);
    found[0]
}

fn port(service: &ServiceFact) -> Option<u16> {
    service.port.as_ref()?.number
}

#[test]
fn poetry_groups_of_processes_are_installed() {
    let manifest = "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\n\
        [tool.poetry.group.web.dependencies]\nflask = \"*\"\ngunicorn = \"*\"\n\
        [tool.poetry.group.bot.dependencies]\naiogram = \"*\"\n\
        [tool.poetry.group.gpu]\noptional = true\n[tool.poetry.group.gpu.dependencies]\ntorch = \"*\"\n\
        [tool.poetry.group.dev.dependencies]\nruff = \"*\"\n";
    let facts = of_files("shop", &[("pyproject.toml", manifest), ("poetry.lock", ""), ("app.py", FLASK)]);
    let install = service(&facts, "shop").install.as_deref();
    assert_eq!(install, Some("poetry install --only main,bot,web --no-interaction --no-root"));
}

#[test]
fn what_another_command_says_of_the_port_counts_before_what_is_usual() {
    let requirements = ("requirements.txt", "flask\ngunicorn\n");
    let dockerfile = "FROM python:3.12\nWORKDIR /app\nCOPY . .\nEXPOSE 8080\n\
        CMD [\"gunicorn\", \"-b\", \"0.0.0.0:8080\", \"app:app\"]\n";
    let files = [
        requirements,
        ("app.py", FLASK),
        ("Procfile", "web: gunicorn app:app\n"),
        ("Dockerfile", dockerfile),
    ];
    let facts = of_files("shop", &files);
    assert_eq!(port(of_kind(&facts, ServiceKind::Web)), Some(8080));
}

#[test]
fn the_second_argument_of_environs_is_the_default() {
    let settings = "from environs import Env\nenv = Env()\nNAME = env(\"DB_NAME\", \"shop\")\n\
        PASSWORD = env(\"DB_PASSWORD\", \"\")\nKEY = env(\"SECRET_KEY\")\nDEBUG = env(\"DEBUG\", bool)\n";
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\nenvirons\n"),
        ("main.py", FASTAPI),
        ("settings.py", settings),
    ];
    let facts = of_files("shop", &files);
    let web = of_kind(&facts, ServiceKind::Web);
    assert!(!env(web, "DB_NAME").required && env(web, "DB_NAME").default.as_deref() == Some("shop"));
    assert!(!env(web, "DB_PASSWORD").required && env(web, "SECRET_KEY").required);
    assert!(env(web, "DEBUG").required, "a type is a cast");
}

#[test]
fn taskiq_has_a_worker_and_a_scheduler() {
    let broker = "from taskiq import TaskiqScheduler\nfrom taskiq.schedule_sources import LabelScheduleSource\n\
        from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend\n\
        broker = ListQueueBroker(url='redis://cache').with_result_backend(RedisAsyncResultBackend('redis://cache'))\n\
        scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])\n";
    let requirements = ("requirements.txt", "fastapi\nuvicorn\ntaskiq\ntaskiq-redis\n");
    let app = ("app/main.py", "from fastapi import FastAPI\nfrom app.queue import broker\napp = FastAPI()\n");
    let code =
        [requirements, app, ("app/queue.py", broker), ("app/tasks.py", "from app.queue import broker\n")];
    let facts = of_files("shop", &code);
    let worker = of_kind(&facts, ServiceKind::Worker);
    assert_eq!(worker.framework, Some(Framework::Taskiq));
    assert_eq!(start_of(worker), "taskiq worker app.queue:broker --fs-discover");
    let scheduler = of_kind(&facts, ServiceKind::Scheduler);
    assert_eq!(start_of(scheduler), "taskiq scheduler app.queue:scheduler");

    let compose =
        "services:\n  tasks:\n    build: .\n    command: taskiq worker --reload app.queue:broker app.tasks\n";
    let dockerfile = "FROM python:3.12\nWORKDIR /srv\nCOPY . .\n";
    let told = [code.as_slice(), &[("Dockerfile", dockerfile), ("docker-compose.yml", compose)]].concat();
    let facts = of_files("shop", &told);
    assert_eq!(start_of(of_kind(&facts, ServiceKind::Worker)), "taskiq worker app.queue:broker app.tasks");
}

#[test]
fn rq_has_a_worker_where_no_command_names_one() {
    let app = "import os, rq\nfrom flask import Flask\nfrom redis import Redis\n\
        def create_app():\n    app = Flask(__name__)\n    app.redis = Redis.from_url(os.environ['REDIS_URL'])\n    \
        app.queue = rq.Queue('mails', connection=app.redis)\n    return app\n";
    let requirements = ("requirements.txt", "flask\ngunicorn\nrq\nredis\n");
    let facts = of_files("shop", &[requirements, ("app.py", app)]);
    let worker = of_kind(&facts, ServiceKind::Worker);
    assert_eq!(
        (worker.framework, start_of(worker)),
        (Some(Framework::Rq), "rq worker --url $REDIS_URL mails")
    );

    let own = "from redis import Redis\nfrom rq import Queue, Worker\nqueue = Queue('mails')\n\
        if __name__ == '__main__':\n    Worker([queue], connection=Redis()).work()\n";
    let facts = of_files("shop", &[requirements, ("app.py", FLASK), ("worker.py", own)]);
    assert_eq!(start_of(of_kind(&facts, ServiceKind::Worker)), "python worker.py");
}

#[test]
fn a_configuration_file_of_gunicorn_speaks_for_the_command() {
    let conf =
        "from admin.config import HOST, PORT\nbind = f\"{HOST}:{PORT}\"\nwsgi_app = \"admin.web:site\"\n";
    let config = "import os\nHOST = os.getenv('HOST') or 'localhost'\nPORT: int = int(os.getenv('ADMIN_PORT') or 5050)\n";
    let bot = "from aiohttp import web\nimport aiogram\nif __name__ == '__main__':\n    web.run_app(x, port=8080)\n";
    let files = [
        ("requirements.txt", "flask\ngunicorn\naiogram\naiohttp\n"),
        ("admin/__init__.py", ""),
        ("admin/web.py", "from flask import Flask\nfrom admin.config import PORT\nsite = Flask(__name__)\n"),
        ("admin/config.py", config),
        ("admin/gunicorn_conf.py", conf),
        ("bot/__main__.py", bot),
        ("Procfile", "web: gunicorn -c admin/gunicorn_conf.py\nbot: python -m bot\n"),
    ];
    let facts = of_files("shop", &files);
    let admin = facts.services.iter().find(|service| service.framework == Some(Framework::Flask)).unwrap();
    assert_eq!(port(admin), Some(5050));
    assert_eq!(start_of(admin), "gunicorn admin.web:site -c admin/gunicorn_conf.py --bind 0.0.0.0:$PORT");
}

#[test]
fn applications_that_a_package_passes_on_keep_their_framework() {
    let files = [
        ("requirements.txt", "flask\ngunicorn\n"),
        ("shop/__init__.py", "from .core import *\n"),
        ("shop/core.py", FLASK),
        ("Procfile", "web: gunicorn shop:app\n"),
    ];
    let facts = of_files("shop", &files);
    let web = of_kind(&facts, ServiceKind::Web);
    assert_eq!(
        (web.framework, start_of(web)),
        (Some(Framework::Flask), "gunicorn shop:app --bind 0.0.0.0:$PORT")
    );
}

#[test]
fn functions_around_functions_read_variables_too() {
    let settings = "import os\nfrom dataclasses import dataclass, field\n\
        def get_env(key, default):\n    return lambda: value(key, default)\n\
        def value(key, default):\n    found = os.getenv(key)\n    return default if found is None else found\n\
        @dataclass\nclass Database:\n    URL: str = field(default_factory=get_env('DATABASE_URL', 'sqlite://'))\n";
    let files = [("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", FASTAPI), ("settings.py", settings)];
    let facts = of_files("shop", &files);
    let url = env(of_kind(&facts, ServiceKind::Web), "DATABASE_URL");
    assert_eq!((url.required, url.default.as_deref()), (false, Some("sqlite://")));
}

#[test]
fn nothing_that_serves_is_a_guess() {
    let facts = of_files("shop", &[("requirements.txt", "flask\n"), ("app.py", FLASK)]);
    assert_eq!(of_kind(&facts, ServiceKind::Web).confidence, Confidence::Maybe);
    let facts = of_files("shop", &[("requirements.txt", "flask\ngunicorn\n"), ("app.py", FLASK)]);
    assert_eq!(of_kind(&facts, ServiceKind::Web).confidence, Confidence::Certain);
}

#[test]
fn management_commands_that_reload_are_for_development() {
    let manage = "import os\nfrom decouple import config\n\
        os.environ.setdefault('DJANGO_SETTINGS_MODULE', config('DJANGO_SETTINGS_MODULE'))\n\
        from django.core.management import execute_from_command_line\n";
    let files = [
        ("requirements.txt", "django\ngunicorn\nhuey\npython-decouple\n"),
        ("manage.py", manage),
        ("shop/wsgi.py", "application = get_wsgi_application()\n"),
        ("shop/settings/__init__.py", ""),
        ("shop/settings/production.py", "STATIC_ROOT = 'static'\n"),
        ("mails/management/commands/watch.py", "from django.utils import autoreload\n"),
        ("Procfile", "jobs: python manage.py run_huey\nwatch: python manage.py watch\n"),
    ];
    let facts = of_files("shop", &files);
    let worker = of_kind(&facts, ServiceKind::Worker);
    assert_eq!((worker.framework, start_of(worker)), (Some(Framework::Huey), "python manage.py run_huey"));
    let web = of_kind(&facts, ServiceKind::Web);
    assert_eq!(web.build.as_deref(), Some("python manage.py collectstatic --noinput"));
}

#[test]
fn pages_beside_the_one_that_runs_are_its_variants() {
    let page = "import streamlit as st\nst.set_page_config(page_title='x')\n";
    let files = [
        ("requirements.txt", "streamlit\n"),
        ("agent/chat.py", page),
        ("agent/search.py", page),
        ("Procfile", "web: streamlit run agent/chat.py --server.port 8080\n"),
    ];
    let facts = of_files("shop", &files);
    let start = "streamlit run agent/chat.py --server.port $PORT --server.address 0.0.0.0";
    assert_eq!(start_of(of_kind(&facts, ServiceKind::Web)), start);
}

#[test]
fn what_only_the_dockerfile_installs_is_installed_too() {
    let dockerfile = "FROM python:3.12\nWORKDIR /srv\nCOPY requirements.txt .\n\
        RUN pip install --upgrade pip && pip install --no-cache-dir -r requirements.txt\n\
        RUN venv/bin/pip install gunicorn 'pymysql>=1.1'\nCOPY . .\n";
    let files = [("requirements.txt", "flask\n"), ("app.py", FLASK), ("Dockerfile", dockerfile)];
    let facts = of_files("shop", &files);
    let web = of_kind(&facts, ServiceKind::Web);
    assert_eq!(web.install.as_deref(), Some("pip install -r requirements.txt gunicorn 'pymysql>=1.1'"));
    assert_eq!(
        (start_of(web), web.confidence),
        ("gunicorn app:app --bind 0.0.0.0:$PORT", Confidence::Certain)
    );

    let alone = "FROM python:3.12\nRUN pip install fastapi uvicorn[standard]\nCOPY . .\n";
    let facts = of_files("shop", &[("main.py", FASTAPI), ("Dockerfile", alone)]);
    let web = of_kind(&facts, ServiceKind::Web);
    assert!(web.install.as_deref().is_some_and(|install| install.contains("fastapi")), "{:?}", web.install);
    assert_eq!(web.confidence, Confidence::Certain);
}

#[test]
fn workers_of_litestar_name_their_application() {
    let app = "from litestar import Litestar\ndef create_app() -> Litestar:\n    return Litestar([])\n";
    let compose = "services:\n  worker:\n    build: .\n    command: litestar workers run\n";
    let files = [
        (
            "pyproject.toml",
            "[project]\nname = \"shop\"\ndependencies = [\"litestar[standard]\", \"litestar-saq\"]\n",
        ),
        ("uv.lock", ""),
        ("shop/asgi.py", app),
        ("Dockerfile", "FROM python:3.12\nWORKDIR /srv\nCOPY . .\nEXPOSE 8000\n"),
        ("docker-compose.yml", compose),
    ];
    let facts = of_files("shop", &files);
    let worker = of_kind(&facts, ServiceKind::Worker);
    assert_eq!(start_of(worker), "litestar --app shop.asgi:create_app workers run");
}

#[test]
fn actors_of_a_library_are_no_worker() {
    let setup = "from setuptools import setup\nsetup(name='shop', install_requires=['dramatiq'])\n";
    let tasks = "import dramatiq\n@dramatiq.actor\ndef clean():\n    pass\n";
    let library = [("setup.py", setup), ("shop/__init__.py", ""), ("shop/tasks.py", tasks)];
    assert!(of_files("shop", &library).services.is_empty());
    let run = [library.as_slice(), &[("Procfile", "worker: dramatiq shop.tasks --processes 2\n")]].concat();
    let facts = of_files("shop", &run);
    assert_eq!(start_of(of_kind(&facts, ServiceKind::Worker)), "dramatiq shop.tasks --processes 2");
}

#[test]
fn migrations_are_told_with_the_service_that_applies_them() {
    let bot = "import aiogram\nif __name__ == '__main__':\n    main()\n";
    let files = [
        ("requirements.txt", "flask\ngunicorn\naiogram\nalembic\n"),
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        ("migrations/env.py", ""),
        ("app.py", FLASK),
        ("bot/__main__.py", bot),
        ("start.sh", "#!/bin/sh\nalembic upgrade head\nexec python -m bot\n"),
        ("Procfile", "web: gunicorn app:app\nbot: ./start.sh\n"),
    ];
    let facts = of_files("shop", &files);
    assert!(of_kind(&facts, ServiceKind::Worker).migrations.is_some());
    assert!(of_kind(&facts, ServiceKind::Web).migrations.is_none());
}
