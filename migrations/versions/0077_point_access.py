"""0077: who may charge at a charge point and who is shown it, with its history; and where else somebody could charge."""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

COLUMNS = """
alter table station add column access text not null default 'public',
  add column access_groups uuid[] not null default '{}', add column listed boolean not null default true,
  add constraint ck_station_access check (access in ('public', 'own', 'groups')),
  add constraint ck_station_access_groups check ((access = 'groups') = (cardinality(access_groups) > 0));
comment on column station.access is 'who may charge: everybody, its partner''s own users, the users of groups';
comment on column station.listed is 'drivers who look for a free place nearby are shown it';
create index ix_location_place on location (operator_id, latitude);

create table station_access (
    id uuid not null constraint pk_station_access primary key,
    operator_id uuid not null constraint fk_station_access_operator_id references operator (id),
    partner_id uuid constraint fk_station_access_partner_id references partner (id),
    change_id uuid not null,
    undo_of uuid,
    station_id uuid not null constraint fk_station_access_station_id references station (id),
    access text not null,
    access_groups uuid[] not null,
    listed boolean not null,
    before_access text not null,
    before_groups uuid[] not null,
    before_listed boolean not null,
    set_at timestamptz not null,
    set_by uuid,
    set_name text not null,
    constraint uq_station_access_change_id_station_id unique (change_id, station_id)
);
create index ix_station_access_station on station_access (station_id, set_at);
create index ix_station_access_partner_id on station_access (partner_id);
create trigger append_only before update or delete on station_access for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on station_access for each statement execute function voltpact_refuse();
alter table station_access enable row level security; alter table station_access force row level security;
comment on column station_access.change_id is 'charge points changed by one act';
comment on column station_access.undo_of is 'the act that this one took back';
"""

#: may a card charge at a charge point: its access, or because somebody started it there for this card against it, or keeps a place for it.
#: A plain expression, so that the statements of the OCPP path take it in: for a public one nothing is read
MAY_USE = """
create function voltpact_may_use(p_access text, p_groups uuid[], p_holder uuid, p_station uuid, p_token uuid, p_value text, p_home uuid,
  p_at timestamptz) returns boolean language sql stable
as $$
  select case when p_access = 'public' then true
    when p_access = 'own' and p_home = p_holder then true
    when p_access = 'groups' and exists (select from user_group_token m where m.token_id = p_token and m.group_id = any (p_groups)
      and m.since <= p_at and (m.until is null or m.until > p_at)) then true
    else exists (select from station_command k where k.station_id = p_station and k.action = 'remote_start'
      and k.created_at > p_at - interval '10 minutes' and k.created_at <= p_at + interval '1 minute'
      and k.params ? 'anyway' and upper(k.params ->> 'id_token') = p_value) end
$$;
"""

#: what anybody may know: public places that are free now, at the site first, then at the nearest public sites
NEAR = """
create function door_free_near(p_evse uuid, p_since timestamptz)
  returns table (station_label text, number integer, current text, max_w integer, location_name text, metres integer)
  language sql stable security definer set search_path = public, pg_temp
as $$
  with here as (
    select e.id, e.current, e.operator_id, st.location_id, l.latitude, l.longitude
    from evse e join station st on st.id = e.station_id left join location l on l.id = st.location_id where e.id = p_evse
  ), sites as (
    select h.location_id as id, '' as name, 0.0::double precision as metres from here h where h.location_id is not null
    union all (
      select l.id, l.name, 111195 * sqrt(power(l.latitude - h.latitude, 2)
        + power((l.longitude - h.longitude) * cos(radians(h.latitude)::double precision)::numeric, 2))::double precision
      from here h join location l on l.operator_id = h.operator_id and l.id <> h.location_id and l.public
        and l.latitude between h.latitude - 0.25 and h.latitude + 0.25 and l.longitude between h.longitude - 0.4 and h.longitude + 0.4
      order by 3, l.id limit 20)
  )
  select st.label, e.number, e.current, e.max_w, s.name, s.metres::integer
  from here h cross join sites s
  join station st on st.location_id = s.id and st.operator_id = h.operator_id and st.retired_at is null
    and st.access = 'public' and st.listed
  join station_state x on x.station_id = st.id and x.connected and x.last_message_at >= p_since
  join evse e on e.station_id = st.id and e.id <> h.id
  where exists (select from connector c where c.evse_id = e.id and c.status = 'Available')
    and not exists (
      select from charging_session b left join payment p on p.id = b.payment_id
      where b.station_id = st.id and b.evse_id = e.id and (b.state = 'starting' or (b.state = 'requested' and p.state = 'reserved')))
  order by s.metres, e.current <> h.current, st.label, e.number limit 3
$$;
"""


def upgrade() -> None:
    """Everybody may charge everywhere, as before, until somebody says otherwise."""
    run = op.get_bind().connection.cursor().execute
    run(COLUMNS)
    run(f"create policy tenant on station_access to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on station_access to voltpact_worker using (true) with check (true)")
    run("grant select, insert on station_access to voltpact_web, voltpact_worker")
    run(MAY_USE)
    run(NEAR)


def downgrade() -> None:
    """Everybody may charge everywhere again."""
    run = op.get_bind().connection.cursor().execute
    run("drop function door_free_near(uuid, timestamptz)")
    run("drop function voltpact_may_use(text, uuid[], uuid, uuid, uuid, text, uuid, timestamptz)")
    run("drop table station_access")
    run("drop index ix_location_place")
    run("alter table station drop column access, drop column access_groups, drop column listed")
