"""Who works in an account: the same pages for staff looking at a partner (B9), for the partner's own team (P11) and for staff (B62).

A portal names the place (whose people, which template, where its own routes are); everything else is here once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from flask import url_for

from app.access.roles import SECOND_FACTOR_ROLES
from app.domain.network.listing import sites_of_partner
from app.domain.people.invitations import invite, open_invitations, resend, withdraw
from app.domain.people.lost_factors import clear_factors
from app.domain.people.members import change_member, end_member, roles_to_give
from app.domain.people.queries import members, staff
from app.domain.people.rows import InvitationRow, MemberRow, PartnerRow
from app.domain.people.service_packages import seats_of
from app.kernel.errors import Conflict, Invalid, NotFound
from app.web import confirm
from app.web.pages import go, page
from app.web.seen_form import Clash
from app.web.shared_forms.people import InviteForm, LimitsForm, MemberForm, ReasonForm
from app.web.signin import current_work, settings

F = TypeVar("F", bound=LimitsForm)


@dataclass(frozen=True)
class Place:
    """Whose people: ``row`` is the partner, None the operator's own staff. Endpoints are ``<name>``, ``<name>_member`` and so on."""

    name: str
    template: str
    edit_template: str
    factor_template: str
    row: PartnerRow | None
    values: dict[str, Any] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def partner_id(self) -> UUID | None:
        """The partner's key; None for staff."""
        return self.row.id if self.row else None

    def url(self, act: str = "", **values: Any) -> str:
        """The address of one of the place's routes."""
        return url_for(f"{self.name}{act}", **self.values, **values)


def show(place: Place, form: InviteForm | None = None, *, status: int = 200) -> Any:
    """People, open invitations, and the form that invites."""
    work = current_work()
    people = _people(place)
    typed = confirm.typed_before(place.url()) if form is None else None
    shown = form or _offered(InviteForm(formdata=typed), place)
    if form is None and typed is None and place.row is not None:
        shown.language.data = place.row.language
    invited = open_invitations(work, place.partner_id)
    sites = dict(_sites(place))
    told = {"form": shown, "sites": sites, "seats": seats_of(work, place.partner_id) if place.partner_id else None}
    return page(place.template, status=status, place=place, row=place.row, found=people, invited=invited, **told, **place.more)


def add(place: Place) -> Any:
    """Invite somebody; who gives a role that moves money or rights confirms to be there, and finds what was typed again."""
    form = _offered(InviteForm(), place)
    if not form.validate():
        return show(place, form, status=422)
    if form.role.data in SECOND_FACTOR_ROLES and not confirm.is_confirmed():
        return confirm.confirm_first(place.url(), keep=True)
    try:
        invite(current_work(), place.row.code if place.row else None, form.to_input(), link_of)
    except Invalid as refusal:
        return show(place, form.refuse(refusal), status=422)
    return go(place.name, note="person-invited", note_values={"email": form.email.data or ""}, **place.values)


def edit(place: Place, membership_id: UUID, form: MemberForm | None = None, *, clash: Clash | None = None, status: int = 200) -> Any:
    """The role and limits of somebody, in a form."""
    member = _member(place, membership_id)
    shown = form or _present(place, member).shows()
    return page(place.edit_template, status=status, place=place, row=place.row, member=member, form=shown, clash=clash, **place.more)


def _present(place: Place, member: MemberRow) -> MemberForm:
    """The role and limits as they are."""
    sites = [str(key) for key in member.location_ids or ()]
    data = {"role": member.role, "location_ids": sites, "networks": "\n".join(member.networks or ())}
    return _offered(MemberForm(formdata=None, data=data), place)


def save(place: Place, membership_id: UUID) -> Any:
    """Change role and limits; what somebody else changed meanwhile is shown beside it."""
    now = _present(place, _member(place, membership_id))
    form = _offered(MemberForm(formdata=_offered(MemberForm(), place).merged(now)), place)
    if not form.validate():
        return edit(place, membership_id, form, status=422)
    if clash := form.clash(now, "MemberChanged", ("membership", membership_id)):
        return edit(place, membership_id, form, clash=clash, status=409)
    try:
        change_member(current_work(), membership_id, form.limits())
    except (Invalid, Conflict) as refusal:
        return edit(place, membership_id, form.refuse(refusal), status=422)
    return go(place.name, note="member-changed", **place.values)


def end(place: Place, membership_id: UUID) -> Any:
    """Take a role away; one that moves money or rights after confirming."""
    if _member(place, membership_id).role in SECOND_FACTOR_ROLES and not confirm.is_confirmed():
        return confirm.confirm_first(place.url())
    end_member(current_work(), membership_id)
    return go(place.name, note="member-ended", **place.values)


def lost_factor(place: Place, membership_id: UUID, form: ReasonForm | None = None, *, status: int = 200) -> Any:
    """What removing somebody's second factor means, and a field for the reason."""
    member = _member(place, membership_id)
    shown = form or ReasonForm(formdata=None)
    return page(place.factor_template, status=status, place=place, row=place.row, member=member, form=shown, **place.more)


def clear_factor(place: Place, membership_id: UUID) -> Any:
    """Remove it."""
    member, form = _member(place, membership_id), ReasonForm()
    if not form.validate():
        return lost_factor(place, membership_id, form, status=422)
    try:
        clear_factors(current_work(), membership_id, form.reason.data or "")
    except (Invalid, Conflict) as refusal:
        return lost_factor(place, membership_id, form.refuse(refusal), status=422)
    return go(place.name, note="factor-cleared", note_values={"name": member.name}, **place.values)


def send_again(place: Place, invitation_id: UUID) -> Any:
    """A new mail with a new link."""
    row = _invitation(place, invitation_id)
    try:
        resend(current_work(), row.id, link_of)
    except Invalid as refusal:
        return show(place, _offered(InviteForm(formdata=None), place).refuse(refusal), status=422)
    return go(place.name, note="person-invited", note_values={"email": row.email}, **place.values)


def take_back(place: Place, invitation_id: UUID) -> Any:
    """Withdraw an invitation."""
    withdraw(current_work(), _invitation(place, invitation_id).id)
    return go(place.name, note="invitation-withdrawn", **place.values)


def link_of(token: str) -> str:
    """The address in an invitation mail."""
    return f"{settings().public_url}{url_for('access.invitation', token=token)}"


def _people(place: Place) -> list[MemberRow]:
    return staff(current_work()) if place.row is None else members(current_work(), place.row.id)


def _member(place: Place, membership_id: UUID) -> MemberRow:
    found = next((m for m in _people(place) if m.id == membership_id), None)
    if found is None:
        raise NotFound
    return found


def _invitation(place: Place, invitation_id: UUID) -> InvitationRow:
    found = next((i for i in open_invitations(current_work(), place.partner_id) if i.id == invitation_id), None)
    if found is None:
        raise NotFound
    return found


def _sites(place: Place) -> list[tuple[UUID, str]]:
    return [] if place.row is None else sites_of_partner(current_work(), place.row.id)


def _offered(form: F, place: Place) -> F:
    roles = roles_to_give(current_work(), place.row.kind if place.row else None, place.partner_id)
    form.offer(roles, _sites(place))
    return form
