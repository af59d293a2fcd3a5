"""The routes of tariff groups (B36), the same in both portals; ``ROUTES`` is what a portal puts on its blueprint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from app.access.permissions import Permission
from app.domain.tariffs.assign import attach_group
from app.domain.tariffs.groups import (
    archive_group,
    create_group,
    create_user_group,
    discard_draft,
    editable,
    move_line,
    present,
    publish_group,
    put_line,
    remove_line,
    set_rest,
)
from app.domain.tariffs.groups_queries import group_by_code, groups, sheet_choices, sheets, shown_lines, user_groups
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import local_date, next_quarter
from app.text.words import gettext as _
from app.web.pages import fragment, go, is_partial, page
from app.web.shared_forms.tariff_group import (
    ZONE,
    AttachForm,
    DraftForm,
    GroupForm,
    LineForm,
    PublishForm,
    RestForm,
    UserGroupForm,
    values_of,
)
from app.web.signin import current_work
from app.web.tariff_group_pages import frame, group_context, owner_id, question


def _go(name: str, **values: Any) -> Any:
    return go(f"{request.blueprint}.{name}", **values)


def tariff_groups() -> Any:
    """The list."""
    words = request.args.get("text", "")
    found = groups(current_work(), words=words, cursor=request.args.get("after"))
    context = frame(found=found, words=words, people=user_groups(current_work(), every=True))
    return page("shared/tariff_groups/index.html", part="shared/tariff_groups/_list.html", **context)


def _new_form(**values: Any) -> GroupForm:
    return GroupForm(**values).offer(sheet_choices(current_work(), None, owner_id()))


def tariff_group_new() -> Any:
    """A new group: name and what everyone pays."""
    current_work().require(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    return page("shared/tariff_groups/new.html", **frame(form=_new_form()))


def tariff_group_create() -> Any:
    """Make it."""
    current_work().require(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    form = _new_form()
    if not form.validate():
        return page("shared/tariff_groups/new.html", status=422, **frame(form=form))
    try:
        code = create_group(current_work(), form.name.data or "", form.rest.data or "", partner_id=owner_id())
    except Invalid as refusal:
        return page("shared/tariff_groups/new.html", status=422, **frame(form=form.refuse(refusal)))
    return _go("tariff_group", code=code, note="tariff-group-created")


def user_group_new() -> Any:
    """A new group of people."""
    current_work().require(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    return page("shared/tariff_groups/people.html", **frame(form=UserGroupForm()))


def user_group_create() -> Any:
    """Make it."""
    current_work().require(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    form = UserGroupForm()
    if not form.validate():
        return page("shared/tariff_groups/people.html", status=422, **frame(form=form))
    create_user_group(current_work(), form.name.data or "", partner_id=owner_id())
    return _go("tariff_groups", note="user-group-created")


def tariff_group(code: str) -> Any:
    """A group: lines, tester, cascade, where used."""
    return page("shared/tariff_groups/show.html", part="shared/tariff_groups/_work.html", **group_context(code))


def _line_form(code: str, number: int | None) -> tuple[LineForm, dict[str, Any]]:
    """The form of a line (new without a number), and the page around it."""
    work = current_work()
    row = editable(work, code)
    state = present(work, row)
    people = user_groups(work, row.partner_id)
    choices = sheet_choices(work, row.currency, row.partner_id)
    named = sheets(work, {line.tariff_id for line in state.lines})
    lines = shown_lines(state, named, {}, local_date(work.now, ZONE))
    if number is not None and not 1 <= number <= len(lines):
        raise NotFound
    values = values_of(lines[number - 1], people) if number else {}
    form = LineForm(**values, revision=str(state.revision)).offer(choices, people)
    return form, frame(form=form, row=row, number=number, people=people)


def tariff_group_line_new(code: str, number: int | None = None) -> Any:
    """The form of a line."""
    return page("shared/tariff_groups/line.html", **_line_form(code, number)[1])


def tariff_group_line_put(code: str, number: int | None = None) -> Any:
    """Add or change a line of the draft."""
    form, context = _line_form(code, number)
    if not form.validate():
        return page("shared/tariff_groups/line.html", status=422, **context)
    try:
        put_line(current_work(), code, form.to_input(), form.seen, number=number)
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return page("shared/tariff_groups/line.html", status=422, **context)
    return _go("tariff_group", code=code, note="tariff-group-drafted")


def tariff_group_line_move(code: str, number: int) -> Any:
    """Change the order by one place; the browser's script swaps the lines and says what happened."""
    form, up = DraftForm(), request.form.get("way") == "up"
    form.validate()
    now_at = move_line(current_work(), code, number, up=up, revision=form.seen)
    if is_partial():
        said = _("Line %(old)s is now line %(new)s.", old=number, new=now_at)
        return fragment("shared/tariff_groups/_work.html", **group_context(code, said=said, focus=now_at if up else -now_at))
    return _go("tariff_group", code=code, note="tariff-group-drafted", **question())


def tariff_group_line_remove(code: str, number: int) -> Any:
    """Take a line out of the draft."""
    form = DraftForm()
    form.validate()
    remove_line(current_work(), code, number, form.seen)
    return _go("tariff_group", code=code, note="tariff-group-drafted", **question())


