"""Reads contract versions and holdings, and refuses what cannot be agreed (settlement.md §2, §4)."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations_with_replacement, product

from app.kernel.errors import Invalid
from app.money.settlement import fields as f
from app.money.settlement.inputs import CHANNELS, CURRENTS, Assignment, Contract, Evse, Fees, Holding, Override, PlatformFee, Share
from app.money.settlement.overrides import matching, percentage

_FLAGS = ("exclude_connection_fee", "deduct_electricity_cost", "reimburse_electricity_cost")
_ZERO = Decimal(0)
_NO_FEES = Fees({"AC": _ZERO, "DC": _ZERO}, {"AC": _ZERO, "DC": _ZERO}, _ZERO, "net")
_WH = 3


def read_contract(value: object, at: str) -> Contract:
    """One version of one of the partner's contracts."""
    optional = ("version", "valid_to", "supplier", *_FLAGS, "negative_margin", "overrides", "fees", "platform_fee")
    subscription = ("subscription_settlement", "subscription_rate_per_kwh")
    rest = (*subscription, "operator_bears_credit_risk", "billing_floor", "parent")
    members = f.Members(value, at, ("id", "valid_from", "ac_pct", "dc_pct"), (*optional, *rest))
    minutes, wh = members.maybe("billing_floor", _floor, (_ZERO, 0))
    settlement = members.maybe("subscription_settlement", f.one_of("reference_tariff", "rate_per_kwh", "as_charged"), "reference_tariff")
    if settlement == "rate_per_kwh":
        members.read("subscription_rate_per_kwh", f.positive)
    contract = Contract(
        id=members.read("id", f.text),
        version=members.maybe("version", f.whole, 1),
        valid_from=members.read("valid_from", f.month),
        valid_to=members.maybe("valid_to", f.month, None),
        supplier=members.maybe("supplier", f.one_of("operator", "partner"), "operator"),
        share=_share(members),
        exclude_connection_fee=members.maybe("exclude_connection_fee", f.flag, False),
        deduct_electricity_cost=members.maybe("deduct_electricity_cost", f.flag, False),
        reimburse_electricity_cost=members.maybe("reimburse_electricity_cost", f.flag, False),
        negative_margin=members.maybe("negative_margin", f.one_of("share", "floor_zero"), "share"),
        platform_fee=members.maybe("platform_fee", _platform_fee, None),
        subscription_settlement=settlement,
        subscription_rate_per_kwh=members.maybe("subscription_rate_per_kwh", f.positive, _ZERO),
        operator_bears_credit_risk=members.maybe("operator_bears_credit_risk", f.flag, False),
        floor_minutes=minutes,
        floor_wh=wh,
        parent=members.maybe("parent", _parent, None),
    )
    _check(contract, members)
    return contract


def _check(contract: Contract, members: f.Members) -> None:
    if contract.valid_to is not None and contract.valid_to < contract.valid_from:
        raise Invalid("bad_value", field=members.at("valid_to"))
    if contract.reimburse_electricity_cost and not contract.deduct_electricity_cost:
        raise Invalid("reimburse_without_deduct", field=members.at("reimburse_electricity_cost"))
    for index, override in enumerate(members.maybe("overrides", f.list_of(_override), ())):
        deduct = contract.deduct_electricity_cost if override.deduct_electricity_cost is None else override.deduct_electricity_cost
        if override.reimburse_electricity_cost and not deduct:
            raise Invalid("reimburse_without_deduct", field=f"{members.at('overrides')}[{index}].reimburse_electricity_cost")
    if contract.parent is not None and _child_above(contract.share, contract.parent):
        raise Invalid("child_above_parent", field=members.at("parent"))


def _parent(value: object, at: str) -> Share:
    members = f.Members(value, at, ("id", "ac_pct", "dc_pct"), ("overrides", "fees"))
    members.read("id", f.text)
    return _share(members)


def _share(members: f.Members) -> Share:
    overrides = members.maybe("overrides", f.list_of(_override), ())
    taken: set[int] = set()
    for index, override in enumerate(overrides):
        if override.priority in taken:
            raise Invalid("duplicate_priority", field=f"{members.at('overrides')}[{index}].priority")
        taken.add(override.priority)
    return Share(
        ac_pct=members.read("ac_pct", f.pct),
        dc_pct=members.read("dc_pct", f.pct),
        overrides=tuple(sorted(overrides, key=lambda override: override.priority)),
        fees=members.maybe("fees", _fees, _NO_FEES),
    )


def _override(value: object, at: str) -> Override:
    conditions = ("channels", "emsps", "user_groups")
    # group_names is for readers alone
    members = f.Members(value, at, ("name", "priority"), (*conditions, "group_names", "ac_pct", "dc_pct", *_FLAGS))
    return Override(
        name=members.read("name", f.text),
        priority=members.read("priority", f.whole),
        channels=members.maybe("channels", f.some_of(f.one_of(*CHANNELS)), None),
        emsps=members.maybe("emsps", f.some_of(f.text), None),
        user_groups=members.maybe("user_groups", f.some_of(f.text), None),
        ac_pct=members.maybe("ac_pct", f.pct, None),
        dc_pct=members.maybe("dc_pct", f.pct, None),
        exclude_connection_fee=members.maybe("exclude_connection_fee", f.flag, None),
        deduct_electricity_cost=members.maybe("deduct_electricity_cost", f.flag, None),
        reimburse_electricity_cost=members.maybe("reimburse_electricity_cost", f.flag, None),
    )


