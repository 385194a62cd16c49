//! Python repositories as small teams lay them out, and what must be found in them.

use crate::fixture::{env, scan, service, start_of};
use model::facts::{
    Confidence, DatastoreKind, Framework, MigrationTool, PackageManager, ServiceKind, ValueCheck,
};

fn names(facts: &model::facts::Facts) -> Vec<&str> {
    facts.services.iter().map(|service| service.name.as_str()).collect()
}

#[test]
fn a_fastapi_member_of_a_uv_workspace() {
    let facts = scan(include_str!("../fixtures/python/fastapi-uv-workspace.txt"));
    assert_eq!(names(&facts), ["backend", "prestart"]);
    let backend = service(&facts, "backend");
    assert_eq!((backend.path.as_str(), backend.install_path.as_str()), ("backend", "."));
    assert_eq!(backend.install.as_deref(), Some("uv sync --frozen --no-dev --package shop-backend"));
    assert_eq!(backend.lockfile.as_deref(), Some("uv.lock"));
    assert_eq!(start_of(backend), "fastapi run --workers 4 app/main.py --host 0.0.0.0 --port $PORT");
    assert_eq!(backend.runtime.as_ref().unwrap().version.as_deref(), Some("3.10"));
    assert_eq!(backend.health.as_ref().unwrap().path, "/api/v1/utils/health-check/");
    assert_eq!(backend.migrations.as_ref().unwrap().path, "backend/app/alembic");
    assert_eq!(backend.confidence, Confidence::Certain);
    assert!(env(backend, "PROJECT_NAME").required);
    assert_eq!(env(backend, "ACCESS_TOKEN_EXPIRE_MINUTES").default.as_deref(), Some("11520"));
    assert!(env(backend, "SECRET_KEY").secret && env(backend, "SECRET_KEY").default.is_none());
    let words = ["local", "staging", "production"].map(str::to_owned).to_vec();
    assert_eq!(env(backend, "ENVIRONMENT").check, Some(ValueCheck::OneOf { values: words }));
    assert!(!backend.env.iter().any(|fact| fact.name == "ONLY_IN_TESTS"));
    let prestart = service(&facts, "prestart");
    assert_eq!(prestart.kind, ServiceKind::Job);
    assert_eq!(
        start_of(prestart),
        "python app/backend_pre_start.py && alembic upgrade head && python app/initial_data.py"
    );
    assert_eq!(facts.datastores.len(), 1);
    assert_eq!(facts.datastores[0].version.as_deref(), Some("17"));
}

#[test]
fn a_django_site_with_worker_and_beat_started_by_scripts() {
    let facts = scan(include_str!("../fixtures/python/django-celery.txt"));
    assert_eq!(names(&facts), ["celerybeat", "celeryworker", "django"]);
    let site = service(&facts, "django");
    assert_eq!(start_of(site), "gunicorn config.wsgi --bind 0.0.0.0:$PORT");
    assert_eq!(site.port.as_ref().unwrap().number, Some(5000));
    assert_eq!(site.build.as_deref(), Some("python manage.py collectstatic --noinput"));
    assert_eq!(site.install.as_deref(), Some("pip install -r requirements/production.txt"));
    assert_eq!(site.runtime.as_ref().unwrap().version.as_deref(), Some("3.12"));
    assert_eq!(site.health.as_ref().unwrap().path, "/api/healthz/");
    assert_eq!(site.migrations.as_ref().unwrap().tool, MigrationTool::Django);
    assert!(env(site, "DJANGO_SECRET_KEY").required && env(site, "DATABASE_URL").required);
    assert_eq!(env(site, "REDIS_URL").default.as_deref(), Some("redis://redis:6379/0"));
    assert_eq!(site.uses, [DatastoreKind::Postgres, DatastoreKind::Redis, DatastoreKind::S3]);
    let worker = service(&facts, "celeryworker");
    assert_eq!((worker.kind, worker.framework), (ServiceKind::Worker, Some(Framework::Celery)));
    assert_eq!(start_of(worker), "celery -A config.celery_app worker -l INFO");
    assert_eq!(service(&facts, "celerybeat").kind, ServiceKind::Scheduler);
    assert!(worker.migrations.is_none());
    let postgres = facts.datastores.iter().find(|store| store.kind == DatastoreKind::Postgres).unwrap();
    assert_eq!(postgres.version.as_deref(), Some("15"));
}

