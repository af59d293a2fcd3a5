"""What somebody of the staff did about a thing that needs a person. Heard live, so that colleagues' lists follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from app.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class NeedTaken(Event):
    """Somebody looks after it now; ``instead_of``: the colleague it was taken over from."""

    live: ClassVar[bool] = True
    kind: str
    name_of: str
    instead_of: str | None


@dataclass(frozen=True, kw_only=True)
class NeedGivenBack(Event):
    """Nobody looks after it any more."""

    live: ClassVar[bool] = True
    kind: str
    name_of: str


@dataclass(frozen=True, kw_only=True)
class NeedSnoozed(Event):
    """It is left alone until that day, for that reason."""

    live: ClassVar[bool] = True
    kind: str
    name_of: str
    until: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class NeedWoken(Event):
    """It is shown again before its day."""

    live: ClassVar[bool] = True
    kind: str
    name_of: str
