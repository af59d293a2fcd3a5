"""A quick look at whether a database needs ``migrate`` at all, without loading the models: a second start should be quick."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from app.places import libpq_url
from app.settings import Settings

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def newest() -> str:
    """The highest number among the migrations (they are numbered without gaps, with one head)."""
    return max(found.group() for path in VERSIONS.glob("*.py") if (found := re.match(r"\d{4}", path.name)))


def is_current(settings: Settings) -> bool:
    """True if the database stands at the newest migration and both programs' roles can sign in. False: run ``migrate`` and see."""
    try:
        with psycopg.connect(libpq_url(settings.database_url), connect_timeout=10) as connection:
            row = connection.execute("select version_num from alembic_version").fetchone()
        for url in (settings.web_database_url, settings.worker_database_url):
            psycopg.connect(libpq_url(url), connect_timeout=10).close()
    except psycopg.Error:
        return False
    return row is not None and row[0] == newest()
