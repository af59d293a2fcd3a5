"""A list of drivers as CSV: kept as uploaded, taken in by a job, every bad row explained; on request all rows or none.

Columns by name, in any order: name, email; optional phone, language, group, corporate (yes/no), limit, card. Every driver taken in is told
by mail, as one who is added by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from app.access.permissions import Permission
from app.domain.drivers.checking import asked_for_company, card_value, checked_driver
from app.domain.drivers.events import DriversImported
from app.domain.drivers.models import Driver, DriverImport
from app.domain.drivers.queries import groups_of
from app.domain.drivers.rows import DriverInput
from app.domain.people.models import Partner
from app.domain.people.uploads import LARGEST
from app.kernel.errors import Invalid, NotFound
from app.kernel.ids import new_code, uuid7
from app.kernel.sheets import Line, read_sheet, sheet_text
from app.money.amount import Money
from app.work.locks import hold
from app.work.unit import Work

COLUMNS = ("name", "email", "phone", "language", "group", "corporate", "limit", "card")
MOST_ROWS = 20_000
_STEP = 500
_YES = {"yes", "y", "true", "1", "ja", "oui", "x"}
_NO = {"", "no", "n", "false", "0", "nein", "non"}
_CARDS = text(
    "insert into id_token (id, operator_id, partner_id, value, label, status, channel, created_at, driver_id) "
    "values (:id, :operator, :partner, :value, '', 'accepted', 'internal', :now, :driver)"
)
_JOIN = text(
    "insert into user_group_token (group_id, token_id, since, operator_id, partner_id) values (:group, :id, :now, :operator, :partner)"
)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that is in order: the driver's columns and the card's number, if any."""

    values: dict[str, Any]
    card: str | None


