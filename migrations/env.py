"""Alembic's frame: one transaction per migration, with lock and statement time-outs, over the connection it is handed.

``app.db.migrate`` hands one in; the plain ``alembic`` command takes the database of the settings.
"""

from __future__ import annotations

import re

from alembic import context
from sqlalchemy import Connection, create_engine, text

import app.tables  # noqa: F401 - fills the metadata
from app.db.base import Base
from app.settings import from_environment

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "15min"
PARTITION = re.compile(r"_(\d{6}|\d{8}|rest)$")


def migrate(connection: Connection) -> None:
    """Run the wanted migrations, each in its own transaction."""
    connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"set statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        include_object=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def ours(_thing: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:  # noqa: FBT001 - Alembic's signature
    """Leave the partitions out of comparisons: they are made by the database as months come."""
    return not (kind == "table" and reflected and PARTITION.search(name or ""))


handed = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    engine = create_engine(from_environment().database_url)
    with engine.connect() as own:
        migrate(own)
