"""Who pays by which price sheet at an EVSE: EVSE, charge point, location, partner, operator; the first that says something counts.

An EVSE's own price sheet is a group of one line, so an EVSE has a sheet or a group, whichever began last; the levels above have groups.
Inside the group's version in force the first line that fits the driver counts, else its last line, everyone else.

``PRICE`` is the one place that decides it, for session starts, labels and the hotline alike; pages that show the way ask ``LEVELS``.
"""

from __future__ import annotations

from app.domain.tariffs.groups_models import LEVELS

#: Who holds the charge point at an instant and under which contract version: ``held.version_id``, ``held_by.id``, and the site's local
#: day ``held_by.day``. It is whom it is assigned to on the contract's local day; without an assignment, who holds it today. Wants in scope
#: ``w.at``, ``st``, ``o`` and ``l``.
HELD = """
    left join lateral (
        select a.partner_id, v.id as version_id
        from assignment a
        join contract c on c.id = a.contract_id
        left join contract_version v on v.contract_id = c.id and v.state <> 'draft'
             and v.first_month <= (w.at at time zone c.time_zone)::date
             and (v.last_month is null or v.auto_renewal
                  or v.last_month >= date_trunc('month', w.at at time zone c.time_zone)::date)
        where a.station_id = st.id and a.valid_from <= (w.at at time zone c.time_zone)::date
          and (a.valid_until is null or a.valid_until > (w.at at time zone c.time_zone)::date)
        order by v.first_month desc nulls last, v.number desc limit 1
    ) held on true
    left join lateral (
        select coalesce(held.partner_id, st.partner_id) as id, (w.at at time zone coalesce(l.time_zone, o.time_zone))::date as day
    ) held_by on true
"""

#: What every level says at an instant, the nearest first: level, rank, tariff_id, group_id, since, by. Wants in scope ``w.at``, ``e`` (its
#: id may be null), ``st`` and the holder's key as ``held_by.id`` of ``HELD``. An unknown EVSE has no price: its own one may be another.
SAYS = """
    (select 'evse' as level, 1 as rank, t.tariff_id, t.group_id, t.valid_from as since, t.created_name as by from tariff_assignment t
     where t.evse_id = e.id and t.valid_from <= w.at order by t.valid_from desc limit 1)
    union all
    (select g.level, 2, null::uuid, g.group_id, g.valid_from, g.created_name from group_assignment g
     where g.level = 'station' and g.place_id = st.id and e.id is not null and g.valid_from <= w.at order by g.valid_from desc limit 1)
    union all
    (select g.level, 3, null::uuid, g.group_id, g.valid_from, g.created_name from group_assignment g
     where g.level = 'location' and g.place_id = st.location_id and (g.partner_id is null or g.partner_id = held_by.id)
       and e.id is not null and g.valid_from <= w.at order by g.valid_from desc limit 1)
    union all
    (select g.level, 4, null::uuid, g.group_id, g.valid_from, g.created_name from group_assignment g
     where g.level = 'partner' and g.place_id = held_by.id and e.id is not null and g.valid_from <= w.at order by g.valid_from desc limit 1)
    union all
    (select g.level, 5, null::uuid, g.group_id, g.valid_from, g.created_name from group_assignment g
     where g.level = 'operator' and g.place_id = st.operator_id and e.id is not null and g.valid_from <= w.at
     order by g.valid_from desc limit 1)
"""

#: Joins that find what counts of all that ``SAYS`` says: ``chosen``, and ``gv``, the version of its group at ``w.at``
CHOSEN = f"""
    left join lateral (
        select c.level, c.tariff_id, c.group_id from ({SAYS}) c
        where c.tariff_id is not null or c.group_id is not null order by c.rank limit 1
    ) chosen on true
    left join lateral (
        select v.id, v.rest_tariff_id from tariff_group_version v
        where v.group_id = chosen.group_id and v.valid_from <= w.at order by v.valid_from desc limit 1
    ) gv on true
"""  # noqa: S608 - a constant

#: Joins that find the price sheet's version of a driver: ``sheet.id``, ``sheet.terms``, ``gv.id`` (the group's version or null) and
#: ``fit.position`` (null: everyone else). Wants besides ``SAYS``: the driver as ``w.channel``, ``w.home_id``, ``w.group_ids`` (text,
#: commas between), ``w.plan``, ``w.provider``, and the local day as ``held_by.day``.
PRICE = f"""{CHOSEN}    left join lateral (
        select x.position, x.tariff_id from tariff_group_line x
        where x.version_id = gv.id
          and (x.channels = '{{}}' or w.channel = any (x.channels))
          and (not x.own_users or w.home_id = held_by.id)
          and (x.user_group_id is null or x.user_group_id::text = any (string_to_array(w.group_ids, ',')))
          and (x.plan is null or x.plan = w.plan)
          and (x.provider is null or x.provider = w.provider)
          and (x.first_day is null or x.first_day <= held_by.day)
          and (x.last_day is null or x.last_day >= held_by.day)
        order by x.position limit 1
    ) fit on true
    left join lateral (
        select v.id, v.terms from tariff_version v
        where v.tariff_id = coalesce(chosen.tariff_id, fit.tariff_id, gv.rest_tariff_id) and v.valid_from <= w.at and v.withdrawn_at is null
        order by v.valid_from desc limit 1
    ) sheet on true
"""  # noqa: S608 - constants

__all__ = ["HELD", "LEVELS", "PRICE", "SAYS"]
