"""Before a price is published: at which kinds of places it will count, and what the owner's contract allows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from app.domain.contracts.price_limits import limits_of, price_limits
from app.domain.contracts.values import PriceLimits
from app.domain.network.models import Location
from app.domain.people.models import Operator, Partner
from app.domain.tariffs.curves import Site, fixed_terms
from app.domain.tariffs.energy_bars import barred
from app.domain.tariffs.law import SEVERITIES, Finding, PlaceClass, findings
from app.domain.tariffs.law_places import classes_of
from app.domain.tariffs.rows import TariffRow
from app.kernel.errors import Invalid
from app.money.fixing import needs_fixing
from app.money.rate import Per, Rate
from app.money.sheet import Line, least_total, lines_of, places_of
from app.money.terms import Dimension, Tariff
from app.money.terms_json import tariff_from_json, tariff_to_json
from app.text import format as fmt
from app.work.unit import Work

_KINDS = {Dimension.ENERGY: "energy", Dimension.TIME: "time", Dimension.PARKING_TIME: "idle", Dimension.FLAT: "start_fee"}


def home_of(work: Work, partner_id: UUID | None) -> Operator | Partner:
    """The owner of a price sheet, whose country, clock and currency it has: a partner, or (None) the operator."""
    if partner_id is None:
        return work.session.get_one(Operator, work.operator_id)
    return work.session.get_one(Partner, partner_id)


def home_class(work: Work, partner_id: UUID | None) -> PlaceClass:
    """The kind of place a price sheet is judged for while no EVSE has it: a public one with 22 kW in its owner's country."""
    return PlaceClass(country=home_of(work, partner_id).country)


def home_zone(work: Work, partner_id: UUID | None) -> str:
    """The clock a price sheet's times are shown on: its owner's."""
    return home_of(work, partner_id).time_zone


def home_currency(work: Work, partner_id: UUID | None) -> str:
    """The currency of a new price sheet."""
    return home_of(work, partner_id).currency


def home_vat(work: Work, partner_id: UUID | None) -> Decimal | None:
    """The rate of VAT a new price sheet begins with: the one most of the owner's locations have; None without any."""
    statement = select(Location.vat_pct).where(Location.operator_id == work.operator_id).group_by(Location.vat_pct)
    if partner_id is not None:
        statement = statement.where(Location.partner_id == partner_id)
    return work.session.scalar(statement.order_by(func.count().desc(), Location.vat_pct).limit(1))


def plain_terms(work: Work, tariff: Tariff, at: datetime, site: Site) -> Tariff:
    """Terms ready for the engine: what follows a curve or holidays is fixed as for a session that begins then and there."""
    if not needs_fixing(tariff):
        return tariff
    return tariff_from_json(fixed_terms(work.session, tariff_to_json(tariff), at, site))


def home_site(work: Work, partner_id: UUID | None) -> Site:
    """A place at the address of a price sheet's owner."""
    home = home_of(work, partner_id)
    return Site(work.operator_id, home.time_zone, home.country, "")


def law_places(work: Work, row: TariffRow) -> list[PlaceClass]:
    """The kinds of places that use a price sheet now or later; ``home_class`` where none does."""
    return classes_of(work, [row.id])[row.id] or [home_class(work, row.partner_id)]


def judged(work: Work, tariff: Tariff, row: TariffRow | None, partner_id: UUID | None) -> list[Finding]:
    """What the editor shows about terms: of an existing price sheet, or (``row`` None) of a new one of that owner."""
    places = law_places(work, row) if row else [home_class(work, partner_id)]
    limits = price_limits(work.session, partner_id, work.now.date(), tariff.currency)
    return _too_high(tariff, limits) + findings(tariff, places, work.now.date(), barred(work))


def _too_high(tariff: Tariff, limits: PriceLimits) -> list[Finding]:
    return [
        Finding(f"above_contract_{kind}", "blocks", "", field, {"amount": fmt.exact_money(most, limits.currency)})
        for field, kind, most in above(tariff, limits)
    ]


def verdicts(work: Work, rows: Collection[TariffRow]) -> dict[UUID, list[Finding]]:
    """By price sheet what is to be said about its prices now and next where they count, what blocks first. Five statements at most."""
    places = classes_of(work, [row.id for row in rows])
    owners = {row.partner_id for row in rows if row.partner_id is not None}
    country = dict(work.session.execute(select(Partner.id, Partner.country).where(Partner.id.in_(owners))).tuples().all())
    home, declared = home_class(work, None), barred(work)
    limits = limits_of(work.session, owners, work.now.date())
    said = {}
    for row in rows:
        kinds = places[row.id] or [PlaceClass(country[row.partner_id]) if row.partner_id else home]
        most = limits.get((row.partner_id, row.currency)) if row.partner_id else None
        said[row.id] = _verdict(work, row, kinds, most or PriceLimits(row.currency), declared)
    return said


def _verdict(work: Work, row: TariffRow, places: list[PlaceClass], limits: PriceLimits, declared: Mapping[str, date]) -> list[Finding]:
    found = []
    for version in (row.now, row.next):
        if version is not None and version.tariff is not None:
            on = max(work.now, version.valid_from).date()
            found += _too_high(version.tariff, limits) + findings(version.tariff, places, on, declared)
    once = {(each.code, each.field): each for each in found}
    return sorted(once.values(), key=lambda each: SEVERITIES.index(each.severity))


def above(tariff: Tariff, limits: PriceLimits) -> Iterator[tuple[str, str, Decimal]]:
    """(path of the field, kind, limit) of each price above what is agreed; net prices are compared with their tax."""
    for place, line in enumerate(lines_of(tariff)):
        most = limits.most(_KINDS[line.dimension])
        if most is not None and _gross(line, tariff) > most:
            yield _path(tariff, place), _KINDS[line.dimension], most
    least = least_total(tariff)
    if limits.minimum is not None and least is not None and least > limits.minimum:
        yield "min_price", "minimum", limits.minimum


def _gross(line: Line, tariff: Tariff) -> Decimal:
    amount = line.price if line.per_minute is None else line.per_minute
    return amount if tariff.gross_prices else Rate(amount, tariff.currency, Per.KWH).with_tax(line.vat_pct).amount


def require_within(tariff: Tariff, limits: PriceLimits) -> None:
    """Refuse the first price above what the contract allows, at its field; an exchange price needs a ceiling within the limit."""
    dynamic, most = tariff.ext.dynamic, limits.energy
    if dynamic and most is not None and (dynamic.ceiling is None or max(dynamic.ceiling, dynamic.fallback) > most):
        raise Invalid("above_contract_energy", field="ext.dynamic.ceiling", amount=fmt.exact_money(most, limits.currency))
    for field, kind, most in above(tariff, limits):
        raise Invalid(f"above_contract_{kind}", field=field, amount=fmt.exact_money(most, limits.currency))


def _path(tariff: Tariff, line: int) -> str:
    row, column = places_of(tariff)[line]
    return f"elements[{row}].price_components[{column}].price"
