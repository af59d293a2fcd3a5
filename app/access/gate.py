"""The gate: one question, asked three ways. ``require`` refuses, ``scope`` lists, ``can`` hides buttons."""

from __future__ import annotations

from uuid import UUID

from app.access.actor import ALL, Actor, Reach
from app.access.permissions import Permission
from app.kernel.errors import NotAllowed

#: rights that change nothing; a read-only actor keeps exactly these
READS = frozenset(p for p in Permission if p.value.endswith((".view", ".amounts", ".rows")) or p is Permission.DESK_USE)


def scope(actor: Actor, permission: Permission) -> Reach:
    """The partner accounts for which the actor holds the right: ALL, or a (perhaps empty) set of ids."""
    if actor.read_only and permission not in READS:
        return frozenset()
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
    """Refuse ``not_allowed`` (naming the right) unless ``can``."""
    if not can(actor, permission, partner_id, location_id):
        raise NotAllowed("read_only" if actor.read_only else "not_allowed", permission=permission.value)
