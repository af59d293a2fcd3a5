"""Mails about people's sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.contracts.grants import load_actor
from app.domain.people.contacting import fresh_link
from app.domain.people.models import Membership, Operator, Partner, User
from app.domain.people.owner_invites import invite_owner
from app.domain.people.resets import send_link
from app.kernel.errors import Refusal
from app.settings import from_environment
from app.tasks.mailing import write_mail
from app.tasks.registry import job
from app.tasks.runner import report_progress
from app.text.locales import speaking
from app.text.words import gettext
from app.work.unit import Work, enter_tenant


@job("people.reset")
def send_reset(work: Work, email: str) -> dict[str, Any]:
    """Write the mail with a link for a new password, if somebody with that address may sign in. The job says nothing about it."""
    send_link(work, email, lambda token: f"{from_environment().public_url}/reset/{token}")
    return {}


@job("people.invite_owners")
def invite_owners(work: Work, codes: list[str], by: str) -> dict[str, Any]:
    """Invite the owners of these partners as who asked, with that person's rights of now; each line says what became of it."""
    house, lines = work.actor, []
    work.actor = load_actor(work.session, UUID(by), operator_id=work.operator_id)
    enter_tenant(work.session, work.actor)
    site = from_environment().public_url
    for number, code in enumerate(codes, 1):
        try:
            with work.session.begin_nested():
                done = invite_owner(work, code, lambda token: f"{site}/invite/{token}")
            lines.append([done.code, done.name, done.email, done.verdict])
        except Refusal as refusal:
            lines.append([code, "", "", refusal.code])
        report_progress(number, len(codes))
    work.actor = house
    enter_tenant(work.session, house)
    return {"lines": lines}


@job("people.ask_contact")
def ask_contact(work: Work, contact_id: str) -> dict[str, Any]:
    """Ask a contact by mail whether its address is right; a repeat sends another link, and the last one counts."""
    found = fresh_link(work, UUID(contact_id))
    if found is None:
        return {"mails": 0}
    contact, token = found
    partner, operator = work.session.get_one(Partner, contact.partner_id), work.session.get_one(Operator, contact.operator_id)
    with speaking(contact.language):
        subject = gettext("Is this your address? Contact of %(partner)s at %(operator)s", partner=partner.name, operator=operator.name)
    told: dict[str, Any] = {"c": contact, "partner": partner, "operator": operator, "until": contact.token_until}
    told["link"] = f"{from_environment().public_url}/contact/{token}"
    write_mail(work, "contact_confirm", contact.email, contact.language, subject, partner_id=partner.id, is_secret=True, **told)
    return {"mails": 1}


@job("people.new_sign_in")
def new_sign_in(work: Work, user: str, device: str, address: str, at: str) -> dict[str, Any]:
    """Tell somebody that their sign-in was used in a browser not known before, so that a stranger's use is noticed."""
    person, operator = work.session.get_one(User, UUID(user)), work.session.get_one(Operator, work.operator_id)
    with speaking(person.language):
        subject = gettext("Your sign-in was used in a new browser")
    told: dict[str, Any] = {"device": device, "address": address, "at": datetime.fromisoformat(at), "zone": operator.time_zone}
    told |= {"name": person.name, "operator": operator, "link": f"{from_environment().public_url}/account"}
    write_mail(work, "new_sign_in", person.email, person.language, subject, partner_id=None, **told)
    return {}


@job("people.factor_notice")
def factor_notice(work: Work, membership: str, by: str) -> dict[str, Any]:
    """Tell somebody that their second factor was taken away, so that what they did not ask for is noticed."""
    place = work.session.get_one(Membership, UUID(membership))
    person, operator = work.session.get_one(User, place.user_id), work.session.get_one(Operator, place.operator_id)
    with speaking(person.language):
        subject = gettext("Your second factor was removed")
    site = from_environment().public_url
    links: dict[str, Any] = {"link": f"{site}/sign-in", "reset_link": f"{site}/reset", "has_password": person.password_hash is not None}
    told: dict[str, Any] = {"name": person.name, "by": by, "operator": operator, **links}
    write_mail(work, "factor_notice", person.email, person.language, subject, partner_id=place.partner_id, **told)
    return {}
