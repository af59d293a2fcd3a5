"""Who listens, as a value: topics, rights, language and what the page shows. Everybody with the same view gets the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.live.fragments import CPO, DRIVER, PARTNER
from app.live.messages import LiveMessage

_MOST_WATCHED = 12


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking at the bus."""

    audience: str
    #: what addresses in fragments start with
    base: str
    topics: frozenset[str]
    language: str
    region: str | None = None
    #: whose clock times are shown on: site, mine, utc; and the reader's own zone, if known
    basis: str = "site"
    own_zone: str | None = None
    rights: frozenset[str] = frozenset()
    #: a membership may be limited to sites
    locations: frozenset[str] | None = None
    #: kinds of fragment the page has; None: all
    watch: frozenset[str] | None = None
    #: the one charge point the page is about
    of: str | None = None

    def may_hear(self, message: LiveMessage) -> bool:
        """Whether the message is within the reader's sites and the page's subject."""
        facts = message.facts
        if self.locations is not None and "location_id" in facts and facts["location_id"] not in self.locations:
            return False
        return self.of is None or facts.get("station_label", facts.get("label", self.of)) == self.of


@dataclass(frozen=True, slots=True)
class Entry:
    """What the web process left in the browser's session about one account: whom it may hear and what it may see."""

    topics: frozenset[str]
    rights: frozenset[str]
    locations: frozenset[str] | None
    language: str
    region: str | None
    basis: str
    own_zone: str | None
    at: datetime
    #: a preview is over then; None: as long as the sign-in
    until: datetime | None = None


def read_entry(raw: Any) -> Entry | None:
    """The entry as the session's JSON has it; None for anything else: then nothing is heard."""
    try:
        sites = raw["locations"]
        return Entry(
            topics=frozenset(map(str, raw["topics"])),
            rights=frozenset(map(str, raw["rights"])),
            locations=None if sites is None else frozenset(map(str, sites)),
            language=str(raw["language"]),
            region=raw.get("region"),
            basis=str(raw.get("basis") or "site"),
            own_zone=raw.get("own_zone"),
            at=datetime.fromisoformat(raw["at"]),
            until=datetime.fromisoformat(raw["until"]) if raw.get("until") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def portal_view(key: str, entry: Entry, query: Mapping[str, str]) -> View:
    """The view of somebody signed in: ``key`` is ``cpo`` or a partner account's code."""
    watched = [k for k in query.get("watch", "").split(",") if k][:_MOST_WATCHED]
    return View(
        audience=CPO if key == CPO else PARTNER,
        base="/cpo" if key == CPO else f"/partner/{key}",
        topics=entry.topics,
        language=entry.language,
        region=entry.region,
        basis=entry.basis,
        own_zone=entry.own_zone,
        rights=entry.rights,
        locations=entry.locations,
        watch=frozenset(watched) if watched else None,
        of=query.get("of") or None,
    )


def driver_view(topic: str, language: str) -> View:
    """The view of a driver with the secret of one session."""
    return View(DRIVER, "", frozenset({topic}), language)
