"""0047: a partner's charge points of a month are looked up by its assignments; all of an operator's were asked one by one before."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

HEAD = """
create or replace function settled_stations(p_partner uuid, p_elsewhere uuid[]) returns table (id uuid, label text)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select t.id, t.label from station t
  where t.operator_id = voltpact_operator() and (voltpact_all_partners() or p_partner = any (voltpact_partners()))
"""
BY_KEY = """
    and t.id in (
      select a.station_id from assignment a where a.partner_id = p_partner
      union
      select s.station_id from charging_session s where s.station_id = any (p_elsewhere) and s.payer_id = p_partner)
$$
"""
ONE_BY_ONE = """
    and (exists (select from assignment a where a.station_id = t.id and a.partner_id = p_partner)
         or (t.id = any (p_elsewhere) and exists (select from charging_session s where s.station_id = t.id and s.payer_id = p_partner)))
$$
"""


def upgrade() -> None:
    """The same charge points, found by key."""
    op.get_bind().connection.cursor().execute(HEAD + BY_KEY)


def downgrade() -> None:
    """As in 0029."""
    op.get_bind().connection.cursor().execute(HEAD + ONE_BY_ONE)
