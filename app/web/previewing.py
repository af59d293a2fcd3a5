"""Staff see the partner portal as somebody of a partner sees it (ux 1.7): for half an hour, in this browser alone, changing nothing.

The browser's session remembers account and role. The partner portal's guard asks ``previewed`` first; the gate refuses every change, and so
does the database for the whole transaction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, request, session, url_for

from app.domain.contracts.grants import load_actor, load_preview
from app.domain.contracts.previews import Preview, begin_preview, end_preview
from app.domain.people.events import AccessChanged
from app.kernel.errors import NotAllowed
from app.kernel.ids import read_code
from app.live.messages import user_topic
from app.web.database import act_as, aside
from app.web.pages import go_to
from app.web.signin import current_person, current_work
from app.work.unit import Work

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Running:
    """The preview of this browser."""

    code: str
    name: str
    role: str
    until: datetime
    operator_id: UUID


def running() -> Running | None:
    """The preview that this browser began and has not ended."""
    kept = session.get("preview") or {}
    try:
        return Running(kept["code"], kept["name"], kept["role"], datetime.fromisoformat(kept["until"]), UUID(kept["operator_id"]))
    except (KeyError, TypeError, ValueError):
        return None


def begin(code: str, role: str) -> Preview:
    """Begin one; another that runs in this browser ends."""
    work = current_work()
    end(work)
    made = begin_preview(work, code, role)
    session["preview"] = asdict(made) | {"until": made.until.isoformat(), "operator_id": str(work.operator_id)}
    return made


def end(work: Work) -> Running | None:
    """End the one that runs, and its streams; which it was. ``work`` is that of the staff who began it."""
    found = _forget()
    if found is not None:
        _note_end(work, found)
    return found


def _forget() -> Running | None:
    found = running()
    session.pop("preview", None)
    if found is not None:
        session["live"] = {key: entry for key, entry in (session.get("live") or {}).items() if key != found.code}
    return found


def _note_end(work: Work, found: Running) -> None:
    end_preview(work, found.code, found.role)
    if work.actor.id is not None:
        changed = AccessChanged(operator_id=work.operator_id, subject=("user", work.actor.id), user_id=work.actor.id)
        work.record(changed, topics=(user_topic(work.actor.id),))


def previewed(partner_code: str) -> bool:
    """Does this browser look at that account in a preview?"""
    found = running()
    return found is not None and found.code == read_code("P", partner_code) and current_person() is not None


def enter_preview() -> Any:
    """Act as the person shown: read, and nothing else. Returns the way back to the partner's page once the time is over."""
    found, person = running(), current_person()
    if found is None or person is None:
        raise NotAllowed("read_only")
    work = current_work()
    if work.now >= found.until:
        _forget()
        with aside(load_actor(work.session, person.user_id, operator_id=found.operator_id)) as apart:
            _note_end(apart, found)
        return go_to(url_for("cpo.partner", code=found.code), note="preview-over")
    actor, account = load_preview(
        work.session, person.user_id, operator_id=found.operator_id, partner_code=found.code, role=found.role, at=work.now,
        address=request.remote_addr or "",
    )  # fmt: skip
    act_as(actor)
    g.account, g.preview = account, found
    if request.method not in _READING:
        raise NotAllowed("read_only")
    return None
