"""Every kind of need as one statement: what waits, since when, and what its page is found by. The most pressing first.

Each gives the columns of a ``NeedItem``. Nothing here counts all there is: the list reads some of them and says "more than".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, cast, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from app.access.permissions import Permission
from app.db.paging import AnySelect
from app.domain.change_orders.kinds import KINDS as ORDER_KINDS
from app.domain.change_orders.models import ChangeOrder
from app.domain.change_orders.plan_models import ChangeOrderPlan
from app.domain.contracts.handover_models import Handover
from app.domain.contracts.models import Contract, ContractVersion
from app.domain.contracts.queries import in_force
from app.domain.drivers.models import Driver, DriverTopUp
from app.domain.network.models import Location, Station
from app.domain.network.queries import in_reach
from app.domain.payments.models import Payment
from app.domain.people.bank_models import BankAccount
from app.domain.people.models import MailMessage, Membership, Partner, User
from app.domain.sessions.models import ChargingSession
from app.domain.sessions.refund_models import RefundWish
from app.domain.today.network_kinds import faulted, knocking, late, line, offline, orphans, quiet, unassigned
from app.kernel.periods import Month
from app.work.job_list import KEPT
from app.work.jobs import Job
from app.work.unit import Work

#: contracts that end within so many days want a decision
SOON_DAYS = 60


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of need: any of the rights shows it; ``partner`` is the column that says whose thing it is (None: nobody's)."""

    rights: tuple[Permission, ...]
    ask: Callable[..., AnySelect]
    partner: Any = None
    #: chooses before anything is joined, so that it is told whose things are wanted
    is_told: bool = False

    def asked(self, work: Work, whose: AnySelect | None = None) -> AnySelect:
        """What waits; ``whose``: at these partners alone, a statement of their keys."""
        if whose is None:
            return self.ask(work)
        return self.ask(work, whose) if self.is_told else self.ask(work).where(self.partner.in_(whose))


def _held(work: Work) -> AnySelect:
    """Sessions that nobody pays before a person has looked."""
    row = ChargingSession
    shown = line(row.id, row.code, func.coalesce(row.end_received_at, row.ended_at), code=row.code, detail=row.station_label)
    held = and_(row.state == "stopped", row.flags.contains(["held"]))
    return select(*shown).where(held, *in_reach(work.actor, Permission.SESSION_VIEW, row)).order_by(row.ended_at)


def _payments(work: Work) -> AnySelect:
    """Priced sessions of card payers whose money cannot be taken any more."""
    row = ChargingSession
    shown = line(row.id, row.code, row.rated_at, code=row.code, detail=row.station_label)
    # the condition of an index that holds nothing but what is still to be taken
    owed = and_(row.state == "rated", row.payment_id.is_not(None), row.collected_at.is_(None), row.gross_minor > 0)
    lost = Payment.state.in_(("failed", "released", "expired"))
    asked = select(*shown).join(Payment, Payment.id == row.payment_id)
    return asked.where(row.operator_id == work.operator_id, owed, lost).order_by(row.rated_at)


def _refunds(work: Work) -> AnySelect:
    shown = line(RefundWish.id, ChargingSession.code, RefundWish.asked_at, detail=RefundWish.asked_name)
    mine = RefundWish.asked_by.is_not_distinct_from(work.actor.id)
    asked = select(*shown).join(ChargingSession, ChargingSession.id == RefundWish.session_id)
    return asked.where(RefundWish.state == "waiting", ~mine).order_by(RefundWish.asked_at)


def _terms(work: Work) -> AnySelect:
    """Drafts of contracts that wait for a second person; who typed money or asked is none."""
    version = ContractVersion
    shown = line(version.id, Contract.name, version.asked_at, code=Contract.code, detail=Partner.name)
    mine = or_(version.asked_by.is_not_distinct_from(work.actor.id), func.array_position(version.authors, work.actor.id).is_not(None))
    asked = select(*shown).join(Contract, Contract.id == version.contract_id).join(Partner, Partner.id == Contract.partner_id)
    return asked.where(version.state == "draft", version.asked_at.is_not(None), ~mine).order_by(version.asked_at)


def _handovers(work: Work) -> AnySelect:
    shown = line(Handover.id, Partner.name, Handover.asked_at, code=Partner.code, detail=Handover.asked_name, due=Handover.day)
    mine = Handover.asked_by.is_not_distinct_from(work.actor.id)
    asked = select(*shown).join(Partner, Partner.id == Handover.partner_id)
    return asked.where(Handover.state == "waiting", ~mine).order_by(Handover.asked_at)


def _top_ups(work: Work) -> AnySelect:
    shown = line(DriverTopUp.id, Driver.name, DriverTopUp.asked_at, code=Driver.code, detail=DriverTopUp.asked_name)
    mine = DriverTopUp.asked_by.is_not_distinct_from(work.actor.id)
    asked = select(*shown).join(Driver, Driver.id == DriverTopUp.driver_id)
    return asked.where(DriverTopUp.state == "waiting", ~mine).order_by(DriverTopUp.asked_at)


def _accounts(work: Work) -> AnySelect:
    """Bank accounts whose waiting time is over, entered by somebody else."""
    account = BankAccount
    shown = line(account.id, Partner.name, account.verify_after, code=Partner.code, detail=account.entered_name)
    mine = account.entered_by.is_not_distinct_from(work.actor.id)
    asked = select(*shown).join(Partner, Partner.id == account.partner_id)
    return asked.where(account.state == "pending", account.verify_after <= work.now, ~mine).order_by(account.verify_after)


