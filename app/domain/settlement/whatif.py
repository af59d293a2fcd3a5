"""What a draft would have paid: a month's real sessions replayed under the terms now and under the draft's, by the settlement itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from app.domain.contracts.models import Contract, ContractVersion
from app.domain.people.features import supplier_spans
from app.domain.people.models import Partner
from app.domain.people.tax import TaxStep, on_day, tax_steps
from app.domain.sessions.electricity import rates_of, slices_of
from app.domain.sessions.models import ChargingSession, SessionLine
from app.domain.sessions.queries import phases_by
from app.domain.sessions.settling import contract_member, level_above, session_member, surroundings, tax_member, terms_members
from app.domain.settlement.inputs import expenses_member, holdings_member
from app.domain.settlement.standing import Suppliers, lines_of
from app.domain.settlement.whatif_care import CareReplay, gather_care
from app.kernel.periods import Month, month_span, zone
from app.money.amount import Money
from app.money.statement import build_statement
from app.work.unit import Work

#: how many steps a replay reports
STEPS = 4
_NAMES = ("partner", "operator", "net")
#: of sessions with a level between: what stays with it (a partner's replay), what it passes on (its own)
_LEVELS = ("sub_operator", "passed_on")


@dataclass(frozen=True, slots=True)
class Replay:
    """What is replayed: the sessions of a contract in a month, with everything the settlement asks of them."""

    partner: Partner
    contract: Contract
    month: Month
    sessions: tuple[tuple[ChargingSession, list[SessionLine]], ...]
    agreed: tuple[ContractVersion, ...]
    draft: ContractVersion
    holdings: list[dict[str, Any]]
    suppliers: Suppliers
    #: the partner's tax status over time
    taxes: list[TaxStep]
    #: electricity by the rates of the places, where the draft deducts it; by code
    slices: dict[str, list[dict[str, str | None]]]
    #: the sub-operator's version above, as the sessions have it, and its tax status; None: the operator is the only level above
    above: tuple[ContractVersion, list[TaxStep]] | None = None
    #: of a sub-operator: the sessions of the partners in its care; None: it is none
    care: CareReplay | None = None

    @property
    def known(self) -> dict[str, ChargingSession]:
        """Every session by its code."""
        return {row.code: row for row, _ in self.sessions} | (self.care.sessions if self.care else {})

    def answer(self, *, drafted: bool, tax: dict[str, str] | None = None) -> dict[str, Any]:
        """The settlement's answer for the month, everything collected; ``drafted``: as if the draft bound from its first day."""
        value = {
            "month": str(self.month),
            "time_zone": self.contract.time_zone,
            "currency": self.contract.currency,
            "partner": {"id": str(self.partner.id), "tax": tax or tax_member(self.taxes)},
            "contracts": [self._draft_member()] if drafted else [self._agreed_member(version) for version in self.agreed],
            "holdings": self.holdings,
            "sessions": [self._session(*one, drafted=drafted) for one in self.sessions],
        }
        expenses = expenses_member([self._as_if()] if drafted else self.agreed, self.month, self.partner, self.taxes)
        value |= {"other_expenses": expenses} if expenses else {}
        if self.above is not None:
            value["sub_operator"] = {"id": str(self.above[0].partner_id), "tax": tax_member(self.above[1])}
        if self.care is None:
            return build_statement(value).answer()
        value["care"], without = self.care.rows(self.draft if drafted else None, tax)
        answer = build_statement(value).answer()
        return answer | {"rows": [*answer["rows"], *without]}

    def _as_if(self) -> ContractVersion:
        """The draft's fee of the month, as if it bound in it; belongs to no session."""
        fee = {"reimburse_electricity": self.draft.reimburse_electricity, "reimbursement_fee": self.draft.reimbursement_fee}
        return ContractVersion(first_month=self.month.first, last_month=None, auto_renewal=False, **fee)

    def _agreed_member(self, version: ContractVersion) -> dict[str, Any]:
        return contract_member(version, level_above(version, self.above[0] if self.above else None))

    def _draft_member(self) -> dict[str, Any]:
        above = self.above[0] if self.above else None
        member = contract_member(self.draft, above) | {"valid_from": str(self.month.plus(-1)), "version": self.draft.number}
        member.pop("valid_to", None)
        return member

    def _session(self, row: ChargingSession, lines: list[SessionLine], *, drafted: bool) -> dict[str, Any]:
        version = self.draft if drafted else next((v for v in self.agreed if v.id == row.contract_version_id), None)
        member = session_member(row, lines, suppliers=self.suppliers) | terms_members(row, version)
        if drafted and row.electricity is None and row.code in self.slices:
            member["electricity"] = self.slices[row.code]
        return member | {"collected_on": str(self.month.last)}


