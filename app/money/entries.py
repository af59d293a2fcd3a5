"""Business events as balanced ledger entries: plain values; the ledger room stores them (compliance.md §6).

A leg is debit positive, credit negative, in minor units. Every function merges legs of one account and leaves zeros out; what moves no
money at all (a free session) is no entry but None. Whoever stores an entry twice finds the same value again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from app.money.settlement.corporate import CorporateDiscount, CorporateSession
from app.money.settlement.documents import DocumentTax
from app.money.settlement.expenses import OtherExpenseLine
from app.money.settlement.fields import TaxCode, plain
from app.money.settlement.figures import Figures
from app.money.settlement.lines import ZERO, Paid
from app.money.sharing import SessionSplit
from app.money.statement import Statement

PSP_CLEARING = "psp_clearing"
PLATFORM_FEE_INCOME = "platform_fee_income"
CHARGING_INCOME = "charging_income"
SUSPENSE = "suspense"
GOODWILL = "goodwill"

#: the first word of an account code -> what it is in the books
KINDS = {
    PSP_CLEARING: "asset",
    "psp_fees": "expense",
    "bank": "asset",
    "payout_in_transit": "asset",
    "driver_receivable": "asset",
    "emp_receivable": "asset",
    "partner_payable": "liability",
    "vat_output": "liability",
    "vat_input": "asset",
    PLATFORM_FEE_INCOME: "income",
    CHARGING_INCOME: "income",
    "rounding": "expense",
    "chargeback_loss": "expense",
    SUSPENSE: "liability",
    "driver_balance": "liability",
    "balance_receivable": "asset",
    GOODWILL: "expense",
}


class UnbalancedEntryError(ValueError):
    """An entry whose legs do not add up to zero per currency, or that is no entry at all: always a bug of ours."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: debit positive, credit negative, minor units, never zero; the account's first word is one of ``KINDS``."""

    account_code: str
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int or self.minor == 0:
            raise UnbalancedEntryError(f"{self.account_code}: a leg is a whole number of minor units other than zero")
        if self.account_code.partition(":")[0] not in KINDS:
            raise UnbalancedEntryError(f"{self.account_code} is no account")

    @property
    def account_kind(self) -> str:
        """asset, liability, income or expense."""
        return KINDS[self.account_code.partition(":")[0]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A business event in the books: two legs or more, sum zero in every currency."""

    kind: str
    effective_on: date
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for posting in self.postings:
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.minor
        if len(self.postings) < 2 or any(sums.values()):
            raise UnbalancedEntryError(f"{self.kind}: {len(self.postings)} legs, sums {sums}")


def driver_receivable(session_id: str) -> str:
    """What the driver, or its company, owes for a session."""
    return f"driver_receivable:{session_id}"


def emp_receivable(emsp: str) -> str:
    """What a roaming partner owes."""
    return f"emp_receivable:{emsp}"


def partner_payable(partner_id: str) -> str:
    """What is owed to a site host or sub-operator; a debit balance is its debt."""
    return f"partner_payable:{partner_id}"


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose accounts a session touches; ``receivable`` is one of the receivable accounts above."""

    receivable: str
    country: str
    partner_id: str | None = None
    sub_operator_id: str | None = None


class Legs:
    """Collects legs of one currency and merges those of one account."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._sums: dict[str, int] = {}

    def debit(self, account: str, minor: int) -> None:
        """Add to the debit side; a negative amount is a credit."""
        self._sums[account] = self._sums.get(account, 0) + minor

    def credit(self, account: str, minor: int) -> None:
        """Add to the credit side; a negative amount is a debit."""
        self.debit(account, -minor)

    def entry(self, kind: str, effective_on: date) -> Entry | None:
        """The entry, or None if nothing moves."""
        postings = tuple(Posting(account, minor, self._currency) for account, minor in self._sums.items() if minor)
        return Entry(kind, effective_on, postings) if postings else None


def for_session(split: SessionSplit, parties: Parties, effective_on: date) -> Entry | None:
    """A finished session: receivable against the partner's part, the operator's income and the tax.

    Operator sells: E1 at 70 % debits driver_receivable 1098 and credits partner_payable 646, charging_income 277, vat_output 175.
    Partner sells: price and tax are the partner's, the operator's part is platform_fee_income. While the share is not known (``held``) the
    net waits in suspense until ``for_release``; without a contract it is the operator's.
    """
    legs = Legs(split.currency)
    legs.debit(parties.receivable, split.paid.gross)
    _credit_tax(legs, split.paid, split.supplier, parties)
    if split.held is not None:
        legs.credit(SUSPENSE, split.paid.net)
    else:
        _credit_parts(legs, split.partner, split.sub_operator, split.operator, split.supplier, parties)
    return legs.entry("session", effective_on)


def for_release(split: SessionSplit, parties: Parties, effective_on: date) -> Entry | None:
    """A session whose electricity became known: its net price leaves suspense for the parties."""
    legs = Legs(split.currency)
    legs.debit(SUSPENSE, split.paid.net)
    _credit_parts(legs, split.partner, split.sub_operator, split.operator, split.supplier, parties)
    return legs.entry("session_release", effective_on)


def for_refund(difference: Figures, supplier: str, currency: str, parties: Parties, effective_on: date) -> Entry | None:
    """A refund row: the (negative) difference of every figure, booked to the accounts of the session."""
    legs = Legs(currency)
    legs.debit(parties.receivable, difference.paid.gross)
    _credit_tax(legs, difference.paid, supplier, parties)
    _credit_parts(legs, difference.partner, difference.sub_operator, difference.operator, supplier, parties)
    return legs.entry("refund", effective_on)


def for_capture(receivables: Mapping[str, int], currency: str, effective_on: date) -> Entry | None:
    """A driver's money arrived at the payment provider: psp_clearing against what each receivable is paid of it."""
    legs = Legs(currency)
    for account, minor in receivables.items():
        legs.debit(PSP_CLEARING, minor)
        legs.credit(account, minor)
    return legs.entry("capture", effective_on)


def for_payback(receivable: str, minor: int, currency: str, effective_on: date) -> Entry | None:
    """The provider returned money to the driver: the mirror of a capture, for any part of it."""
    legs = Legs(currency)
    legs.debit(receivable, minor)
    legs.credit(PSP_CLEARING, minor)
    return legs.entry("payback", effective_on)


def for_reversal(entry: Entry, effective_on: date | None = None) -> Entry:
    """The exact mirror of an entry; both together leave every account as it was."""
    mirrored = tuple(Posting(leg.account_code, -leg.minor, leg.currency) for leg in entry.postings)
    return Entry("reversal", effective_on or entry.effective_on, mirrored)


def for_statement(
    statement: Statement, country: str, effective_on: date, receivable: Callable[[str], str] = driver_receivable
) -> Entry | None:
    """An issued statement: the partner's expenses, and the tax of its documents, which arises only now.

    ``receivable`` gives the account a session was posted to by its id in the input, where that is not the id in the account's code.

    E11: partner_payable is credited 220.34 (tax on the self-billed credit) and debited 141.16 (expenses with tax); with its rows'
    1159.70 the account then shows the payout of 1238.87. What the partner pays for its drivers' sessions settles their receivables.

    The tax that the operator's documents give to partners in care is the sub-operator's, who passes it on: its own statement takes it over.
    """
    legs = Legs(statement.currency)
    partner = partner_payable(statement.partner_id)
    for tax in statement.taxes:
        _tax_legs(legs, partner, country, tax, tax.vat)
    for each in statement.passed_on:
        for tax in each.taxes:
            _tax_legs(legs, partner, country, tax, -tax.vat)
    _expense_legs(legs, statement, partner, country, receivable)
    return legs.entry("statement", effective_on)


def _tax_legs(legs: Legs, account: str, country: str, tax: DocumentTax, vat: int) -> None:
    """The tax of a document between the operator and an account; that of sales was booked with the sessions."""
    if tax.document == "invoice":
        legs.debit(account, vat)
        legs.credit(_vat("vat_output", country, tax.code), vat)
    elif tax.document != "sales":
        legs.credit(account, vat)
        legs.debit(_vat("vat_input", country, tax.code), vat)


def _expense_legs(legs: Legs, statement: Statement, partner: str, country: str, receivable: Callable[[str], str]) -> None:
    """Net expenses; the tax of a corporate session was booked with the session, so the invoice's tax replaces it.

    What the partner added to balances is no income: it was booked when it was added, and is settled now.
    """
    for line in statement.expenses:
        legs.debit(partner, line.net)
        if isinstance(line, CorporateSession):
            legs.credit(receivable(line.original), line.gross)
            legs.debit(_vat("vat_output", country, line.code), line.gross - line.net)
        elif isinstance(line, OtherExpenseLine) and line.kind == "driver_balance":
            legs.credit(f"balance_receivable:{statement.partner_id}", line.net)
        else:
            legs.credit(CHARGING_INCOME if isinstance(line, CorporateDiscount) else PLATFORM_FEE_INCOME, line.net)


def _vat(side: str, country: str, code: TaxCode) -> str:
    return vat_account(side, country, plain(code.pct))


def _credit_tax(legs: Legs, price: Paid, supplier: str, parties: Parties) -> None:
    """The tax is owed by whoever sells: by the operator per rate, or by the partner, to whom it is passed through."""
    if supplier == "partner":
        legs.credit(_payable(parties.partner_id), price.vat)
        return
    for rate in price.rates:
        legs.credit(vat_account("vat_output", parties.country, plain(rate.pct or ZERO)), rate.vat)


def _credit_parts(legs: Legs, partner: int, sub_operator: int, operator: int, supplier: str, parties: Parties) -> None:
    if partner:
        legs.credit(_payable(parties.partner_id), partner)
    if sub_operator:
        legs.credit(_payable(parties.sub_operator_id), sub_operator)
    legs.credit(PLATFORM_FEE_INCOME if supplier == "partner" else CHARGING_INCOME, operator)


def _payable(party_id: str | None) -> str:
    if party_id is None:
        raise UnbalancedEntryError("a part of the price has no owner")
    return partner_payable(party_id)


def vat_account(side: str, country: str, rate: str) -> str:
    """``vat_output:DE:19``."""
    return f"{side}:{country}:{rate}"
