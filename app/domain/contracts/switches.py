"""The set-up of a partner account that contracts, people and mail hang on: what is in force, what a save would change, and the save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.permissions import Permission
from app.access.roles import Role
from app.domain.contracts.queries import delegated_rights
from app.domain.drivers.account_use import AccountUse, account_use
from app.domain.people.actions import tell_members
from app.domain.people.contacting import RECEIVER
from app.domain.people.events import CorporateBillingChanged, FeaturesChanged
from app.domain.people.feature_models import PartnerCorporate, PartnerFeatures
from app.domain.people.features import (
    CARE,
    SWITCHES,
    Corporate,
    Features,
    checked_corporate,
    checked_features,
    corporate_at,
    features_at,
    last_number,
    values_of,
)
from app.domain.people.general import find_partner
from app.domain.people.models import Contact, Membership, Partner, User
from app.domain.people.queries import partner_by_code
from app.domain.people.rows import PartnerRow
from app.domain.people.service_packages import PackageRow, package_at
from app.kernel.errors import Conflict
from app.work.unit import Work

#: whose rights a switch gives or takes
_CONCERNED = dict.fromkeys(
    ("create_users", "add_balance", "control_tariffs", "control_groups"), (Role.OWNER, Role.MANAGER, Role.SUB_OPERATOR)
) | dict.fromkeys(CARE, (Role.SUB_OPERATOR,))


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of "what changes for whom": the setting, before and after, and the people or addresses concerned."""

    name: str
    before: Any
    after: Any
    who: tuple[str, ...] = ()


def features_now(work: Work, partner: PartnerRow | Partner) -> Features:
    """The switches in force; before the first save prices are as the contract gives them."""
    return features_of_each(work, [partner])[partner.id]


def saved_switches(work: Work, partner_id: UUID) -> Features | None:
    """The switches where they were ever saved: then they decide about prices, not the contracts. For those who may read them."""
    if not work.can(Permission.FEATURE_VIEW, partner_id=partner_id):
        return None
    return features_at(work.session, [partner_id], work.now).get(partner_id)


def features_of_each(work: Work, partners: Sequence[PartnerRow | Partner]) -> dict[UUID, Features]:
    """The same for several partners, in two statements."""
    saved = features_at(work.session, [p.id for p in partners], work.now)
    zones = {p.id: p.time_zone for p in partners if p.id not in saved}
    given = delegated_rights(work.session, zones, work.now) if zones else {}
    return saved | {key: _unsaved(given.get(key, frozenset())) for key in zones}


def _unsaved(given: frozenset[str]) -> Features:
    return Features(control_tariffs=Permission.TARIFF_EDIT.value in given, control_groups=Permission.TARIFF_GROUP_EDIT.value in given)


def features_of(work: Work, code: str) -> tuple[PartnerRow, Features]:
    """A partner within sight and its switches, for those who may read them."""
    row = partner_by_code(work, code)
    work.require(Permission.FEATURE_VIEW, partner_id=row.id)
    return row, features_now(work, row)


def package_of(work: Work, partner_id: UUID) -> PackageRow | None:
    """The service package of a partner, for those who may read its switches; else None."""
    if not work.can(Permission.FEATURE_VIEW, partner_id=partner_id):
        return None
    return package_at(work.session, work.operator_id, partner_id, work.now)


def corporate_of(work: Work, code: str) -> tuple[PartnerRow, Corporate, AccountUse]:
    """A partner within sight, how charging on its account stands, and what was charged this month."""
    row = partner_by_code(work, code)
    work.require(Permission.FEATURE_VIEW, partner_id=row.id)
    return row, corporate_at(work.session, row.id, work.now), account_use(work, row)


def effects(work: Work, code: str, wanted: Features) -> list[Effect]:
    """What a save would change, and for whom; refuses as the save would. Nothing is written."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    now, then = features_now(work, partner), checked_features(work.session, partner, wanted)
    changed = [name for name, value in values_of(then).items() if value != getattr(now, name)]
    return [Effect(name, getattr(now, name), getattr(then, name), _concerned(work, partner, name)) for name in changed]


def _concerned(work: Work, partner: Partner, name: str) -> tuple[str, ...]:
    if name in _CONCERNED:
        found = select(User.name).join(Membership, Membership.user_id == User.id)
        people = found.where(
            Membership.partner_id == partner.id, Membership.ended_at.is_(None), Membership.role.in_([r.value for r in _CONCERNED[name]])
        )
        return tuple(work.session.scalars(people.order_by(User.name)))
    if name in RECEIVER:
        contact = select(Contact.email).where(Contact.partner_id == partner.id, Contact.kind == RECEIVER[name])
        return tuple(work.session.scalars(contact))
    return ()


def corporate_effects(work: Work, code: str, wanted: Corporate) -> list[Effect]:
    """What a save of the terms of charging on account would change; refuses as the save would. Nothing is written."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    now, then = corporate_at(work.session, partner.id, work.now), checked_corporate(wanted)
    return [Effect(name, getattr(now, name), value) for name, value in values_of(then).items() if value != getattr(now, name)]


def save_features(work: Work, code: str, wanted: Features, number: int) -> Features:
    """Set the switches from now on; ``number`` is the version the form showed, ``Conflict`` changed_meanwhile if another came since."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    _require_newest(work, PartnerFeatures, partner.id, number)
    now, then = features_now(work, partner), checked_features(work.session, partner, wanted)
    changed = [name for name, value in values_of(then).items() if value != getattr(now, name)]
    if not changed:
        return now
    _keep(work, PartnerFeatures, partner, number + 1, values_of(then))
    work.record(FeaturesChanged(**_about(partner), **_difference(values_of(now), values_of(then), changed)))
    if set(changed) & {*SWITCHES, *CARE}:
        tell_members(work, partner.id)
    return features_now(work, partner)


def save_corporate(work: Work, code: str, wanted: Corporate, number: int) -> Corporate:
    """Set charging on the partner's account from now on; ``Conflict`` as ``save_features``."""
    partner = find_partner(work, code)
    work.require(Permission.PARTNER_EDIT, partner_id=partner.id)
    _require_newest(work, PartnerCorporate, partner.id, number)
    now, then = corporate_at(work.session, partner.id, work.now), checked_corporate(wanted)
    changed = [name for name, value in values_of(then).items() if value != getattr(now, name)]
    if not changed:
        return now
    _keep(work, PartnerCorporate, partner, number + 1, values_of(then))
    work.record(CorporateBillingChanged(**_about(partner), **_difference(values_of(now), values_of(then), changed)))
    return corporate_at(work.session, partner.id, work.now)


def _keep(work: Work, model: type[PartnerFeatures | PartnerCorporate], partner: Partner, number: int, values: dict[str, Any]) -> None:
    who = {"created_by": work.actor.id, "created_name": work.actor.name}
    work.session.add(model(operator_id=partner.operator_id, partner_id=partner.id, number=number, valid_from=work.now, **who, **values))
    work.session.flush()


def _require_newest(work: Work, model: type[PartnerFeatures | PartnerCorporate], partner_id: UUID, number: int) -> None:
    if last_number(work.session, model, partner_id) != number:
        raise Conflict("settings_changed")


def _about(partner: Partner) -> dict[str, Any]:
    return {"operator_id": partner.operator_id, "partner_id": partner.id, "subject": ("partner", partner.id), "code": partner.code}


def _difference(before: dict[str, Any], after: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {"before": {name: before[name] for name in names}, "after": {name: after[name] for name in names}}
