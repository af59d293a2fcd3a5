"""Staff see the partner portal as somebody of a partner sees it (ux 1.7): for half an hour, in this browser alone, changing nothing.

The browser's session remembers through whose eyes. The partner portal's guard asks ``previewed`` first; the gate refuses every change, and
so does the database for the whole transaction, of which nothing is ever committed. At a past instant rights are those of then, and the
clock of the unit of work stands there on pages that read dated facts alone; the others show today and say so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, request, session, url_for

from app.domain.contracts.grants import load_actor
from app.domain.contracts.previews import Preview, begin_preview, end_preview
from app.domain.contracts.seeing import Eyes, load_preview
from app.domain.people.events import AccessChanged
from app.kernel.errors import NotAllowed
from app.kernel.ids import read_code
from app.live.messages import user_topic
from app.web import errors
from app.web.database import act_as, aside
from app.web.pages import go_to
from app.web.signin import current_person, current_work
from app.work.unit import Work

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: pages of the partner portal whose every line is a dated fact: contracts, prices and who pays them, electricity, the time machine
_TRAVEL = frozenset(
    f"partner.{name}"
    for name in (
        "contract contract_paper_file prices tariffs_csv tariff tariff_compare tariff_groups tariff_group tariff_group_line "
        "electricity_rates electricity_rate time_machine"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Running:
    """The preview of this browser. ``person`` empty: anybody with the role; ``at`` None: as of now."""

    code: str
    name: str
    role: str
    person: str
    zone: str
    until: datetime
    operator_id: UUID
    user_id: UUID | None = None
    at: datetime | None = None

    @property
    def eyes(self) -> Eyes:
        """Through whose eyes."""
        return Eyes(self.code, self.role, self.user_id, self.at)


def running() -> Running | None:
    """The preview that this browser began and has not ended."""
    kept = session.get("preview") or {}
    try:
        words = {name: kept[name] for name in ("code", "name", "role", "person", "zone")}
        user_id, at = kept["user_id"], kept["at"]
        until, operator_id = datetime.fromisoformat(kept["until"]), UUID(kept["operator_id"])
        user_id, at = UUID(user_id) if user_id else None, datetime.fromisoformat(at) if at else None
    except (KeyError, TypeError, ValueError):
        return None
    return Running(**words, until=until, operator_id=operator_id, user_id=user_id, at=at)


def begin(eyes: Eyes) -> Preview:
    """Begin one; another that runs in this browser ends."""
    work = current_work()
    end(work)
    made = begin_preview(work, eyes)
    session["preview"] = asdict(made) | {
        "until": made.until.isoformat(), "operator_id": str(work.operator_id), "user_id": str(eyes.user_id) if eyes.user_id else None,
        "at": eyes.at.isoformat() if eyes.at else None,
    }  # fmt: skip
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
    end_preview(work, found.code, found.role, found.person)
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
        work.session, person.user_id, found.eyes, operator_id=found.operator_id, now=work.now, address=request.remote_addr or ""
    )
    act_as(actor)
    g.account, g.preview, g.travels = account, found, request.endpoint in _TRAVEL
    if found.at is not None and g.travels:
        work.now = found.at
    return None


def refuse_writes(response: Response) -> Response:
    """What a form of the portal answers in a preview: the gate's refusal, which says whether the person could; never anything else."""
    if g.get("preview") is None or request.method in _READING or response.status_code == 403:
        return response
    session.pop("note", None)
    return errors.refused(NotAllowed("read_only"))
