"""What pages about tariff groups show in both portals: the group with its lines, and the tester "who pays what here?"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.access.permissions import Permission
from app.domain.tariffs.assign import evses_of_group, place_by_name, some_evse, upper_places
from app.domain.tariffs.cascade_tester import Kind, kinds, way_to_price
from app.domain.tariffs.groups_queries import (
    draft_of,
    group_by_code,
    group_versions,
    sheets,
    shown_lines,
    user_groups,
)
from app.domain.tariffs.groups_rows import GroupRow, GroupState, UserGroupRow
from app.kernel.errors import Invalid
from app.kernel.periods import local_date, next_quarter, zone
from app.text.messages import sentence
from app.text.words import gettext as _
from app.web.forms import BaseForm
from app.web.shared_forms.tariff_group import LEVEL_WORDS, ZONE, PublishForm, TryForm
from app.web.signin import current_account, current_work

#: the time of day the tester starts with
EVENING = time(18, 30)


def owner_id() -> UUID | None:
    """The partner account whose groups are made here; None in the operator's portal."""
    account = current_account()
    return account.partner_id if account is not None and account.kind == "partner" else None


def frame(**more: Any) -> dict[str, Any]:
    """What every page of the topic needs: its portal's layout and addresses."""
    portal = request.blueprint or "cpo"

    def to(name: str, **values: Any) -> str:
        return url_for(f"{portal}.{name}", **values)

    may_edit = current_work().can(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    return {
        "layout": f"layouts/{portal}.html",
        "to": to,
        "portal": portal,
        "may_edit": may_edit,
        "zone": ZONE,
        "level_words": LEVEL_WORDS,
        **more,
    }


def group_context(code: str, *, said: str = "", focus: int = 0, form: BaseForm | None = None) -> dict[str, Any]:
    """The group's page: lines (of the draft for those who may change it), tester, versions, where it counts. Constant statements."""
    work = current_work()
    row = group_by_code(work, code)
    may = work.can(Permission.TARIFF_GROUP_EDIT, partner_id=row.partner_id) and not row.archived
    versions = group_versions(work.session, row.id)
    draft = draft_of(work.session, row.id) if may else None
    state = draft or versions[0]
    people = user_groups(work, every=True)
    named = sheets(work, {s.rest_tariff_id for s in versions} | {state.rest_tariff_id} | {line.tariff_id for line in state.lines})
    shown = {
        "row": row,
        "state": state,
        "may": may,
        "versions": versions,
        "named": named,
        "rest": named.get(state.rest_tariff_id),
        "lines": shown_lines(state, named, {g.id: g.name for g in people}, local_date(work.now, ZONE)),
        "upper": upper_places(work, row.id),
        "evses": evses_of_group(work, row.id, cursor=request.args.get("after")),
        "earliest": next_quarter(work.now),
        "now": work.now,
        "said": said,
        "focus": focus,
        "form": form or PublishForm(formdata=None, revision=str(state.revision)),
    }
    return frame(**shown, **tester(row, state, people))


def tester(row: GroupRow, state: GroupState, people: Sequence[UserGroupRow]) -> dict[str, Any]:
    """The answers of "who pays what here at that time?", as the address asks."""
    work, asked = current_work(), TryForm(request.args)
    nothing: dict[str, Any] = {"asked": asked, "kind_word": kind_word, "kinds": [], "answers": []} | dict.fromkeys(
        ("way", "answer", "kind")
    )
    if not asked.validate():
        return nothing
    try:
        place = place_by_name(work, "evse", asked.evse.data).id if asked.evse.data else some_evse(work, row.id)
    except Invalid as refusal:
        asked.evse.errors = [sentence(refusal)]
        return nothing
    if place is None:
        return nothing
    at = asked.at.data or _this_evening()
    way = way_to_price(work, place, at, instead=(row.code, state) if state.is_draft else None)
    asked.evse.process_data(way.label)
    asked.at.process_data(at)
    known = kinds(way, people)
    kind = next((k for k in known if k.key == asked.who.data), known[0])
    every = [(k, way.answer(k.who)) for k in known] if asked.all.data else []
    return nothing | {"way": way, "kinds": known, "kind": kind, "answer": way.answer(kind.who), "answers": every}


def _this_evening() -> datetime:
    """Today at half past six, on the site's clock."""
    today = local_date(current_work().now, ZONE)
    return datetime.combine(today, EVENING, tzinfo=zone(ZONE)).astimezone(UTC)


def question() -> dict[str, str]:
    """The tester's question in the address, to be taken along."""
    return {name: value for name in ("evse", "at", "who", "all") if (value := request.args.get(name, ""))}


def kind_word(kind: Kind) -> str:
    """The word for a kind of driver."""
    word = kind.key.split(":", 1)[0]
    named = {
        "group": _("Card of %(name)s", name=kind.name),
        "plan": _("With the plan %(name)s", name=kind.name),
        "provider": _("By roaming with %(name)s", name=kind.name),
    }
    plain = {
        "adhoc": _("Without a card or contract"),
        "app": _("With the app"),
        "card": _("Charging card of somebody else"),
        "own": _("Own driver of the partner"),
        "unknown": _("Card nobody knows"),
        "roaming": _("By roaming"),
    }
    return named.get(word) or plain.get(word, kind.key)
