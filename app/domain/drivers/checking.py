"""A driver on the way in: checked once, for the form and for every row of a list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.drivers.rows import DriverInput
from app.domain.people import checks
from app.kernel.errors import Invalid

_CARD = re.compile(r"[0-9A-Z:\-_.]{4,36}")


def checked_driver(wanted: DriverInput, country: str, groups: Mapping[str, UUID]) -> dict[str, Any]:
    """The columns as they will be kept, or the first refusal."""
    group = wanted.group.strip().casefold()
    if group and group not in groups:
        raise Invalid("unknown_user_group", field="group", value=wanted.group)
    if (wanted.limit_minor or 0) < 0:
        raise Invalid("bad_amount", field="limit")
    return {
        "name": checks.text(wanted.name, "name", longest=120),
        "email": checks.email(wanted.email),
        "phone": checks.phone(wanted.phone, country),
        "language": checks.language(wanted.language),
        "corporate": wanted.corporate,
        "limit_minor": wanted.limit_minor,
        "group_id": groups[group] if group else None,
    }


def asked_for_company(now: datetime, *, corporate: bool) -> dict[str, Any]:
    """The columns of the driver's word about charging on the partner's account, when that is offered or ends."""
    return {"company_state": "invited", "company_at": now} if corporate else {"company_state": None, "company_at": None}


def card_value(typed: str) -> str:
    """The card's number as stations send it: upper case, no blanks; refuses ``bad_card``."""
    value = "".join(typed.split()).upper()
    if not _CARD.fullmatch(value):
        raise Invalid("bad_card", field="card", value=typed)
    return value
