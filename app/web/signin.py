"""Who is signed in, and as whom they act: flask-login over server-side sessions, the actor loaded fresh in every unit of work.

Portals call ``enter_cpo()`` or ``enter_partner(code)`` in their guard; views call ``current_work()``. A driver's page or a webhook, which
know their tenant only after a look at the database, call ``app.web.database.act_as``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.access import gate
from app.access.actor import NOBODY, Actor, ActorKind
from app.access.permissions import Permission
from app.access.roles import SECOND_FACTOR_ROLES
from app.domain.contracts.grants import AccountRow, accounts_of, load_actor, standing_of
from app.domain.people import signin as people
from app.domain.people.signin import PersonRow
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.ids import read_code
from app.live.messages import LiveMessage, user_topic
from app.settings import Settings
from app.web import browser_session, known_browser, open_signins
from app.web.database import act_as, begin_work, room
from app.work.unit import Work

#: people who may move money or rights are signed out sooner when idle
_STRICT = (Permission.STAFF_EDIT, Permission.SETTLEMENT_CLOSE, Permission.SETTLEMENT_ISSUE)

logins = LoginManager()
logins.session_protection = None


@dataclass
class SignedInPerson(UserMixin):
    """flask-login's view of a person."""

    row: PersonRow

    def get_id(self) -> str:
        """The key in the session."""
        return str(self.row.user_id)


def install(app: Flask, settings: Settings) -> None:
    """Know the person before each request."""
    app.extensions["voltpact.settings"] = settings
    logins.init_app(app)
    app.before_request(_know_the_person)


def settings() -> Settings:
    """Settings of this installation."""
    return cast(Settings, current_app.extensions["voltpact.settings"])


def current_work() -> Work:
    """The request's unit of work; its actor is what the portal's guard made of the person, or nobody."""
    if "work" not in g:
        begin_work(bare_actor())
    return cast(Work, g.work)


def current_person() -> PersonRow | None:
    """The signed-in person, or None."""
    return cast(PersonRow, current_user.row) if current_user and current_user.is_authenticated else None


def current_account() -> AccountRow | None:
    """The account the request works in: an operator or a partner account; None on pages outside both portals."""
    return cast("AccountRow | None", g.get("account"))


def my_accounts() -> list[AccountRow]:
    """Every account of the signed-in person; read once per request."""
    person = current_person()
    if person is None:
        return []
    if "accounts" not in g:
        work = current_work()
        actor = work.actor
        _read_accounts(work, person.user_id)
        act_as(actor)
        _remember_audiences(g.accounts)
    return cast(list[AccountRow], g.accounts)


def forget_accounts() -> None:
    """The person's accounts have changed in this request: read them again when next asked."""
    g.pop("accounts", None)


def _read_accounts(work: Work, user_id: UUID) -> None:
    g.standing = standing_of(work.session, user_id)
    g.accounts = accounts_of(g.standing)


def enter_cpo() -> Any:
    """Act as staff of the chosen operator. Returns a redirect to the sign-in page for nobody, None when all is well."""
    person = current_person()
    if person is None:
        return to_sign_in()
    mine = [a for a in my_accounts() if a.kind == "cpo"]
    chosen = (session.get("audiences") or {}).get("cpo")
    account = next((a for a in mine if str(a.operator_id) == chosen), mine[0] if mine else None)
    if account is None:
        raise NotFound
    _enter(load_actor(current_work().session, person.user_id, operator_id=account.operator_id, **_seen_by()), account)
    return _to_factor(account)


def enter_partner(partner_code: str) -> Any:
    """Act in the partner account of the address. Returns a redirect to the sign-in page for nobody, None when all is well."""
    person = current_person()
    if person is None:
        return to_sign_in()
    code = read_code("P", partner_code)
    account = next((a for a in my_accounts() if a.kind == "partner" and a.code == code), None)
    if account is None:
        raise NotFound
    _enter(load_actor(current_work().session, person.user_id, partner_code=account.code, **_seen_by()), account)
    return _to_factor(account)


def enter_account(account: AccountRow | None) -> Work:
    """Act in one of the person's own accounts on pages outside both portals; without one, as the person alone."""
    work = current_work()
    if account is not None and account.usable and account != current_account():
        person = cast(PersonRow, current_person())
        where: dict[str, Any] = {"operator_id": account.operator_id} if account.kind == "cpo" else {"partner_code": account.code}
        try:
            _enter(load_actor(work.session, person.user_id, **where, **_seen_by()), account)
        except NotAllowed as refusal:
            if refusal.code != "wrong_network":
                raise
            act_as(bare_actor())
    return work


def factor_is_required() -> bool:
    """Does one of the person's roles need a second factor? Not while the installation is a demo, whose people everybody may be."""
    return not settings().demo and any(a.role in SECOND_FACTOR_ROLES for a in my_accounts())


def _to_factor(account: AccountRow) -> Any:
    """To the set-up of a second factor, if the role entered needs one and there is none; None when all is well."""
    person = current_person()
    if settings().demo or person is None or person.has_second_factor or account.role not in SECOND_FACTOR_ROLES:
        return None
    return redirect(url_for("access.factor_new", next=request.path if request.method == "GET" else None), 303)


