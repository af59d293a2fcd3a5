"""To whom a refund goes back where a company's account or a driver's balance paid: the driver's part first, then the company's.

So settlement.md §8 has it, and so the company's statement books its part by itself. Of the driver's part the balance and what the driver
paid, or still owes, each get their share.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.domain.drivers.models import DriverCharge, DriverChargePaid, DriverChargeRefund
from app.domain.invoices.actions import issue_own_part, issue_paper
from app.domain.invoices.correction import correction_paper, receipt_of
from app.domain.invoices.models import Document
from app.domain.ledger.actions import post
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.own_part import settled_up
from app.domain.sessions.refund_models import SessionRefund
from app.kernel.periods import local_date
from app.money.balances import driver_balance, for_balance_payment
from app.money.correcting import Difference
from app.money.purse import Shared, driver_cut, share_back
from app.work.unit import Work


@dataclass(frozen=True, slots=True)
class OnAccount:
    """Who paid a session, less what went back so far. ``driver``: partner and driver; None: the company's without a driver we know.

    ``is_paid``: the driver's card paid; ``has_paper``: the driver's part is paid whole, by card or balance, so there is a paper for it,
    of the number ``paper`` once it is issued.
    """

    left: Shared
    driver: tuple[UUID, UUID] | None
    is_paid: bool
    has_paper: bool = False
    paper: str | None = None

    def corrected(self, minor: int) -> str | None:
        """The number of the paper that a refund corrects, gross minor units."""
        back = self.back(minor)
        return self.paper if back.balance + back.own else None

    def back(self, minor: int) -> Shared:
        """What each gets of a refund, gross minor units."""
        return share_back(minor, self.left)


def on_account(work: Work, row: ChargingSession, left: int) -> OnAccount | None:
    """Who paid the session, of which ``left`` is left; None: a card, a roaming partner, or nobody we know. One statement."""
    gone = DriverChargeRefund
    sums = [
        select(func.coalesce(func.sum(part), 0)).where(gone.session_id == row.id).scalar_subquery()
        for part in (gone.company_minor, gone.balance_minor, gone.own_minor)
    ]
    asked = select(DriverCharge, DriverChargePaid.paid_at, Document.number, *sums).outerjoin(
        DriverChargePaid, DriverChargePaid.session_id == DriverCharge.session_id
    )
    mine = (Document.session_id == DriverCharge.session_id) & (Document.kind == "own_part")
    found = work.session.execute(asked.outerjoin(Document, mine).where(DriverCharge.session_id == row.id)).one_or_none()
    if found is None:
        return OnAccount(Shared(left, 0, 0), None, is_paid=False) if row.channel == "corporate" else None
    charge, paid_at, number, *before = found
    parts = (charge.company_minor, charge.balance_minor, charge.own_minor)
    shared = Shared(*(int(part) - int(cut) for part, cut in zip(parts, before, strict=True)))
    whose = None if charge.partner_id is None else (charge.partner_id, charge.driver_id)
    is_paid = paid_at is not None
    has_paper = is_paid or bool(charge.balance_minor and not charge.own_minor)
    return OnAccount(shared, whose, is_paid, has_paper, number)


def share_refund(work: Work, made: SessionRefund, account: OnAccount, receivable: str, on: date) -> None:
    """Part of a refund: note who got what, and put the balance's part back into the books."""
    if account.driver is None:
        return
    back, (partner_id, driver_id) = account.back(-made.gross_minor), account.driver
    work.session.add(
        DriverChargeRefund(
            refund_id=made.id,
            operator_id=made.operator_id,
            partner_id=partner_id,
            session_id=made.session_id,
            driver_id=driver_id,
            company_minor=back.company,
            balance_minor=back.balance,
            own_minor=back.own,
        )
    )
    work.session.flush()
    balance = driver_balance(str(partner_id), str(driver_id))
    entry = for_balance_payment(balance, receivable, -back.balance, made.currency, on)
    if entry is not None:
        post(work.as_house(), entry, f"balance-back:{made.id}", partner_id=partner_id, session_id=made.session_id)
    settled_up(work, [made.session_id])


def correct_own_part(work: Work, row: ChargingSession, made: SessionRefund, account: OnAccount, moved: Difference, cuts: list[int]) -> None:
    """Part of a refund: the paper that corrects the one for what the driver paid, where the driver gets something back of it.

    The paper itself is issued before, if its job has not come to it yet.
    """
    back = account.back(-made.gross_minor)
    if not account.has_paper or not back.balance + back.own:
        return
    house, company = work.as_house(), account.left.company
    issue_own_part(house, row.id)
    paper = receipt_of(work.session, row.id, "own_part")
    rates = [rate for rate in driver_cut(moved.before, moved.after, company, company - back.company) if rate.gross]
    if paper is not None:
        on = local_date(work.now, row.time_zone)
        issue_paper(house, correction_paper(work.session, row, made, paper, cuts, rates, on, parts=back))
        work.later("documents.own_part", key=f"own-part:{row.id}", session_id=row.id)
        work.later("documents.correction", key=f"correction:{made.id}", refund_id=made.id)
