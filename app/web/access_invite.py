"""Answering an invitation (A4): what one may do there, accept, decline. The link in the mail is the only key."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, session, url_for

from app.access.roles import SECOND_FACTOR_ROLES
from app.domain.people import joining
from app.domain.people import signin as people
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.text.messages import sentence
from app.web import errors
from app.web.access import bp
from app.web.access_forms import JoinForm
from app.web.access_passkeys import begin, challenge
from app.web.confirm import note_confirmation
from app.web.database import act_as, aside
from app.web.pages import go, go_to, page
from app.web.passkey_site import passkey_site, site
from app.web.rights import may_and_may_not
from app.web.signin import bare_actor, current_person, current_work, forget_accounts, landing, my_accounts, sign_in


@bp.get("/invite/<token>", endpoint="invitation")
def show_invitation(token: str) -> Any:
    """Who invites to what, and what one may do there."""
    try:
        return _page(token, JoinForm(formdata=None))
    except Conflict as refusal:
        return errors.answer(410, sentence(refusal))


@bp.post("/invite/<token>")
def invitation_accept(token: str) -> Any:
    """Take the role: signed in with one click, otherwise with a new password."""
    person = current_person()
    try:
        return _join_known(token) if person is not None else _join_new(token)
    except Conflict as refusal:
        if refusal.code == "invitation_over":
            return errors.answer(410, sentence(refusal))
        raise


@bp.post("/invite/<token>/passkey/options")
def invitation_passkey_options(token: str) -> Any:
    """What the browser needs to make a passkey for who joins."""
    return begin(joining.ask_passkey(current_work(), token, passkey_site()))


@bp.post("/invite/<token>/passkey")
def invitation_passkey(token: str) -> Any:
    """Take the role with a passkey instead of a password; its recovery codes come next."""
    _count_try()
    work, here, asked = current_work(), passkey_site(), challenge()
    typed = (request.form.get("name", ""), here, request.form.get("answer", ""), asked)
    try:
        row, codes = joining.accept_with_passkey(work, token, *typed)
    except Invalid as refusal:
        return _page(token, JoinForm().refuse(refusal), status=422)
    except Conflict as refusal:
        if refusal.code == "invitation_over":
            return errors.answer(410, sentence(refusal))
        raise
    sign_in(row, work, method="passkey")
    session["recovery_codes"] = codes
    note_confirmation()
    return go("access.recovery_codes", note="joined")


@bp.post("/invite/<token>/decline")
def invitation_decline(token: str) -> Any:
    """Say no."""
    try:
        account = joining.decline(current_work(), token)
    except Conflict as refusal:
        return errors.answer(410, sentence(refusal))
    act_as(bare_actor())
    return go("access.declined", note="invitation-declined", note_values={"account": account})


@bp.get("/invite/declined", endpoint="declined")
def show_declined() -> Any:
    """Nothing more to do."""
    return page("access/declined.html")


def _page(token: str, form: JoinForm, *, status: int = 200) -> Any:
    person = current_person()
    row = joining.offer(current_work(), token)
    act_as(bare_actor())
    if not form.is_submitted() and not form.name.data:
        form.name.data = row.name
    may, granted, may_not = may_and_may_not(row.role)
    other = person if person is not None and person.email.casefold() != row.email.casefold() else None
    who = {"other": other, "is_me": person is not None and other is None, "has_passkeys": site().has_passkeys}
    roles = {"may": may, "granted": granted, "may_not": may_not}
    return page("access/invitation.html", row=row, token=token, form=form, status=status, **who, **roles)


def _join_known(token: str) -> Any:
    person = current_person()
    if person is None:
        raise NotFound
    work = current_work()
    joining.accept_as_known(work, token, person.user_id)
    forget_accounts()
    return go_to(landing(_account_of(work.actor.operator_id, work.actor.partners)), note="joined")


def _join_new(token: str) -> Any:
    form = JoinForm()
    if not form.validate():
        return _page(token, form, status=422)
    _count_try()
    work = current_work()
    try:
        row = joining.accept_as_new(work, token, form.name.data or "", form.password.data or "")
    except Invalid as refusal:
        return _page(token, form.refuse(refusal), status=422)
    except Conflict as refusal:
        if refusal.code != "known_already":
            raise
        return redirect(url_for("access.sign_in", next=url_for("access.invitation", token=token)), 303)
    where = (work.actor.operator_id, work.actor.partners)
    sign_in(row, work)
    account = _account_of(*where)
    target = landing(account)
    if account is not None and account.role in SECOND_FACTOR_ROLES:
        return go("access.factor_new", note="joined", next=target)
    return go_to(target, note="joined")


def _count_try() -> None:
    """Attempts are counted from where they come."""
    with aside() as counting:
        minutes = people.count_attempt(counting, "", request.remote_addr or "")
    if minutes:
        raise NotAllowed("sign_in_blocked", minutes=minutes)


def _account_of(operator_id: Any, reach: Any) -> Any:
    """The account just joined."""
    for account in my_accounts():
        if account.operator_id == operator_id and (account.partner_id in reach if isinstance(reach, frozenset) else account.kind == "cpo"):
            return account
    return None
