"""By which level and line of the cascade a session came to its price sheet.

The way is told again from dated facts: what every level said at the start, and which line of the group then in force leads to the very
version of the sheet that was frozen. Where several lines lead there the driver decides, as far as who asks may see the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from app.domain.people.user_groups import UserGroup
from app.domain.sessions.detail import SessionDetail
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.terms import known_who
from app.domain.tariffs.cascade_lines import ADHOC, UNKNOWN, Line, Who, first_fit
from app.domain.tariffs.cascade_tester import LevelSays, way_to_price
from app.kernel.errors import NotFound
from app.work.unit import Work

#: flags of a session whose card was nobody's
_NOBODY = frozenset({"unknown_tag", "blocked_tag", "expired_tag", "not_here_tag"})
_CARD = text(
    """
    select t.channel, t.partner_id, (
      select string_agg(m.group_id::text, ',' order by m.group_id) from user_group_token m
      where m.token_id = t.id and m.since <= :at and (m.until is null or m.until > :at)), (
      select string_agg(g.code || e'\\n' || g.name, e'\\n' order by g.code) from user_group_token m join user_group g on g.id = m.group_id
      where m.token_id = t.id and m.since <= :at and (m.until is null or m.until > :at)), t.plan, t.provider
    from id_token t where t.operator_id = :operator and t.value = upper(:token)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceWay:
    """The winning level among all; ``number``: the line of the group that fitted first, None for everyone else or an EVSE's own sheet."""

    levels: tuple[LevelSays, ...]
    version: int | None
    number: int | None
    line: Line | None
    people: str | None

    @property
    def winner(self) -> LevelSays:
        """The level that said something first."""
        return next(level for level in self.levels if level.wins)


def price_way(work: Work, detail: SessionDetail) -> PriceWay | None:
    """The way of a session's price, at most six statements. None without a price sheet or EVSE, for who may not see prices, and where
    the records do not say which line it was."""
    row = work.session.get_one(ChargingSession, detail.live.session_id)
    at = row.requested_at or row.reserved_from or row.started_at
    if row.evse_id is None or at is None or detail.tariff_code is None:
        return None
    try:
        way = way_to_price(work, row.evse_id, at)
    except NotFound:
        return None
    frozen = {each.id for each in way.sheets.values() if (each.code, each.number) == (detail.tariff_code, detail.tariff_number)}
    leading = [number for number, each in enumerate(way.lines, 1) if each.tariff_id in frozen]
    last = [0] if way.rest_id in frozen else []
    found = (leading + last)[0] if len(leading + last) == 1 else first_fit(way.lines, _who(work, row), way.holder_id, way.day) or 0
    if found not in leading + last:
        return None
    fit = found or None
    line = way.lines[found - 1] if found else None
    version = way.version if way.group_code else None
    return PriceWay(levels=way.levels, version=version, number=fit, line=line, people=_name_of(work, line.user_group_id if line else None))


def _who(work: Work, row: ChargingSession) -> Who:
    if row.payment_id is not None:
        return ADHOC
    if _NOBODY & set(row.flags):
        return UNKNOWN
    return card_who(work, row.operator_id, row.id_token, row.started_at or work.now)


def card_who(work: Work, operator_id: UUID, token: str, at: datetime) -> Who:
    """Whose card it is, as prices see people; nobody's where there is none such, or it is out of the actor's sight. One statement."""
    card = work.session.execute(_CARD, {"at": at, "operator": operator_id, "token": token}).one_or_none()
    return UNKNOWN if card is None else known_who(*card)


def _name_of(work: Work, group_id: UUID | None) -> str | None:
    return None if group_id is None else work.session.scalar(select(UserGroup.name).where(UserGroup.id == group_id))
