"""Pages of one partner beside its general data: contacts, contracts, charge points, history (B4, B8, B10, B12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from app.access.permissions import Permission
from app.domain.contracts.actions import assign_station, create_contract, end_assignment
from app.domain.contracts.holdings import assignment_page, assignments, free_stations, setup_steps
from app.domain.contracts.queries import contracts_of_partner
from app.domain.contracts.switches import corporate_of
from app.domain.network.access_rows import access_rows
from app.domain.network.queries import station_rows
from app.domain.people.contacting import ask_contact, remove_contact
from app.domain.people.queries import contacts, history, partner_by_code
from app.domain.people.rows import PartnerRow
from app.domain.sessions.fleet import fleet
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.periods import Month, local_date, local_month
from app.portal_cpo import bp
from app.portal_cpo.forms.contracts import AssignForm, ContractForm, EndForm
from app.portal_cpo.month_ruler import ruler
from app.web import contact_pages
from app.web.fields import MOST_CHOICES
from app.web.pages import go, page
from app.web.shared_forms.tariff_group import LEVEL_WORDS
from app.web.signin import current_work


def _page(name: str, code: str, *, status: int = 200, **more: Any) -> Any:
    """A tab of the partner of that code."""
    work = current_work()
    row = partner_by_code(work, code)
    return page(f"cpo/partners/{name}.html", status=status, row=row, steps=setup_steps(work, row), **more)


def _to_change(code: str, right: Permission) -> PartnerRow:
    """The partner, for somebody who holds the right there: asked before a form is read."""
    row = partner_by_code(current_work(), code)
    current_work().require(right, partner_id=row.id)
    return row


@bp.get("/partners/<code>/contacts")
def partner_contacts(code: str) -> Any:
    """The three contacts."""
    work = current_work()
    return _page("contacts", code, contacts=contacts(work, partner_by_code(work, code).id))


@bp.get("/partners/<code>/contacts/<any(administrative, technical, billing):kind>")
def partner_contact(code: str, kind: str) -> Any:
    """One contact in a form."""
    return _page("contact", code, **contact_pages.shown(_to_change(code, Permission.CONTACT_EDIT), kind))


@bp.post("/partners/<code>/contacts/<any(administrative, technical, billing):kind>")
def partner_contact_save(code: str, kind: str) -> Any:
    """Save one contact."""
    wrong = contact_pages.saved(_to_change(code, Permission.CONTACT_EDIT), kind)
    return _page("contact", code, **wrong) if wrong else go("cpo.partner_contacts", code=code, note="contact-saved")


@bp.post("/partners/<code>/contacts/<uuid:contact_id>/remove")
def partner_contact_remove(code: str, contact_id: UUID) -> Any:
    """Take a contact away."""
    remove_contact(current_work(), code, contact_id)
    return go("cpo.partner_contacts", code=code, note="contact-removed")


@bp.post("/partners/<code>/contacts/<uuid:contact_id>/ask")
def partner_contact_ask(code: str, contact_id: UUID) -> Any:
    """Have a contact confirm its address by mail."""
    ask_contact(current_work(), code, contact_id)
    return go("cpo.partner_contacts", code=code, note="contact-asked")


@bp.get("/partners/<code>/contracts")
def partner_contracts(code: str) -> Any:
    """Which terms apply when."""
    work = current_work()
    row = partner_by_code(work, code)
    found = contracts_of_partner(work, row.id, Permission.CONTRACT_RIGHTS)
    today = local_date(work.now, row.time_zone)
    return _page("contracts", code, contracts=found, today=today, rulers={c.code: ruler(c.versions, Month.of(today)) for c in found})


@bp.get("/partners/<code>/contracts/new")
def contract_new(code: str) -> Any:
    """A form for the first lines of a contract."""
    work, row = current_work(), _to_change(code, Permission.CONTRACT_EDIT)
    first = local_month(work.now, row.time_zone).plus(1)
    data = {"name": row.name, "first_month": first, "currency": row.currency, "copy_of": request.args.get("like", "")}
    return _page("contract_new", code, form=ContractForm(formdata=None, data=data))


@bp.post("/partners/<code>/contracts/new")
def contract_create(code: str) -> Any:
    """Create the contract with its draft, and on to the editor."""
    _to_change(code, Permission.CONTRACT_EDIT)
    form = ContractForm()
    if not form.validate():
        return _page("contract_new", code, status=422, form=form)
    try:
        made = create_contract(current_work(), code, form.to_input())
    except (Invalid, Conflict) as refusal:
        return _page("contract_new", code, status=422, form=form.refuse(refusal))
    return go("cpo.contract_share", code=made.code, version=1, note="contract-created")


@bp.get("/partners/<code>/charge-points")
def partner_points(code: str) -> Any:
    """Which charge points belong to this partner from when until when."""
    return _points(code, None)


def _points(code: str, form: AssignForm | None, *, status: int = 200) -> Any:
    work = current_work()
    row = partner_by_code(work, code)
    today = local_date(work.now, row.time_zone)
    terms = contracts_of_partner(work, row.id)
    free = free_stations(work, MOST_CHOICES) if work.can(Permission.NETWORK_ASSIGN, partner_id=row.id) else []
    shown = form or AssignForm(formdata=None, data={"valid_from": today})
    shown.offer(free, [c for c in terms if c.current(today).state_on(today) in {"active", "scheduled"}])
    found = assignment_page(work, partner_id=row.id, cursor=request.args.get("after"))
    none_free = free is not None and not free
    ids = [one.station_id for one in found.rows]
    held = {
        "access": access_rows(work, ids),
        "more": fleet(work, station_rows(work.session, ids)),
        "level_words": LEVEL_WORDS,
        "corporate": corporate_of(work, code)[1] if work.can(Permission.FEATURE_VIEW, partner_id=row.id) else None,
    }
    return _page("points", code, status=status, form=shown, found=found, today=today, none_free=none_free, terms=terms, **held)


@bp.post("/partners/<code>/charge-points")
def partner_points_assign(code: str) -> Any:
    """Assign a charge point."""
    work, row = current_work(), _to_change(code, Permission.NETWORK_ASSIGN)
    form, terms = AssignForm(), contracts_of_partner(work, row.id)
    form.offer(free_stations(work, MOST_CHOICES), terms)
    if not form.validate():
        return _points(code, form, status=422)
    if form.contract.data not in {c.code for c in terms}:
        raise NotFound
    try:
        assign_station(work, form.contract.data, form.to_input())
    except (Invalid, Conflict) as refusal:
        return _points(code, form.refuse(refusal), status=422)
    except NotFound:
        return _points(code, form.refuse(Invalid("unknown_key", field="label", value=form.label.data)), status=422)
    return go("cpo.partner_points", code=code, note="station-assigned", note_values={"label": form.label.data})


@bp.get("/partners/<code>/charge-points/<label>/end")
def partner_point_end(code: str, label: str) -> Any:
    """The page that asks from which day on a charge point is no longer under its contract."""
    found = _assignment(code, label)
    return _page("point_end", code, form=EndForm(formdata=None), found=found)


@bp.post("/partners/<code>/charge-points/<label>/end")
def partner_point_end_now(code: str, label: str) -> Any:
    """End the assignment."""
    found, form = _assignment(code, label), EndForm()
    if not form.validate():
        return _page("point_end", code, status=422, form=form, found=found)
    try:
        end_assignment(current_work(), found.id, form.valid_until.data)
    except (Invalid, Conflict) as refusal:
        return _page("point_end", code, status=422, form=form.refuse(refusal), found=found)
    return go("cpo.partner_points", code=code, note="assignment-ended", note_values={"label": found.station_label})


def _assignment(code: str, label: str) -> Any:
    """The running or planned assignment of a charge point to the partner."""
    work, row = current_work(), _to_change(code, Permission.NETWORK_ASSIGN)
    for found in assignments(work, partner_id=row.id, label=label):
        if found.stands != "ended":
            return found
    raise NotFound


@bp.get("/partners/<code>/history")
def partner_history(code: str) -> Any:
    """Who changed what."""
    work = current_work()
    row = partner_by_code(work, code)
    return _page("history", code, found=history(work, row.id, cursor=request.args.get("after")))
