"""Making, changing and publishing tariff groups. Lines are changed in a draft; a published version is never edited.

Each change of a draft names the ``revision`` it was made from; a newer one refuses ``group_changed``, so nobody loses lines unseen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.access.permissions import Permission
from app.domain.people.user_groups import UserGroup
from app.domain.tariffs.cascade_lines import CHANNELS, Line
from app.domain.tariffs.groups_events import TariffGroupArchived, TariffGroupCreated, TariffGroupPublished, UserGroupCreated
from app.domain.tariffs.groups_law import refuse_unlawful
from app.domain.tariffs.groups_models import TariffGroup, TariffGroupDraft, TariffGroupLine, TariffGroupVersion
from app.domain.tariffs.groups_queries import draft_of, group_by_code, group_versions, sheet_choices, sheets, user_groups
from app.domain.tariffs.groups_rows import GroupRow, GroupState, LineInput, SheetRow
from app.domain.tariffs.telling import tell_later
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import plain
from app.kernel.ids import new_code, uuid7
from app.kernel.periods import next_quarter
from app.work.unit import Work

#: more lines than anybody can read; first match wins among them
MOST_LINES = 50


def create_group(work: Work, name: str, rest: str, *, partner_id: UUID | None = None) -> str:
    """A new group in which everyone pays by one price sheet, in force at once as it counts nowhere yet; returns its code."""
    work.require(Permission.TARIFF_GROUP_EDIT, partner_id=partner_id)
    if not name.strip():
        raise Invalid("missing", field="name")
    sheet = _sheet(work, rest, "rest", None, partner_id)
    owned = {"operator_id": work.operator_id, "partner_id": partner_id}
    group = TariffGroup(**owned, id=uuid7(), code=new_code("G"), name=name.strip()[:120], currency=sheet.currency, created_at=work.now)
    work.session.add(group)
    work.session.flush()
    _add_version(work, group.id, partner_id, 1, work.now, GroupState(lines=(), rest_tariff_id=sheet.id))
    work.record(
        TariffGroupCreated(
            operator_id=work.operator_id,
            partner_id=partner_id,
            subject=("tariff_group", group.id),
            code=group.code,
            group_name=group.name,
            rest=sheet.code,
        )
    )
    return group.code


def create_user_group(work: Work, name: str, *, partner_id: UUID | None = None) -> str:
    """A group of people that prices can name; returns its code. Its cards are put in by the drivers' pages."""
    work.require(Permission.TARIFF_GROUP_EDIT, partner_id=partner_id)
    if not name.strip():
        raise Invalid("missing", field="name")
    group = UserGroup(
        id=uuid7(), operator_id=work.operator_id, partner_id=partner_id, code=new_code("U"), name=name.strip()[:120], created_at=work.now
    )
    work.session.add(group)
    work.session.flush()
    about = ("user_group", group.id)
    work.record(
        UserGroupCreated(operator_id=work.operator_id, partner_id=partner_id, subject=about, code=group.code, group_name=group.name)
    )
    return group.code


def editable(work: Work, code: str) -> GroupRow:
    """A group the actor may change; refuses foreign and archived ones."""
    row = group_by_code(work, code)
    work.require(Permission.TARIFF_GROUP_EDIT, partner_id=row.partner_id)
    if row.archived:
        raise Conflict("group_archived")
    return row


def present(work: Work, row: GroupRow) -> GroupState:
    """What the group's page works on: the draft, else the newest version, whether in force or announced."""
    return draft_of(work.session, row.id) or group_versions(work.session, row.id, 1)[0]


def put_line(work: Work, code: str, wanted: LineInput, revision: int, *, number: int | None = None) -> int:
    """Add a line at the end (before everyone else), or change line ``number``; returns the draft's new revision."""
    row, state = _state(work, code, revision)
    line = _read_line(work, row, wanted)
    lines = list(state.lines)
    if number is None:
        if len(lines) >= MOST_LINES:
            raise Invalid("too_many_group_lines", field="tariff", most=MOST_LINES)
        lines.append(line)
    else:
        lines[_place(lines, number)] = line
    return _keep(work, row, replace(state, lines=tuple(lines)))


