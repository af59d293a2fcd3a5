"""0056: the kind of an EVSE and its own price stand on its row, and EVSEs are counted by them, so that no page has to look at all."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

# Counts of an operator are summed from several rows of a kind: a change adds a row and takes in those that nobody else holds at the moment.
# So nobody waits for anybody, and no two changes can lock each other out.
TABLES = """
alter table evse add column country text, add column public boolean, add column in_service boolean,
    add column last_tariff_id uuid, add column last_group_id uuid;
update evse e set country = coalesce(l.country, o.country), public = coalesce(l.public, true), in_service = st.retired_at is null,
    last_tariff_id = t.tariff_id, last_group_id = t.group_id
  from evse x
  join station st on st.id = x.station_id
  join operator o on o.id = st.operator_id
  left join location l on l.id = st.location_id
  left join (select distinct on (evse_id) evse_id, tariff_id, group_id from tariff_assignment order by evse_id, valid_from desc) t
    on t.evse_id = x.id
  where x.id = e.id;
alter table evse alter column country set not null, alter column public set not null, alter column in_service set not null;
comment on column evse.country is 'of its location, else of the operator; kept by the database';
comment on column evse.public is 'of its location; kept by the database';
comment on column evse.in_service is 'its charge point is not retired; kept by the database';
comment on column evse.last_tariff_id is 'price sheet of its own that began last or begins last; kept by the database';
comment on column evse.last_group_id is 'tariff group of its own that began last or begins last; kept by the database';
create index ix_evse_last_tariff on evse (last_tariff_id) where last_tariff_id is not null;
create index ix_tariff_assignment_start on tariff_assignment (operator_id, valid_from);

create table evse_count (
    id bigint generated always as identity,
    operator_id uuid not null,
    tariff_id uuid,
    group_id uuid,
    in_service boolean not null,
    country text not null,
    current text not null,
    max_w integer not null,
    public boolean not null,
    clock_approved boolean not null,
    evses integer not null,
    constraint pk_evse_count primary key (id),
    constraint fk_evse_count_operator_id foreign key (operator_id) references operator (id)
);
comment on table evse_count is 'EVSEs by kind and own price, kept by the database; to be summed, a kind may have several rows';
create index ix_evse_count_operator on evse_count (operator_id);
insert into evse_count (operator_id, tariff_id, group_id, in_service, country, current, max_w, public, clock_approved, evses)
  select operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, count(*)
  from evse group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
alter table evse_count enable row level security; alter table evse_count force row level security;
create policy worker on evse_count to voltpact_worker using (true) with check (true);
create policy tenant on evse_count to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()) and (select voltpact_all_sites()));
grant select on evse_count to voltpact_web, voltpact_worker;
"""

# Rows that decide a kind are locked before they are read, so that two changes at once cannot leave what neither of them saw.
KINDS = """
create function voltpact_evse_kind() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare site uuid;
begin
  select st.location_id, st.retired_at is null into site, new.in_service from station st where st.id = new.station_id for share;
  select l.country, l.public into new.country, new.public from location l where l.id = site for share;
  if site is null then
    select o.country, true into new.country, new.public from operator o where o.id = new.operator_id;
  end if;
  return new;
end $$;
create trigger kind before insert or update of station_id on evse for each row execute function voltpact_evse_kind();

create function voltpact_station_kind() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from location l where l.id in (old.location_id, new.location_id) order by l.id for share;
  update evse e set in_service = new.retired_at is null, country = coalesce(l.country, o.country), public = coalesce(l.public, true)
    from operator o left join location l on l.id = new.location_id
    where e.station_id = new.id and o.id = new.operator_id;
  return null;
end $$;
create trigger kind after update of location_id, retired_at on station for each row
  when (old.location_id is distinct from new.location_id or (old.retired_at is null) <> (new.retired_at is null))
  execute function voltpact_station_kind();

create function voltpact_location_kind() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update evse e set country = new.country, public = new.public from station st where st.location_id = new.id and e.station_id = st.id;
  return null;
end $$;
create trigger kind after update of country, public on location for each row
  when ((old.country, old.public) is distinct from (new.country, new.public)) execute function voltpact_location_kind();

create function voltpact_operator_kind() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update evse e set country = new.country from station st
    where st.operator_id = new.id and st.location_id is null and e.station_id = st.id;
  return null;
end $$;
create trigger kind after update of country on operator for each row when (old.country <> new.country)
  execute function voltpact_operator_kind();