def gather_replay(work: Work, draft: ContractVersion, month: Month) -> Replay:
    """Everything a replay needs, in a constant number of statements."""
    session = work.session
    contract = session.get_one(Contract, draft.contract_id)
    partner = session.get_one(Partner, contract.partner_id)
    agreed = session.scalars(select(ContractVersion).where(ContractVersion.contract_id == contract.id, ContractVersion.state != "draft"))
    versions = tuple(agreed)
    span = month_span(month, contract.time_zone)
    found = session.scalars(
        select(ChargingSession)
        .where(
            ChargingSession.contract_version_id.in_([version.id for version in versions]),
            ChargingSession.state == "rated",
            ChargingSession.currency == contract.currency,
            ChargingSession.ended_at >= span.start,
            ChargingSession.ended_at < span.end,
        )
        .order_by(ChargingSession.ended_at, ChargingSession.id)
    ).all()
    lines = lines_of(session, [row.id for row in found])
    sessions = tuple((row, lines[row.id]) for row in found)
    suppliers = supplier_spans(session, [partner.id])[partner.id]
    slices = _slices(work, [row for row, _ in sessions], draft)
    taxes = tax_steps(session, [partner.id])[partner.id]
    holdings = holdings_member(session, partner)
    above, care = _above(work, found), gather_care(session, partner, contract, month, taxes)
    return Replay(partner, contract, month, sessions, versions, draft, holdings, suppliers, taxes, slices, above, care)


def _above(work: Work, rows: Sequence[ChargingSession]) -> tuple[ContractVersion, list[TaxStep]] | None:
    """The level above of the last session that has one."""
    key = next((row.parent_version_id for row in reversed(rows) if row.parent_version_id), None)
    version = work.session.get(ContractVersion, key) if key else None
    if version is None or version.partner_id is None:
        return None
    return version, tax_steps(work.session, [version.partner_id])[version.partner_id]


def _slices(work: Work, rows: list[ChargingSession], draft: ContractVersion) -> dict[str, list[dict[str, str | None]]]:
    """What the electricity of sessions cost that was not asked for until now: a draft that deducts it wants to know."""
    around = surroundings(work.session, rows)
    around = replace(around, versions=dict.fromkeys(around.versions, draft))
    rates = rates_of(work, rows, around)
    phases = phases_by(work.session, [row.id for row in rows])
    found = {row.code: slices_of(work, row, around, rates, phases[row.id]) for row in rows if row.electricity is None}
    return {code: parts for code, parts in found.items() if parts is not None}


