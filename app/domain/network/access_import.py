"""Who may charge at many charge points, as CSV: every bad row explained, the good ones taken, or on request all or none (B10).

The columns are those of the file of charge points, so that a file taken away, changed and handed in again says the same: label; access
(public, own, groups), listed, access_groups (codes), company_default. What a file leaves out stays as it is; other columns are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import func, select

from app.access.permissions import Permission
from app.domain.network.access import ACCESS, is_known, write_or_queue
from app.domain.network.access_models import StationAccess
from app.domain.network.access_rows import Access, access_of
from app.domain.network.many import MOST, require_somewhere
from app.domain.network.models import Station
from app.domain.network.queries import in_reach
from app.domain.people.user_groups import UserGroup
from app.kernel.errors import Invalid
from app.kernel.sheets import Line, Problem, read_lines, read_sheet
from app.work.unit import Work

_YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "x"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non"})
#: lines of a file: charge points have several connectors
_MOST_LINES = 8 * MOST


@dataclass(frozen=True, slots=True)
class AccessImported:
    """What came of a file: charge points that change, those that are so already, bad rows. ``change_id`` None: nothing changes."""

    changed: int
    same: int
    problems: tuple[Problem, ...]
    change_id: UUID | None = None


def import_access(work: Work, text: str, *, whole: bool, key: str, account: tuple[UUID, str] | None) -> AccessImported:
    """Take it in as one act with one undo; the same key is the same act. ``whole``: one bad row and none is taken.

    Refuses at ``text`` what is no such file, and more than 1,000 charge points (``too_many_chosen``).
    """
    require_somewhere(work, Permission.ACCESS_EDIT)
    change_id = uuid5(work.actor.id or work.operator_id, key)
    lines = read_sheet(text, ("label",), most=_MOST_LINES)
    reader = _Reader(work, lines)
    rows, problems = read_lines(lines, reader.read)
    wanted = {station_id: access for station_id, access in rows if reader.now[station_id] != access}
    if len(wanted) > MOST:
        raise Invalid("too_many_chosen", field="text", most=MOST)
    same = len({station_id for station_id, _ in rows}) - len(wanted)
    if is_known(work, change_id):
        done = select(func.count()).select_from(StationAccess).where(StationAccess.change_id == change_id)
        return AccessImported(work.session.scalar(done) or 0, 0, tuple(problems), change_id)
    if not wanted or (whole and problems):
        return AccessImported(0, same if not (whole and problems) else 0, tuple(problems))
    write_or_queue(work, change_id, wanted, undo_of=None, account=account)
    return AccessImported(len(wanted), same, tuple(problems), change_id)


class _Reader:
    """Reads a row against the charge points and groups that the actor may decide about. Two statements for a whole file."""

    def __init__(self, work: Work, lines: list[Line]) -> None:
        labels = {line.cells.get("label", "").strip().upper() for line in lines}
        asked = select(Station).where(Station.label.in_(labels), Station.retired_at.is_(None), Station.partner_id.is_not(None))
        found = work.session.scalars(asked.where(*in_reach(work.actor, Permission.ACCESS_EDIT, Station))).all()
        self._stations = {station.label: station for station in found}
        self.now = {station.id: access_of(station) for station in found}
        groups = work.session.scalars(select(UserGroup).where(UserGroup.operator_id == work.operator_id, UserGroup.archived_at.is_(None)))
        self._groups = {group.code: (group.id, group.partner_id) for group in groups}
        self._said: dict[UUID, Access] = {}

    def read(self, line: Line) -> tuple[UUID, Access]:
        """The charge point and what it gets; refuses at the column."""
        label = line.text("label").upper()
        station = self._stations.get(label)
        if station is None:
            raise Invalid("unknown_place", field="label", value=label)
        now = self.now[station.id]
        access = line.text("access", now.access).lower()
        if access not in ACCESS:
            raise Invalid("unknown_choice", field="access", value=access)
        kept = now.group_ids if access == "groups" else ()
        groups = self._codes(line, station.partner_id) if access == "groups" and "access_groups" in line.cells else kept
        if (access == "groups") != bool(groups):
            raise Invalid("no_group", field="access_groups")
        said = Access(access, _flag(line, "listed", now=now.listed), groups, _flag(line, "company_default", now=now.company))
        if self._said.setdefault(station.id, said) != said:
            raise Invalid("label_twice", field="label", value=label)
        return station.id, said

    def _codes(self, line: Line, partner_id: UUID | None) -> tuple[UUID, ...]:
        found = [self._groups.get(code) for code in line.text("access_groups", "").upper().split()]
        if any(one is None or one[1] not in {None, partner_id} for one in found):
            raise Invalid("foreign_group", field="access_groups")
        return tuple(sorted(one[0] for one in found if one is not None))


def _flag(line: Line, name: str, *, now: bool) -> bool:
    said = line.text(name, "").casefold()
    if said and said not in _YES | _NO:
        raise Invalid("yes_or_no", field=name, value=said)
    return said in _YES if said else now
