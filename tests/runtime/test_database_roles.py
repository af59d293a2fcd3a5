"""The engines of the three roles are what they claim to be."""

from __future__ import annotations

from sqlalchemy import text

from tests.conftest import Database


def test_web_and_worker_cannot_bypass_row_security(database: Database) -> None:
    for engine, name in ((database.web, "voltpact_web"), (database.worker, "voltpact_worker")):
        with engine.connect() as connection:
            row = connection.execute(text("select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user")).one()
        assert tuple(row) == (name, False, False)


def test_a_session_speaks_utc_on_postgresql_18(database: Database) -> None:
    with database.web.connect() as connection:
        assert connection.scalar(text("show timezone")) == "UTC"
        assert int(connection.scalar(text("show server_version_num")) or 0) >= 180000
