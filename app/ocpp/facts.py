"""What charge points report, as plain values of either protocol. Numbers are the wire's: connectors are not looked up yet.

Energies are Wh, powers W, instants aware and in UTC. ``at`` is the station's clock where that can be believed (T31), else the receipt.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where at the station: 1.6 names a connector, 2.0.1 an EVSE and perhaps a connector of it. None: the whole station, or not said."""

    connector: int | None = None
    evse: int | None = None


class Reading(NamedTuple):
    """One instant of a meter."""

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    soc_pct: int | None = None
    context: str | None = None
    signed: str | None = None


class Note(NamedTuple):
    """Only the raw message is kept; the answer is fixed by the action."""


class Heard(NamedTuple):
    """A heartbeat: the station lives."""


class Booted(NamedTuple):
    """The station started, or says so."""

    vendor: str
    model: str
    serial: str
    firmware: str


class StatusSaid(NamedTuple):
    """State of a connector: one of the nine words of 1.6, ``Occupied``, or None where the word is unknown; ``raw`` is what was said."""

    place: Place
    status: str | None
    raw: str
    error_code: str | None
    error_info: str | None
    at: datetime


class TokenAsked(NamedTuple):
    """May this token charge?"""

    token: str


class Started(NamedTuple):
    """1.6: a transaction began. ``key`` is equal for repeats of the same start (T38); ``reservation``: the number of the one it uses up."""

    place: Place
    token: str
    at: datetime
    meter_wh: int | None
    key: str
    flags: tuple[str, ...]
    reservation: int | None = None


class Stopped(NamedTuple):
    """1.6: a transaction ended. ``number`` is None where what was sent is no number of ours."""

    number: int | None
    said: str
    token: str
    at: datetime
    meter_wh: int | None
    reason: str | None
    readings: tuple[Reading, ...]
    flags: tuple[str, ...]


class Metered(NamedTuple):
    """Meter values, in a transaction or not. ``said`` is the transaction as sent; empty if none was."""

    place: Place
    number: int | None
    said: str
    readings: tuple[Reading, ...]


class TransactionSaid(NamedTuple):
    """2.0.1: Started, Updated or Ended, identified by the station's own transaction id."""

    kind: str
    ref: str
    place: Place
    token: str
    at: datetime
    charging_state: str | None
    remote_start_id: int | None
    reason: str | None
    readings: tuple[Reading, ...]
    flags: tuple[str, ...]
    token_given: bool
    reservation: int | None = None


class ConfigTold(NamedTuple):
    """2.0.1: one part of the configuration that was asked for by ``number``; ``entries`` as sent."""

    number: int
    part: int
    last: bool
    entries: list[Any]


Fact = Note | ConfigTold | Heard | Booted | StatusSaid | TokenAsked | Started | Stopped | Metered | TransactionSaid
