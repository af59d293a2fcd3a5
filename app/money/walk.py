"""A session cut into pieces, within which no price can change, and the part that prices each (README P1, steps 4 to 6).

Everything is exact. Inside a stretch of ``length`` microseconds and ``energy`` a place is a whole number of the unit that makes
both kinds of cut exact: time where only time cuts, energy where only energy does, and their product where both do. So a piece is
cut at the very kWh of a threshold, not at a rounded second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.money.compile import Choice, Compiled, Matcher
from app.money.terms import GraceMode, GraceScope, IdleGrace
from app.money.usage import Reservation, Session, Stretch
from app.money.windows import EVERY, Steps, both, with_cut
from app.money.zones import SECOND, offsets


class Piece(NamedTuple):
    """Part of a stretch: time is ``time / time_over`` microseconds from ``since / time_over`` after the stretch's start, energy
    ``energy / energy_over``; ``in_grace`` and ``in_allowance`` say what of it is free."""

    stretch: Stretch
    since: int
    time: int
    time_over: int
    energy: int
    energy_over: int
    choice: Choice
    in_grace: bool
    in_allowance: bool


def session_pieces(compiled: Compiled, matcher: Matcher, session: Session) -> list[Piece]:
    """The pieces of a charging session, in order."""
    stretches = session.stretches or (Stretch(session.start, 0, 0, charging=False),)  # connected, nothing reported: a start fee is due
    found: list[Piece] = []
    free = grace_left(compiled.grace, stretches) if compiled.grace else None
    allowance = compiled.allowance + session.allowance
    delivered = 0
    for place, stretch in enumerate(stretches):
        at, length, energy, charging, readings = stretch
        grace = free[place] if free else 0
        if matcher.static is not None:
            times = powers = _ALWAYS
        else:
            times = _times(matcher, session.zone, at, length, at - session.start)
            powers = matcher.energy.steps(delivered, energy) if matcher.energy else _ALWAYS
            if matcher.power:
                powers = [
                    (x, mask & matcher.powered(charging=charging, length=length, energy=energy, readings=readings)) for x, mask in powers
                ]
        if 0 < grace < length:
            times = with_cut(times, grace)
        if 0 < allowance - delivered < energy:
            powers = with_cut(powers, allowance - delivered)
        _cut(found, matcher, stretch, times, powers, grace, allowance - delivered)
        delivered += energy
    return found


_ALWAYS: Steps = [(0, EVERY)]


def _times(matcher: Matcher, zone: str, at: int, length: int, elapsed: int) -> Steps:
    """The masks that time decides: wall clock and duration."""
    if matcher.clock is None:
        return matcher.duration.steps(elapsed, length) if matcher.duration else _ALWAYS
    steps = matcher.clock.steps(offsets(zone), at, length)
    return both(steps, matcher.duration.steps(elapsed, length)) if matcher.duration else steps


def _cut(found: list[Piece], matcher: Matcher, stretch: Stretch, times: Steps, powers: Steps, grace: int, allowance: int) -> None:
    """Append the pieces of one stretch."""
    _, length, energy, charging, _ = stretch
    if len(times) == 1 and len(powers) == 1:
        choice = matcher.choose(times[0][1] & powers[0][1])
        found.append(Piece(stretch, 0, length, 1, energy, 1, choice, not charging and grace > 0, allowance > 0))
        return
    if len(powers) == 1:
        steps, whole, time_by, time_over, energy_by, energy_over = both(times, powers), length, 1, 1, energy, length
    elif len(times) == 1:
        steps, whole, time_by, time_over, energy_by, energy_over = both(times, powers), energy, length, energy, 1, 1
    else:
        steps = both([(x * energy, mask) for x, mask in times], [(x * length, mask) for x, mask in powers])
        whole, time_by, time_over, energy_by, energy_over = length * energy, 1, energy, 1, length
    ends = [x for x, _ in steps[1:]]
    ends.append(whole)
    for (x, mask), end in zip(steps, ends, strict=True):
        since, size = x * time_by, end - x
        found.append(
            Piece(
                stretch,
                since,
                size * time_by,
                time_over,
                size * energy_by,
                energy_over,
                matcher.choose(mask),
                not charging and since < grace * time_over,
                x * energy_by < allowance * energy_over,
            )
        )


def grace_left(grace: IdleGrace, stretches: Sequence[Stretch]) -> list[int]:
    """For each stretch how much of its beginning is idle time that costs nothing, in microseconds (README P7)."""
    phases: list[list[int]] = [[]]
    for place, stretch in enumerate(stretches):
        if not stretch.charging:
            phases[-1].append(place)
        elif phases[-1] and grace.scope is GraceScope.PHASE:
            phases.append([])
    free = [0] * len(stretches)
    for phase in phases:
        budget = grace.seconds * SECOND
        if grace.mode is GraceMode.THRESHOLD:
            idle = sum(stretches[place].length for place in phase)
            budget = idle if idle <= budget else 0
        for place in phase:
            free[place] = min(budget, stretches[place].length)
            budget -= free[place]
    return free


def reservation_pieces(matcher: Matcher, reservation: Reservation, zone: str) -> list[Piece]:
    """The pieces of reserved time. The charging session has not begun: no duration, energy, power or current yet."""
    length = reservation.end - reservation.start
    stretch = Stretch(reservation.start, length, 0, charging=False)
    mask = matcher.every
    if matcher.duration:
        mask &= matcher.duration.at(0)
    if matcher.energy:
        mask &= matcher.energy.at(0)
    if matcher.power:
        mask &= matcher.powered(charging=False, length=length, energy=0, readings=stretch.readings)
    times = matcher.clock.steps(offsets(zone), stretch.at, length) if matcher.clock else [(0, mask)]
    found: list[Piece] = []
    _cut(found, matcher, stretch, times, [(0, mask)], 0, 0)
    return found
