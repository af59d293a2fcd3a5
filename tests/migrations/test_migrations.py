"""Migrations: numbered without gaps, one head, and the models say the same as the database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import app.tables  # noqa: F401 - fills the metadata
from app.db.base import Base

VERSIONS = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))


def test_numbers_have_no_gap_and_each_follows_the_one_before() -> None:
    for number, path in enumerate(VERSIONS, 1):
        source = path.read_text()
        assert path.name.startswith(f"{number:04d}_"), path.name
        assert source.startswith(f'"""{number:04d}: '), f"{path.name} starts with a sentence"
        before = f'"{number - 1:04d}"' if number > 1 else "None"
        assert re.search(rf"^down_revision(: [^=]+)? = {before}$", source, re.M), path.name


def test_no_migration_imports_the_application() -> None:
    assert [p.name for p in VERSIONS if re.search(r"^\s*(from|import) app\b", p.read_text(), re.M)] == []


#: indexes over what a function makes of several columns; only the functions of migration "text_search" ask them, no model does
WORDS = {"ix_partner_words", "ix_location_words", "ix_station_words", "ix_contract_words"}


def test_the_models_and_the_database_agree(database: Any) -> None:
    with database.owner.connect() as connection:
        partitions = set(connection.scalars(text("select relname from pg_class where relispartition")))
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _p: (
                    name not in partitions | {"alembic_version"} and not (kind == "index" and name in WORDS)
                )
            },
        )
        assert compare_metadata(context, Base.metadata) == []
