"""How Alembic reaches the database: DATABASE_URL, read like the application reads it."""

from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine, pool

from app.models import Base
from app.settings import DatabaseSettings, load

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

options = {
    "target_metadata": Base.metadata,
    "compare_server_default": True,
    "transaction_per_migration": True,
}


def write_sql(url: str) -> None:
    context.configure(url=url, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()


def migrate(url: str) -> None:
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"connect_timeout": 10})
    with engine.connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()


database_url = load(DatabaseSettings).sqlalchemy_url
if context.is_offline_mode():
    write_sql(database_url)
else:
    migrate(database_url)
