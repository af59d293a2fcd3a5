"""Bringing a database up to the newest numbered migration, and making the two roles that the programs sign in as.

Roles belong to the whole server and carry passwords, so they are made here; what they may do is granted by the migrations.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, make_url, text

from app.places import WEB_ROLE, WORKER_ROLE, InstallationError, libpq_url
from app.settings import Settings

LEAST_VERSION = 18
_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
#: two starts at once must not migrate at the same time
_LOCK = 7_201_964_113


class UnfitDatabaseError(InstallationError):
    """The database cannot be used. The text is one sentence that says why and what to do."""


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Make the roles and migrate. Repeats change nothing; a second caller waits for the first."""
    require_usable(settings.database_url)
    for name, url in ((WEB_ROLE, settings.web_database_url), (WORKER_ROLE, settings.worker_database_url)):
        _ensure_role(settings.database_url, name, url)
    engine = create_engine(settings.database_url, connect_args={"options": "-c timezone=UTC", "application_name": "voltpact migrate"})
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            command.upgrade(_config(connection), revision)
            connection.commit()
    finally:
        engine.dispose()


def current_and_head(settings: Settings) -> tuple[str | None, str | None]:
    """The migration the database stands at, and the newest one there is."""
    with psycopg.connect(libpq_url(settings.database_url), connect_timeout=5) as connection:
        known = connection.execute("select to_regclass('alembic_version') is not null").fetchone()
        row = connection.execute("select version_num from alembic_version").fetchone() if known and known[0] else None
    return (str(row[0]) if row else None), ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def require_usable(url: str) -> None:
    """Refuse, in one sentence, a database that does not answer or is too old."""
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
            version = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise UnfitDatabaseError(f"VOLTPACT_DATABASE_URL: the database does not answer ({reason}).") from None
    if version < LEAST_VERSION:
        raise UnfitDatabaseError(f"VOLTPACT_DATABASE_URL: the database is too old (PostgreSQL {version}, needed {LEAST_VERSION} or newer).")


def _ensure_role(owner_url: str, name: str, url: str) -> None:
    """Make the role, or give it the password of its URL when it cannot sign in with it. Roles of other names are the operator's."""
    wanted = make_url(url)
    if wanted.username != name or _signs_in(url):
        return
    with psycopg.connect(libpq_url(owner_url), connect_timeout=10, autocommit=True) as connection:
        exists = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
        verb = sql.SQL("alter" if exists else "create")
        statement = sql.SQL("{} role {} login nosuperuser nobypassrls nocreatedb nocreaterole password {}")
        try:
            connection.execute(statement.format(verb, sql.Identifier(name), sql.Literal(wanted.password or "")))
        except psycopg.errors.InsufficientPrivilege:
            raise UnfitDatabaseError(
                f"VOLTPACT_DATABASE_URL: its user may not make the role {name}; let an administrator make it (login, no bypass of row "
                f"security) and give its address in VOLTPACT_{'WEB' if name == WEB_ROLE else 'WORKER'}_DATABASE_URL."
            ) from None
        except psycopg.errors.DuplicateObject:
            # somebody made it at the same moment
            return


def _signs_in(url: str) -> bool:
    try:
        psycopg.connect(libpq_url(url), connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True
