"""Throw-away PostgreSQL and Redis for a test run: one cluster, migrated once into a template, a database for every xdist worker."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from app.db import migrate
from app.db.embedded import EmbeddedPostgres
from app.places import redis_password, role_password
from app.runtime.redis_engine import EmbeddedRedis
from app.settings import OWNER_ROLE, Settings

SECRET_KEY = "a key for tests only, of more than 32 characters"
TEMPLATE = "voltpact_template"


@dataclass
class Engines:
    """The engines of one test run, found again by their folder."""

    folder: Path
    postgres: EmbeddedPostgres = field(init=False)
    redis: EmbeddedRedis = field(init=False)

    def __post_init__(self) -> None:
        self.postgres = EmbeddedPostgres(self.folder, self.folder / "run", role_password(SECRET_KEY, OWNER_ROLE), durable=False)
        self.redis = EmbeddedRedis(self.folder, self.folder / "run", redis_password(SECRET_KEY), durable=False)

    @classmethod
    def start(cls) -> Engines:
        """Start both and migrate the template."""
        folder = Path(tempfile.mkdtemp(prefix="voltpact-test-"))
        folder.chmod(0o755)
        engines = cls(folder)
        try:
            engines.postgres.start()
            engines.redis.start()
            engines.postgres.make_database(TEMPLATE)
            migrate.upgrade(engines.settings(TEMPLATE))
        except BaseException:
            engines.stop()
            raise
        return engines

    def stop(self) -> None:
        """Stop both; nothing is left behind."""
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self, database: str, redis_number: int = 0, **more: str) -> Settings:
        """Settings over one database of the cluster; ``more`` are names without the prefix."""
        given = {"DATA_DIR": str(self.folder), "SECRET_KEY": SECRET_KEY, "DATABASE_URL": self.postgres.url(database)}
        given |= {"REDIS_URL": self.redis.url(redis_number), "DEMO": "yes"} | more
        return Settings.read({f"VOLTPACT_{name}": value for name, value in given.items()})

    def make_copy(self, database: str) -> None:
        """A migrated, empty database of that name."""
        self.postgres.make_database(database, template=TEMPLATE)