def move_line(work: Work, code: str, number: int, *, up: bool, revision: int) -> int:
    """Change the order by one place; returns the line's new number. At the end of the list nothing happens."""
    row, state = _state(work, code, revision)
    lines = list(state.lines)
    here = _place(lines, number)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(lines):
        return number
    lines[here], lines[there] = lines[there], lines[here]
    _keep(work, row, replace(state, lines=tuple(lines)))
    return there + 1


def remove_line(work: Work, code: str, number: int, revision: int) -> int:
    """Take a line out; returns the draft's new revision."""
    row, state = _state(work, code, revision)
    lines = list(state.lines)
    del lines[_place(lines, number)]
    return _keep(work, row, replace(state, lines=tuple(lines)))


def set_rest(work: Work, code: str, tariff: str, revision: int) -> int:
    """Give everyone else another price sheet; returns the draft's new revision."""
    row, state = _state(work, code, revision)
    sheet = _sheet(work, tariff, "tariff", row.currency, row.partner_id)
    return _keep(work, row, replace(state, rest_tariff_id=sheet.id))


def discard_draft(work: Work, code: str) -> None:
    """Throw the unpublished changes away; what counts stays as it is."""
    row = editable(work, code)
    draft = work.session.get(TariffGroupDraft, row.id)
    if draft is not None:
        work.session.delete(draft)
        work.session.flush()


def publish_group(work: Work, code: str, revision: int, *, starts_at: datetime | None = None) -> datetime:
    """The draft counts from the next quarter hour, or from a later instant; sessions that run keep what they started with.

    Refuses lines without a reason where their price differs from everyone else's (AFIR Art. 5(3)) and archived price sheets.
    """
    row, state = _state(work, code, revision)
    if not state.is_draft:
        raise Conflict("nothing_to_publish")
    earliest = next_quarter(work.now)
    start = starts_at or earliest
    if start < earliest:
        raise Invalid("starts_too_early", field="starts_at")
    named = sheets(work, {state.rest_tariff_id, *(line.tariff_id for line in state.lines)})
    for number, line in enumerate(state.lines, 1):
        _check_reason(line, state.rest_tariff_id, f"lines[{number - 1}].reason", number)
    if any(sheet.archived for sheet in named.values()):
        raise Conflict("tariff_archived")
    refuse_unlawful(work, row, state)
    known = group_versions(work.session, row.id, 10_000)
    if any(v.valid_from == start for v in known):
        raise Conflict("terms_start_taken")
    number = max(v.number or 0 for v in known) + 1
    _add_version(work, row.id, row.partner_id, number, start, state)
    discard_draft(work, code)
    work.record(
        TariffGroupPublished(
            operator_id=work.operator_id,
            partner_id=row.partner_id,
            subject=("tariff_group", row.id),
            code=row.code,
            number=number,
            valid_from=start,
            rest=state.rest_tariff_id,
            lines=[plain(line) for line in state.lines],
        )
    )
    tell_later(work)
    return start


def archive_group(work: Work, code: str) -> None:
    """Take a group that counts nowhere off the lists."""
    row = editable(work, code)
    if row.places:
        raise Conflict("group_in_use", count=row.places)
    work.session.get_one(TariffGroup, row.id).archived_at = work.now
    work.record(
        TariffGroupArchived(operator_id=work.operator_id, partner_id=row.partner_id, subject=("tariff_group", row.id), code=row.code)
    )


def _state(work: Work, code: str, revision: int) -> tuple[GroupRow, GroupState]:
    """The group, locked, and the lines the change was made from."""
    row = editable(work, code)
    work.session.get_one(TariffGroup, row.id, with_for_update=True)
    state = present(work, row)
    if state.revision != revision:
        raise Conflict("group_changed", name=state.by)
    return row, state


