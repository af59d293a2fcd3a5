"""The answer of settlement.md §3: amounts as decimal strings, every list in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.money.amount import to_text
from app.money.settlement.assignment import Placed
from app.money.settlement.corporate import CorporateDiscount, CorporateSession
from app.money.settlement.documents import DocumentTax
from app.money.settlement.expenses import Expense, OtherExpenseLine
from app.money.settlement.fields import plain
from app.money.settlement.inputs import Refund
from app.money.settlement.lines import ZERO, Paid
from app.money.settlement.platform_fee import PlatformFeeLine
from app.money.settlement.rows import Row, Totals

if TYPE_CHECKING:
    from app.money.settlement.care import CareRow
    from app.money.statement import Statement

Answer = dict[str, Any]


class Writer:
    """Writes amounts of one currency."""

    def __init__(self, places: int) -> None:
        self._places = places

    def money(self, minor: int) -> str:
        """``1208`` is ``12.08``; zero has no sign."""
        return to_text(minor, self._places)

    def price(self, paid: Paid) -> Answer:
        """Gross, net and tax."""
        return {"gross": self.money(paid.gross), "net": self.money(paid.net), "vat": self.money(paid.vat)}

    def row(self, row: Row) -> Answer:
        """A row with all its levels."""
        placed, figures, applied = row.placed, row.placed.amounts, row.placed.applied
        answer: Answer = {"id": placed.entry.id}
        if isinstance(placed.entry, Refund):
            answer["reverses"] = placed.entry.reverses
        answer |= {
            "contract": applied.contract.id,
            "version": applied.contract.version,
            "evse_current": placed.session.current,
            "channel": placed.session.channel,
            "supplier": applied.supplier,
            **self.price(placed.price),
            "vat_by_rate": [self._rate(rate.pct or ZERO, rate.net, rate.vat, rate.gross) for rate in placed.price.rates],
        }
        for name in ("settlement_net", "connection_net", "electricity_cost", "base"):
            answer[name] = self.money(getattr(figures, name))
        answer |= {"pct": plain(applied.pct), "override": applied.override}
        answer |= {"share": self.money(figures.share), "reimbursement": self.money(figures.reimbursement)}
        answer["fees"] = {
            "per_session": self.money(figures.fee_per_session),
            "per_kwh": self.money(figures.fee_per_kwh),
            "handling": self.money(figures.fee_handling),
        }
        answer["partner"] = self.money(figures.partner)
        if figures.received is not None and applied.above is not None:
            answer["parent_pct"] = plain(applied.above.pct)
            answer |= {"received": self.money(figures.received), "sub_operator": self.money(figures.sub_operator)}
        return answer | {"operator": self.money(figures.operator), "state": row.state, "flags": list(row.flags)}

    def _rate(self, pct: Any, net: int, vat: int, gross: int) -> Answer:
        return {"pct": plain(pct), "net": self.money(net), "vat": self.money(vat), "gross": self.money(gross)}

    def earlier(self, row: Row) -> Answer:
        """A row of an earlier statement."""
        return {"id": row.placed.entry.id, "partner": self.money(row.partner), "state": row.state}

    def cared(self, row: CareRow) -> Answer:
        """A row of an earlier statement, of a partner in care."""
        return {"id": row.id, "partner": self.money(row.part), "state": row.state}

    def waiting(self, placed: Placed) -> Answer:
        """An entry that is held or unassigned; revenue that nobody shares is the operator's."""
        answer = {"id": placed.entry.id, "reason": placed.verdict.reason, **self.price(placed.price)}
        if placed.verdict.list == "unassigned":
            answer["operator"] = self.money(placed.price.net)
        return answer

    def expense(self, line: Expense) -> Answer:
        """One expense of any kind."""
        end = {"net": self.money(line.net), "tax_code": line.code.text}
        if isinstance(line, PlatformFeeLine):
            return self._platform_fee(line) | end
        if isinstance(line, CorporateSession):
            driver = {"driver_gross": self.money(line.driver_gross), "driver_net": self.money(line.driver_net)}
            start = {"kind": "corporate_session", "session": line.session, "gross": self.money(line.gross)}
            return {**start, **driver, "flags": list(line.flags), **end}
        if isinstance(line, CorporateDiscount):
            return {"kind": "corporate_discount", "pct": plain(line.pct), "base": self.money(line.base), **end}
        return self._other(line) | end

    def _platform_fee(self, line: PlatformFeeLine) -> Answer:
        return {
            "kind": "platform_fee",
            "item": line.item,
            "charge_point": line.charge_point,
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
            "policy": line.policy,
            "from": line.since.isoformat(),
            "to": line.until.isoformat(),
            "days": line.days,
            "days_in_month": line.days_in_month,
            "note": line.note,
        }

    def _other(self, line: OtherExpenseLine) -> Answer:
        prices = {"quantity": plain(line.quantity), "unit_price": plain(line.unit_price)}
        return {"kind": line.kind, "text": line.text, **prices}

    def totals(self, totals: Totals, charged: str, taxes: Sequence[DocumentTax], passed: int = 0) -> Answer:
        """The totals of one level; ``charged`` names what its expenses are called, ``passed`` is cash that goes on to others."""
        names = ("accrued", "collected", "awaited", "written_off")
        later = ("collected_from_earlier", "awaited_from_earlier", "written_off_from_earlier")
        answer: Answer = {name: self.money(getattr(totals, name)) for name in (*names, *later)}
        answer |= {charged: self.money(totals.charged), "payout_net": self.money(totals.payout_net)}
        answer["vat"] = [self.tax(tax) for tax in taxes]
        return answer | {"payout_gross": self.money(sum(tax.cash for tax in taxes) - passed)}

    def tax(self, tax: DocumentTax) -> Answer:
        """One code of one document."""
        return {"document": tax.document, "code": tax.code.text, "net": self.money(tax.net), "vat": self.money(tax.vat)}

    def care(self, statement: Statement) -> Answer:
        """What came from the partners in care and goes on to them; nothing without any."""
        if not statement.care:
            return {}
        received = sum(row.received for row in statement.care if row.state == "collected")
        lines = [
            {
                "partner": each.partner,
                "name": each.name,
                "net": self.money(each.net),
                "gross": self.money(each.cash),
                "vat": [self.tax(tax) for tax in each.taxes],
            }
            for each in statement.passed_on
        ]
        passed = sum(each.net for each in statement.passed_on)
        return {"care": {"received": self.money(received), "passed_on": self.money(passed), "partners": lines}}


