"""What OCPI cannot say (``ext`` of a tariff), from and to JSON-like objects. Refuses rather than guesses: code and path."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.money.fields import Fields, TariffInvalid
from app.money.terms import (
    Dimension,
    Dynamic,
    Extensions,
    FreeBelow,
    GraceMode,
    GraceScope,
    IdleGrace,
    SessionLimits,
)


def parse_extensions(fields: Fields | None) -> Extensions:
    """What ``ext`` of a tariff says; refuses ``TariffInvalid``."""
    if fields is None:
        return Extensions()
    grace, caps, below = fields.child("idle_grace"), fields.child("caps"), fields.child("free_below")
    limits, dynamic, names = fields.child("limits"), fields.child("dynamic"), fields.child("group_names")
    ext = Extensions(
        idle_grace=_grace(grace) if grace else None,
        free_energy_kwh=fields.optional_number("free_energy_kwh") or Decimal(0),
        caps=_caps(caps) if caps else (),
        free_below=_free_below(below) if below else None,
        limits=_session_limits(limits) if limits else None,
        dynamic=_dynamic(dynamic) if dynamic else None,
        hold=fields.optional_number("hold"),
        group_names=tuple(sorted((code, names.text(code)) for code in names.names())) if names else (),
    )
    fields.close()
    return ext


def _grace(fields: Fields) -> IdleGrace:
    scope = fields.choice("scope", frozenset(GraceScope)) if fields.has("scope") else GraceScope.PHASE
    mode = fields.choice("mode", frozenset(GraceMode)) if fields.has("mode") else GraceMode.DEDUCT
    grace = IdleGrace(fields.whole("seconds"), GraceScope(scope), GraceMode(mode))
    fields.close()
    return grace


def _caps(fields: Fields) -> tuple[tuple[Dimension, Decimal], ...]:
    caps = tuple((dimension, fields.number(dimension)) for dimension in Dimension if fields.has(dimension))
    fields.close()
    return caps


def _free_below(fields: Fields) -> FreeBelow:
    below = FreeBelow(fields.optional_number("energy_kwh"), fields.optional_whole("seconds"))
    if below.energy_kwh is None and below.seconds is None:
        raise fields.refuse("missing", "energy_kwh")
    fields.close()
    return below


def limits_from_json(value: object) -> SessionLimits:
    """Limits as they are kept of a card: energy_kwh, minutes, cost; refuses ``TariffInvalid``."""
    return _session_limits(Fields(value, "limits", TariffInvalid))


def _session_limits(fields: Fields) -> SessionLimits:
    limits = SessionLimits(fields.optional_number("energy_kwh"), fields.optional_whole("minutes"), fields.optional_number("cost"))
    if limits == SessionLimits():
        raise fields.refuse("missing", "energy_kwh")
    for name in ("energy_kwh", "minutes", "cost"):
        if getattr(limits, name) == 0:
            raise fields.refuse("not_positive", name)
    fields.close()
    return limits


def _dynamic(fields: Fields) -> Dynamic:
    dynamic = Dynamic(
        market=fields.text("market"),
        fallback=fields.number("fallback"),
        markup=fields.number("markup", negative=True) if fields.has("markup") else Decimal(0),
        markup_pct=fields.number("markup_pct", negative=True) if fields.has("markup_pct") else Decimal(0),
        floor=fields.optional_number("floor") or Decimal(0),
        ceiling=fields.optional_number("ceiling"),
        vat_pct=fields.number("vat", negative=True) if fields.has("vat") else None,
        fixed=fields.flag("fixed") if fields.has("fixed") else False,
    )
    if dynamic.vat_pct is not None and not 0 <= dynamic.vat_pct <= 100:
        raise fields.refuse("bad_vat_rate", "vat", pct=str(dynamic.vat_pct))
    if dynamic.ceiling is not None and dynamic.floor > dynamic.ceiling:
        raise fields.refuse("min_above_max", "floor")
    fields.close()
    return dynamic


def given(members: dict[str, Any]) -> dict[str, Any]:
    """Without the absent ones; decimals, dates and words as strings."""
    return {name: _plain(value) for name, value in members.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def extensions_json(ext: Extensions) -> dict[str, Any]:
    """``ext`` as ``parse_extensions`` reads it."""
    grace, below, limits = ext.idle_grace, ext.free_below, ext.limits
    return given(
        {
            "idle_grace": {"seconds": grace.seconds, "scope": grace.scope.value, "mode": grace.mode.value} if grace else None,
            "free_energy_kwh": ext.free_energy_kwh or None,
            "caps": {each.value: f"{most:f}" for each, most in ext.caps} or None,
            "free_below": given({"energy_kwh": below.energy_kwh, "seconds": below.seconds}) if below else None,
            "limits": given({"energy_kwh": limits.energy_kwh, "minutes": limits.minutes, "cost": limits.cost}) if limits else None,
            "dynamic": _dynamic_json(ext.dynamic) if ext.dynamic else None,
            "hold": ext.hold,
            "group_names": dict(ext.group_names) or None,
        }
    )


def _dynamic_json(dynamic: Dynamic) -> dict[str, Any]:
    return given(
        {
            "market": dynamic.market,
            "fallback": dynamic.fallback,
            "markup": dynamic.markup or None,
            "markup_pct": dynamic.markup_pct or None,
            "floor": dynamic.floor or None,
            "ceiling": dynamic.ceiling,
            "vat": dynamic.vat_pct,
            "fixed": dynamic.fixed or None,
        }
    )