def _keep(work: Work, row: GroupRow, state: GroupState) -> int:
    draft = work.session.get(TariffGroupDraft, row.id)
    if draft is None:
        # numbers go on behind those of earlier drafts, so that an old form is never taken for a new one
        base = 1_000 * (group_versions(work.session, row.id, 1)[0].number or 0)
        draft = TariffGroupDraft(group_id=row.id, operator_id=work.operator_id, partner_id=row.partner_id, revision=base)
        work.session.add(draft)
    draft.lines = [plain(line) for line in state.lines]
    draft.rest_tariff_id = state.rest_tariff_id
    draft.revision += 1
    draft.changed_at, draft.changed_name = work.now, work.actor.name
    work.session.flush()
    return draft.revision


def _place(lines: list[Line], number: int) -> int:
    if not 1 <= number <= len(lines):
        raise NotFound
    return number - 1


def _read_line(work: Work, row: GroupRow, wanted: LineInput) -> Line:
    sheet = _sheet(work, wanted.tariff, "tariff", row.currency, row.partner_id)
    people = None
    if wanted.user_group:
        known = {g.code: g.id for g in user_groups(work, row.partner_id)}
        people = known.get(wanted.user_group)
        if people is None:
            raise Invalid("unknown_user_group", field="user_group", value=wanted.user_group)
    if set(wanted.channels) - set(CHANNELS):
        raise Invalid("bad_value", field="channels", value=", ".join(wanted.channels))
    if wanted.first_day and wanted.last_day and wanted.last_day < wanted.first_day:
        raise Invalid("days_turned_round", field="last_day")
    line = Line(
        tariff_id=sheet.id,
        channels=tuple(c for c in CHANNELS if c in wanted.channels),
        own_users=wanted.own_users,
        user_group_id=people,
        plan=wanted.plan.strip()[:60] or None,
        provider=wanted.provider.strip().upper()[:60] or None,
        first_day=wanted.first_day,
        last_day=wanted.last_day,
        reason=wanted.reason.strip()[:500],
    )
    if not line.conditions:
        raise Invalid("line_without_condition", field="channels")
    _check_reason(line, present(work, row).rest_tariff_id, "reason", 0)
    return line


def _check_reason(line: Line, rest_tariff_id: UUID, field: str, number: int) -> None:
    if line.tariff_id != rest_tariff_id and len(line.reason) < 3:
        raise Invalid("reason_needed", field=field, clause="AFIR Art. 5(3)", line=number)


def _sheet(work: Work, code: str, field: str, currency: str | None, partner_id: UUID | None) -> SheetRow:
    found = next((s for s in sheet_choices(work, None, partner_id) if s.code == code), None)
    if found is None:
        raise Invalid("unknown_tariff", field=field)
    if currency is not None and found.currency != currency:
        raise Invalid("other_currency", field=field, currency=currency)
    return found


def _add_version(work: Work, group_id: UUID, partner_id: UUID | None, number: int, start: datetime, state: GroupState) -> None:
    owned = {"operator_id": work.operator_id, "partner_id": partner_id}
    by = {"created_at": work.now, "created_by": work.actor.id, "created_name": work.actor.name}
    version = TariffGroupVersion(
        **owned, **by, id=uuid7(), group_id=group_id, number=number, valid_from=start, rest_tariff_id=state.rest_tariff_id
    )
    work.session.add(version)
    work.session.flush()
    names = ("tariff_id", "own_users", "user_group_id", "plan", "provider", "first_day", "last_day", "reason")
    for position, line in enumerate(state.lines, 1):
        given = {name: getattr(line, name) for name in names}
        work.session.add(TariffGroupLine(**owned, **given, version_id=version.id, position=position, channels=list(line.channels)))
    work.session.flush()