def replayed(replay: Replay, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """The figures of the preview, amounts in minor units, each as [now, draft]. Sessions held under either terms count on neither side."""
    now, drafted = replay.answer(drafted=False), replay.answer(drafted=True)
    progress(1, STEPS)
    both = {row["id"] for row in now["rows"]} & {row["id"] for row in drafted["rows"]}
    left_out = len(replay.known) - len(both)
    if left_out:
        replay = replace(replay, sessions=tuple(one for one in replay.sessions if one[0].code in both))
        now = replay.answer(drafted=False)
        progress(2, STEPS)
        drafted = replay.answer(drafted=True)
    progress(3, STEPS)
    present = on_day(replay.taxes, replay.month.last)
    other = _other_tax(present)
    under_other = replay.answer(drafted=True, tax=other)
    progress(4, STEPS)
    currency = replay.contract.currency
    rows = _rows(replay, now, drafted)
    return {
        "currency": currency,
        "is_care": replay.care is not None,
        "without_room": replay.care.without_room(replay.draft) if replay.care else [],
        "month": str(replay.month),
        "sessions": len(rows),
        "short": sum(row["is_short"] for row in rows),
        "left_out": left_out,
        "totals": {name: [_total(answer, name, currency) for answer in (now, drafted)] for name in _TOTALS},
        "groups": _groups(rows),
        "rows": rows,
        "negative": [_negative(replay, answer) for answer in (now, drafted)],
        "tax": {"code": present.credit, "other": other["credit"]}
        | {name: [_total(answer, name, currency) for answer in (drafted, under_other)] for name in ("partner", "payout")},
    }


def _other_tax(present: TaxStep) -> dict[str, str]:
    """The partner's tax status turned round: registered for VAT or not."""
    registered = not present.credit.startswith(("E", "O"))
    return {"credit": "E0" if registered else present.fees, "fees": present.fees}


_TOTALS: dict[str, Callable[[dict[str, Any]], list[tuple[str, int]]]] = {
    "partner": lambda a: [(row["partner"], 1) for row in a["rows"]],
    "sub_operator": lambda a: [(row["sub_operator"], 1) for row in a["rows"] if "sub_operator" in row],
    "passed_on": lambda a: [(row["passed_on"], 1) for row in a["rows"] if "passed_on" in row],
    "operator": lambda a: [(row["operator"], 1) for row in a["rows"]],
    "expenses": lambda a: [(a["totals"]["expenses"], 1)],
    "vat": lambda a: [(a["totals"]["payout_gross"], 1), (a["totals"]["payout_net"], -1)],
    "payout": lambda a: [(a["totals"]["payout_gross"], 1)],
}


def _total(answer: dict[str, Any], name: str, currency: str) -> int:
    return sum(sign * Money.parse(text, currency).minor for text, sign in _TOTALS[name](answer))


def _rows(replay: Replay, now: dict[str, Any], drafted: dict[str, Any]) -> list[dict[str, Any]]:
    """One line a session, those that change most first."""
    known = replay.known
    after = {row["id"]: row for row in drafted["rows"]}
    rows = [_line(replay, known[row["id"]], (row, after[row["id"]])) for row in now["rows"]]
    return sorted(rows, key=lambda line: (-abs(line["partner"][1] - line["partner"][0]), str(line["id"])))


def _line(replay: Replay, session: ChargingSession, pair: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """``below``: whose session it is, of a partner in care. ``is_short``: of two levels the upper one gets less than it passes on."""
    row, after = pair
    currency = replay.contract.currency
    names = [name for name in (*_NAMES, *_LEVELS) if name in after or name in row]
    amounts = {name: [Money.parse(one.get(name, "0"), currency).minor for one in pair] for name in names}
    facts = {
        "id": row["id"],
        "ended_at": None if session.ended_at is None else session.ended_at.isoformat(),
        "label": session.station_label,
        "current": row["evse_current"],
        "channel": row["channel"],
        "override": after["override"],
    }
    if replay.care is not None and session.code in replay.care.sessions:
        facts["below"] = replay.care.name_of(session)
    kept = amounts.get("sub_operator") or (amounts["partner"] if "passed_on" in amounts else [0, 0])
    return facts | amounts | {"is_short": kept[1] < 0}


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [name for name in (*_NAMES, *_LEVELS) if any(name in row for row in rows)]
    sums: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: {"count": 0} | {name: [0, 0] for name in names})
    for row in rows:
        found = sums[row["current"], row["channel"]]
        found["count"] += 1
        for name in names:
            found[name] = [sum(pair) for pair in zip(found[name], row.get(name, (0, 0)), strict=True)]
    return [{"current": current, "channel": channel, **found} for (current, channel), found in sorted(sums.items())]


def _negative(replay: Replay, answer: dict[str, Any]) -> list[dict[str, int]]:
    """Hours of the day (by the start, contract's zone) in which electricity cost more than was left; what was lost, in minor units."""
    known = replay.known
    here = zone(replay.contract.time_zone)
    hours: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in answer["rows"]:
        began = known[row["id"]].started_at
        if "negative_margin" in row["flags"] and began is not None:
            hour = hours[began.astimezone(here).hour]
            hour[0] += 1
            hour[1] += Money.parse(row["base"], replay.contract.currency).minor
    return [{"hour": hour, "count": count, "minor": minor} for hour, (count, minor) in sorted(hours.items())]
