//! Single facts of Python services: ports, groups of dependencies, variables, processes that no command names.

use crate::fixture::{env, of_files, service, start_of};
use model::facts::{Facts, Framework, ServiceFact, ServiceKind};

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
    let code = [requirements, app, ("app/queue.py", broker), ("app/tasks.py", "from app.queue import broker\n")];
    let facts = of_files("shop", &code);
    let worker = of_kind(&facts, ServiceKind::Worker);
    assert_eq!(worker.framework, Some(Framework::Taskiq));
    assert_eq!(start_of(worker), "taskiq worker app.queue:broker --fs-discover");
    let scheduler = of_kind(&facts, ServiceKind::Scheduler);
    assert_eq!(start_of(scheduler), "taskiq scheduler app.queue:scheduler");

    let compose = "services:\n  tasks:\n    build: .\n    command: taskiq worker --reload app.queue:broker app.tasks\n";
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
    assert_eq!((worker.framework, start_of(worker)), (Some(Framework::Rq), "rq worker --url $REDIS_URL mails"));

    let own = "from redis import Redis\nfrom rq import Queue, Worker\nqueue = Queue('mails')\n\
        if __name__ == '__main__':\n    Worker([queue], connection=Redis()).work()\n";
    let facts = of_files("shop", &[requirements, ("app.py", FLASK), ("worker.py", own)]);
    assert_eq!(start_of(of_kind(&facts, ServiceKind::Worker)), "python worker.py");
}
