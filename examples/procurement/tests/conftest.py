"""The tests use a real PostgreSQL and, for files, a real S3-compatible server; what is not there is skipped by name."""

import os
import secrets
from collections.abc import Iterator

import boto3
import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, text

from app.settings import DatabaseSettings

NOWHERE = "http://127.0.0.1:1"
BUCKET = f"procurement-test-{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def server_url() -> str:
    """The PostgreSQL server the tests may make databases on."""
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("needs PostgreSQL: set DATABASE_URL to a server where databases may be created")
    return DatabaseSettings().sqlalchemy_url


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    yield from _database_of_our_own(server_url)


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """A database with every migration applied."""
    for url in _database_of_our_own(server_url):
        migrate(url, "head")
        yield url


def _database_of_our_own(server_url: str) -> Iterator[str]:
    name = f"procurement_test_{secrets.token_hex(4)}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def migrate(url: str, revision: str) -> None:
    """Up to a revision, or with a leading minus down to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        config = Config("alembic.ini")
        if revision.startswith("-"):
            command.downgrade(config, revision.removeprefix("-"))
        else:
            command.upgrade(config, revision)


@pytest.fixture(scope="session")
def app_environment(database_url: str) -> dict[str, str]:
    """What the application needs, with a storage that is not there unless one was given."""
    storage = os.environ.get("S3_ENDPOINT_URL") or NOWHERE
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "only-for-tests-" + "x" * 32,
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT_URL": storage,
        "AWS_REGION": os.environ.get("AWS_REGION", "us-east-1"),
        "AWS_ACCESS_KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID", "none"),
        "AWS_SECRET_ACCESS_KEY": os.environ.get("AWS_SECRET_ACCESS_KEY", "none"),
        "MAX_UPLOAD_BYTES": str(12 * 1024 * 1024),
    }


@pytest.fixture(scope="session")
def client(app_environment: dict[str, str]) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in app_environment.items():
            patch.setenv(name, value)
        # The application reads its settings when it is imported.
        from app.main import app

        with TestClient(app) as client:
            yield client


@pytest.fixture(scope="session")
def s3(app_environment: dict[str, str]):
    """A client of the storage, past the application."""
    if app_environment["S3_ENDPOINT_URL"] == NOWHERE:
        pytest.skip("needs an S3-compatible server: set S3_ENDPOINT_URL and its keys")
    s3 = boto3.client(
        "s3",
        endpoint_url=app_environment["S3_ENDPOINT_URL"],
        region_name=app_environment["AWS_REGION"],
        aws_access_key_id=app_environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=app_environment["AWS_SECRET_ACCESS_KEY"],
    )
    s3.create_bucket(Bucket=BUCKET)
    yield s3
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def supplier(client: TestClient) -> dict:
    name = f"Supplier {secrets.token_hex(4)}"
    return client.post("/suppliers", json={"name": name, "email": "sales@example.com"}).json()


@pytest.fixture
def purchase(client: TestClient, supplier: dict) -> dict:
    """A draft with two items."""
    answer = client.post(
        "/purchases",
        json={
            "supplier_id": supplier["id"],
            "title": "Office chairs",
            "items": [
                {"description": "Chair", "quantity": 12, "unit_price": "149.90"},
                {"description": "Delivery", "quantity": 1, "unit_price": "35.00"},
            ],
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()
