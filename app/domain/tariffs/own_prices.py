"""EVSEs that have a price of their own, by kind: from what the database keeps counted, so that nobody looks at all EVSEs.

An EVSE's row names the price of its own that began last or begins last (``last_tariff_id``, ``last_group_id``) and what matters of the
place; ``evse_count`` has the same counted for who sees a whole operator. EVSEs with a change to come are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, TextualSelect, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.access.actor import ALL
from app.work.unit import Work

#: what matters of an EVSE, as ``PlaceClass`` has it
KIND = "country, current, max_w, public, clock_approved"
_OWN = f"operator_id, tariff_id, group_id, in_service, {KIND}, evses"
_COUNTED = f"select {_OWN} from evse_count where operator_id = :operator"  # noqa: S608 - constants
_ONE_BY_ONE = f"""
    select operator_id, last_tariff_id as tariff_id, last_group_id as group_id, in_service, {KIND}, 1 as evses
    from evse where operator_id = :operator
"""  # noqa: S608 - constants
#: where an actor sees not all: row-level security says the same, but keeps indexes from being used
_PARTNERS = " and partner_id = any (:partners)"
_SITES = " and station_id in (select s.id from station s where s.location_id = any (:sites))"

#: ``planned``: changes to come (``nth`` 1: an EVSE's last one, by which it is counted); ``was``: what these EVSEs have until then. Wants
#: :operator and :now. Each is read as a whole, not EVSE by EVSE: everything may be changed from tonight on
PLANNED = """
    planned as materialized (
        select p.evse_id, p.tariff_id, p.group_id, row_number() over (partition by p.evse_id order by p.valid_from desc) as nth
        from tariff_assignment p where p.operator_id = :operator and p.valid_from > :now
    ), was as (
        select distinct on (a.evse_id) a.evse_id, a.tariff_id, a.group_id from tariff_assignment a
        where a.evse_id = any (array(select evse_id from planned where nth = 1)) and a.valid_from <= :now
        order by a.evse_id, a.valid_from desc
    )
"""


def own_prices(work: Work) -> tuple[str, dict[str, object]]:
    """A query of the actor's EVSEs by their last own price, and its values: operator_id, tariff_id, group_id, in_service, what ``KIND``
    says, and how many (``evses``, to be summed: one alone may be negative)."""
    partners, sites = work.actor.partners, work.actor.locations
    values: dict[str, object] = {"operator": work.operator_id}
    if partners is ALL and sites is None:
        return _COUNTED, values
    query = _ONE_BY_ONE
    if isinstance(partners, frozenset):
        query, values = query + _PARTNERS, values | {"partners": list(partners)}
    if sites is not None:
        query, values = query + _SITES, values | {"sites": list(sites)}
    return query, values


def bound(statement: str, values: Mapping[str, object]) -> Any:
    """The statement with these values; lists are of keys."""
    return text(statement).bindparams(
        *(bindparam(name, value, type_=ARRAY(Uuid) if isinstance(value, list) else None) for name, value in values.items())
    )


def uses(work: Work) -> TextualSelect:
    """A query of the price sheets that EVSEs have themselves now: tariff_id and at how many EVSEs (``evses``)."""
    own, values = own_prices(work)
    statement = f"""
        with {PLANNED}
        select tariff_id, sum(evses)::int as evses
        from (select tariff_id, evses from ({own}) own
              union all select tariff_id, -1 from planned where nth = 1 union all select tariff_id, 1 from was) each
        where tariff_id is not null group by tariff_id having sum(evses) > 0
    """  # noqa: S608 - constants
    found: TextualSelect = bound(statement, values | {"now": work.now}).columns(tariff_id=Uuid, evses=Integer)
    return found


def used_at(work: Work, tariff_ids: Collection[UUID]) -> dict[UUID, int]:
    """At how many EVSEs each of these price sheets is set now; only those that are. One statement."""
    wanted = set(tariff_ids)
    return {sheet: evses for sheet, evses in work.session.execute(uses(work)).tuples() if sheet in wanted}
