"""One field for everything: recognises labels, EVSE ids and codes, else looks for words. Finds only what the person may see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import url_for

from app.access.permissions import Permission
from app.domain.network.labels import spoken_label
from app.domain.network.listing import LocationFilter, StationFilter, locations, stations
from app.domain.people.queries import partners
from app.domain.people.rows import PartnerFilter
from app.domain.sessions.listing import SessionFilter, sessions
from app.kernel.ids import read_code
from app.text.words import gettext as _
from app.web.navigation import page_exists
from app.work.unit import Work

#: hits shown per group; "all" leads to the list with the same words
PER_GROUP = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its name, a second line, a state, and where it is."""

    name: str
    second: str
    url: str
    state: str = ""
    kind: str = ""


@dataclass
class Group:
    """Hits of one kind; ``more`` leads to all of them, ``total`` says how many (None: more than can be counted)."""

    word: str
    icon: str
    hits: list[Hit] = field(default_factory=list)
    total: int | None = 0
    more: str | None = None


@dataclass
class Found:
    """What a search found; ``exact`` is the address of the one thing that was named whole."""

    groups: list[Group]
    exact: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return not any(group.hits for group in self.groups)


def find_all(work: Work, typed: str) -> Found:
    """Charge points, sites, partners and sessions for what was typed."""
    words = typed.strip()[:80]
    if len(words) < 2:
        return Found([])
    groups = [_stations(work, words), _locations(work, words), _partners(work, words), _sessions(work, words)]
    return Found([g for g in groups if g.hits], _exact(words, groups))


def _exact(words: str, groups: list[Group]) -> str | None:
    """The only hit, if what was typed is a whole label, EVSE id or code."""
    hits = [hit for group in groups for hit in group.hits]
    coded = any(read_code(prefix, words) for prefix in ("S", "P", "L", "C"))
    named = spoken_label(words) is not None or re.fullmatch(r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[Ee][A-Za-z0-9*]+", words) is not None
    return hits[0].url if len(hits) == 1 and (coded or named) else None


def _stations(work: Work, words: str) -> Group:
    group = Group(_("Charge points"), "charging-pile")
    said = spoken_label(words)
    found = stations(work, StationFilter(text=words), limit=PER_GROUP)
    if not found.rows and said is not None and said.evse is not None and said.label:
        found = stations(work, StationFilter(text=said.label), limit=PER_GROUP)
    for line in found.rows:
        row = line.station
        worst = next((c.status for c in line.connectors if c.status == "Faulted"), line.connectors[0].status if line.connectors else "")
        address = url_for("cpo.charge_point", label=row.label)
        if said is not None and said.evse is not None:
            address += f"#connector-{row.label}-{said.evse}"
        second = " · ".join(part for part in (row.location_name, row.partner_name, f"{row.vendor} {row.model}".strip()) if part)
        group.hits.append(Hit(row.label, second, address, worst))
    group.total, group.more = found.total, url_for("cpo.charge_points", q=words)
    return group


def _locations(work: Work, words: str) -> Group:
    found = locations(work, LocationFilter(text=words), limit=PER_GROUP)
    hits = [Hit(r.name, f"{r.code} · {r.address}", url_for("cpo.location", code=r.code)) for r in found.rows]
    return Group(_("Locations"), "map-pin", hits, found.total, url_for("cpo.locations", q=words))


def _partners(work: Work, words: str) -> Group:
    group = Group(_("Partners"), "building-store")
    if work.can(Permission.PARTNER_VIEW) and page_exists("/cpo/partners"):
        found = partners(work, PartnerFilter(text=words), limit=PER_GROUP)
        group.hits = [Hit(r.name, f"{r.code} · {r.city}", f"/cpo/partners/{r.code}", r.state) for r in found.rows]
        group.total, group.more = found.total, url_for("cpo.partners", text=words)
    return group


def _sessions(work: Work, words: str) -> Group:
    group = Group(_("Sessions"), "bolt")
    if work.can(Permission.SESSION_VIEW) and (read_code("S", words) or spoken_label(words)):
        found = sessions(work, SessionFilter(text=words), limit=PER_GROUP)
        group.hits = [Hit(r.code, f"{r.evse_label} · {r.location_name}", f"/cpo/sessions/{r.code}", r.state, "session") for r in found.rows]
        group.total, group.more = found.total, f"/cpo/sessions?q={words}"
    return group
