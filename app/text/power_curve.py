"""How a charge ran, drawn as SVG: power above, energy below on the same clock, and when the car only stood there. For pages and papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup

from app.text import format as fmt
from app.text.words import gettext

_WIDTH, _LEFT, _RIGHT = 720, 48, 8
_TOP, _POWER, _GAP, _ENERGY = 18, 120, 26, 56
_BAND = 6
_TICKS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


class Sample(NamedTuple):
    """What the meter said: energy since the start, power; either may be missing."""

    at: datetime
    energy_wh: int | None
    power_w: int | None


class Standing(NamedTuple):
    """From when until when the car took nothing."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class _Frame:
    start: datetime
    end: datetime
    most_w: int
    most_wh: int

    def x(self, at: datetime) -> int:
        whole = max(1, int((self.end - self.start).total_seconds()))
        part = min(max(0, int((at - self.start).total_seconds())), whole)
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * part // whole

    def power_y(self, watts: int) -> int:
        return _TOP + _POWER - _POWER * watts // max(1, self.most_w)

    def energy_y(self, wh: int) -> int:
        return _TOP + _POWER + _GAP + _ENERGY - _ENERGY * wh // max(1, self.most_wh)


def power_curve(samples: Sequence[Sample], standing: Sequence[Standing], start: datetime, end: datetime, zone: str) -> Markup:
    """The figure with its table; nothing but a sentence where there are no samples."""
    known = [each for each in _with_power(samples, start) if start <= each.at <= end]
    if len(known) < 2 or end <= start:
        return Markup('<p class="muted">{}</p>').format(gettext("The charge point sent no readings to draw."))
    most_w = max(each.power_w or 0 for each in known)
    most_wh = max(each.energy_wh or 0 for each in known)
    frame = _Frame(start, end, _round_up(most_w, 1000), _round_up(most_wh, 1000))
    title = gettext(
        "Up to %(power)s; %(energy)s from %(start)s to %(end)s",
        power=fmt.kw(most_w),
        energy=fmt.kwh(most_wh, 1),
        start=fmt.clock_time(start, zone),
        end=fmt.clock_time(end, zone),
    )
    height = _TOP + _POWER + _GAP + _ENERGY + 24
    inner = Markup("").join([_grid(frame, zone), _bands(frame, standing), _power(frame, known), _energy(frame, known)])
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>'
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{title}" font-size="11">{inner}</svg>{table}</figure>'
    ).format(title=title, w=_WIDTH, h=height, inner=inner, table=_table(known, zone))


def _with_power(samples: Sequence[Sample], start: datetime) -> list[Sample]:
    """Power from the register where the station reports none."""
    found: list[Sample] = []
    before, energy = start, 0
    for each in samples:
        power = each.power_w
        seconds = int((each.at - before).total_seconds())
        if power is None and each.energy_wh is not None and seconds > 0:
            power = max(0, each.energy_wh - energy) * 3600 // seconds
        found.append(Sample(each.at, each.energy_wh, power))
        if each.energy_wh is not None:
            before, energy = each.at, each.energy_wh
    return found


def _grid(frame: _Frame, zone: str) -> Markup:
    lines = [_line(_LEFT, frame.power_y(watts), _WIDTH - _RIGHT, fmt.number(watts // 1000)) for watts in (frame.most_w // 2, frame.most_w)]
    lines += [_line(_LEFT, frame.energy_y(wh), _WIDTH - _RIGHT, fmt.number(wh // 1000)) for wh in (0, frame.most_wh)]
    lines.append(_line(_LEFT, frame.power_y(0), _WIDTH - _RIGHT, "0"))
    lines.append(Markup('<text class="c-strong" x="{}" y="12">kW</text>').format(0))
    lines.append(Markup('<text class="c-strong" x="0" y="{}">kWh</text>').format(_TOP + _POWER + _GAP - 8))
    whole = int((frame.end - frame.start).total_seconds())
    step = next((each for each in _TICKS if whole // each <= 8), _TICKS[-1])
    tick = frame.start.replace(second=0, microsecond=0)
    tick += timedelta(seconds=-(int(tick.timestamp()) % step) % step)
    while tick <= frame.end:
        lines.append(
            Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
                frame.x(tick), _TOP + _POWER + _GAP + _ENERGY + 18, fmt.clock_time(tick, zone)
            )
        )
        tick += timedelta(seconds=step)
    return Markup("").join(lines)


def _line(left: int, y: int, right: int, word: str) -> Markup:
    return Markup('<line class="c-grid" x1="{l}" x2="{r}" y1="{y}" y2="{y}"/><text x="{t}" y="{ty}" text-anchor="end">{w}</text>').format(
        l=left, r=right, y=y, t=left - 6, ty=y + 4, w=word
    )


def _bands(frame: _Frame, standing: Sequence[Standing]) -> Markup:
    y = _TOP + _POWER + 4
    return Markup("").join(
        Markup('<rect class="r-attention" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
            frame.x(each.start), y, max(1, frame.x(each.end) - frame.x(each.start)), _BAND, gettext("Not charging")
        )
        for each in standing
    )


def _power(frame: _Frame, known: Sequence[Sample]) -> Markup:
    points = " ".join(f"{frame.x(each.at)},{frame.power_y(each.power_w or 0)}" for each in known if each.power_w is not None)
    return Markup('<polyline class="s1" fill="none" stroke-width="2" points="{}"/>').format(points)


def _energy(frame: _Frame, known: Sequence[Sample]) -> Markup:
    points = " ".join(f"{frame.x(each.at)},{frame.energy_y(each.energy_wh or 0)}" for each in known if each.energy_wh is not None)
    return Markup('<polyline class="s3" fill="none" stroke-width="2" points="{}"/>').format(points)


def _table(known: Sequence[Sample], zone: str) -> Markup:
    step = max(1, len(known) // 40)
    rows = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td class="num">{}</td><td class="num">{}</td></tr>').format(
            fmt.clock_time(each.at, zone, seconds=True), fmt.kw(each.power_w), fmt.kwh(each.energy_wh)
        )
        for each in known[::step]
    )
    return Markup(
        '<details><summary>{}</summary><table class="list"><thead><tr><th scope="col">{}</th><th scope="col" class="num">{}</th>'
        '<th scope="col" class="num">{}</th></tr></thead><tbody>{}</tbody></table></details>'
    ).format(gettext("As a table"), gettext("Time"), gettext("Power"), gettext("Energy"), rows)


def _round_up(value: int, least: int) -> int:
    """The next round number at or above a value."""
    step = least
    while step * 10 <= value:
        step *= 10
    return max(least, -(-value // step) * step)
