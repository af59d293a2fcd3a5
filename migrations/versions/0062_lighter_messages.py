"""0062: rows that every message touches are in fewer indexes; a session's place is looked up by the statement that writes it."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# A connector's state changes with every third message: an index on it keeps the change from being made in place, in any of its indexes.
# Counts of all states read the table whole, which costs the same; free room is there for two versions of each row.
# Sessions without a number, reference, secret or end need no entry saying so.
INDEXES = """
drop index ix_connector_state;
alter table charging_session
  drop constraint uq_charging_session_secret_hash,
  drop constraint uq_charging_session_station_id_transaction_number,
  drop constraint uq_charging_session_station_id_transaction_ref;
create unique index uq_charging_session_secret on charging_session (secret_hash) where secret_hash is not null;
create unique index uq_charging_session_number on charging_session (station_id, transaction_number) where transaction_number is not null;
create unique index uq_charging_session_ref on charging_session (station_id, transaction_ref) where transaction_ref is not null;
drop index ix_charging_session_partner_ended;
drop index ix_charging_session_ended;
create index ix_charging_session_partner_ended on charging_session (partner_id, ended_at) where ended_at is not null;
create index ix_charging_session_ended on charging_session (operator_id, ended_at)
  include (state, currency, net_minor, gross_minor, partner_id, location_id) where ended_at is not null;
"""

PLACES = """
drop trigger place on charging_session;
create trigger place before insert on charging_session for each row when (new.station_label = '')
  execute function voltpact_session_place();
create trigger place_moved before update of station_id, evse_id on charging_session
  for each row execute function voltpact_session_place();
"""


def upgrade() -> None:
    """The same rows, in fewer indexes."""
    run = op.get_bind().connection.cursor().execute
    run(INDEXES)
    run(PLACES)


def downgrade() -> None:
    """Back to an entry for every row."""
    op.get_bind().connection.cursor().execute(
        """
        drop trigger place_moved on charging_session;
        drop trigger place on charging_session;
        create trigger place before insert or update of station_id, evse_id on charging_session
          for each row execute function voltpact_session_place();
        create index ix_connector_state on connector (operator_id, status) include (partner_id, station_id);
        drop index uq_charging_session_secret; drop index uq_charging_session_number; drop index uq_charging_session_ref;
        alter table charging_session
          add constraint uq_charging_session_secret_hash unique (secret_hash),
          add constraint uq_charging_session_station_id_transaction_number unique (station_id, transaction_number),
          add constraint uq_charging_session_station_id_transaction_ref unique (station_id, transaction_ref);
        drop index ix_charging_session_partner_ended;
        drop index ix_charging_session_ended;
        create index ix_charging_session_partner_ended on charging_session (partner_id, ended_at);
        create index ix_charging_session_ended on charging_session (operator_id, ended_at)
          include (state, currency, net_minor, gross_minor, partner_id, location_id);
        """
    )
