"""What the process does as a whole: it starts or says why not, logs, reports its health, and stops politely."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx2 as httpx
import pytest
from sqlalchemy import make_url

from tests.conftest import NOWHERE

PATIENCE = 30


@pytest.mark.parametrize(
    "given, named",
    [
        ({}, ["DATABASE_URL: is not set", "SECRET_KEY: is not set", "S3_BUCKET: is not set"]),
        (
            {
                "DATABASE_URL": "mysql://root:hunter2@db/x",
                "SECRET_KEY": "hunter2",
                "S3_BUCKET": "uploads",
                "MAX_UPLOAD_BYTES": "lots",
                "LOG_LEVEL": "loud",
                "S3_ENDPOINT_URL": "s3.example.com",
            },
            [
                "DATABASE_URL: must start with",
                "SECRET_KEY: ",
                "MAX_UPLOAD_BYTES: ",
                "LOG_LEVEL: ",
                "S3_ENDPOINT_URL: ",
            ],
        ),
    ],
)
def test_wrong_settings_are_all_named_and_never_shown(tmp_path, given, named):
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "app.main:app", "--app-dir", os.getcwd()],
        cwd=tmp_path,
        env=bare_environment() | given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout
    for setting in named:
        assert setting in done.stderr
    assert f"{len(named)} settings are wrong" in done.stderr


def test_half_a_credential_is_wrong(tmp_path, app_environment):
    given = {n: v for n, v in app_environment.items() if n != "AWS_SECRET_ACCESS_KEY"}
    done = subprocess.run(
        [sys.executable, "-c", "import app.main"],
        env=bare_environment() | given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both" in done.stderr


def test_health_says_what_is_down(app_environment):
    nobody_listens = make_url(app_environment["DATABASE_URL"]).set(host="127.0.0.1", port=1)
    down = {
        "DATABASE_URL": nobody_listens.render_as_string(hide_password=False),
        "S3_ENDPOINT_URL": NOWHERE,
    }
    with running(app_environment | down) as server:
        answer = httpx.get(f"{server.url}/health", timeout=PATIENCE)
    body = answer.json()
    assert answer.status_code == 503
    assert (body["status"], body["database"], body["s3"]) == ("unhealthy", "down", "down")


def test_each_request_is_one_line_of_json(app_environment):
    with running(app_environment) as server:
        sent = {"x-request-id": "abc-123"}
        answer = httpx.get(f"{server.url}/suppliers", headers=sent, timeout=PATIENCE)
        assert answer.headers["x-request-id"] == "abc-123"
        forged = {"x-request-id": "a b"}
        again = httpx.get(f"{server.url}/nowhere", headers=forged, timeout=PATIENCE)
        assert re.fullmatch("[0-9a-f]{32}", again.headers["x-request-id"])
    lines = [entry for entry in server.entries if entry["message"] == "request"]
    assert [(e["method"], e["path"], e["status"]) for e in lines] == [
        ("GET", "/suppliers", 200),
        ("GET", "/nowhere", 404),
    ]
    assert lines[0]["request_id"] == "abc-123"


def test_request_under_way_is_answered_after_sigterm(app_environment, supplier):
    body = json.dumps({"name": supplier["name"] + " again"}).encode()
    head = (
        "POST /suppliers HTTP/1.1\r\nhost: test\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with running(app_environment) as server:
        with socket.create_connection(server.address, timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + body[:5])
            # Answered after the half request was sent, so that one has reached the server too.
            httpx.get(f"{server.url}/suppliers", timeout=PATIENCE)
            server.process.send_signal(signal.SIGTERM)
            server.wait_for("Waiting for connections to close")
            connection.sendall(body[5:])
            answer = connection.makefile("rb").read()
        assert server.process.wait(PATIENCE) in (0, -signal.SIGTERM)
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert [entry["message"] for entry in server.entries].count("stopped") == 1


class Server:
    def __init__(self, environment):
        command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "0"]
        self.process = subprocess.Popen(
            command, env=bare_environment() | environment, stdout=subprocess.PIPE, text=True
        )
        self.entries = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.entries.append(json.loads(line))
                self._news.notify_all()

    def wait_for(self, text):
        def found():
            return next((e["message"] for e in self.entries if text in e["message"]), None)

        with self._news:
            assert self._news.wait_for(found, PATIENCE), f"the server never said {text!r}"
            return found()

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(PATIENCE)

    @property
    def address(self):
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)


@contextmanager
def running(environment):
    server = Server(environment)
    try:
        server.url = re.search(r"http://[\d.:]+", server.wait_for("running on")).group()
        yield server
    finally:
        server.close()


def bare_environment():
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
