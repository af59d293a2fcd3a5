"""Pages that all audiences share: sign-in (A1), sign-out, one's own account (A5), menus of the header."""

from __future__ import annotations

import importlib
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, session, url_for

from app.demo.cast import DEMO_PASSWORD
from app.domain.people import signin as people
from app.domain.people.factors import codes_left, factors_of
from app.domain.people.notices import my_wishes, summary_zone
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.text.locales import LANGUAGES, locale
from app.web import browser_habits as habits
from app.web.access_forms import HabitsForm, PasswordForm, SignInForm, mails_form
from app.web.database import aside
from app.web.demo_people import DEMO_PEOPLE
from app.web.half_way import half_signed_in
from app.web.open_signins import open_sign_ins
from app.web.pages import go, go_to, page
from app.web.passkey_site import site
from app.web.signin import (
    current_person,
    current_work,
    enter_account,
    factor_is_required,
    keep_signed_in,
    landing,
    my_accounts,
    safe_next,
    settings,
    sign_in,
    sign_out,
    to_sign_in,
)

bp = Blueprint("access", __name__)

#: modules beside this one with more routes of ``bp``
TOPICS = (
    "access_factors",
    "access_passkeys",
    "access_confirm",
    "access_invite",
    "access_reset",
    "access_signins",
    "access_mails",
    "access_idle",
    "access_contact",
)


@bp.get("/")
def home() -> Any:
    """The front door: to one's own first page, or to sign in."""
    person = current_person()
    return redirect(landing(_last_account()) if person else url_for("access.sign_in"), 303)


@bp.get("/partner/")
def partner_home() -> Any:
    """To the only partner account, or the one last used."""
    if current_person() is None:
        return to_sign_in()
    mine = [a for a in my_accounts() if a.kind == "partner" and a.usable]
    last = session.get("last_account")
    return redirect(landing(next((a for a in mine if a.code == last), mine[0] if mine else None)), 303)


@bp.get("/sign-in", endpoint="sign_in")
def show_sign_in() -> Any:
    """The sign-in page; somebody signed in goes on at once."""
    target = safe_next(request.args.get("next"))
    if current_person() is not None:
        return redirect(target or url_for("access.home"), 303)
    return _sign_in_page(SignInForm(), 200)


@bp.post("/sign-in", endpoint="sign_in_post")
def do_sign_in() -> Any:
    """Check e-mail and password; every attempt is counted, whatever becomes of it."""
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, 422)
    with aside() as counting:
        minutes = people.count_attempt(counting, form.email.data, request.remote_addr or "")
    if minutes:
        return _sign_in_page(form.refuse(Conflict("sign_in_blocked", minutes=minutes)), 429)
    work = current_work()
    try:
        user_id = people.verify(work, form.email.data, form.password.data)
    except NotAllowed as refusal:
        return _sign_in_page(form.refuse(refusal), 422)
    row = people.welcome(work, user_id, form.password.data)
    if row.has_second_factor:
        people.forget_attempts(work, form.email.data, request.remote_addr or "")
        return half_signed_in(row, safe_next(request.args.get("next")))
    row = people.enter(work, user_id)
    account = sign_in(row, work)
    people.forget_attempts(work, form.email.data, request.remote_addr or "")
    return go_to(safe_next(request.args.get("next")) or landing(account))


def account_page(
    status: int, habits_form: HabitsForm | None = None, password_form: PasswordForm | None = None, mails: Any = None
) -> Response:
    """The own page of somebody signed in, with one of its forms as it was sent."""
    person = current_person()
    work = current_work()
    shown: dict[str, Any] = {
        "habits": habits_form or _habits_form(asdict(person) if person else {}, sent=False),
        "passwords": password_form or PasswordForm(formdata=None),
        "mails": mails or mails_form(my_wishes(work), sent=False),
        "summary_zone": summary_zone(work),
        "factors": factors_of(work, person.user_id) if person else [],
        "codes_left": codes_left(work, person.user_id) if person and person.has_second_factor else 0,
        "here_address": request.remote_addr or "",
        "sign_ins": open_sign_ins(person.user_id) if person else [],
        "factor_required": factor_is_required(),
        "has_passkeys": site().has_passkeys,
        "username": person.email if person else "",
    }
    return page("access/account.html", status=status, **shown)


