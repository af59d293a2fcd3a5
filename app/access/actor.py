"""The actor: who acts in a unit of work, and what was granted. A plain value, usable outside a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.access.permissions import Permission
from app.access.roles import Role


class _All:
    """Stands for every partner account of the operator, and for what belongs to no partner."""

    def __contains__(self, _: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = _All()
Reach = _All | frozenset[UUID]


class ActorKind(StrEnum):
    """How the actor came in."""

    USER = "user"
    STATION = "station"
    DRIVER = "driver"
    PROGRAM = "program"
    SYSTEM = "system"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class SeenAs:
    """Whose view a preview shows: somebody with the role in the partner account of that name, perhaps a certain person.

    ``role`` None: a driver at the EVSE of that label.
    """

    account: str
    role: Role | None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Identity, tenant and grants. ``partners`` is what the database may show at all (row-level security)."""

    kind: ActorKind
    name: str
    id: UUID | None = None
    operator_id: UUID | None = None
    partners: Reach = frozenset()
    grants: Mapping[Permission, Reach] = field(default_factory=dict)
    #: the partner account whose person this is; others within reach are seen as the sub-operator's that looks after them
    home: UUID | None = None
    #: only these locations (a membership may be narrowed); None: no such limit
    locations: frozenset[UUID] | None = None
    on_behalf_of: str | None = None
    #: a preview: the grants say what that person could do, and every write is refused, by the gate and by the database
    seen_as: SeenAs | None = None

    def acting_for(self, who: str) -> Actor:
        """The same actor with a note on whose behalf (change orders)."""
        return replace(self, on_behalf_of=who)


NOBODY: Final = Actor(ActorKind.NOBODY, "nobody")


def system(operator_id: UUID | None, name: str = "Voltpact") -> Actor:
    """The house itself at work for one operator: jobs, the OCPP worker's follow-up, rating."""
    return Actor(ActorKind.SYSTEM, name, operator_id=operator_id, partners=ALL, grants=dict.fromkeys(Permission, ALL))


def driver(operator_id: UUID, partner_id: UUID | None) -> Actor:
    """Somebody without an account at one EVSE: may see its price, start there and follow the own session."""
    reach: Reach = frozenset({partner_id}) if partner_id else ALL
    rights = (
        Permission.NETWORK_VIEW,
        Permission.TARIFF_VIEW,
        Permission.SESSION_START,
        Permission.SESSION_VIEW,
        Permission.SESSION_AMOUNTS,
        Permission.PAYMENT_TAKE,
        Permission.DOCUMENT_VIEW,
        Permission.COMMAND_STOP,
    )
    return Actor(ActorKind.DRIVER, "driver", operator_id=operator_id, partners=reach, grants=dict.fromkeys(rights, reach))


def registered_driver(operator_id: UUID, partner_id: UUID, driver_id: UUID, name: str) -> Actor:
    """A driver of a partner who came in by a link: sees the own account, and the own charges wherever they took place."""
    grants: dict[Permission, Reach] = {Permission.DRIVER_OWN: frozenset({partner_id})}
    return Actor(ActorKind.DRIVER, name, id=driver_id, operator_id=operator_id, partners=ALL, grants=grants)
