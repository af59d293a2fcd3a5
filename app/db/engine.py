"""Engines and sessions, for the web (as role ``voltpact_web``) and the OCPP worker (as ``voltpact_worker``)."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session, sessionmaker


def make_engine(url: str, *, pool_size: int = 10, application: str = "voltpact") -> Engine:
    """An engine that speaks UTC and gives up on a statement after 30 seconds."""
    return create_engine(url, **engine_options(pool_size=pool_size, application=application))


def engine_options(*, pool_size: int = 10, application: str = "voltpact") -> dict[str, Any]:
    """What every engine of the house is made with; Flask-SQLAlchemy takes it as its options."""
    return {
        "pool_size": pool_size,
        "max_overflow": pool_size,
        "pool_pre_ping": True,
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "connect_args": {"application_name": application, "options": "-c timezone=UTC -c statement_timeout=30000"},
    }


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)