def _habits_form(present: dict[str, Any], *, sent: bool) -> HabitsForm:
    """The form as kept or as sent; only staff are asked for a phone, which partners they look after see."""
    form = HabitsForm(data=present) if sent else HabitsForm(formdata=None, data=present)
    if not any(account.kind == "cpo" for account in my_accounts()):
        del form.phone
    return form


def _sign_in_page(form: SignInForm, status: int) -> Response:
    shown: dict[str, Any] = {"demo_people": DEMO_PEOPLE, "demo_password": DEMO_PASSWORD} if settings().demo else {"demo_people": []}
    shown["has_passkeys"] = site().has_passkeys
    return page("access/sign_in.html", form=form, status=status, next=safe_next(request.args.get("next")), **shown)


@bp.post("/sign-out", endpoint="sign_out")
def do_sign_out() -> Any:
    """End this sign-in."""
    sign_out("signed-out")
    return go("access.sign_in")


@bp.get("/account", endpoint="account")
def show_account() -> Any:
    """One's own data, habits and password."""
    person = current_person()
    if person is None:
        return to_sign_in()
    own_work()
    return account_page(200)


@bp.post("/account")
def account_save() -> Any:
    """Save one's own name and habits."""
    person = current_person()
    if person is None:
        return to_sign_in()
    form = _habits_form(asdict(person), sent=True)
    if not form.validate():
        return account_page(422, form)
    try:
        people.change_habits(own_work(), person.user_id, form.to_input())
    except Invalid as refusal:
        return account_page(422, form.refuse(refusal))
    return go("access.account", note="account-saved")


@bp.post("/account/password")
def account_password() -> Any:
    """Change one's own password; other sign-ins end. Guesses of the present one count like those of the sign-in page."""
    person = current_person()
    if person is None:
        return to_sign_in()
    form = PasswordForm()
    if not form.validate():
        return account_page(422, password_form=form)
    with aside() as counting:
        minutes = people.count_attempt(counting, person.email, request.remote_addr or "")
    if minutes:
        return account_page(429, password_form=form.refuse(Conflict("sign_in_blocked", minutes=minutes)))
    work = own_work()
    try:
        row = people.change_password(work, person.user_id, form.present.data, form.wanted.data)
    except Invalid as refusal:
        if refusal.field != "present":
            with aside() as counting:
                people.forget_attempts(counting, person.email, request.remote_addr or "")
        return account_page(422, password_form=form.refuse(refusal))
    people.forget_attempts(work, person.email, request.remote_addr or "")
    keep_signed_in(row)
    return go("access.account", note="password-changed")


@bp.post("/habits")
def habit() -> Any:
    """One habit from a menu of the header: language, theme, time basis, width of the rail, which operator's portal. Then back."""
    name, value = request.form.get("name", ""), request.form.get("value", "")
    back = safe_next(request.form.get("next")) or "/"
    response = make_response(go_to(back))
    if name == "operator":
        _choose_operator(value)
    elif value in _COOKIES.get(name, ("", ()))[1]:
        habits.remember(response, _COOKIES[name][0], value)
        _keep_with_person(name, value)
    return response


_COOKIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "language": (habits.LANGUAGE_COOKIE, tuple(LANGUAGES)),
    "theme": (habits.THEME_COOKIE, habits.THEMES),
    "time_basis": (habits.BASIS_COOKIE, habits.BASES),
    "rail": (habits.RAIL_COOKIE, ("wide", "narrow")),
}


def _keep_with_person(name: str, value: str) -> None:
    person = current_person()
    if person is None or name == "rail":
        return
    wanted = {n: getattr(person, n) for n in people.HABITS} | {name: value}
    if name == "language":
        wanted["region"] = locale(value, person.region if person.region.startswith(value) else None).region
        session["language"] = value
    people.change_habits(own_work(), person.user_id, people.HabitsInput(**wanted))


def _choose_operator(value: str) -> None:
    if any(str(a.operator_id) == value for a in my_accounts() if a.kind == "cpo"):
        session["audiences"] = {**session["audiences"], "cpo": value}


def _last_account() -> Any:
    mine = [a for a in my_accounts() if a.usable]
    last = session.get("last_account")
    return next((a for a in mine if a.code == last), mine[0] if mine else None)


def own_work() -> Any:
    """The unit of work in the account last used, so that its log hears of the change."""
    return enter_account(_last_account())


for _topic in TOPICS:
    importlib.import_module(f"app.web.{_topic}")
