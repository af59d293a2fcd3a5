"""Charging cards of drivers in the table of tokens, which the station's room reads; and which group of people they are in.

Internal: callers have asked the gate.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from app.domain.drivers.models import Driver
from app.kernel.errors import NotFound
from app.kernel.ids import uuid7
from app.work.unit import Work

_GIVE = text(
    "insert into id_token (id, operator_id, partner_id, value, label, status, channel, created_at, driver_id) "
    "values (:id, :operator, :partner, :value, :label, 'accepted', 'internal', :now, :driver)"
)
_ONE = text("select status, value from id_token where id = :id and driver_id = :driver for update")
_SET = text("update id_token set status = :status where id = :id")
_INHERIT = text(
    "update id_token n set limits = o.limits from id_token o "
    "where o.id = :old and o.driver_id = :driver and n.driver_id = :driver and n.value = :value and o.limits is not null"
)
_LEAVE = text(
    "update user_group_token m set until = :now from id_token t "
    "where m.token_id = t.id and t.driver_id = :driver and m.since < :now and (m.until is null or m.until > :now)"
)
_JOIN = text(
    "insert into user_group_token (group_id, token_id, since, operator_id, partner_id) "
    "select :group, t.id, :now, t.operator_id, t.partner_id from id_token t where t.driver_id = :driver "
    "and (cast(:card as uuid) is null or t.id = :card) on conflict do nothing"
)


def give_card(work: Work, driver: Driver, value: str, label: str) -> None:
    """A new card for a driver, in the driver's group from now on."""
    card = uuid7()
    owned = {"operator": driver.operator_id, "partner": driver.partner_id, "driver": driver.id}
    work.session.execute(_GIVE, {"id": card, "value": value, "label": label, "now": work.now, **owned})
    if driver.group_id is not None:
        work.session.execute(_JOIN, {"group": driver.group_id, "driver": driver.id, "card": card, "now": work.now})


def inherit_limits(work: Work, driver_id: UUID, card_id: UUID, value: str) -> None:
    """A card given in place of another is stopped where that one was."""
    work.session.execute(_INHERIT, {"old": card_id, "driver": driver_id, "value": value})


def set_card(work: Work, driver_id: UUID, card_id: UUID, status: str) -> tuple[str, str]:
    """Another status of a driver's card; the one before and the card's number."""
    found = work.session.execute(_ONE, {"id": card_id, "driver": driver_id}).one_or_none()
    if found is None:
        raise NotFound
    work.session.execute(_SET, {"id": card_id, "status": status})
    return str(found.status), str(found.value)


def regroup(work: Work, driver_id: UUID, group_id: UUID | None) -> None:
    """All cards of a driver leave their groups and join that one, from now on."""
    work.session.execute(_LEAVE, {"driver": driver_id, "now": work.now})
    if group_id is not None:
        work.session.execute(_JOIN, {"group": group_id, "driver": driver_id, "card": None, "now": work.now})
