"""0014: tables the OCPP worker writes all the time: room for updates in place, no unasked index, partitions by their parent only."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Readings change no indexed column of a running session: with free room on the page they touch no index at all.
# The guard of rated sessions need not run for the others. The keys of log and readings are never asked for, every row paid for them.
CHANGES = """
alter table charging_session set (fillfactor = 70);
drop trigger frozen on charging_session;
create trigger frozen before update on charging_session for each row when (old.state = 'rated') execute function voltpact_frozen_session();
alter table message_log drop constraint pk_message_log;
alter table meter_reading drop constraint pk_meter_reading;
"""

# A partition has no policy of its own: whoever may read it directly sees every tenant's rows.
PARTITIONS = """
do $$
declare part text;
begin
  for part in select i.inhrelid::regclass::text from pg_inherits i
      where i.inhparent in ('message_log'::regclass, 'meter_reading'::regclass) loop
    execute format('revoke all on %s from voltpact_web, voltpact_worker', part);
  end loop;
end $$;
"""


def upgrade() -> None:
    """Change how the tables are stored; no row changes."""
    run = op.get_bind().connection.cursor().execute
    run(CHANGES)
    run(PARTITIONS)


def downgrade() -> None:
    """Back to the plain tables; the partitions stay closed."""
    op.get_bind().connection.cursor().execute(
        """
        alter table charging_session reset (fillfactor);
        drop trigger frozen on charging_session;
        create trigger frozen before update on charging_session for each row execute function voltpact_frozen_session();
        alter table message_log add constraint pk_message_log primary key (received_at, id);
        alter table meter_reading add constraint pk_meter_reading primary key (received_at, id);
        """
    )
