//! What those who work on a Python project do with it: checks, a server that watches, the files that installing reads.

use crate::fixture::{of_files, service};
use model::facts::{CheckKind, Facts, ServiceFact};

const FASTAPI: &str = "from fastapi import FastAPI\napp = FastAPI()\n";
const TEST: &str = "def test_x():\n    assert True\n";

fn checks(service: &ServiceFact) -> Vec<(CheckKind, &str)> {
    service.checks.iter().map(|check| (check.kind, check.command.as_str())).collect()
}

fn only(facts: &Facts) -> &ServiceFact {
    let names: Vec<&str> = facts.services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    &facts.services[0]
}

#[test]
fn pip_with_requirements_for_development() {
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\n-c pins.txt\n"),
        ("pins.txt", "idna==3\n"),
        ("requirements-dev.txt", "-r requirements.txt\nblack\nflake8\nisort\npytest\n"),
        (".flake8", "[flake8]\nmax-line-length = 120\n"),
        ("pyproject.toml", "[tool.isort]\nprofile = \"black\"\n\n[tool.black]\nline-length = 100\n"),
        ("app/__init__.py", ""),
        ("app/main.py", FASTAPI),
        ("tests/test_app.py", TEST),
    ];
    let facts = of_files("shop", &files);
    let web = only(&facts);
    assert_eq!(
        checks(web),
        [
            (CheckKind::Format, "black . --check"),
            (CheckKind::Format, "isort . --check-only"),
            (CheckKind::Lint, "flake8 ."),
            (CheckKind::Unit, "pytest"),
        ]
    );
    assert_eq!(web.checks[0].evidence.to_string(), "pyproject.toml:4");
    assert_eq!(web.install.as_deref(), Some("pip install -r requirements.txt"));
    assert_eq!(
        web.install_checks.as_deref(),
        Some("pip install -r requirements.txt -r requirements-dev.txt")
    );
    assert_eq!(web.install_inputs, ["pins.txt", "requirements.txt"]);
    assert_eq!(web.dev.as_deref(), Some("uvicorn app.main:app --reload --host 0.0.0.0 --port $PORT"));
}

#[test]
fn what_is_set_up_without_being_installed_is_installed_for_the_checks() {
    let pyproject = "[project]\nname = \"shop\"\ndependencies = [\"fastapi\", \"uvicorn\"]\n\
        [tool.ruff]\nline-length = 100\n[tool.ruff.format]\nquote-style = \"single\"\n[tool.uv]\n\
        [dependency-groups]\ndev = [\"mypy\"]\ntest = [\"pytest\", \"pytest-cov\"]\n";
    let files = [
        ("pyproject.toml", pyproject),
        ("uv.lock", ""),
        (".python-version", "3.12\n"),
        ("app/main.py", FASTAPI),
        ("tests/unit/test_a.py", TEST),
        ("tests/integration/test_b.py", TEST),
        ("tests/e2e/test_c.py", TEST),
    ];
    let facts = of_files("shop", &files);
    let web = only(&facts);
    assert_eq!(
        checks(web),
        [
            (CheckKind::Format, "uv run --with ruff ruff format --check ."),
            (CheckKind::Lint, "uv run --with ruff ruff check ."),
            (CheckKind::Types, "uv run mypy app"),
            (CheckKind::Unit, "uv run pytest tests/unit"),
            (CheckKind::Integration, "uv run pytest tests/integration"),
            (CheckKind::EndToEnd, "uv run pytest tests/e2e"),
            (CheckKind::Coverage, "uv run pytest tests/unit --cov=app"),
        ]
    );
    assert_eq!(web.install_checks.as_deref(), Some("uv sync --frozen --group test"));
    assert_eq!(web.install_inputs, [".python-version", "pyproject.toml", "uv.lock"]);
}

#[test]
fn the_author_says_how_a_tool_is_run() {
    let workflow = "on: push\njobs:\n  check:\n    runs-on: ubuntu-latest\n    defaults:\n      run:\n        \
        working-directory: api\n    steps:\n      - run: poetry install\n      - run: |\n          \
        poetry run mypy src --strict\n          poetry run black --fast .\n          poetry run ruff check --fix .\n";
    let pyproject = "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\nflask = \"*\"\n\
        gunicorn = \"*\"\n[tool.poetry.group.dev.dependencies]\nmypy = \"*\"\nblack = \"*\"\n";
    let files = [
        (".github/workflows/check.yml", workflow),
        (".pre-commit-config.yaml", "repos:\n  - repo: x\n    hooks:\n      - id: pylint\n"),
        ("api/pyproject.toml", pyproject),
        ("api/poetry.lock", ""),
        ("api/app.py", "from flask import Flask\napp = Flask(__name__)\n"),
    ];
    let facts = of_files("shop", &files);
    let web = service(&facts, "shop");
    assert_eq!(
        checks(web),
        [
            (CheckKind::Format, "poetry run black . --check"),
            (CheckKind::Lint, "poetry run pylint --recursive=y ."),
            (CheckKind::Types, "poetry run mypy src --strict"),
        ]
    );
    assert_eq!(
        web.install_checks.as_deref(),
        Some("poetry install --no-interaction --no-root && poetry run pip install pylint")
    );
    assert_eq!(web.install_inputs, ["api/poetry.lock", "api/pyproject.toml"]);
    assert_eq!(web.dev.as_deref(), Some("flask --app app:app --debug run --host 0.0.0.0 --port $PORT"));
}

