"""0075: a charge that a balance paid has a paper too, and is found by its code and the driver's address."""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

_HEAD = """
create or replace function door_own_part(p_code text, p_email text)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, null::uuid, s.id
"""
PAID = f"""{_HEAD}
  from charging_session s join driver_charge c on c.session_id = s.id join driver d on d.id = c.driver_id
    left join driver_charge_paid paid on paid.session_id = s.id
  where s.code = upper(p_code) and s.state = 'rated' and lower(d.email) = lower(p_email)
    and (paid.session_id is not null or c.balance_minor > 0 and c.own_minor = 0)
$$;
"""
BEFORE = f"""{_HEAD}
  from charging_session s join driver_charge_paid paid on paid.session_id = s.id join driver d on d.id = paid.driver_id
  where s.code = upper(p_code) and s.state = 'rated' and lower(d.email) = lower(p_email)
$$;
"""


def upgrade() -> None:
    """The door looks at balances too."""
    op.get_bind().connection.cursor().execute(PAID)


def downgrade() -> None:
    """By card alone."""
    op.get_bind().connection.cursor().execute(BEFORE)
