//! Frameworks with servers of their own and queues other than Celery.

use crate::fixture::{of_files, start_of};
use model::facts::{Framework, PackageManager, ServiceKind};

type Found = (ServiceKind, Option<Framework>, String);

fn found(files: &[(&str, &str)]) -> Vec<Found> {
    let facts = of_files("shop", files);
    let mut found: Vec<Found> = facts
        .services
        .iter()
        .map(|service| (service.kind, service.framework, start_of(service).to_owned()))
        .collect();
    found.sort_by(|a, b| a.2.cmp(&b.2));
    found
}

#[test]
fn servers_of_their_own() {
    for (requirements, code, framework, start) in [
        (
            "aiohttp\n",
            "from aiohttp import web\napp = web.Application()\nif __name__ == '__main__':\n    web.run_app(app)\n",
            Framework::Aiohttp,
            "python main.py",
        ),
        (
            "sanic\n",
            "from sanic import Sanic\napp = Sanic('x')\n",
            Framework::Sanic,
            "sanic main:app --host 0.0.0.0 --port $PORT",
        ),
        (
            "litestar[standard]\n",
            "from litestar import Litestar\napp = Litestar([])\n",
            Framework::Litestar,
            "uvicorn main:app --host 0.0.0.0 --port $PORT",
        ),
        (
            "dash\ngunicorn\n",
            "import dash\napp = dash.Dash(__name__)\nserver = app.server\n",
            Framework::Flask,
            "gunicorn main:server --bind 0.0.0.0:$PORT",
        ),
        (
            "gradio\n",
            "import gradio as gr\ndemo = gr.Blocks()\ndemo.launch()\n",
            Framework::Gradio,
            "python main.py",
        ),
        (
            "starlette\nuvicorn\n",
            "from starlette.applications import Starlette\napp = Starlette(routes=[])\n",
            Framework::Starlette,
            "uvicorn main:app --host 0.0.0.0 --port $PORT",
        ),
        (
            "fastapi\nuvicorn\n",
            "import fastapi\nclass Api(fastapi.FastAPI):\n    pass\napi = Api()\n",
            Framework::FastApi,
            "uvicorn main:api --host 0.0.0.0 --port $PORT",
        ),
    ] {
        let services = found(&[("requirements.txt", requirements), ("main.py", code)]);
        assert_eq!(services, [(ServiceKind::Web, Some(framework), start.to_owned())], "{requirements}");
    }
}

#[test]
fn queues() {
    for (requirements, code, framework, start) in [
        (
            "dramatiq[redis]\n",
            "import dramatiq\n@dramatiq.actor\ndef send(): ...\n",
            Framework::Dramatiq,
            "dramatiq jobs",
        ),
        (
            "huey\n",
            "from huey import RedisHuey\nqueue = RedisHuey('x')\n",
            Framework::Huey,
            "huey_consumer jobs.queue",
        ),
        (
            "arq\n",
            "from arq import cron\nclass WorkerSettings:\n    functions = []\n",
            Framework::Arq,
            "arq jobs.WorkerSettings",
        ),
        (
            "celery\n",
            "import celery\nq = celery.Celery('x')\n",
            Framework::Celery,
            "celery -A jobs:q worker --loglevel=info",
        ),
    ] {
        let services = found(&[("requirements.txt", requirements), ("jobs.py", code)]);
        assert_eq!(services, [(ServiceKind::Worker, Some(framework), start.to_owned())], "{requirements}");
    }
}

const PROJECT: &str =
    "[project]\nname = 'x'\nrequires-python = '>=3.10,<3.13'\ndependencies = ['fastapi', 'uvicorn']\n";
const POETRY: &str =
    "[tool.poetry]\nname = 'x'\n[tool.poetry.dependencies]\npython = '^3.12'\nfastapi = '*'\n";

/// What installs a project of these files, how, and with which Python.
fn installed(files: &[(&str, &str)]) -> (PackageManager, String, String) {
    let main = ("main.py", "from fastapi import FastAPI\napp = FastAPI()\n");
    let files: Vec<_> = files.iter().copied().chain([main]).collect();
    let facts = of_files("shop", &files);
    let service = &facts.services[0];
    let version = service.runtime.as_ref().unwrap().version.clone();
    (service.package_manager.as_ref().unwrap().name, service.install.clone().unwrap(), version.unwrap())
}

#[test]
fn package_managers() {
    use PackageManager::{Pdm, Pip, Pipenv, Poetry, Uv};
    for (files, manager, install, version) in [
        (&[("pyproject.toml", PROJECT), ("uv.lock", "")][..], Uv, "uv sync --frozen --no-dev", "3.12"),
        (
            &[("pyproject.toml", PROJECT), ("pdm.lock", "")],
            Pdm,
            "pdm install --prod --frozen-lockfile",
            "3.12",
        ),
        (
            &[("pyproject.toml", POETRY), ("poetry.lock", "")],
            Poetry,
            "poetry install --only main --no-interaction --no-root",
            "3.13",
        ),
        (&[("pyproject.toml", PROJECT)], Pip, "pip install .", "3.12"),
        (
            &[
                ("pyproject.toml", PROJECT),
                ("requirements.txt", "fastapi\n"),
                ("runtime.txt", "python-3.11.9\n"),
            ],
            Pip,
            "pip install -r requirements.txt",
            "3.11",
        ),
        (
            &[
                ("Pipfile", "[packages]\nfastapi = '*'\n"),
                ("Pipfile.lock", "{}"),
                (".tool-versions", "nodejs 20.1.0\npython 3.12.4\n"),
            ],
            Pipenv,
            "pipenv sync",
            "3.12",
        ),
    ] {
        assert_eq!(installed(files), (manager, install.to_owned(), version.to_owned()));
    }
}

#[test]
fn of_two_package_managers_the_authors_dockerfile_decides() {
    let files = [
        ("pyproject.toml", POETRY),
        ("poetry.lock", ""),
        ("requirements.txt", "fastapi\n"),
        ("Dockerfile", "FROM python:3.12\nCOPY . .\nRUN pip install -r requirements.txt\n"),
    ];
    let pip = "pip install -r requirements.txt".to_owned();
    assert_eq!(installed(&files), (PackageManager::Pip, pip, "3.12".to_owned()));
}

#[test]
fn settings_that_read_for_themselves_and_constants_elsewhere() {
    let settings = "import os\nfrom pydantic_settings import BaseSettings\nfrom decouple import config\nAPP_PORT = 1283\nclass Settings(BaseSettings):\n    DB_HOST: str = config('DB_HOST')\n    DB_PORT: int = config('DB_PORT', cast=int, default=5432)\n    API_KEY: str = os.getenv('API_KEY')\n    REGION: str = os.getenv('REGION', 'eu')\n    debug: bool = True\n";
    let main = "from flask import Flask\nfrom settings import APP_PORT\napp = Flask(__name__)\nmatch __name__:\n    case '__main__':\n        app.run(host='0.0.0.0', port=APP_PORT)\n";
    let facts =
        of_files("shop", &[("requirements.txt", "flask\n"), ("app.py", main), ("settings.py", settings)]);
    let service = &facts.services[0];
    assert_eq!(service.port.as_ref().unwrap().number, Some(1283));
    let required: Vec<&str> =
        service.env.iter().filter(|fact| fact.required).map(|fact| fact.name.as_str()).collect();
    assert_eq!(required, ["API_KEY", "DB_HOST"]);
    let region = service.env.iter().find(|fact| fact.name == "REGION").unwrap();
    assert_eq!(region.default.as_deref(), Some("eu"));
}
