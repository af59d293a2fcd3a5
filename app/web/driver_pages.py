"""Drivers of a partner, in both portals: list, one driver, cards, balance, lists by CSV. Each portal says where it stands (``Place``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.access.permissions import Permission
from app.domain.drivers.actions import add_card, add_driver, edit_driver, invite_again, replace_card, set_card_state, set_driver_state
from app.domain.drivers.balance import ALONE_MINOR, add_balance, decide_balance, take_back
from app.domain.drivers.importing import upload_drivers
from app.domain.drivers.personal import show_contact
from app.domain.drivers.queries import cards_of, driver_by_code, drivers, group_names, imports, top_up, top_ups, used_of_account
from app.domain.drivers.rows import DriverRow
from app.domain.people.features import corporate_at
from app.domain.people.rows import PartnerRow
from app.kernel.errors import Conflict, Invalid, NotFound
from app.money.amount import Money
from app.web.database import aside
from app.web.pages import go, page
from app.web.shared_forms.driver import BalanceForm, CardForm, DriverForm, ImportForm, TakeBackForm
from app.web.signin import current_work


@dataclass(frozen=True)
class Place:
    """Whose drivers, the layout the pages extend, the endpoints' beginning and what the addresses need."""

    row: PartnerRow
    layout: str
    base: str
    address: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def is_staff(self) -> bool:
        """The operator's own people look."""
        return self.base.startswith("cpo.")

    def url(self, name: str, **values: Any) -> str:
        """The address of one of the pages."""
        return url_for(f"{self.base}{name}", **self.address, **values)

    def on(self, name: str, note: str, **values: Any) -> Any:
        """On to one of the pages after a change."""
        return go(f"{self.base}{name}", note=note, **self.address, **values)


def _page(place: Place, template: str, *, status: int = 200, **values: Any) -> Any:
    shown = {"place": place, "row": place.row, "layout": place.layout} | place.more
    return page(f"shared/drivers/{template}.html", status=status, **shown | values)


def _allowed(place: Place, right: Permission = Permission.DRIVER_EDIT) -> None:
    current_work().require(right, partner_id=place.row.id)


def show_list(place: Place, *, upload: ImportForm | None = None, status: int = 200) -> Any:
    """Drivers by name, how much of the account is used, the last lists."""
    work, words = current_work(), request.args.get("text", "").strip()
    found = drivers(work, place.row.id, words=words, cursor=request.args.get("after"))
    terms = corporate_at(work.session, place.row.id, work.now)
    used = used_of_account(work, place.row) if terms.enabled else 0
    lists = imports(work, place.row.id)
    form = upload or ImportForm(formdata=None)
    return _page(place, "index", status=status, found=found, words=words, terms=terms, used=used, lists=lists, form=form)


def take_list(place: Place) -> Any:
    """Keep an uploaded list; a job takes it in."""
    _allowed(place)
    form = ImportForm()
    sent = request.files.get("file")
    try:
        raw = sent.read() if sent is not None else b""
        upload_drivers(current_work(), place.row.id, (sent and sent.filename) or "", raw, whole=bool(form.whole.data))
    except Invalid as refusal:
        return show_list(place, upload=form.refuse(refusal), status=422)
    return place.on("drivers", "drivers-uploaded")


def new(place: Place) -> Any:
    """Add a driver."""
    _allowed(place)
    form = _driver_form(place, data={"language": place.row.language})
    if form.validate_on_submit():
        try:
            made = add_driver(current_work(), place.row.id, form.to_input())
            return place.on("driver", "driver-added", driver=made.code)
        except Invalid as refusal:
            form.refuse(refusal)
    return _page(place, "new", form=form, status=422 if form.is_submitted() else 200)


def _driver_form(place: Place, **sent: Any) -> DriverForm:
    """A driver's form: as sent, else with ``data``."""
    return DriverForm(groups=group_names(current_work(), place.row.id), currency=place.row.currency, **sent)


def _present(place: Place, d: DriverRow) -> DriverForm:
    """The driver as it is."""
    limit = None if d.own_limit_minor is None else Money(d.own_limit_minor, place.row.currency)
    values = {"name": d.name, "email": d.email, "phone": d.phone, "language": d.language, "corporate": d.corporate, "group": d.group}
    return _driver_form(place, formdata=None, data=values | {"limit": limit})


