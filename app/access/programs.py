"""Programs of other houses that call the API: what each scope of their key lets them do."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from app.access.actor import ALL, Actor, ActorKind
from app.access.permissions import Permission


class Scope(StrEnum):
    """What a key is good for; the value stands in the key's row and on its page."""

    CURVES = "curves"


SCOPE_GRANTS: dict[Scope, frozenset[Permission]] = {Scope.CURVES: frozenset({Permission.CURVE_IMPORT})}


def program(operator_id: UUID, key_id: UUID, name: str, scopes: frozenset[Scope]) -> Actor:
    """Whoever brings an access key of the operator: may do what its scopes say and nothing else."""
    rights = frozenset[Permission]().union(*(SCOPE_GRANTS[scope] for scope in scopes))
    return Actor(ActorKind.PROGRAM, name, id=key_id, operator_id=operator_id, partners=ALL, grants=dict.fromkeys(rights, ALL))
