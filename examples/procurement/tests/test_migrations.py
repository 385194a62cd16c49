import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from tests.conftest import migrate


def test_tables_are_what_the_models_say(database_url, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    command.check(Config("alembic.ini"))


def test_every_migration_goes_up_down_and_up_again(empty_database):
    migrate(empty_database, "head")
    migrate(empty_database, "-base")
    migrate(empty_database, "head")


def test_rows_from_before_get_a_currency_and_a_history(empty_database):
    migrate(empty_database, "0003")
    run(empty_database, "INSERT INTO suppliers (name) VALUES ('Chairs Ltd')")
    run(
        empty_database,
        "INSERT INTO purchases (supplier_id, title, status, updated_at) "
        "SELECT id, 'Chairs', 'approved', '2024-02-29T12:00:00Z' FROM suppliers",
    )
    migrate(empty_database, "head")
    assert run(empty_database, "SELECT currency FROM purchases") == [("EUR",)]
    history = run(
        empty_database,
        "SELECT e.status, e.created_at = p.updated_at "
        "FROM events e JOIN purchases p ON p.id = e.purchase_id",
    )
    assert history == [("approved", True)]


@pytest.mark.parametrize("scheme", ["postgresql://", "postgresql+psycopg://", "postgres://"])
def test_each_way_to_write_the_address_is_understood(empty_database, scheme):
    migrate(empty_database.replace("postgresql+psycopg://", scheme), "0001")
    assert run(empty_database, "SELECT count(*) FROM purchases") == [(0,)]


def run(url, sql):
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(sql))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()
