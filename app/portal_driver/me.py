"""A registered driver's own pages (D9 to D12, D15, D16): in by a link from the mail; what is left, charges, cards, and the company's word.

Signed in are the keys in the server-side session, put there by a link that worked; they end when the address changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import redirect, request, session, url_for

from app.domain.drivers.links import actor_of, ask_sign_in, at_link
from app.domain.drivers.own import OwnRow, answer_company, choose_company, own_row, report_lost
from app.domain.drivers.queries import cards_of
from app.domain.invoices.queries import documents_of
from app.domain.network.labels import spoken_label
from app.domain.people import signin as people
from app.domain.sessions.of_driver import own_session, own_sessions
from app.kernel.errors import Conflict, Invalid, NotFound
from app.portal_driver import bp
from app.portal_driver.doors import AtSession
from app.portal_driver.forms.me import LabelForm, SignInForm
from app.portal_driver.session import pdf_answer
from app.web import browser_session
from app.web.database import act_as, aside
from app.web.forms import OneTimeForm
from app.web.pages import go, page
from app.web.signin import current_work

_KEPT = "driver"
#: links from mails that let somebody in
_ENTER = ("sign_in", "pay")


def inside(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only for signed-in drivers: the view gets its ``OwnRow``; everybody else goes to the sign-in."""

    @wraps(view)
    def wrapped(**values: Any) -> Any:
        me = _me()
        return redirect(url_for("driver.me_sign_in"), 303) if me is None else view(me, **values)

    return wrapped


def _me() -> OwnRow | None:
    kept = session.get(_KEPT)
    if not kept:
        return None
    operator_id, partner_id, driver_id = (UUID(kept[name]) for name in ("operator", "partner", "driver"))
    work = current_work()
    # the name is read once the tenant is set
    act_as(actor_of(work.session, operator_id, partner_id, driver_id))
    try:
        me = own_row(work, driver_id)
    except NotFound:
        me = None
    if me is None or me.email != kept["email"]:
        session.pop(_KEPT, None)
        return None
    return me


def _let_in(driver_id: UUID) -> None:
    me = own_row(current_work(), driver_id)
    kept = {"operator": str(me.operator_id), "partner": str(me.partner_id), "driver": str(me.driver_id), "email": me.email}
    browser_session.renew()
    session[_KEPT] = kept


@bp.get("/me/sign-in", endpoint="me_sign_in")
def sign_in() -> Any:
    """D9: ask for the address."""
    return page("driver/me/sign_in.html", form=SignInForm(formdata=None), sent=False)


@bp.post("/me/sign-in", endpoint="me_sign_in_post")
def sign_in_ask() -> Any:
    """A link is on its way, if the address is known; the answer does not tell."""
    form = SignInForm()
    if not form.validate():
        return page("driver/me/sign_in.html", form=form, sent=False, status=422)
    email = form.email.data or ""
    with aside() as counting:
        minutes = people.count_attempt(counting, f"driver:{email.strip().lower()}", request.remote_addr or "")
    if not minutes:
        ask_sign_in(current_work(), email)
    return page("driver/me/sign_in.html", form=form, sent=True)


@bp.get("/me/enter/<token>", endpoint="me_enter")
def enter(token: str) -> Any:
    """Behind the link from the mail: one button, so that a program reading mails does not use it up."""
    try:
        at = at_link(current_work(), token, *_ENTER)
    except Conflict:
        return page("driver/me/over.html", status=410)
    return page("driver/me/enter.html", me=own_row(current_work(), at.driver_id), form=OneTimeForm(formdata=None), token=token)


@bp.post("/me/enter/<token>", endpoint="me_enter_post")
def enter_now(token: str) -> Any:
    """Sign in, on to the wallet where the mail was about money; the link is used up."""
    try:
        at = at_link(current_work(), token, *_ENTER, use=True)
    except Conflict:
        return page("driver/me/over.html", status=410)
    _let_in(at.driver_id)
    return go("driver.me_wallet" if at.purpose == "pay" else "driver.me")


@bp.get("/me/join/<token>", endpoint="me_join")
def join(token: str) -> Any:
    """D16 for whoever opens the invitation: who pays, up to what, and what the company sees; then yes or no."""
    try:
        at = at_link(current_work(), token, "company")
    except Conflict:
        return page("driver/me/over.html", status=410)
    return page("driver/me/join.html", me=own_row(current_work(), at.driver_id), form=OneTimeForm(formdata=None), token=token)


