"""Access keys: made and shown once, looked up at the door, counted, revoked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.permissions import Permission
from app.access.programs import SCOPE_GRANTS, Scope
from app.db.paging import PAGE, Page, take_page
from app.domain.integrations.events import ApiKeyCreated, ApiKeyRevoked
from app.domain.integrations.models import ApiKey
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.ids import uuid7
from app.kernel.tokens import token_hash
from app.work.unit import Work

#: calls of one key in a minute; the next are refused until it is over
MOST_CALLS, WINDOW = 60, timedelta(minutes=1)
_SHOWN = 9
_FORM = re.compile(r"vpk_[0-9a-f]{40}")

_COUNT = text(
    """
    update api_key set last_used_at = :now,
      calls = case when calls_since > :start then calls + 1 else 1 end,
      calls_since = case when calls_since > :start then calls_since else :now end
    where id = :id returning calls, calls_since
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key on its page. ``state``: active, expired or revoked."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    state: str
    created_at: datetime
    created_name: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_name: str | None


@dataclass(frozen=True, slots=True)
class KeyAtDoor:
    """A key that counts now, as the database's door tells it before anybody acts."""

    id: UUID
    operator_id: UUID
    name: str
    scopes: frozenset[Scope]


def create_key(work: Work, name: str, scopes: Collection[str], valid_for: timedelta | None) -> str:
    """Make a key and return it; it cannot be seen again. ``valid_for`` None: until it is revoked.

    Refuses ``missing`` and ``unknown_choice`` at the field, and ``more_than_you_may`` where a scope allows what its maker may not do.
    """
    work.require(Permission.API_KEY_EDIT)
    if not name.strip():
        raise Invalid("missing", field="name")
    if not scopes:
        raise Invalid("missing", field="scopes")
    if strange := set(scopes) - {scope.value for scope in Scope}:
        raise Invalid("unknown_choice", field="scopes", value=min(strange)[:20])
    wanted = sorted(Scope(scope) for scope in set(scopes))
    if not all(work.can(right) for scope in wanted for right in SCOPE_GRANTS[scope]):
        raise Invalid("more_than_you_may", field="scopes")
    secret = f"vpk_{secrets.token_hex(20)}"
    row = ApiKey(
        id=uuid7(),
        operator_id=work.operator_id,
        partner_id=None,
        name=name.strip()[:80],
        prefix=secret[:_SHOWN],
        key_hash=token_hash(secret),
        scopes=[scope.value for scope in wanted],
        created_at=work.now,
        created_by=work.actor.id,
        created_name=work.actor.name,
        expires_at=work.now + valid_for if valid_for else None,
    )
    work.session.add(row)
    work.session.flush()
    about: dict[str, Any] = {"operator_id": work.operator_id, "subject": ("api_key", row.id), "key_name": row.name, "prefix": row.prefix}
    work.record(ApiKeyCreated(**about, scopes=row.scopes, expires_at=row.expires_at))
    return secret


def revoke_key(work: Work, key_id: UUID) -> None:
    """From now on this key opens nothing; refuses ``already_final`` where that is so already."""
    work.require(Permission.API_KEY_EDIT)
    row = work.session.scalars(select(ApiKey).where(ApiKey.id == key_id, ApiKey.operator_id == work.operator_id)).one_or_none()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        raise Conflict("already_final")
    row.revoked_at, row.revoked_name = work.now, work.actor.name
    about: dict[str, Any] = {"operator_id": work.operator_id, "subject": ("api_key", row.id), "key_name": row.name, "prefix": row.prefix}
    work.record(ApiKeyRevoked(**about))


def keys(work: Work, *, cursor: str | None = None, limit: int = PAGE) -> Page[KeyRow]:
    """The operator's keys, the newest first. Two statements."""
    work.require(Permission.API_KEY_EDIT)
    statement = select(ApiKey).where(ApiKey.operator_id == work.operator_id)
    order = (ApiKey.created_at, ApiKey.id)
    found = take_page(
        work.session, statement, order, lambda row: (row[0].created_at, row[0].id), cursor=cursor, limit=limit, descending=True
    )
    return Page([_row(row[0], work.now) for row in found.rows], found.before, found.after, found.total)


def key_at_door(session: Session, secret: str, now: datetime) -> KeyAtDoor | None:
    """The key somebody brings, before a tenant is known; None: no key of ours, revoked, or expired. One statement."""
    if not _FORM.fullmatch(secret):
        return None
    found = session.execute(text("select * from door_api_key(:hash, :now)"), {"hash": token_hash(secret), "now": now}).one_or_none()
    if found is None:
        return None
    return KeyAtDoor(found.key_id, found.operator_id, found.name, frozenset(Scope(scope) for scope in found.scopes))


def count_call(work: Work, key_id: UUID) -> int:
    """Note that the key was used; how many seconds to wait where that was once too often in this minute (0: go on).

    Returns instead of refusing, because a refusal would roll the count back.
    """
    row = work.session.execute(_COUNT, {"id": key_id, "now": work.now, "start": work.now - WINDOW}).one()
    if row.calls <= MOST_CALLS:
        return 0
    return max(1, int((row.calls_since + WINDOW - work.now).total_seconds()))


def _row(key: ApiKey, now: datetime) -> KeyRow:
    expired = key.expires_at is not None and key.expires_at <= now
    return KeyRow(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(key.scopes),
        state="revoked" if key.revoked_at else "expired" if expired else "active",
        created_at=key.created_at,
        created_name=key.created_name,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        revoked_name=key.revoked_name,
    )