def _fees(value: object, at: str) -> Fees:
    prices = ("per_session_ac", "per_session_dc", "per_kwh_ac", "per_kwh_dc")
    members = f.Members(value, at, (), (*prices, "handling_pct", "handling_base"))
    return Fees(
        per_session={current: members.maybe(f"per_session_{current.lower()}", f.positive, _ZERO) for current in CURRENTS},
        per_kwh={current: members.maybe(f"per_kwh_{current.lower()}", f.positive, _ZERO) for current in CURRENTS},
        handling_pct=members.maybe("handling_pct", f.pct, _ZERO),
        handling_base=members.maybe("handling_base", f.one_of("net", "gross"), "net"),
    )


def _platform_fee(value: object, at: str) -> PlatformFee:
    items = ("charge_point", "ac_evse", "dc_evse")
    members = f.Members(value, at, (), (*(f"per_{item}" for item in items), "monthly_fixed", "policy"))
    return PlatformFee(
        prices={item: members.maybe(f"per_{item}", f.positive, _ZERO) for item in items},
        monthly_fixed=members.maybe("monthly_fixed", f.positive, _ZERO),
        policy=members.maybe("policy", f.one_of("whole_month", "daily"), "whole_month"),
    )


def _floor(value: object, at: str) -> tuple[Decimal, int]:
    members = f.Members(value, at, (), ("min_minutes", "min_kwh"))
    return members.maybe("min_minutes", f.positive, _ZERO), members.maybe("min_kwh", f.scaled_positive(_WH), 0)


def _child_above(child: Share, parent: Share) -> bool:
    """Whether any channel, eMSP, current and groups of a person would give the child more than the parent gets.

    Two groups are enough to try: one may decide the child's line, another the parent's, and a third only hides lines.
    """
    overrides = (*child.overrides, *parent.overrides)
    emsps = _classes([override.emsps or () for override in overrides])
    groups = _classes([override.user_groups or () for override in overrides])
    sets = [[group for group in pair if group] for pair in combinations_with_replacement(groups, 2)]
    for channel, emsp, of in product(CHANNELS, emsps, sets):
        ours, theirs = matching(child.overrides, channel, emsp, of), matching(parent.overrides, channel, emsp, of)
        if any(percentage(child, ours, current) > percentage(parent, theirs, current) for current in CURRENTS):
            return True
    return False


def _classes(lists: list[tuple[str, ...]]) -> list[str | None]:
    """One name for each way of standing in the lists; None for standing in none. Enough to try every combination once."""
    names = dict.fromkeys(name for names in lists for name in names)
    found = {tuple(name in names for names in lists): name for name in names}
    return [None, *found.values()]


def read_holding(value: object, at: str) -> Holding:
    """A charge point with outlets and holders; half-open assignments that do not overlap."""
    members = f.Members(value, at, ("charge_point", "evses", "assignments"))
    evses = members.read("evses", f.list_of(_evse))
    for index, evse in enumerate(evses):
        if any(other.id == evse.id for other in evses[:index]):
            raise Invalid("bad_value", field=f"{members.at('evses')}[{index}].id")
    assignments = members.read("assignments", f.list_of(_assignment))
    for index, assignment in enumerate(assignments):
        if any(_overlap(assignment, earlier) for earlier in assignments[:index]):
            raise Invalid("overlapping_assignments", field=f"{members.at('assignments')}[{index}]")
    return Holding(members.read("charge_point", f.text), evses, tuple(sorted(assignments, key=lambda a: a.since)))


def _evse(value: object, at: str) -> Evse:
    members = f.Members(value, at, ("id", "current"), ("status",))
    statuses = f.one_of("in_service", "faulted", "decommissioned", "never_connected")
    current = members.read("current", f.one_of(*CURRENTS))
    return Evse(members.read("id", f.text), current, members.maybe("status", statuses, "in_service"))


def _assignment(value: object, at: str) -> Assignment:
    members = f.Members(value, at, ("contract", "from"), ("partner", "to", "platform_fee"))
    assignment = Assignment(
        contract=members.read("contract", f.text),
        partner=members.maybe("partner", f.text, None),
        since=members.read("from", f.day),
        until=members.maybe("to", f.day, None),
        platform_fee=members.maybe("platform_fee", _platform_fee, None),
    )
    if assignment.until is not None and assignment.until <= assignment.since:
        raise Invalid("empty_assignment", field=at)
    return assignment


def _overlap(one: Assignment, other: Assignment) -> bool:
    starts_before_end = one.until is None or other.since < one.until
    return starts_before_end and (other.until is None or one.since < other.until)
