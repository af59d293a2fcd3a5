"""Exceptions from the share: their order, one line in a form, and the tester (B20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.access.permissions import Permission
from app.domain.contracts.actions import edit_draft
from app.domain.contracts.drafts import settlement_terms
from app.domain.contracts.overriding import matched, moved, with_line
from app.domain.contracts.parts import ROAMING_90, OverridesPart
from app.domain.contracts.queries import contract_by_code
from app.domain.contracts.rows import ContractRow, ContractVersionRow
from app.domain.contracts.typing import forget_part, typed_part
from app.domain.contracts.values import OverrideLine
from app.domain.people.group_words import nameable
from app.domain.sessions.queries import charged_by
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_cpo import bp
from app.portal_cpo.contracts import asked_version, contract_page, status_of, to_change
from app.portal_cpo.forms.contract_overrides import LineForm, data_of, people_of
from app.portal_cpo.forms.contracts import DraftForm
from app.web.fields import whole
from app.web.pages import go
from app.web.signin import current_work


@bp.get("/contracts/<code>/overrides")
def contract_overrides(code: str) -> Any:
    """The exceptions in their order; ``?line=2`` opens one in the form, ``?channel=`` … tries a session."""
    return _page(contract_by_code(current_work(), code))


def _page(row: ContractRow, form: LineForm | None = None, *, status: int = 200) -> Any:
    work = current_work()
    version = row.draft if form is not None and row.draft else asked_version(row)
    editable = version.state == "draft" and work.can(Permission.CONTRACT_EDIT, partner_id=row.partner_id)
    typed_at = None
    if editable and form is None:
        form, typed_at = _shown_form(version)
    if editable and form is not None:
        form.user_groups.offer(nameable(work, row.partner_id))
    asked, groups, unknown = _asked()
    tried = matched(version, settlement_terms(version), asked["channel"], asked["emsp"], groups) if asked["channel"] else None
    more = {"unknown": unknown, "asked": asked, "tried": tried, "edited": "overrides", "typed_at": typed_at, "people": people_of(version)}
    return contract_page("overrides", row, version, status=status, form=form if editable else None, **more)


def _asked() -> tuple[dict[str, str], tuple[str, ...], bool]:
    """What the tester asks about, with all groups of its driver: as chosen, or a real session by its code; whether that code is unknown."""
    asked = {name: request.args.get(name, "").strip() for name in ("session", "channel", "emsp", "user_group")}
    if not asked["session"]:
        return asked, (asked["user_group"],) if asked["user_group"] else (), False
    try:
        code, channel, provider, groups = charged_by(current_work(), asked["session"])
    except NotFound:
        return asked | {"channel": ""}, (), True
    return {"session": code, "channel": channel, "emsp": provider or "", "user_group": groups[0] if groups else ""}, groups, False


def _shown_form(version: ContractVersionRow) -> tuple[LineForm, datetime | None]:
    """The line asked for, or a new one; if the actor typed it and has not saved, as typed, with when that was."""
    wanted, typed = request.args.get("line", ""), typed_part(current_work(), version, "overrides")
    if typed is not None and (not wanted or wanted == dict(typed.typed).get("line", "")):
        return LineForm(formdata=MultiDict(typed.typed)), typed.saved_at
    chosen = _index(wanted, version.overrides)
    form = LineForm(formdata=None, data=data_of(version.overrides[chosen], chosen) if chosen is not None else {})
    form.draft.data = str(version.version)
    return form, None


@bp.post("/contracts/<code>/overrides")
def contract_override_save(code: str) -> Any:
    """Save one line, or add it at the end."""
    row, form = to_change(code), LineForm()
    if not form.validate():
        return _page(row, form, status=422)
    lines = () if row.draft is None else row.draft.overrides
    return _save(row, form, with_line(lines, _index(form.line.data, lines), form.to_input()))


@bp.post("/contracts/<code>/overrides/<any('up', 'down', 'remove', 'roaming'):act>")
def contract_override_act(code: str, act: str) -> Any:
    """Move a line, take it away, or use the template."""
    row, form = to_change(code), DraftForm()
    lines = () if row.draft is None else row.draft.overrides
    if act == "roaming":
        return _save(row, form, ROAMING_90.lines, ROAMING_90.shares)
    index = _index(request.form.get("line"), lines)
    if index is None:
        raise NotFound
    if act == "remove":
        return _save(row, form, (*lines[:index], *lines[index + 1 :]))
    return _save(row, form, moved(lines, index, -1 if act == "up" else 1))


def _save(row: ContractRow, form: DraftForm, lines: tuple[OverrideLine, ...], shares: Any = None) -> Any:
    try:
        saved = edit_draft(current_work(), row.code, OverridesPart(lines, shares), form.state)
    except (Invalid, Conflict) as refusal:
        if not isinstance(form, LineForm):
            raise
        if isinstance(refusal, Invalid):
            # the refusal names the line; the form on the page is that line's
            refusal = Invalid(refusal.code, field=str(refusal.field).rpartition(".")[2], **refusal.params)
        return _page(row, form.refuse(refusal), status=status_of(refusal))
    forget_part(current_work(), saved, "overrides")  # its place may be another line's now
    return go("cpo.contract_overrides", code=row.code, version=saved.number, note="draft-saved")


def _index(text: str | None, lines: tuple[OverrideLine, ...]) -> int | None:
    """A line's place, counted from 1 in addresses; None for another."""
    place = whole(text, 0)
    return place - 1 if 1 <= place <= len(lines) else None
