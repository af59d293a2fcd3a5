"""Forms about what others may change meanwhile: each remembers what it showed, so that nobody's save is taken back unseen (ux 3.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar, Self
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from app.kernel.errors import Conflict
from app.web.forms import BaseForm, Difference, differences, said, sent_values
from app.web.signin import current_work
from app.work.audit import last_entry


@dataclass(frozen=True, slots=True)
class Clash:
    """Fields that two people changed differently, and who saved when: empty and None if the log does not say."""

    fields: list[Difference]
    by: str
    at: datetime | None


class SeenForm(BaseForm):
    """``shows()`` when it is shown; when it comes back, read it again from ``merged()`` and ask ``clash()`` before it is saved.

    Sent without what it showed, it is saved as it stands: that is no form of ours.
    """

    #: names of the log where they are not the fields' own
    LOGGED: ClassVar[Mapping[str, str]] = MappingProxyType({})

    seen = HiddenField()

    @property
    def before(self) -> dict[str, str]:
        """What the fields said when the form was made; nothing if that cannot be read."""
        try:
            found = json.loads(self.seen.data or "{}")
        except ValueError:
            return {}
        return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}

    def shows(self, now: BaseForm | None = None) -> Self:
        """Remember what stands in the fields now: in its own, or in those of another form of the kind."""
        self.seen.data = json.dumps(said(now or self))
        return self

    def merged(self, theirs: BaseForm) -> MultiDict[str, str]:
        """What was sent, with what stands now (``theirs``) in each field that only they changed, or where theirs was chosen."""
        found, before, now, yours = chosen(theirs), self.before, said(theirs), said(self)
        for name, was in before.items():
            if name in now and _same(yours[name], was) and not _same(now[name], was):
                found.setlist(name, sent_values(theirs[name]))
        return found

    def clash(self, theirs: BaseForm, act: str, subject: tuple[str, UUID]) -> Clash | None:
        """The fields that they changed meanwhile and this form changes otherwise; the form then says so, and knows what stands now.

        ``act`` and ``subject`` (kind, key) name the log's entry of such a save.
        """
        found = [
            one
            for one in differences(theirs, self, self.before)
            if one.before is not None and not _same(one.theirs, one.yours) and not _same(one.theirs, one.before)
        ]
        if not found:
            return None
        self.shows(theirs)
        self.refuse(Conflict("changed_meanwhile"))
        last = last_entry(current_work().session, act, subject, changed=[self.LOGGED.get(one.name, one.name) for one in found])
        return Clash(found, last.actor_name if last else "", last.at if last else None)


def chosen(theirs: BaseForm) -> MultiDict[str, str]:
    """What was sent; after a comparison with what stands now in each field where theirs was chosen."""
    found = MultiDict(request.form)
    for name in said(theirs):
        if found.get(f"keep_{name}") == "theirs":
            found.setlist(name, sent_values(theirs[name]))
    return found


def _same(one: str, other: str) -> bool:
    """The same words, whatever line ends and blanks a browser makes of them."""
    return one.split() == other.split()
