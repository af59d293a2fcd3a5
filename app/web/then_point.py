"""The time machine's lines about a charge point: holder, terms, prices, electricity, and what went on there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.access.permissions import Permission
from app.domain.contracts.then import HolderThen
from app.domain.network.access_rows import access_then
from app.domain.network.readout import readout
from app.domain.sessions.then import running_at
from app.domain.tariffs.then import OutletThen, PointThen, PriceThen
from app.kernel.periods import local_date
from app.text import format as fmt
from app.text.charts import Stretch, day_strip
from app.text.drawing import Picture
from app.text.states import state
from app.text.tariff_words import summary
from app.text.words import gettext as _
from app.web.shared_forms.tariff_group import LEVEL_WORDS
from app.web.signin import current_work
from app.web.tariff_group_pages import kind_word
from app.web.then_rows import Cell, Group, Line, Shown, To, care_line, in_own_time, rights_words, version_cell, words_of


def point_lines(points: Sequence[PointThen], to: To) -> Shown:
    """A charge point: holder, terms, prices, electricity."""
    first = points[0]
    foreign = any(point.foreign for point in points)
    if foreign or first.is_unborn:
        return Shown((), foreign=foreign, unborn_until=None if foreign else first.known_since)
    terms = [
        Line(_("Holder"), tuple(_holder(point, to) for point in points)),
        *care_line([(point.holder.partner_id if point.holder else None, point.at) for point in points], to),
        Line(_("Contract"), tuple(_contract(point, to) for point in points)),
        Line(_("The partner's people may"), tuple(_granted(point.holder) for point in points)),
        Line(_("Who may charge"), tuple(_access(point) for point in points)),
    ]
    groups = [Group(_("Holder and contract"), tuple(terms))]
    for place, outlet in enumerate(first.outlets):
        groups.append(
            Group(_("Prices at %(place)s", place=outlet.label), tuple(_price_lines([p.outlets[place] for p in points if p.outlets])))
        )
    if current_work().can(Permission.ELECTRICITY_VIEW, partner_id=first.station.partner_id):
        line = Line(_("Electricity rate"), tuple(_electricity(point) for point in points))
        groups.append(Group(_("Electricity"), (line,)))
    groups.append(Group(_("What went on"), tuple(_happening(points))))
    if current_work().can(Permission.NETWORK_EDIT, partner_id=first.station.partner_id, location_id=first.station.location_id):
        groups += _settings(points)
    own = in_own_time(groups, [point.own_time for point in points], first.station.time_zone)
    return Shown(own, first.before, first.after, strip=_strip(first))


def _settings(points: Sequence[PointThen]) -> list[Group]:
    """What the charge point was set to, as it had told last by then; secrets are never shown. Never read: no group."""
    told = [readout(current_work(), point.station, point.at) for point in points]
    said = [{(row.component, row.name, row.kind): row for row in one.rows} if one else {} for one in told]
    lines = []
    for key in sorted({key for one in said for key in one}):
        cells = (
            Cell(" ".join(filter(None, (rows[key].value, rows[key].unit))) or "–", read.at) if read and key in rows else Cell()
            for read, rows in zip(told, said, strict=True)
        )
        lines.append(Line(" · ".join(filter(None, key)), tuple(cells)))
    return [Group(_("Configuration, as it was told last"), tuple(lines))] if lines else []


def _strip(point: PointThen) -> Picture | None:
    """The local day of the instant, a lane per connector."""
    if not point.strips:
        return None
    lanes = [(one.evse_label, [Stretch(s.start, s.end, s.status) for s in one.spans]) for one in point.strips]
    zone = point.station.time_zone
    day = local_date(point.at, zone)
    return day_strip(_("States on %(day)s", day=fmt.day(day)), day, zone, lanes)


def _happening(points: Sequence[PointThen]) -> list[Line]:
    """States of the connectors, sessions that ran, commands around the time."""
    lines = []
    for place, (label, *_said) in enumerate(points[0].plugs):
        said = [point.plugs[place] for point in points if len(point.plugs) > place]
        lines.append(Line(_("State of %(place)s", place=label), tuple(_state(*heard) for _label, *heard in said)))
    lines.append(Line(_("Sessions"), tuple(_sessions(point) for point in points)))
    words = words_of("shared/network/words.html", "command_word")
    told = (
        ", ".join(f"{words(c.action)} ({fmt.clock_time(c.created_at, c.time_zone)}, {c.requested_name})" for c in p.commands)
        for p in points
    )
    lines.append(Line(_("Commands within half an hour"), tuple(Cell(text or _("none")) for text in told)))
    return lines


def _state(status: str | None, since: datetime | None, until: datetime | None) -> Cell:
    return Cell(_("nothing heard yet")) if status is None else Cell(str(state(status).word), since, None, until)


def _sessions(point: PointThen) -> Cell:
    ran = running_at(current_work(), point.station.station_id, point.at)
    if len(ran) == 1:
        return Cell(ran[0].code, ran[0].since, None, ran[0].until)
    return Cell(", ".join(one.code for one in ran) or _("none"))


def _holder(point: PointThen, to: To) -> Cell:
    held = point.holder
    if held is None:
        return Cell(_("nobody"))
    return Cell(held.name, held.since, held.by, held.until, to(held.code))


def _contract(point: PointThen, to: To) -> Cell:
    held = point.holder
    if held is None:
        return Cell()
    if held.version is None:
        return Cell(held.contract_code)
    return version_cell(held.version, held.version_until, to(held.contract_code))


def _granted(held: HolderThen | None) -> Cell:
    version = held.version if held else None
    if held is None or version is None:
        return Cell()
    return Cell(rights_words(version.permissions), version.first_month, version.approved_name, held.version_until)


def _access(point: PointThen) -> Cell:
    held, since, by = access_then(current_work(), point.station.station_id, point.at)
    words = words_of("shared/network/access_words.html", "access_word")
    return Cell(words(held, point.holder.name if point.holder else ""), since, by)


def _price_lines(outlets: Sequence[OutletThen]) -> list[Line]:
    """The level that decided, then a line for everybody, or one per kind of driver where they differ at one of the instants."""
    decided = Line(_("Decided by"), tuple(_level(outlet) for outlet in outlets))
    if all(len(outlet.prices) <= 1 for outlet in outlets):
        return [Line(_("Price for everybody"), tuple(_price(outlet.prices[0] if outlet.prices else None) for outlet in outlets)), decided]
    lines = []
    for kind in [kind for price in outlets[0].prices for kind in price.kinds]:
        cells = (next((p for p in outlet.prices if any(k.key == kind.key for k in p.kinds)), None) for outlet in outlets)
        lines.append(Line(kind_word(kind), tuple(_price(price) for price in cells)))
    return [*lines, decided]


def _level(outlet: OutletThen) -> Cell:
    level = outlet.level
    if level is None:
        return Cell(_("nothing: nobody could start"))
    return Cell(f"{LEVEL_WORDS[level.level]}: {level.name}", level.since, level.by)


def _price(price: PriceThen | None) -> Cell:
    sheet = price.answer.sheet if price else None
    if price is None or sheet is None:
        return Cell(_("no price"))
    words = words_of("shared/tariff_groups/words.html", "board_words")(price.answer.board)
    return Cell(f"{words} ({sheet.name} v{sheet.number})", sheet.since, sheet.by, sheet.until)


def _electricity(point: PointThen) -> Cell:
    if point.rate is not None:
        return Cell(f"{point.rate.name}: {summary(point.rate.tariff)}", point.rate.since, point.rate.by, point.rate.until)
    version = point.holder.version if point.holder else None
    if version is not None and version.electricity_price is not None:
        return Cell(
            fmt.price(version.electricity_price, version.currency, "kwh"), version.first_month, version.approved_name,
            point.holder.version_until if point.holder else None,
        )  # fmt: skip
    return Cell(_("none"))