def _rest_form(code: str) -> tuple[RestForm, dict[str, Any]]:
    work = current_work()
    row = editable(work, code)
    state = present(work, row)
    now = sheets(work, [state.rest_tariff_id]).get(state.rest_tariff_id)
    form = RestForm(tariff=now.code if now else None, revision=str(state.revision))
    form.tariff.choices = [(s.code, f"{s.name} ({s.code})") for s in sheet_choices(work, row.currency, row.partner_id)]
    return form, frame(form=form, row=row)


def tariff_group_rest(code: str) -> Any:
    """What everyone else pays: the form."""
    return page("shared/tariff_groups/rest.html", **_rest_form(code)[1])


def tariff_group_rest_put(code: str) -> Any:
    """Change it in the draft."""
    form, context = _rest_form(code)
    if not form.validate():
        return page("shared/tariff_groups/rest.html", status=422, **context)
    try:
        set_rest(current_work(), code, form.tariff.data or "", form.seen)
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return page("shared/tariff_groups/rest.html", status=422, **context)
    return _go("tariff_group", code=code, note="tariff-group-drafted")


def tariff_group_discard(code: str) -> Any:
    """Throw the draft away."""
    discard_draft(current_work(), code)
    return _go("tariff_group", code=code, note="tariff-group-discarded")


def tariff_group_publish(code: str) -> Any:
    """The draft counts from the next quarter hour or from the time given."""
    form = PublishForm()
    try:
        if form.validate():
            publish_group(current_work(), code, form.seen, starts_at=form.starts_at.data)
            return _go("tariff_group", code=code, note="tariff-group-published")
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
    return page("shared/tariff_groups/show.html", status=422, **group_context(code, form=form))


def tariff_group_archive(code: str) -> Any:
    """Off the lists."""
    archive_group(current_work(), code)
    return _go("tariff_groups", note="tariff-archived")


def _attach_page(code: str, form: AttachForm, status: int = 200) -> Any:
    row = editable(current_work(), code)
    return page("shared/tariff_groups/attach.html", status=status, **frame(form=form, row=row, earliest=next_quarter(current_work().now)))


def tariff_group_places(code: str) -> Any:
    """Choose where the group counts."""
    return _attach_page(code, AttachForm())


def tariff_group_attach(code: str) -> Any:
    """Attach it there."""
    form, row = AttachForm(), editable(current_work(), code)
    if not form.validate():
        return _attach_page(code, form, 422)
    try:
        attach_group(current_work(), form.level.data, form.place.data or "", row.code, starts_at=form.starts_at.data)
    except (Invalid, Conflict) as refusal:
        return _attach_page(code, form.refuse(refusal), 422)
    return _go("tariff_group", code=code, note="tariff-group-attached")


def tariff_group_detach(code: str) -> Any:
    """Take it off a place: from the next quarter hour the level above counts there."""
    row = group_by_code(current_work(), code)
    current_work().require(Permission.TARIFF_GROUP_EDIT, partner_id=owner_id())
    attach_group(current_work(), request.form.get("level", ""), request.form.get("place", ""), None)
    return _go("tariff_group", code=row.code, note="tariff-group-detached")


#: rule, method, view; the endpoint is the view's name
ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("/tariff-groups", "GET", tariff_groups),
    ("/tariff-groups/new", "GET", tariff_group_new),
    ("/tariff-groups/new", "POST", tariff_group_create),
    ("/tariff-groups/people", "GET", user_group_new),
    ("/tariff-groups/people", "POST", user_group_create),
    ("/tariff-groups/<string:code>", "GET", tariff_group),
    ("/tariff-groups/<string:code>/lines", "GET", tariff_group_line_new),
    ("/tariff-groups/<string:code>/lines", "POST", tariff_group_line_put),
    ("/tariff-groups/<string:code>/lines/<int:number>", "GET", tariff_group_line_new),
    ("/tariff-groups/<string:code>/lines/<int:number>", "POST", tariff_group_line_put),
    ("/tariff-groups/<string:code>/lines/<int:number>/move", "POST", tariff_group_line_move),
    ("/tariff-groups/<string:code>/lines/<int:number>/remove", "POST", tariff_group_line_remove),
    ("/tariff-groups/<string:code>/rest", "GET", tariff_group_rest),
    ("/tariff-groups/<string:code>/rest", "POST", tariff_group_rest_put),
    ("/tariff-groups/<string:code>/discard", "POST", tariff_group_discard),
    ("/tariff-groups/<string:code>/publish", "POST", tariff_group_publish),
    ("/tariff-groups/<string:code>/archive", "POST", tariff_group_archive),
    ("/tariff-groups/<string:code>/places", "GET", tariff_group_places),
    ("/tariff-groups/<string:code>/places", "POST", tariff_group_attach),
    ("/tariff-groups/<string:code>/detach", "POST", tariff_group_detach),
)


def put_on(bp: Blueprint) -> None:
    """Give a portal these pages."""
    for rule, method, view in ROUTES:
        bp.add_url_rule(rule, view.__name__, view, methods=[method])
