"""0036: policies look rows up one by one, or in a list made once; what a policy does not need for a person costs the planner nothing."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# "in (select …)" in a policy is planned as a scan of the whole table for every row looked up, even for those who need it never: joins by
# index looked dearer than reading and sorting a hundred thousand rows. Functions run with the caller's own sight.
SEEN = """
create function voltpact_station_seen(p_station uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from station s where s.id = p_station);
create function voltpact_session_seen(p_session uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from charging_session s where s.id = p_session);
create function voltpact_evse_seen(p_evse uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from evse e where e.id = p_evse);
create function voltpact_site_used(p_location uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from station s where s.location_id = p_location);
create function voltpact_group_version_seen(p_version uuid) returns boolean language sql stable parallel safe cost 50
  return exists (select from tariff_group_version v where v.id = p_version);
create function voltpact_counting_groups() returns uuid[] language sql stable parallel safe
  return array(select t.group_id from tariff_assignment t where t.group_id is not null
               union select g.group_id from group_assignment g where g.group_id is not null);
create function voltpact_pricing_tariffs() returns uuid[] language sql stable parallel safe
  return array(select a.tariff_id from tariff_assignment a where a.tariff_id is not null
               union select v.rest_tariff_id from tariff_group_version v union select l.tariff_id from tariff_group_line l);
create function voltpact_named_groups() returns uuid[] language sql stable parallel safe
  return array(select distinct l.user_group_id from tariff_group_line l where l.user_group_id is not null);
"""

# counts by state and sums of days and months are answered by the index alone; no column here changes while a car charges
INDEXES = """
drop index ix_connector_state;
create index ix_connector_state on connector (operator_id, status) include (partner_id, station_id);
create index ix_station_retired on station (operator_id) where retired_at is not null;
drop index ix_charging_session_partner_id;
create index ix_charging_session_partner_ended on charging_session (partner_id, ended_at);
create index ix_charging_session_ended on charging_session (operator_id, ended_at)
  include (state, currency, net_minor, gross_minor, partner_id, location_id);
"""

BY_STATION = "evse connector station_state station_command status_change message_log assignment orphan_message meter_reading".split()
BY_SESSION = "session_phase session_line payment statement_row document".split()
HERE = "operator_id = (select voltpact_operator())"


def _policies() -> dict[tuple[str, str], str]:
    """(Policy, table) -> its condition."""
    everywhere = "(select voltpact_all_sites())"
    found = {("sites", table): f"{everywhere} or voltpact_station_seen(station_id)" for table in BY_STATION}
    found |= {("sites", table): f"{everywhere} or session_id is null or voltpact_session_seen(session_id)" for table in BY_SESSION}
    found["sites", "tariff_assignment"] = f"{everywhere} or evse_id is null or voltpact_evse_seen(evse_id)"
    found["counts_here", "group_assignment"] = (
        f"{HERE} and (level = 'operator' or voltpact_station_seen(station_id) or voltpact_site_used(location_id))"
    )
    found["counts_here", "tariff_group"] = f"{HERE} and id = any ((select voltpact_counting_groups())::uuid[])"
    found["counts_here", "tariff_group_version"] = f"{HERE} and group_id = any ((select voltpact_counting_groups())::uuid[])"
    found["counts_here", "tariff_group_line"] = f"{HERE} and voltpact_group_version_seen(version_id)"
    found["named_here", "user_group"] = f"{HERE} and id = any ((select voltpact_named_groups())::uuid[])"
    found["priced_here", "tariff"] = f"{HERE} and id = any ((select voltpact_pricing_tariffs())::uuid[])"
    found["priced_here", "tariff_version"] = f"{HERE} and tariff_id = any ((select voltpact_pricing_tariffs())::uuid[])"
    return found


def upgrade() -> None:
    """The same rows for everybody, found another way; indexes for counts and sums."""
    run = op.get_bind().connection.cursor().execute
    run(SEEN)
    run(INDEXES)
    for (policy, table), condition in _policies().items():
        run(f"alter policy {policy} on {table} using ({condition})")


def downgrade() -> None:
    """Both ways show the same rows: only the indexes go back."""
    op.get_bind().connection.cursor().execute(
        """
        drop index ix_charging_session_ended;
        drop index ix_charging_session_partner_ended;
        create index ix_charging_session_partner_id on charging_session (partner_id);
        drop index ix_station_retired;
        drop index ix_connector_state;
        create index ix_connector_state on connector (operator_id, status);
        """
    )
