"""How prices and contracts name groups of people: by code, so that nobody else's group of the same name counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import or_, select

from app.domain.people.user_groups import UserGroup
from app.kernel.errors import Invalid
from app.work.unit import Work


def nameable(work: Work, partner_id: UUID | None) -> dict[str, str]:
    """Code and name of the groups that a price or contract of this owner may name, by name: the operator's and the owner's. One statement.

    What the operator owns may count anywhere, so it names no partner's people.
    """
    statement = select(UserGroup.code, UserGroup.name).where(UserGroup.operator_id == work.operator_id, UserGroup.archived_at.is_(None))
    statement = statement.where(or_(UserGroup.partner_id.is_(None), UserGroup.partner_id == partner_id))
    return dict(work.session.execute(statement.order_by(UserGroup.name, UserGroup.code)).tuples().all())


def codes_of(words: Iterable[str], known: Mapping[str, str], kept: Collection[str], field: str) -> list[str]:
    """The codes of groups given by code, or by a name that one group alone has; words that stood there before (``kept``) may stay.

    Refuses ``unknown_user_group`` and ``user_group_not_alone``.
    """
    named = defaultdict(list)
    for code, name in known.items():
        named[name.casefold()].append(code)
    found = []
    for word in words:
        codes = [word.upper()] if word.upper() in known else named[word.strip().casefold()]
        if len(codes) != 1 and word not in kept:
            raise Invalid("user_group_not_alone" if codes else "unknown_user_group", field=field, value=word[:60])
        found.append(codes[0] if len(codes) == 1 else word)
    return list(dict.fromkeys(found))
