"""The gate: one question, asked three ways. ``require`` refuses, ``scope`` lists, ``can`` hides buttons.

In a preview ``scope`` and ``can`` answer for the person shown, so that pages look as they do there; ``require`` lets nothing be changed.
"""

from __future__ import annotations

from uuid import UUID

from app.access.actor import ALL, Actor, Reach, SeenAs
from app.access.permissions import Permission
from app.access.roles import DELEGATED, FEATURED, GRANTS
from app.kernel.errors import NotAllowed

#: rights that change nothing: all that a preview uses
READS = frozenset(p for p in Permission if p.value.endswith((".view", ".amounts", ".rows")) or p is Permission.DESK_USE)


def scope(actor: Actor, permission: Permission) -> Reach:
    """The partner accounts for which the actor holds the right: ALL, or a (perhaps empty) set of ids."""
    return actor.grants.get(permission, frozenset())


def can(actor: Actor, permission: Permission, partner_id: UUID | None = None, location_id: UUID | None = None) -> bool:
    """May the actor do this for that partner account (None: for something of the operator's own)?"""
    reach = scope(actor, permission)
    if reach is not ALL and (partner_id is None or partner_id not in reach):
        return False
    return actor.locations is None or location_id is None or location_id in actor.locations


def can_anywhere(actor: Actor, permission: Permission) -> bool:
    """Does the actor hold the right for anything at all (menus)?"""
    reach = scope(actor, permission)
    return reach is ALL or bool(reach)


def require(actor: Actor, permission: Permission, partner_id: UUID | None = None, location_id: UUID | None = None) -> None:
    """Refuse ``not_allowed`` (naming the right) unless ``can``; in a preview every change, saying whether the person shown could do it."""
    may = can(actor, permission, partner_id, location_id)
    if actor.seen_as is not None and permission not in READS:
        seen = actor.seen_as
        about = {"account": seen.account, "role": seen.person or (seen.role.value if seen.role else "driver"), "right": permission.value}
        raise NotAllowed("preview_could" if may else _why_not(seen, permission), **about)
    if not may:
        raise NotAllowed("not_allowed", permission=permission.value)


def _why_not(seen: SeenAs, permission: Permission) -> str:
    if seen.role is None or permission not in GRANTS[seen.role]:
        return "preview_role"
    return "preview_contract" if permission in DELEGATED and permission not in FEATURED else "preview_feature"
