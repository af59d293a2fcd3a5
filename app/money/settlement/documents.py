"""What becomes payable now, by document and tax code; tax is rounded once for each (settlement.md §9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.money.settlement.assignment import Placed
from app.money.settlement.corporate import code_of
from app.money.settlement.fields import TaxCode
from app.money.settlement.inputs import TaxStatus
from app.money.vat import vat_on

DOCUMENTS = ("self_billing", "settlement_note", "sales", "invoice")


@dataclass(frozen=True, slots=True)
class DocumentTax:
    """One tax code of one document, minor units; an invoice is what the partner owes."""

    document: str
    code: TaxCode
    net: int
    vat: int

    @property
    def cash(self) -> int:
        """Net and tax with the sign of the payout."""
        return -(self.net + self.vat) if self.document == "invoice" else self.net + self.vat


@dataclass(frozen=True, slots=True)
class Payable:
    """A collected row as one level sees it: the whole amount, its reimbursement, and the level's tax status at the session's end."""

    placed: Placed
    amount: int
    reimbursement: int
    status: TaxStatus


class Documents:
    """Adds up amounts; an amount of zero makes no document."""

    def __init__(self) -> None:
        self._nets: dict[tuple[str, TaxCode], int] = {}
        self._sold: dict[TaxCode, int] = {}

    def credit(self, payable: Payable) -> None:
        """A row: what the operator credits, or the partner's sale with the operator's part invoiced."""
        price, supplier = payable.placed.price, payable.placed.applied.supplier
        self.part(supplier, price.net, payable.amount, payable.reimbursement, payable.status)
        for rate in price.rates if supplier == "partner" else ():
            if rate.pct is not None and (rate.net or rate.vat):
                code = code_of(payable.placed, rate.pct)
                self._add("sales", code, rate.net, even_zero=True)
                self._sold[code] = self._sold.get(code, 0) + rate.vat

    def part(self, supplier: str, net: int, amount: int, reimbursement: int, status: TaxStatus) -> None:
        """What a level gets of a row of that net price: credited by the operator, or the rest of the price invoiced to who sells itself."""
        if supplier == "partner":
            self._add("invoice", status.fees, net - amount)
            return
        document = "settlement_note" if status.credit.category == "O" else "self_billing"
        self._add(document, status.credit, amount - reimbursement)
        self._add(document, status.reimbursement, reimbursement)

    def charge(self, code: TaxCode, net: int) -> None:
        """An expense."""
        self._add("invoice", code, net)

    def _add(self, document: str, code: TaxCode, net: int, *, even_zero: bool = False) -> None:
        if net or even_zero:
            self._nets[document, code] = self._nets.get((document, code), 0) + net

    def taxes(self) -> tuple[DocumentTax, ...]:
        """Every document and code: documents in their order, then category and rate; the tax of sales is passed through."""
        found = []
        for (document, code), net in self._nets.items():
            vat = self._sold[code] if document == "sales" else vat_on(net, code.pct)
            found.append(DocumentTax(document, code, net, vat))
        return tuple(sorted(found, key=lambda one: (DOCUMENTS.index(one.document), one.code.category, one.code.pct)))


def documents(
    payables: Iterable[Payable], expenses: Iterable[tuple[TaxCode, int]], sums: Documents | None = None
) -> tuple[DocumentTax, ...]:
    """The documents of one level: its payable rows and what it is charged, beside what ``sums`` has already."""
    sums = sums or Documents()
    for payable in payables:
        sums.credit(payable)
    for code, net in expenses:
        sums.charge(code, net)
    return sums.taxes()
