"""What a sub-operator's statement takes over from the partners in its care: rows of its own level, and what it passes on to each.

The rows come from the statement's engine, run over a partner's sessions with the level above (``rows_above``), and stand in the
sub-operator's input as they came out; of the partner's contract they say only what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.kernel.periods import local_date
from app.money.settlement import fields as f
from app.money.settlement.documents import Documents, DocumentTax
from app.money.settlement.inputs import TaxStatus
from app.money.settlement.output import Writer
from app.money.settlement.partners import read_status
from app.money.settlement.rows import Row

if TYPE_CHECKING:
    from app.money.statement import Statement


@dataclass(frozen=True, slots=True)
class CareRow:
    """A row of a partner in care as the sub-operator has it (``rows_above``): ``received`` is ``passed_on`` and its own ``part``.

    ``facts``: the row as it is shown; ``earlier``: of a statement before.
    """

    below: str
    below_name: str
    earlier: bool
    facts: dict[str, Any]
    id: str
    state: str
    supplier: str
    net: int
    received: int
    passed_on: int
    part: int
    reimbursement: int
    own_tax: TaxStatus
    below_tax: TaxStatus


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What a partner in care gets of the payable rows: net, and its documents with their tax."""

    partner: str
    name: str
    net: int
    taxes: tuple[DocumentTax, ...]

    @property
    def cash(self) -> int:
        """With tax, as it leaves the sub-operator."""
        return sum(tax.cash for tax in self.taxes)


def rows_above(statement: Statement) -> list[dict[str, Any]]:
    """The rows of a partner's statement as the level above has them; ``care`` of the sub-operator's input.

    E10: pct 80, share 26.66, received 26.66, passed_on 21.66, partner (the part of whose statement it is) 5.00, operator 6.67.
    """
    write = Writer(statement.places)
    both = [*((row, False) for row in statement.rows), *((row, True) for row in statement.earlier)]
    return [_entry(write, statement, row, earlier=earlier) for row, earlier in both if row.placed.amounts.above is not None]


def held_above(statement: Statement) -> list[dict[str, Any]]:
    """What of a partner's statement waits, with the reason; ``care_held`` of the sub-operator's input."""
    write = Writer(statement.places)
    return [{"partner": statement.partner_id} | write.waiting(one) for one in statement.placed if one.verdict.list == "held"]


def _entry(write: Writer, statement: Statement, row: Row, *, earlier: bool) -> dict[str, Any]:
    placed, level = row.placed, statement.sub_operator
    if level is None or placed.applied.above is None or placed.amounts.above is None:
        raise ValueError("a row of one level has none above")
    above = replace(placed, place=replace(placed.place, applied=placed.applied.above), figures=placed.amounts.above)
    facts = write.row(Row(above, row.state, row.flags))
    facts |= {
        "received": facts["partner"],
        "passed_on": write.money(placed.amounts.partner),
        "partner": write.money(placed.amounts.sub_operator),
    }
    own = level.tax.on(local_date(placed.session.end, statement.time_zone))
    tax = {"own": _codes(own), "below": _codes(placed.applied.status)}
    return {"partner": statement.partner_id, "earlier": earlier, "row": facts, **tax}


def _codes(status: TaxStatus) -> dict[str, str]:
    return {name: getattr(status, name).text for name in ("credit", "fees", "reimbursement")}


def read_care(value: object, at: str, places: int) -> CareRow:
    """One of ``rows_above``; of its row what sums are made of."""
    members = f.Members(value, at, ("partner", "earlier", "row", "own", "below"), ("name",))
    facts = dict(members.read("row", f.mapping))
    money = f.scaled(places)
    amounts = {name: money(facts.get(name), f"{at}.row.{name}") for name in ("net", "received", "passed_on", "partner", "reimbursement")}
    return CareRow(
        below=members.read("partner", f.text),
        below_name=members.maybe("name", f.text, ""),
        earlier=members.read("earlier", f.flag),
        facts=facts,
        id=f.text(facts.get("id"), f"{at}.row.id"),
        state=f.one_of("collected", "awaited", "written_off")(facts.get("state"), f"{at}.row.state"),
        supplier=f.one_of("operator", "partner")(facts.get("supplier"), f"{at}.row.supplier"),
        net=amounts["net"],
        received=amounts["received"],
        passed_on=amounts["passed_on"],
        part=amounts["partner"],
        reimbursement=amounts["reimbursement"],
        own_tax=members.read("own", read_status),
        below_tax=members.read("below", read_status),
    )


def read_care_held(value: object, at: str) -> dict[str, Any]:
    """One of ``held_above``; it is shown, and no sum has it."""
    members = f.Members(value, at, ("partner", "id", "reason", "gross", "net", "vat"), ("name", "charge_point", "ended_at"))
    for name in ("partner", "id", "reason"):
        members.read(name, f.text)
    return dict(f.mapping(value, at))


def credit_received(sums: Documents, rows: Iterable[CareRow]) -> None:
    """What the sub-operator is credited of the payable rows; what a partner sells itself passes it by."""
    for row in rows:
        if row.state == "collected":
            sums.part(row.supplier, row.net, row.received, row.reimbursement, row.own_tax)


def passed_on(rows: Sequence[CareRow]) -> tuple[PassedOn, ...]:
    """By partner, in the order of their keys, what it gets of the payable rows."""
    found = []
    for partner in sorted({row.below for row in rows}):
        sums, mine = Documents(), [row for row in rows if row.below == partner and row.state == "collected"]
        for row in mine:
            sums.part(row.supplier, row.net, row.passed_on, row.reimbursement, row.below_tax)
        if mine:
            found.append(PassedOn(partner, mine[0].below_name, sum(row.passed_on for row in mine), sums.taxes()))
    return tuple(found)
