"""0065: a charge point that somebody held before is found by its label for its own time, though it is another's now."""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

#: asked with the caller's sight: own assignments that are over, and only at sites the person may see
HELD = """
create function voltpact_held_point(p_label text) returns uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.id from station s
  where s.label = upper(p_label) and s.operator_id = voltpact_operator()
    and (voltpact_all_sites() or s.location_id = any (voltpact_sites()))
    and exists (
      select from assignment a where a.station_id = s.id and a.partner_id = any (voltpact_partners()) and a.valid_until is not null)
$$;
revoke all on function voltpact_held_point(text) from public;
grant execute on function voltpact_held_point(text) to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """One question."""
    op.get_bind().connection.cursor().execute(HELD)


def downgrade() -> None:
    """Nobody asks it any more."""
    op.get_bind().connection.cursor().execute("drop function voltpact_held_point(text)")
