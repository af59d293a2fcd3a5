"""What settling one session yields: the terms that applied and the figures they gave, in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.money.settlement.inputs import Contract, TaxStatus
from app.money.settlement.lines import Paid, Taxation


@dataclass(frozen=True, slots=True)
class Applied:
    """The terms a session is settled by; its refunds keep them. ``status`` is the partner's on the day of the end.

    ``above``: the same with percentage and fees of the level above, where there is one.
    """

    contract: Contract
    override: str | None
    pct: Decimal
    exclude_connection: bool
    deduct: bool
    reimburse: bool
    supplier: str
    taxation: Taxation
    status: TaxStatus
    above: Applied | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One session settled; the difference of two is a refund. ``above``: as the level above has it, None where there is none."""

    paid: Paid
    settlement_net: int = 0
    connection_net: int = 0
    electricity_cost: int = 0
    base: int = 0
    share: int = 0
    reimbursement: int = 0
    fee_per_session: int = 0
    fee_per_kwh: int = 0
    fee_handling: int = 0
    above: Figures | None = None

    @property
    def fees(self) -> int:
        """What the partner bears."""
        return self.fee_per_session + self.fee_per_kwh + self.fee_handling

    @property
    def partner(self) -> int:
        """The partner's: share, plus electricity back, less fees."""
        return self.share + self.reimbursement - self.fees

    @property
    def received(self) -> int | None:
        """What the sub-operator receives, of which the partner's part is passed on; None where there is none."""
        return None if self.above is None else self.above.partner

    @property
    def sub_operator(self) -> int:
        """What stays between operator and partner."""
        return 0 if self.received is None else self.received - self.partner

    @property
    def operator(self) -> int:
        """Whatever is left of the net price."""
        return self.paid.net - self.partner - self.sub_operator

    def minus(self, other: Figures) -> Figures:
        """The difference of every field."""
        return Figures(
            paid=self.paid.minus(other.paid),
            settlement_net=self.settlement_net - other.settlement_net,
            connection_net=self.connection_net - other.connection_net,
            electricity_cost=self.electricity_cost - other.electricity_cost,
            base=self.base - other.base,
            share=self.share - other.share,
            reimbursement=self.reimbursement - other.reimbursement,
            fee_per_session=self.fee_per_session - other.fee_per_session,
            fee_per_kwh=self.fee_per_kwh - other.fee_per_kwh,
            fee_handling=self.fee_handling - other.fee_handling,
            above=None if self.above is None else self.above.minus(other.above or self.above.nothing()),
        )

    def nothing(self) -> Figures:
        """A cancelled session: zero in every field."""
        return Figures(paid=self.paid.minus(self.paid), above=None if self.above is None else self.above.nothing())