def answer_of(statement: Statement) -> Answer:
    """The whole answer."""
    write = Writer(statement.places)
    placed = statement.placed
    answer: Answer = {
        "rows": [*(write.row(row) for row in statement.rows), *(row.facts for row in statement.care if not row.earlier)],
        "earlier": [*(write.earlier(row) for row in statement.earlier), *(write.cared(row) for row in statement.care if row.earlier)],
        "held": [*(write.waiting(one) for one in placed if one.verdict.list == "held"), *statement.care_held],
        "unassigned": [write.waiting(one) for one in placed if one.verdict.list == "unassigned"],
        "elsewhere": [{"id": one.entry.id, "reason": one.verdict.reason} for one in placed if one.verdict.list == "elsewhere"],
        "refused": [{"id": one.id, "reason": one.reason} for one in statement.refused],
        "expenses": [write.expense(line) for line in statement.expenses],
        "totals": write.totals(statement.totals, "expenses", statement.taxes, sum(each.cash for each in statement.passed_on)),
        **write.care(statement),
    }
    if statement.sub_operator_totals is not None:
        answer["sub_operator_totals"] = write.totals(statement.sub_operator_totals, "retained", statement.sub_operator_taxes)
    carry = statement.carry
    answer["carry"] = {name: write.money(getattr(carry, name)) for name in ("carried_in", "paid", "invoiced", "carried_out")}
    answer["carry"]["months"] = carry.months
    answer["receipts"] = [
        {"driver": one.driver, "seller": one.seller, "gross": write.money(one.gross), "sessions": list(one.sessions)}
        for one in statement.receipts
    ]
    return answer