#[test]
fn a_flask_factory_that_a_module_calls() {
    let facts = scan(include_str!("../fixtures/python/flask-factory.txt"));
    let web = facts.services.iter().find(|service| service.kind == ServiceKind::Web).unwrap();
    assert_eq!(start_of(web), "gunicorn microblog:app --bind 0.0.0.0:$PORT");
    assert_eq!(web.port.as_ref().unwrap().number, Some(5000));
    assert_eq!(web.health.as_ref().unwrap().path, "/api/health");
    let migrations = web.migrations.as_ref().unwrap();
    assert_eq!((migrations.tool, migrations.path.as_str()), (MigrationTool::FlaskMigrate, "migrations"));
    assert_eq!(migrations.command.as_deref(), Some("flask --app microblog db upgrade"));
    assert_eq!(env(web, "SECRET_KEY").default.as_deref(), Some("you-will-never-guess"));
    assert_eq!(env(web, "MAIL_PORT").check, Some(ValueCheck::Number));
    assert!(!env(web, "MAIL_USE_TLS").required);
    let worker = service(&facts, "worker");
    assert_eq!(start_of(worker), "rq worker -u $REDIS_URL microblog-tasks");
    assert_eq!(facts.services.len(), 2);
}

#[test]
fn a_poetry_src_layout_with_a_factory_and_an_arq_worker() {
    let facts = scan(include_str!("../fixtures/python/poetry-src-arq.txt"));
    let web = service(&facts, "orders");
    assert_eq!(start_of(web), "uvicorn orders.web:build_app --factory --host 0.0.0.0 --port $PORT");
    let manager = web.package_manager.as_ref().unwrap();
    assert_eq!((manager.name, manager.version.as_deref()), (PackageManager::Poetry, Some("1.8.2")));
    assert_eq!(web.install.as_deref(), Some("poetry install --only main --no-interaction"));
    assert_eq!(web.health.as_ref().unwrap().path, "/v1/internal/ready");
    let names: Vec<&str> = web.env.iter().map(|fact| fact.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "DATABASE_URL",
            "ORDERS_API_KEY",
            "ORDERS_SIGNING",
            "ORDERS_SMTP__HOST",
            "ORDERS_SMTP__PORT",
            "ORDERS_STAGE",
            "ORDERS_WORKERS",
            "PG_URL"
        ]
    );
    assert!(env(web, "ORDERS_SIGNING").secret);
    assert_eq!(env(web, "ORDERS_STAGE").default.as_deref(), Some("dev"));
    assert_eq!(env(web, "ORDERS_API_KEY").check, Some(ValueCheck::Text { min_length: 16 }));
    assert_eq!(web.uses, [DatastoreKind::Postgres, DatastoreKind::Redis]);
    let worker = facts.services.iter().find(|service| service.kind == ServiceKind::Worker).unwrap();
    assert_eq!((worker.path.as_str(), start_of(worker)), (".", "arq orders.worker.WorkerSettings"));
}

#[test]
fn a_wrapped_application_with_workers_in_a_folder_of_its_own() {
    let facts = scan(include_str!("../fixtures/python/two-folders.txt"));
    assert_eq!(names(&facts), ["api", "beat", "gateway", "worker"]);
    let api = service(&facts, "api");
    assert_eq!(
        start_of(api),
        "gunicorn app.main:app -k uvicorn.workers.UvicornWorker -w 2 --bind 0.0.0.0:$PORT"
    );
    assert_eq!(api.port.as_ref().unwrap().env.as_deref(), Some("PORT"));
    assert_eq!(api.health.as_ref().unwrap().path, "/health");
    assert!(env(api, "UPLOADS_BUCKET").required && env(api, "SLACK_TOKEN").required);
    assert!(!env(api, "SENTRY_DSN").required);
    assert_eq!(env(api, "DB_POOL").check, Some(ValueCheck::Number));
    assert_eq!(env(api, "DEBUG").check, Some(ValueCheck::Boolean));
    assert_eq!(api.uses, [DatastoreKind::Postgres, DatastoreKind::Redis, DatastoreKind::S3]);
    assert_eq!(service(&facts, "beat").kind, ServiceKind::Scheduler);
    let stores: Vec<_> =
        facts.datastores.iter().map(|store| (store.kind, store.version.as_deref())).collect();
    assert_eq!(
        stores,
        [(DatastoreKind::Postgres, Some("16")), (DatastoreKind::Redis, Some("7")), (DatastoreKind::S3, None)]
    );
}

#[test]
fn a_bot_that_listens_to_nobody() {
    let facts = scan(include_str!("../fixtures/python/bot-pipenv.txt"));
    let bot = &facts.services[0];
    assert_eq!((bot.kind, start_of(bot)), (ServiceKind::Worker, "python -m bot"));
    assert_eq!(bot.install.as_deref(), Some("pipenv sync"));
    assert_eq!(bot.runtime.as_ref().unwrap().version.as_deref(), Some("3.10"));
    assert!(env(bot, "BOT_TOKEN").required);
    assert!(bot.port.is_none());
}