def _orders(work: Work) -> AnySelect:
    """Change orders that nobody has taken, one's own, and what a second person is to agree to."""
    order = ChangeOrder
    shown = line(order.id, Partner.name, order.asked_at, code=order.code, detail=order.thing, due=order.wanted_on)
    asked = select(*shown).join(Partner, Partner.id == order.partner_id)
    own = and_(order.state == "checked", order.taken_by == work.actor.id)
    handled = or_(order.state == "received", own) if work.can(Permission.ORDER_HANDLE) else false()
    plan = ChangeOrderPlan
    not_mine = plan.planned_by != work.actor.id
    if not work.can(Permission.ORDER_APPROVE_MONEY):
        not_mine &= plan.kind.not_in([name for name, kind in ORDER_KINDS.items() if kind.money])
    waits = exists().where(plan.order_id == order.id, plan.state == "waiting", not_mine) if work.can(Permission.ORDER_APPROVE) else false()
    wanted = or_(handled, and_(order.state == "waiting", waits))
    return asked.where(order.operator_id == work.operator_id, wanted).order_by(order.asked_at)


def _mails(work: Work) -> AnySelect:
    mail = MailMessage
    shown = line(mail.id, mail.to_address, mail.created_at, detail=mail.subject)
    lately = and_(mail.operator_id == work.operator_id, mail.created_at > work.now - KEPT)
    return select(*shown).where(mail.state == "failed", lately).order_by(mail.created_at)


def _jobs(work: Work) -> AnySelect:
    shown = line(Job.id, Job.name, Job.created_at)
    lately = and_(Job.operator_id == work.operator_id, Job.created_at > work.now - KEPT)
    return select(*shown).where(Job.state == "failed", lately).order_by(Job.created_at)


def _ending(work: Work) -> AnySelect:
    """Contracts that end soon, do not renew themselves and have nothing behind them."""
    version, month = ContractVersion, work.now.date().replace(day=1)
    last = Month.of(date.fromordinal(work.now.date().toordinal() + SOON_DAYS)).first
    due = cast(version.last_month + func.make_interval(0, 1, 0, -1), Date)
    shown = line(Contract.id, Contract.name, func.coalesce(version.activated_at, version.created_at), code=Contract.code,
                 detail=Partner.name, due=due)  # fmt: skip
    asked = select(*shown).join(Contract, Contract.id == version.contract_id).join(Partner, Partner.id == Contract.partner_id)
    behind = aliased(ContractVersion)
    followed = exists().where(behind.contract_id == version.contract_id, behind.state != "draft", behind.first_month > month)
    ends = and_(in_force(month), ~version.auto_renewal, version.last_month <= last)
    return asked.where(version.operator_id == work.operator_id, ends, ~followed).order_by(version.last_month, Contract.id)


def _managers(work: Work) -> AnySelect:
    """Partners whose account manager has no role with the operator any more."""
    role = aliased(Membership)
    shown = line(Partner.id, Partner.name, role.ended_at, code=Partner.code, detail=User.name)
    asked = select(*shown).join(User, User.id == Partner.manager_id)
    ended = and_(role.user_id == User.id, role.operator_id == Partner.operator_id, role.partner_id.is_(None))
    gone = or_(role.ended_at.is_not(None), role.id.is_(None), User.disabled_at.is_not(None))
    chosen = and_(Partner.operator_id == work.operator_id, Partner.manager_id.is_not(None), Partner.state != "closed", gone)
    return asked.join(role, ended, isouter=True).where(chosen).order_by(role.ended_at, Partner.id)


P = Permission
#: the most urgent first
KINDS: dict[str, Kind] = {
    "late": Kind((P.NETWORK_VIEW,), late, Station.partner_id),
    "faulted": Kind((P.NETWORK_VIEW,), faulted, Station.partner_id, is_told=True),
    "offline": Kind((P.NETWORK_VIEW,), offline, Station.partner_id, is_told=True),
    "held": Kind((P.SESSION_VIEW,), _held, ChargingSession.partner_id),
    "payments": Kind((P.SETTLEMENT_CLOSE,), _payments, ChargingSession.partner_id),
    "refunds": Kind((P.SESSION_CORRECT,), _refunds, ChargingSession.partner_id),
    "top_ups": Kind((P.DRIVER_BALANCE,), _top_ups, Driver.partner_id),
    "terms": Kind((P.CONTRACT_EDIT, P.CONTRACT_APPROVE), _terms, Contract.partner_id),
    "handovers": Kind((P.NETWORK_ASSIGN,), _handovers, Partner.id),
    "accounts": Kind((P.BANK_VERIFY,), _accounts, Partner.id),
    "orders": Kind((P.ORDER_HANDLE, P.ORDER_APPROVE), _orders, ChangeOrder.partner_id),
    "orphans": Kind((P.MESSAGES_VIEW,), orphans, Station.partner_id),
    "unassigned": Kind((P.NETWORK_ASSIGN,), unassigned, Station.partner_id),
    "knocking": Kind((P.NETWORK_EDIT,), knocking),
    "mails": Kind((P.MAIL_VIEW,), _mails, MailMessage.partner_id),
    "jobs": Kind((P.AUDIT_VIEW,), _jobs, Job.partner_id),
    "ending": Kind((P.CONTRACT_VIEW,), _ending, Contract.partner_id),
    "managers": Kind((P.PARTNER_EDIT,), _managers),
    "quiet": Kind((P.SESSION_VIEW,), quiet, Location.partner_id),
}
