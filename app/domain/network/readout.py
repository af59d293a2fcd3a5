"""What a charge point is set to, as it told last: OCPP 1.6 in one answer, 2.0.1 in a report of several messages (T37).

Nothing is left out: null stays null, keys we do not know are kept, and so are those the charge point does not know. Passwords that
some charge points tell are never shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select

from app.domain.network.models import StationCommand
from app.domain.network.rows import StationRow
from app.work.unit import Work

_SECRET: Final = frozenset({"authorizationkey", "basicauthpassword"})
HIDDEN: Final = "••••"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting. ``value`` None: null or not said; ``readonly`` None: not said; ``known`` False: asked for, and the station has none."""

    component: str
    name: str
    kind: str
    value: str | None
    readonly: bool | None
    unit: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Readout:
    """The last configuration a charge point told. ``complete`` False: parts of it have not come yet."""

    at: datetime
    complete: bool
    rows: tuple[SettingRow, ...]


def readout(work: Work, station: StationRow, at: datetime | None = None) -> Readout | None:
    """The newest one that holds anything, told by an instant (None: now); None: not read by then. The station was found before."""
    asked = (
        select(StationCommand.answer, StationCommand.answered_at, StationCommand.created_at)
        .where(StationCommand.station_id == station.station_id, StationCommand.action == "read_config")
        .where(StationCommand.answer.has_key("configurationKey") | StationCommand.answer.has_key("parts"))
        .order_by(StationCommand.created_at.desc())
        .limit(1)
    )
    if at is not None:
        asked = asked.where(func.coalesce(StationCommand.answered_at, StationCommand.created_at) <= at)
    found = work.session.execute(asked).one_or_none()
    if found is None:
        return None
    answer = found.answer or {}
    rows = sorted((*_rows_16(answer), *_rows_201(answer)), key=lambda row: (row.component.lower(), row.name.lower(), row.kind))
    return Readout(found.answered_at or found.created_at, "parts" not in answer or bool(answer.get("complete")), tuple(rows))


def _rows_16(answer: dict[str, Any]) -> Iterator[SettingRow]:
    for each in _objects(answer.get("configurationKey")):
        name = _said(each.get("key"))
        yield SettingRow("", name or "–", "", _value(name, each.get("value")), _flag(each.get("readonly")), "")
    unknown = answer.get("unknownKey")
    for name in unknown if isinstance(unknown, list) else []:
        yield SettingRow("", _said(name) or "–", "", None, None, "", known=False)


def _rows_201(answer: dict[str, Any]) -> Iterator[SettingRow]:
    parts = answer.get("parts")
    for entries in parts.values() if isinstance(parts, dict) else []:
        for each in _objects(entries):
            component, variable = _object(each.get("component")), _object(each.get("variable"))
            name = _with_instance(variable)
            unit = _said(_object(each.get("variableCharacteristics")).get("unit")) or ""
            for one in _objects(each.get("variableAttribute")) or [{}]:
                mutability = one.get("mutability")
                readonly = None if mutability is None else mutability == "ReadOnly"
                kind = _said(one.get("type")) or "Actual"
                yield SettingRow(_place(component), name, kind, _value(name, one.get("value")), readonly, unit)


def _place(component: dict[str, Any]) -> str:
    evse = _object(component.get("evse"))
    where = "".join(f" {word} {evse[key]}" for word, key in (("EVSE", "id"), ("plug", "connectorId")) if evse.get(key) is not None)
    return _with_instance(component) + where


def _with_instance(thing: dict[str, Any]) -> str:
    name, instance = _said(thing.get("name")) or "–", _said(thing.get("instance"))
    return f"{name} [{instance}]" if instance else name


def _value(name: str | None, value: Any) -> str | None:
    return HIDDEN if value not in (None, "") and (name or "").lower() in _SECRET else _said(value)


def _said(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else str(value)


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