def show(place: Place, code: str, *, status: int = 200, **forms: Any) -> Any:
    """One driver: data, cards, balance."""
    work = current_work()
    found = driver_by_code(work, place.row.id, code)
    shown = {
        "contact": not place.is_staff,
        "instead": "",
        "alone_minor": ALONE_MINOR,
        "card_form": CardForm(formdata=None),
        "balance_form": BalanceForm(currency=place.row.currency, formdata=None),
    } | forms
    return _page(
        place, "show", status=status, d=found, cards=cards_of(work, found.id), added=top_ups(work, found.id),
        terms=corporate_at(work.session, place.row.id, work.now), **shown,
    )  # fmt: skip


def edit(place: Place, code: str) -> Any:
    """Change a driver's data; staff see address and phone by it, so the log notes that."""
    _allowed(place)
    if request.method == "GET":
        d = (show_contact if place.is_staff else driver_by_code)(current_work(), place.row.id, code)
        return _page(place, "edit", d=d, form=_present(place, d).shows())
    d = driver_by_code(current_work(), place.row.id, code)
    now = _present(place, d)
    sent = _driver_form(place).merged(now)
    form = _driver_form(place, formdata=sent)
    good = form.validate()
    clash = form.clash(now, "DriverEdited", ("driver", d.id)) if good else None
    if place.is_staff and (clash or sent.to_dict(flat=False) != request.form.to_dict(flat=False)):
        with aside(current_work().actor) as noting:  # stays though this post is refused: the page says what others saved
            show_contact(noting, place.row.id, code)
    if good and clash is None:
        try:
            edit_driver(current_work(), place.row.id, code, form.to_input())
            return place.on("driver", "driver-saved", driver=d.code)
        except Invalid as refusal:
            form.refuse(refusal)
    return _page(place, "edit", d=d, form=form, clash=clash, status=409 if clash else 422)


def set_state(place: Place, code: str, state: str) -> Any:
    """Block a driver, or let in again."""
    set_driver_state(current_work(), place.row.id, code, state)
    return place.on("driver", f"driver-{state}", driver=code)


def invite(place: Place, code: str) -> Any:
    """Another mail to a driver who has not accepted."""
    invite_again(current_work(), place.row.id, code)
    return place.on("driver", "driver-invited", driver=code)


def give(place: Place, code: str) -> Any:
    """Give a card; instead of another one if that is named."""
    _allowed(place)
    form, work = CardForm(), current_work()
    try:
        if form.validate():
            instead = request.form.get("instead", "")
            if instead:
                replace_card(work, place.row.id, code, _key(instead), form.card.data or "")
            else:
                add_card(work, place.row.id, code, form.card.data or "", form.label.data or "")
            return place.on("driver", "card-given", driver=code)
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
    return show(place, code, status=422, card_form=form, instead=request.form.get("instead", ""))


def _key(sent: str) -> UUID:
    try:
        return UUID(sent)
    except ValueError:
        raise NotFound from None


def set_card(place: Place, code: str, card_id: UUID, status: str) -> Any:
    """Block a card, or let it in again."""
    set_card_state(current_work(), place.row.id, code, card_id, status)
    return place.on("driver", f"card-{status}", driver=code)


def balance(place: Place, code: str) -> Any:
    """Add to the balance."""
    _allowed(place, Permission.DRIVER_BALANCE)
    form = BalanceForm(currency=place.row.currency)
    try:
        if form.validate() and form.amount.data is not None:
            reason, key = form.reason.data or "", form.one_time_key.data or ""
            state = add_balance(current_work(), place.row.id, code, form.amount.data.minor, reason, key=key)
            return place.on("driver", f"balance-{state}", driver=code)
    except Invalid as refusal:
        form.refuse(refusal)
    return show(place, code, status=422, balance_form=form)


def decide(place: Place, code: str, top_up_id: UUID, *, grant: bool) -> Any:
    """The second person's word."""
    state = decide_balance(current_work(), place.row.id, code, top_up_id, grant=grant)
    return place.on("driver", f"balance-{state}", driver=code)


def reverse(place: Place, code: str, top_up_id: UUID) -> Any:
    """Take back what was added, with a reason; asked first."""
    _allowed(place, Permission.DRIVER_BALANCE)
    work = current_work()
    d = driver_by_code(work, place.row.id, code)
    added, form = top_up(work, d.id, top_up_id), TakeBackForm()
    if form.validate_on_submit():
        try:
            take_back(work, place.row.id, code, top_up_id, form.reason.data or "")
            return place.on("driver", "balance-reversed", driver=d.code)
        except (Invalid, Conflict) as refusal:
            form.refuse(refusal)
    return _page(place, "take_back", d=d, t=added, form=form, status=422 if form.is_submitted() else 200)
