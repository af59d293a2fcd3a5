"""What happens to access keys; the key itself is in no event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(Event):
    """Somebody made an access key."""

    key_name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(Event):
    """An access key stopped being one."""

    key_name: str
    prefix: str