def _seen_by() -> dict[str, Any]:
    """When, from where and as whom the person of this request comes."""
    return {"at": current_work().now, "address": request.remote_addr or "", "standing": g.standing}


def _enter(actor: Actor, account: AccountRow) -> None:
    act_as(actor)
    g.account = account
    if session.get("help_of") != str(account.operator_id):
        # kept, because an error page asks the database for nothing
        session["help_of"], session["help"] = str(account.operator_id), people.help_contact(current_work().session, account.operator_id)
    strict = any(gate.can_anywhere(actor, right) for right in _STRICT)
    for name, value in (("strict", strict), ("last_account", account.code)):
        if session.get(name) != value:
            session[name] = value


def to_sign_in() -> Any:
    """To the sign-in page, and afterwards back here; for htmx the whole page goes, but not where a part asked by itself (``fresh``)."""
    if "X-Asks-Itself" in request.headers:  # what is typed beside it stays
        return current_app.response_class(status=204)
    if request.headers.get("HX-Request") == "true":
        return current_app.response_class(status=401, headers={"HX-Redirect": url_for("access.sign_in", next=_current_page())})
    return redirect(url_for("access.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None), 303)


def _current_page() -> str | None:
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    return safe_next(here.path + (f"?{here.query}" if here.query else ""))


def sign_in(row: PersonRow, work: Work, *, method: str = "password") -> AccountRow | None:
    """Begin a sign-in in this browser under a new session id; returns the account to land in."""
    language = session.get("language")
    session.clear()
    browser_session.renew()
    login_user(SignedInPerson(row))
    browser_session.start(work.now)
    session["sign_in_stamp"] = row.sign_in_stamp
    session["language"] = row.language or language
    open_signins.note_here(work.now)
    _read_accounts(work, row.user_id)
    _remember_audiences(g.accounts)
    account = next((a for a in g.accounts if a.usable), g.accounts[0] if g.accounts else None)
    enter_account(account)
    people.record_sign_in(work, row.user_id, row.email, method)
    known_browser.greet(work, row)
    return account


def keep_signed_in(row: PersonRow) -> None:
    """After changing one's own password: this sign-in goes on under a new session id, all others end."""
    session["sign_in_stamp"] = row.sign_in_stamp
    browser_session.renew()
    open_signins.note_here(room().clock())


def sign_out(note: str | None = None) -> None:
    """End this sign-in and its server-side session, and its open streams."""
    _end_streams()
    open_signins.forget_here()
    logout_user()
    session.clear()
    if note:
        session["note"] = [note, {}]


def _end_streams() -> None:
    user_id = session.get("_user_id")
    if user_id:
        facts = {"session": getattr(session, "sid", None)}
        room().bus.publish([LiveMessage("SignedOut", f"sign-out:{user_id}", (user_topic(UUID(user_id)),), facts)])


def landing(account: AccountRow | None) -> str:
    """Where somebody arrives: the account's first page; the own page without an account."""
    if account is None:
        return url_for("access.account")
    if account.kind == "cpo":
        return "/cpo/desk" if account.role == "hotline" and _exists("/cpo/desk") else "/cpo/"
    return f"/partner/{account.code}/"


def _exists(path: str) -> bool:
    return bool(current_app.url_map.bind("").test(path))


def safe_next(target: str | None) -> str | None:
    """A path of ours to go on to, or None: nothing that a browser could read as another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(c) < 32 or c == "\\" for c in target) or urlsplit(target).netloc:
        return None
    return target


def _remember_audiences(accounts: list[AccountRow]) -> None:
    """What the stream process may send to this browser."""
    staff = [str(a.operator_id) for a in accounts if a.kind == "cpo"]
    before = session.get("audiences") or {}
    cpo = before.get("cpo") if before.get("cpo") in staff else (staff[0] if staff else None)
    partners = {a.code: str(a.partner_id) for a in accounts if a.kind == "partner" and a.usable}
    reach = {a.code: [str(p) for p in a.partner_ids] for a in accounts if a.kind == "partner" and a.usable}
    now = {"cpo": cpo, "partners": partners, "reach": reach}
    if now != before:
        session["audiences"] = now


def bare_actor() -> Actor:
    """The person alone, without an account: nobody when not signed in."""
    user_id = session.get("_user_id")
    if not user_id:
        return NOBODY
    return Actor(ActorKind.USER, "user", id=UUID(user_id))


@logins.user_loader
def _load(user_id: str) -> SignedInPerson | None:
    work = current_work()
    row = people.person(work.session, UUID(user_id))
    return SignedInPerson(row) if row is not None else None


def _know_the_person() -> Any:
    """End sign-ins that are over, revoked or of somebody switched off; note that the person is there."""
    if request.endpoint in {"static", "health.healthz"} or "_user_id" not in session:
        return None
    person = current_person()
    now = room().clock()
    if person is None or person.is_disabled:
        sign_out()
    elif browser_session.is_over(now, *browser_session.limits(settings())):
        sign_out("signed-out-idle")
    elif session.get("sign_in_stamp") != person.sign_in_stamp:
        sign_out("signed-out-elsewhere")
    else:
        # what the page asks for by itself does not count as being there
        is_there = request.headers.get("HX-Request-Type") != "partial" or request.method != "GET"
        if is_there and browser_session.note_activity(now):
            open_signins.note_here(now)
        return None
    act_as(NOBODY)
    return None
