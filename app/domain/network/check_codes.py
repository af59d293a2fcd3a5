"""Check codes: the short code that a sticker and the driver's page both show (features.md 4.9)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.domain.network.models import Evse
from app.kernel.ids import new_code


def fresh_check_codes(session: Session, count: int) -> Iterator[str]:
    """So many codes that no EVSE has. They are short (29 million), so at a large operator one drawn blindly is taken now and then."""
    found: set[str] = set()
    while len(found) < count:
        fresh = {new_code("K", 5).removeprefix("K-") for _ in range(count - len(found))} - found
        found |= fresh - set(session.scalars(select(Evse.check_code).where(Evse.check_code == any_(literal(list(fresh), ARRAY(Text))))))
    return iter(found)
