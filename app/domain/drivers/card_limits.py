"""Limits of a driver's charging card: at so much energy, time or cost of one session the station is told to stop (``sessions/running``)."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import JSON, bindparam, text

from app.access.permissions import Permission
from app.domain.drivers.events import CardChanged
from app.domain.drivers.queries import cards_of, driver_by_code
from app.domain.drivers.rows import CardRow, DriverRow
from app.kernel.errors import Invalid, NotFound
from app.money.ext_json import given, limits_from_json
from app.money.terms import SessionLimits
from app.work.unit import Work

#: a session with more is no limit's business
MOST_KWH = Decimal(1000)
MOST_MINUTES = 31 * 24 * 60
_SET = text("update id_token set limits = cast(:limits as jsonb) where id = :id and driver_id = :driver").bindparams(
    bindparam("limits", type_=JSON(none_as_null=True))
)


def card_of(work: Work, partner_id: UUID, code: str, card_id: UUID) -> tuple[DriverRow, CardRow]:
    """A driver's card for who may change it; ``NotFound`` for any other. Four statements."""
    driver = driver_by_code(work, partner_id, code)
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    for card in cards_of(work, driver.id):
        if card.id == card_id:
            return driver, card
    raise NotFound


def set_card_limits(work: Work, partner_id: UUID, code: str, card_id: UUID, wanted: SessionLimits) -> None:
    """Where sessions with this card are stopped from now on, running ones too; no limit given: nowhere.

    ``cost`` is gross in the partner's currency. Refuses ``not_positive`` and ``out_of_range`` at ``energy_kwh``, ``minutes``, ``cost``.
    """
    driver, card = card_of(work, partner_id, code, card_id)
    after = _checked(wanted)
    if after == card.limits:
        return
    work.session.execute(_SET, {"limits": after, "id": card_id, "driver": driver.id})
    work.record(
        CardChanged(
            operator_id=work.operator_id,
            partner_id=partner_id,
            subject=("driver", driver.id),
            code=driver.code,
            person=driver.name,
            card=card.value[-4:],
            before={"limits": card.limits},
            after={"limits": after},
        )
    )


def _checked(wanted: SessionLimits) -> dict[str, str | int] | None:
    if wanted == SessionLimits():
        return None
    members = given({"energy_kwh": wanted.energy_kwh, "minutes": wanted.minutes, "cost": wanted.cost})
    try:
        limits_from_json(members)
    except Invalid as refusal:
        raise Invalid(refusal.code, field=str(refusal.field).rpartition(".")[2], **refusal.params) from refusal
    if (wanted.energy_kwh or 0) > MOST_KWH:
        raise Invalid("out_of_range", field="energy_kwh")
    if (wanted.minutes or 0) > MOST_MINUTES:
        raise Invalid("out_of_range", field="minutes")
    return members