create function voltpact_own_price() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform from evse e where e.id in (select c.evse_id from changed c) order by e.id for no key update;
  update evse e set last_tariff_id = t.tariff_id, last_group_id = t.group_id
    from evse x left join lateral (
      select a.tariff_id, a.group_id from tariff_assignment a where a.evse_id = x.id order by a.valid_from desc limit 1) t on true
    where x.id in (select c.evse_id from changed c) and e.id = x.id
      and (e.last_tariff_id, e.last_group_id) is distinct from (t.tariff_id, t.group_id);
  return null;
end $$;
create trigger own_price_put after insert on tariff_assignment referencing new table as changed
  for each statement execute function voltpact_own_price();
create trigger own_price_changed after update on tariff_assignment referencing new table as changed
  for each statement execute function voltpact_own_price();
create trigger own_price_gone after delete on tariff_assignment referencing old table as changed
  for each statement execute function voltpact_own_price();
"""

COUNTS = """
create function voltpact_add_evses(p_more evse_count[]) returns void
  language sql security definer set search_path = public, pg_temp
as $$
  with more as (select * from unnest(p_more)),
  near as (
    select c.id from evse_count c
    where exists (
      select from more m
      where (m.operator_id, m.in_service, m.country, m.current, m.max_w, m.public, m.clock_approved)
            = (c.operator_id, c.in_service, c.country, c.current, c.max_w, c.public, c.clock_approved)
        and (m.tariff_id, m.group_id) is not distinct from (c.tariff_id, c.group_id))
    for update skip locked),
  gone as (delete from evse_count c where c.id in (select n.id from near n) returning c.*)
  insert into evse_count (operator_id, tariff_id, group_id, in_service, country, current, max_w, public, clock_approved, evses)
  select operator_id, tariff_id, group_id, in_service, country, current, max_w, public, clock_approved, sum(evses)
  from (select * from more union all select * from gone) each
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(evses) <> 0
$$;

create function voltpact_count_evses() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare more evse_count[];
begin
  if tg_op = 'INSERT' then
    select array_agg(row(null, operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, n)
        ::evse_count) into more
      from (select operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, count(*) as n
            from after group by 1, 2, 3, 4, 5, 6, 7, 8, 9) x;
  elsif tg_op = 'DELETE' then
    select array_agg(row(null, operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, -n)
        ::evse_count) into more
      from (select operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, count(*) as n
            from before group by 1, 2, 3, 4, 5, 6, 7, 8, 9) x;
  else
    select array_agg(row(null, operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, n)
        ::evse_count) into more
      from (select operator_id, last_tariff_id, last_group_id, in_service, country, current, max_w, public, clock_approved, sum(n) as n
            from (select *, 1 as n from after union all select *, -1 from before) sides
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(n) <> 0) x;
  end if;
  if more is not null then
    perform voltpact_add_evses(more);
  end if;
  return null;
end $$;
create trigger count_put after insert on evse referencing new table as after for each statement execute function voltpact_count_evses();
create trigger count_gone after delete on evse referencing old table as before for each statement execute function voltpact_count_evses();
create trigger count_changed after update on evse referencing old table as before new table as after
  for each statement execute function voltpact_count_evses();
revoke all on function voltpact_add_evses(evse_count[]), voltpact_count_evses(), voltpact_evse_kind(), voltpact_station_kind(),
  voltpact_location_kind(), voltpact_operator_kind(), voltpact_own_price() from public;
"""


def upgrade() -> None:
    """Columns with what they are now, counts, and the triggers that keep both."""
    run = op.get_bind().connection.cursor().execute
    for block in (TABLES, KINDS, COUNTS):
        run(block)


def downgrade() -> None:
    """Everything here follows from other rows."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger count_changed on evse; drop trigger count_gone on evse; drop trigger count_put on evse; drop trigger kind on evse;
        drop trigger kind on station; drop trigger kind on location; drop trigger kind on operator;
        drop trigger own_price_put on tariff_assignment; drop trigger own_price_changed on tariff_assignment;
        drop trigger own_price_gone on tariff_assignment;
        drop function voltpact_count_evses(), voltpact_add_evses(evse_count[]), voltpact_own_price(), voltpact_operator_kind(),
          voltpact_location_kind(), voltpact_station_kind(), voltpact_evse_kind();
        drop table evse_count;
        drop index ix_tariff_assignment_start;
        alter table evse drop column country, drop column public, drop column in_service, drop column last_tariff_id,
          drop column last_group_id;
        """
    )
