"""0082: connectors are counted by state as their states change; rare states and long silence are found without touching usual changes."""

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

# A row is changed in place while the columns that its indexes name keep their values. So no index names a connector's state or the time of a
# message: one has the five minutes in which something was heard last, and connectors in a state that few have stand in a table of their own.
# (Such a column of connectors, kept by the database, took 4 microseconds of each change of theirs, half of what it takes.)
COLUMNS = """
alter table station_state add column heard_from timestamptz
  generated always as (date_bin('5 minutes', last_message_at, '2000-01-01 00:00:00+00')) stored;
comment on column station_state.heard_from is 'begin of the five minutes in which the last message came; in an index, unlike its time';
create index ix_station_state_heard on station_state (operator_id, heard_from);
"""

# A change adds rows and takes none away: nobody waits for anybody. They are gathered from time to time.
COUNTS = """
create table connector_count (
    operator_id uuid not null,
    status text,
    connectors integer not null
);
comment on table connector_count is 'connectors by state, kept by the database; to be summed, each change adds rows until they are gathered';
comment on column connector_count.status is 'null: never reported';
insert into connector_count select operator_id, status, count(*) from connector group by 1, 2;
alter table connector_count enable row level security; alter table connector_count force row level security;
create policy worker on connector_count to voltpact_worker using (true) with check (true);
create policy tenant on connector_count to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()) and (select voltpact_all_sites()));
grant select on connector_count to voltpact_web, voltpact_worker;

create table connector_rare (
    connector_id uuid not null constraint pk_connector_rare primary key,
    operator_id uuid not null,
    station_id uuid not null,
    status text not null
);
comment on table connector_rare is 'connectors in a state that few have, kept by the database';
create index ix_connector_rare_operator on connector_rare (operator_id, status);
insert into connector_rare select id, operator_id, station_id, status from connector
  where status in ('Faulted', 'Unavailable', 'Reserved');
alter table connector_rare enable row level security; alter table connector_rare force row level security;
create policy worker on connector_rare to voltpact_worker using (true) with check (true);
create policy tenant on connector_rare to voltpact_web
  using (operator_id = (select voltpact_operator()) and (select voltpact_all_partners()) and (select voltpact_all_sites()));
grant select on connector_rare to voltpact_web, voltpact_worker;

create function voltpact_count_state() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into connector_count values (old.operator_id, old.status, -1), (new.operator_id, new.status, 1);
  if old.status in ('Faulted', 'Unavailable', 'Reserved') then
    delete from connector_rare where connector_id = old.id;
  end if;
  if new.status in ('Faulted', 'Unavailable', 'Reserved') then
    insert into connector_rare values (new.id, new.operator_id, new.station_id, new.status);
  end if;
  return null;
end $$;
create trigger count_state after update of operator_id, status on connector for each row
  when ((old.operator_id, old.status) is distinct from (new.operator_id, new.status)) execute function voltpact_count_state();
create function voltpact_count_connectors() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into connector_count select operator_id, status, count(*) from changed group by 1, 2;
    insert into connector_rare select id, operator_id, station_id, status from changed
      where status in ('Faulted', 'Unavailable', 'Reserved');
  else
    insert into connector_count select operator_id, status, -count(*) from changed group by 1, 2;
    delete from connector_rare r using changed c where r.connector_id = c.id;
  end if;
  return null;
end $$;
create trigger count_put after insert on connector referencing new table as changed
  for each statement execute function voltpact_count_connectors();
create trigger count_gone after delete on connector referencing old table as changed
  for each statement execute function voltpact_count_connectors();

create function voltpact_gather_connectors(p_operator uuid) returns void
  language sql security definer set search_path = public, pg_temp
as $$
  with gone as (delete from connector_count where operator_id = p_operator returning operator_id, status, connectors)
  insert into connector_count select operator_id, status, sum(connectors) from gone group by 1, 2 having sum(connectors) <> 0
$$;
revoke all on function voltpact_count_state(), voltpact_count_connectors(), voltpact_gather_connectors(uuid) from public;
grant execute on function voltpact_gather_connectors(uuid) to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """Columns, indexes, counts and the triggers that keep them."""
    run = op.get_bind().connection.cursor().execute
    run(COLUMNS)
    run(COUNTS)


def downgrade() -> None:
    """Everything here follows from other rows."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger count_state on connector; drop trigger count_put on connector; drop trigger count_gone on connector;
        drop function voltpact_gather_connectors(uuid), voltpact_count_connectors(), voltpact_count_state();
        drop table connector_count; drop table connector_rare;
        drop index ix_station_state_heard;
        alter table station_state drop column heard_from;
        """
    )