def upload_drivers(work: Work, partner_id: UUID, file_name: str, raw: bytes, *, whole: bool) -> UUID:
    """Keep a list and ask for a job to take it in; refuses what is no list at ``file`` (encoding, columns, size)."""
    partner = work.session.get(Partner, partner_id)
    if partner is None:
        raise NotFound
    work.require(Permission.DRIVER_EDIT, partner_id=partner_id)
    if not raw:
        raise Invalid("missing", field="file")
    if len(raw) > LARGEST:
        raise Invalid("file_too_large", field="file", most=LARGEST // 1_000_000)
    body = sheet_text(raw).replace("\0", "")
    rows = _lines(body)
    kept = DriverImport(
        operator_id=partner.operator_id, partner_id=partner_id, file_name=file_name[:120], body=body, whole=whole,
        state="waiting", rows=len(rows), taken=0, problems=[], created_at=work.now, created_name=work.actor.name,
    )  # fmt: skip
    work.session.add(kept)
    work.session.flush()
    work.later("drivers.import", key=f"drivers:{kept.id}", partner_id=partner_id, import_id=kept.id)
    return kept.id


def take_in(work: Work, import_id: UUID, progress: Callable[[int, int], None]) -> DriverImport:
    """Take a list in, once. Good rows become drivers and bad ones are explained; if all or none was asked and one is bad, none is taken."""
    kept = work.session.get(DriverImport, import_id, with_for_update=True)
    if kept is None or kept.partner_id is None:
        raise NotFound
    work.require(Permission.DRIVER_EDIT, partner_id=kept.partner_id)
    if kept.state != "waiting":
        return kept
    hold(work.session, "drivers", kept.partner_id)
    partner = work.session.get_one(Partner, kept.partner_id)
    good, problems = _sorted_out(work, partner, _lines(kept.body), progress)
    refused = kept.whole and bool(problems)
    if not refused:
        for place in range(0, len(good), _STEP):
            _write(work, partner, kept, good[place : place + _STEP])
            progress(kept.rows // 2 + place // 2, kept.rows)
    kept.state, kept.taken = ("refused", 0) if refused else ("done", len(good))
    # what the rows said is drivers now, or explained: nobody needs the list itself any more
    kept.problems, kept.finished_at, kept.body = problems, work.now, ""
    work.session.flush()
    if kept.taken:
        about: dict[str, Any] = {"operator_id": kept.operator_id, "partner_id": kept.partner_id, "subject": ("partner", partner.id)}
        work.record(DriversImported(**about, file_name=kept.file_name, number=kept.taken))
    return kept


def _lines(body: str) -> list[Line]:
    """The rows below the head; refuses a head without name and email, or with other columns."""
    return read_sheet(body, ("name", "email"), most=MOST_ROWS, field="file", only=COLUMNS)


def _sorted_out(
    work: Work, partner: Partner, rows: list[Line], progress: Callable[[int, int], None]
) -> tuple[list[_Taken], list[dict[str, Any]]]:
    groups = groups_of(work, partner.id)
    emails = {e.lower() for e in work.session.scalars(select(Driver.email).where(Driver.partner_id == partner.id))}
    cards = set(work.session.scalars(text("select value from id_token where operator_id = :operator"), {"operator": partner.operator_id}))
    good: list[_Taken] = []
    problems: list[dict[str, Any]] = []
    for place, line in enumerate(rows, 1):
        try:
            found = _row(partner, line, groups)
            if found.values["email"].lower() in emails:
                raise Invalid("driver_taken", field="email", value=found.values["email"])
            if found.card is not None and found.card in cards:
                raise Invalid("card_taken", field="card", value=found.card)
        except Invalid as refusal:
            field = refusal.field or ""
            problems.append({"row": line.number, "field": field, "code": refusal.code, "value": line.cells.get(field, "")[:80]})
            continue
        emails.add(found.values["email"].lower())
        cards |= {found.card} if found.card else set()
        good.append(found)
        if place % _STEP == 0:
            progress(place // 2, len(rows))
    return good, problems


def _row(partner: Partner, line: Line, groups: dict[str, UUID]) -> _Taken:
    cell = {name: line.text(name, "") for name in COLUMNS}
    corporate = cell["corporate"].casefold()
    if corporate not in _YES | _NO:
        raise Invalid("yes_or_no", field="corporate", value=corporate)
    wanted = DriverInput(
        name=cell["name"],
        email=cell["email"],
        phone=cell["phone"],
        language=cell["language"].lower() or partner.language,
        corporate=corporate in _YES,
        limit_minor=_limit(cell["limit"], partner.currency),
        group=cell["group"],
    )
    return _Taken(checked_driver(wanted, partner.country, groups), card_value(cell["card"]) if cell["card"] else None)


def _limit(typed: str, currency: str) -> int | None:
    """An amount such as 100, 100.50 or 100,50; None where there is none."""
    if not typed:
        return None
    try:
        return Money.parse(typed.replace(",", "."), currency).minor
    except (Invalid, ValueError) as error:
        raise Invalid("bad_amount", field="limit", value=typed) from error


def _write(work: Work, partner: Partner, kept: DriverImport, rows: list[_Taken]) -> None:
    owned = {"operator_id": partner.operator_id, "partner_id": partner.id}
    fresh = [
        row.values | owned | {"id": uuid7(), "code": new_code("D"), "state": "active", "created_at": work.now,
                              "created_name": kept.created_name} | asked_for_company(work.now, corporate=row.values["corporate"])
        for row in rows
    ]  # fmt: skip
    work.session.execute(insert(Driver), fresh)
    about = {"operator": partner.operator_id, "partner": partner.id, "now": work.now}
    given = [
        about | {"id": uuid7(), "value": row.card, "driver": made["id"], "group": made["group_id"]}
        for row, made in zip(rows, fresh, strict=True)
        if row.card
    ]
    if given:
        work.session.execute(_CARDS, given)
    grouped = [each for each in given if each["group"] is not None]
    if grouped:
        work.session.execute(_JOIN, grouped)
    told = [made["id"] for made in fresh]
    work.later("drivers.welcome_all", key=f"welcome:{told[0]}", partner_id=partner.id, driver_ids=told)