#[test]
fn a_django_site_is_tested_by_its_own_runner() {
    let manage =
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\nimport django\n";
    let files = [
        ("requirements.txt", "django\ngunicorn\n"),
        ("requirements/dev.txt", "coverage\n"),
        ("manage.py", manage),
        ("site_/__init__.py", ""),
        ("site_/settings.py", "DEBUG = False\n"),
        ("site_/wsgi.py", "application = 1\n"),
        (
            "shop/tests.py",
            "from django.test import TestCase\nclass T(TestCase):\n    def test_x(self):\n        pass\n",
        ),
        ("tox.ini", "[tox]\nenvlist = py312\n"),
    ];
    let facts = of_files("shop", &files);
    let web = only(&facts);
    assert_eq!(
        checks(web),
        [
            (CheckKind::Unit, "python manage.py test"),
            (CheckKind::Coverage, "coverage run manage.py test && coverage report")
        ]
    );
    assert_eq!(web.dev.as_deref(), Some("python manage.py runserver 0.0.0.0:$PORT"));
    let untested: Vec<_> = files
        .iter()
        .copied()
        .map(
            |(path, text)| {
                if path == "shop/tests.py" { (path, "# Create your tests here.\n") } else { (path, text) }
            },
        )
        .collect();
    assert_eq!(checks(only(&of_files("shop", &untested))), [(CheckKind::Unit, "tox")]);
}

#[test]
fn tests_with_marks_are_run_apart() {
    let marked = "import pytest\n@pytest.mark.integration\ndef test_x():\n    pass\n";
    let files = [
        ("requirements.txt", "fastapi\nuvicorn\npytest\n"),
        ("pytest.ini", "[pytest]\nmarkers =\n    integration: needs a database\n    e2e: needs everything\n"),
        ("main.py", FASTAPI),
        ("test_main.py", marked),
    ];
    assert_eq!(
        checks(only(&of_files("shop", &files))),
        [(CheckKind::Unit, "pytest -m 'not integration'"), (CheckKind::Integration, "pytest -m integration")]
    );
}

#[test]
fn a_member_of_a_workspace_is_installed_with_all_manifests() {
    let files = [
        (
            "pyproject.toml",
            "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n[dependency-groups]\ndev = [\"pytest\"]\n",
        ),
        ("uv.lock", ""),
        (
            "packages/api/pyproject.toml",
            "[project]\nname = \"api\"\nreadme = \"README.md\"\ndependencies = [\"fastapi\", \"uvicorn\", \"core\"]\n[build-system]\nrequires = []\n[tool.uv.sources]\ncore = { workspace = true }\nextra = { path = \"../../extra\" }\n",
        ),
        ("packages/api/README.md", "# api\n"),
        ("packages/api/src/api/__init__.py", ""),
        ("packages/api/src/api/main.py", FASTAPI),
        ("packages/api/tests/test_api.py", TEST),
        ("packages/core/pyproject.toml", "[project]\nname = \"core\"\n"),
        ("packages/core/core.py", ""),
        ("extra/setup.py", "from setuptools import setup\nsetup(name='extra')\n"),
    ];
    let facts = of_files("shop", &files);
    let web = service(&facts, "api");
    assert_eq!(
        web.install_inputs,
        [
            "extra/setup.py",
            "packages/api/README.md",
            "packages/api/pyproject.toml",
            "packages/api/src/api/__init__.py",
            "packages/core/pyproject.toml",
            "pyproject.toml",
            "uv.lock"
        ]
    );
    assert_eq!(checks(web), [(CheckKind::Unit, "uv run pytest")]);
    assert_eq!(web.install_checks.as_deref(), Some("uv sync --frozen --all-packages"));
}

#[test]
fn production_goes_without_what_is_for_development() {
    let pyproject = "[project]\nname = \"shop\"\ndependencies = [\"fastapi\", \"uvicorn\"]\n[tool.uv]\n\
        default-groups = [\"dev\", \"test\", \"server\"]\n[dependency-groups]\ntest = [\"pytest\"]\nserver = []\n";
    let files =
        [("pyproject.toml", pyproject), ("uv.lock", ""), ("main.py", FASTAPI), ("test_main.py", TEST)];
    let facts = of_files("shop", &files);
    assert_eq!(only(&facts).install.as_deref(), Some("uv sync --frozen --no-dev --no-group test"));
    assert_eq!(only(&facts).install_checks.as_deref(), Some("uv sync --frozen"));

    let files = [
        ("requirements.txt", "fastapi\nuvicorn\n-r requirements-dev.txt\n"),
        ("requirements-dev.txt", "black\n"),
        ("dev-requirements.txt", "black\n"),
        ("main.py", FASTAPI),
    ];
    let facts = of_files("shop", &files);
    assert_eq!(only(&facts).install.as_deref(), Some("pip install -r requirements.txt"));
    let told: Vec<String> = facts.notes.iter().map(|note| note.place.to_string()).collect();
    assert_eq!(told, ["requirements.txt:3"]);
}
