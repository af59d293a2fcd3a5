"""What happens to the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class EntryPosted(Event):
    """An entry is in the journal. The journal is its own log, so there is no audit row beside it."""

    audited: ClassVar[bool] = False
    key: str
    kind: str