@bp.post("/me/join/<token>", endpoint="me_join_post")
def join_now(token: str) -> Any:
    """Yes or no; the link is used up and the driver is in."""
    work = current_work()
    try:
        at = at_link(work, token, "company", use=True)
    except Conflict:
        return page("driver/me/over.html", status=410)
    answer_company(work, at.driver_id, request.form.get("answer", ""))
    _let_in(at.driver_id)
    return go("driver.me", note=f"company-{request.form.get('answer')}")


@bp.post("/me/sign-out", endpoint="me_sign_out")
def sign_out() -> Any:
    """Forget the driver in this browser."""
    session.pop(_KEPT, None)
    return redirect(url_for("driver.me_sign_in"), 303)


@bp.get("/me", endpoint="me")
@inside
def home(me: OwnRow) -> Any:
    """D10: what the company leaves, the balance, and where to charge."""
    return _home(me, LabelForm(formdata=None), 200)


@bp.post("/me", endpoint="me_post")
@inside
def to_label(me: OwnRow) -> Any:
    """On to a label as it was typed."""
    form = LabelForm()
    said = spoken_label(form.label.data or "") if form.validate() else None
    if said is None or said.label is None:
        return _home(me, form.refuse(Invalid("unknown_label", field="label")), 422)
    return redirect(url_for("driver.landing", label=f"{said.label}-{said.evse or 1}"), 303)


def _home(me: OwnRow, form: LabelForm, status: int) -> Any:
    last = own_sessions(current_work(), me.driver_id).rows[:3]
    return page("driver/me/home.html", me=me, last=last, form=form, now=current_work().now, status=status)


@bp.get("/me/sessions", endpoint="me_sessions")
@inside
def charges(me: OwnRow) -> Any:
    """D11: own charges, newest first."""
    found = own_sessions(current_work(), me.driver_id, cursor=request.args.get("after"))
    return page("driver/me/sessions.html", me=me, found=found)


@bp.get("/me/sessions/<code>", endpoint="me_session")
@inside
def charge(me: OwnRow, code: str) -> Any:
    """One charge line by line, and who paid it."""
    row, lines = own_session(current_work(), me.driver_id, code)
    papers = [one for one in documents_of(current_work().session, session_id=row.session_id) if one.has_file]
    paper = next((one for one in papers if one.kind == "own_part"), None)
    corrections = [one for one in papers if one.kind == "correction"]
    return page("driver/me/session.html", me=me, row=row, lines=lines, paper=paper, corrections=corrections)


@bp.get("/me/sessions/<code>/receipt.pdf", endpoint="me_session_pdf")
@inside
def charge_pdf(me: OwnRow, code: str) -> Any:
    """The paper for what the driver paid of it."""
    row, _lines = own_session(current_work(), me.driver_id, code)
    return pdf_answer(AtSession(current_work(), row.session_id, ""))


@bp.get("/me/sessions/<code>/papers/<number>.pdf", endpoint="me_session_paper")
@inside
def charge_paper(me: OwnRow, code: str, number: str) -> Any:
    """A paper that corrects it."""
    row, _lines = own_session(current_work(), me.driver_id, code)
    return pdf_answer(AtSession(current_work(), row.session_id, ""), number)


@bp.get("/me/cards", endpoint="me_cards")
@inside
def cards(me: OwnRow) -> Any:
    """D15: own cards."""
    return page("driver/me/cards.html", me=me, cards=cards_of(current_work(), me.driver_id))


@bp.post("/me/cards/<uuid:card>/lost", endpoint="me_card_lost")
@inside
def lost(me: OwnRow, card: UUID) -> Any:
    """A lost card is refused at once."""
    report_lost(current_work(), me.driver_id, card)
    return go("driver.me_cards", note="card-lost")


@bp.get("/me/company", endpoint="me_company")
@inside
def company(me: OwnRow) -> Any:
    """D16: who pays what, what the company sees, accept or leave."""
    return page("driver/me/company.html", me=me)


@bp.post("/me/company", endpoint="me_company_post")
@inside
def answer(me: OwnRow) -> Any:
    """Accept or leave, or say who pays where a charge point leaves it to the driver."""
    said = request.form.get("answer", "")
    if said in {"always", "by_place"}:
        choose_company(current_work(), me.driver_id, always=said == "always")
        return go("driver.me_company", note=f"company-{said.replace('_', '-')}")
    answer_company(current_work(), me.driver_id, said)
    return go("driver.me_company", note=f"company-{said}")
