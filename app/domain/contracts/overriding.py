"""Exceptions from the share: checks, their order, and which of them a session falls under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.contracts.parts import OverridesPart
from app.domain.contracts.rows import ContractVersionRow
from app.domain.contracts.values import OverrideLine
from app.domain.people import checks
from app.domain.people.group_words import codes_of, nameable
from app.kernel.errors import Invalid
from app.money.settlement.contracts import read_contract
from app.money.settlement.fields import plain
from app.money.settlement.inputs import CHANNELS
from app.money.settlement.overrides import matching, percentage
from app.work.unit import Work

MOST = 20
_NAMES = {
    "exclude_connection_fee": "exclude_connection_fee",
    "deduct_electricity": "deduct_electricity_cost",
    "reimburse_electricity": "reimburse_electricity_cost",
}


def checked_overrides(part: OverridesPart, terms: dict[str, Any]) -> dict[str, Any]:
    """The columns that the exceptions set; refuses at ``lines[2].ac_pct``."""
    if len(part.lines) > MOST:
        raise Invalid("too_many_overrides", field="lines", most=MOST)
    lines = [_line(line, index) for index, line in enumerate(part.lines)]
    rest = {name: value for name, value in terms.items() if name != "overrides"}
    columns: dict[str, Any] = {"terms": rest | {"overrides": lines} if lines else rest}
    if part.shares is not None:
        columns |= {"ac_pct": part.shares[0], "dc_pct": part.shares[1]}
    return columns


def _line(line: OverrideLine, index: int) -> dict[str, Any]:
    at = f"lines[{index}]"
    found: dict[str, Any] = {"name": checks.text(line.name, f"{at}.name", longest=80), "priority": index + 1}
    for channel in line.channels:
        checks.one_of(channel, CHANNELS, f"{at}.channels")
    found |= {name: list(getattr(line, name)) for name in ("channels", "emsps", "user_groups") if getattr(line, name)}
    found |= {"group_names": dict(line.group_names)} if line.group_names else {}
    for name in ("ac_pct", "dc_pct"):
        value: Decimal | None = getattr(line, name)
        if value is not None and not 0 <= value <= 100:
            raise Invalid("pct_out_of_range", field=f"{at}.{name}")
        if value is not None and value != round(value, 2):
            raise Invalid("too_many_decimals", field=f"{at}.{name}", places=2)
        found |= {} if value is None else {name: plain(value)}
    switches = {theirs: getattr(line, ours) for ours, theirs in _NAMES.items()}
    found |= {name: value for name, value in switches.items() if value is not None}
    if line.reimburse_electricity and line.deduct_electricity is False:
        raise Invalid("reimburse_without_deduct", field=f"{at}.reimburse_electricity")
    if not {*found} - {"name", "priority", "channels", "emsps", "user_groups", "group_names"}:
        raise Invalid("exception_without_effect", field=f"{at}.ac_pct")
    return found


def with_groups(work: Work, part: OverridesPart, partner_id: UUID | None, before: tuple[OverrideLine, ...]) -> OverridesPart:
    """The exceptions with codes for the groups of people they name, and their names; what a draft named ``before`` may stay.

    Refuses ``unknown_user_group`` and ``user_group_not_alone``, at ``lines[2].user_groups``. At most one statement.
    """
    if not any(line.user_groups for line in part.lines):
        return part
    known = nameable(work, partner_id)
    kept = {word for line in before for word in line.user_groups}
    names = {code: name for line in before for code, name in line.group_names} | known
    lines = []
    for index, line in enumerate(part.lines):
        codes = codes_of(line.user_groups, known, kept, f"lines[{index}].user_groups")
        shown = tuple((code, names[code]) for code in codes if code in names)
        lines.append(replace(line, user_groups=tuple(codes), group_names=shown))
    return replace(part, lines=tuple(lines))


def moved(lines: tuple[OverrideLine, ...], index: int, by: int) -> tuple[OverrideLine, ...]:
    """The lines with one of them moved up (-1) or down (1); at an end it stays."""
    target = index + by
    if not (0 <= index < len(lines) and 0 <= target < len(lines)):
        return lines
    turned = list(lines)
    turned[index], turned[target] = turned[target], turned[index]
    return tuple(turned)


def with_line(lines: tuple[OverrideLine, ...], index: int | None, line: OverrideLine) -> tuple[OverrideLine, ...]:
    """The lines with one changed, or one more at the end (None)."""
    if index is None or not 0 <= index < len(lines):
        return (*lines, line)
    return (*lines[:index], replace(line), *lines[index + 1 :])


def matched(
    version: ContractVersionRow, terms: dict[str, Any], channel: str, emsp: str | None, user_groups: Sequence[str]
) -> tuple[int | None, dict[str, Decimal]]:
    """Which line counts for such a session (None: the share itself), and the percentages it gets, by current.

    ``terms`` are the version's as the settlement reads them.
    """
    share = read_contract(terms, "contract").share
    found = matching(share.overrides, channel, emsp or None, list(user_groups))
    names = [line.name for line in version.overrides]
    place = None if found is None else share.overrides.index(found)
    return (None if place is None or place >= len(names) else place), {c: percentage(share, found, c) for c in ("AC", "DC")}
