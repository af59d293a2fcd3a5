"""Whether a charge point has a card terminal. Public EVSEs of 50 kW and more need one (AFIR Art. 5(1))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, exists

from app.access.permissions import Permission
from app.domain.network.models import Evse, Station
from app.domain.network.queries import station_by_label
from app.domain.network.rows import TERMINAL_W
from app.kernel.errors import Invalid
from app.kernel.events import Event
from app.work.unit import Work

#: what may be said of a charge point; the empty word: nobody knows
ANSWERS: Final = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, kw_only=True)
class TerminalNoted(Event):
    """A charge point has a card terminal, or has none, or nobody knows (None)."""

    label: str
    before: dict[str, bool | None]
    after: dict[str, bool | None]


def note_terminal(work: Work, label: str, answer: str) -> None:
    """Note whether a charge point has a card terminal: one of ``ANSWERS``, else refused at ``card_terminal``."""
    found = station_by_label(work, label)
    work.require(Permission.NETWORK_EDIT, partner_id=found.partner_id, location_id=found.location_id)
    if answer not in ANSWERS:
        raise Invalid("bad_value", field="card_terminal", value=answer)
    place = work.session.get_one(Station, found.station_id, with_for_update=True)
    before, after = place.card_terminal, ANSWERS[answer]
    if before is after:
        return
    place.card_terminal = after
    work.session.flush()
    work.record(
        TerminalNoted(
            operator_id=place.operator_id,
            partner_id=place.partner_id,
            subject=("station", place.id),
            label=place.label,
            before={"card_terminal": before},
            after={"card_terminal": after},
        )
    )


def lacks_terminal() -> ColumnElement[bool]:
    """The condition of charge points that need one and have none, as far as is known."""
    strong = exists().where(and_(Evse.station_id == Station.id, Evse.public, Evse.max_w >= TERMINAL_W))
    return and_(Station.card_terminal.is_distinct_from(True), strong)
