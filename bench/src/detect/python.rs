//! Services in Python.

use super::repository::{Random, Writer};
use crate::Failure;

/// What a service is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    FastApi,
    Django,
    Celery,
}

const NOUNS: [&str; 24] = [
    "account", "article", "author", "category", "comment", "contract", "currency", "document", "export",
    "filter", "index", "label", "margin", "notice", "partner", "policy", "query", "rating", "report", "rule",
    "supplier", "synonym", "tariff", "vendor",
];

/// A service.
pub(super) fn service(writer: &mut Writer, name: &str, kind: Kind) -> Result<(), Failure> {
    let at = format!("services/{name}");
    let (requirements, entry) = match kind {
        Kind::Django => ("django==5.1\ngunicorn==23.0.0\npsycopg[binary]==3.2\n", "app/urls.py"),
        Kind::Celery => ("celery[redis]==5.4.0\npydantic-settings==2.5.2\n", "app/worker.py"),
        Kind::FastApi => (
            "fastapi==0.115.0\nuvicorn[standard]==0.31.0\nsqlalchemy==2.0.35\nalembic==1.13.3\npydantic-settings==2.5.2\n",
            "app/main.py",
        ),
    };
    writer.file(&format!("{at}/requirements.txt"), requirements)?;
    writer.file(&format!("{at}/.python-version"), "3.12\n")?;
    writer.file(
        &format!("{at}/.env.example"),
        &format!("DATABASE_URL=postgresql://localhost/{name}\nSECRET_KEY=\n"),
    )?;
    writer.file(&format!("{at}/app/__init__.py"), "")?;
    match kind {
        Kind::Django => {
            writer.file(&format!("{at}/manage.py"), &MANAGE.replace("NAME", "app"))?;
            writer.file(&format!("{at}/app/settings.py"), DJANGO)?;
            writer.file(&format!("{at}/app/wsgi.py"), WSGI)?;
            writer.file(&format!("{at}/{entry}"), "from django.urls import path\n\nurlpatterns = []\n")?;
        }
        Kind::Celery => {
            writer.file(&format!("{at}/{entry}"), CELERY)?;
            writer.file(&format!("{at}/app/settings.py"), SETTINGS)?;
        }
        Kind::FastApi => {
            writer.file(&format!("{at}/{entry}"), &fastapi())?;
            writer.file(&format!("{at}/app/settings.py"), SETTINGS)?;
            writer.file(&format!("{at}/alembic.ini"), "[alembic]\nscript_location = alembic\n")?;
            writer.file(
                &format!("{at}/alembic/env.py"),
                "from alembic import context\nimport os\nurl = os.environ['DATABASE_URL']\n",
            )?;
        }
    }
    for (place, noun) in NOUNS.iter().enumerate() {
        for part in ["routers", "models", "services", "schemas"] {
            let variable = if part == "services" && place % 4 == 0 { noun } else { "" };
            let text = module(&writer.random, noun, variable);
            writer.file(&format!("{at}/app/{part}/{noun}.py"), &text)?;
        }
        let test = module(&writer.random, noun, "");
        writer.file(&format!("{at}/tests/test_{noun}.py"), &test)?;
    }
    for part in ["routers", "models", "services", "schemas"] {
        writer.file(&format!("{at}/app/{part}/__init__.py"), "")?;
    }
    Ok(())
}

fn module(random: &Random, noun: &str, variable: &str) -> String {
    let mut text = String::from("from __future__ import annotations\n\nimport logging\n");
    if !variable.is_empty() {
        text.push_str(&format!(
            "import os\n\nLIMIT = int(os.environ.get(\"{0}_LIMIT\", \"10\"))\nKEY = os.getenv(\"{0}_KEY\")\n",
            variable.to_uppercase()
        ));
    }
    text.push_str(
        "\nfrom fastapi import APIRouter\n\nrouter = APIRouter()\nlog = logging.getLogger(__name__)\n\n",
    );
    for number in 0..4 + random.below(4) {
        let (verb, other) = (random.of(&["find", "create", "update", "remove", "list"]), random.of(&NOUNS));
        text.push_str(&format!(
            "\n@router.get(\"/{noun}/{number}\")\nasync def {verb}_{noun}_{number}(identifier: int, {other}: dict[str, float]) -> dict:\n    \
             \"\"\"Does what has to be done to {verb} a {noun} with its {other}.\"\"\"\n    \
             rows = [value for key, value in {other}.items() if value > {limit}]\n    \
             total = sum(row * 1.19 for row in rows)\n    if not rows:\n        log.warning(\"no {other} for %s\", identifier)\n        \
             return {{}}\n    return {{\"id\": identifier, \"total\": round(total, 2), \"rows\": len(rows)}}\n",
            limit = random.below(500),
        ));
    }
    text
}

fn fastapi() -> String {
    let mut text = String::from("from fastapi import FastAPI\n\nfrom app.settings import settings\n");
    for noun in NOUNS {
        text.push_str(&format!("from app.routers import {noun}\n"));
    }
    text.push_str("\napp = FastAPI(title=settings.name)\n");
    for noun in NOUNS {
        text.push_str(&format!("app.include_router({noun}.router)\n"));
    }
    text.push_str(
        "\n\n@app.get(\"/health\")\nasync def health() -> dict:\n    return {\"status\": \"ok\"}\n",
    );
    text
}

const SETTINGS: &str = "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    name: str = \"service\"\n    database_url: str\n    secret_key: str\n    redis_url: str | None = None\n\n\nsettings = Settings()\n";
const CELERY: &str = "from celery import Celery\n\nfrom app.settings import settings\n\napp = Celery(\"jobs\", broker=settings.redis_url)\n\n\n@app.task\ndef work(identifier: int) -> int:\n    return identifier\n";
const DJANGO: &str = "import os\n\nSECRET_KEY = os.environ[\"SECRET_KEY\"]\nDEBUG = os.environ.get(\"DEBUG\") == \"1\"\nROOT_URLCONF = \"app.urls\"\nWSGI_APPLICATION = \"app.wsgi.application\"\nDATABASES = {\"default\": {\"ENGINE\": \"django.db.backends.postgresql\", \"NAME\": os.environ[\"DB_NAME\"]}}\n";
const WSGI: &str = "import os\n\nfrom django.core.wsgi import get_wsgi_application\n\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"app.settings\")\napplication = get_wsgi_application()\n";
const MANAGE: &str = "import os\nimport sys\n\nif __name__ == \"__main__\":\n    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"NAME.settings\")\n    from django.core.management import execute_from_command_line\n\n    execute_from_command_line(sys.argv)\n";
