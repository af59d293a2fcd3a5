"""0060: a paper for what a driver paid of a charge, in a number range of its own; found again by what is on charge point and card."""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

KINDS = "'receipt', 'correction', 'statement', 'self_billing', 'invoice'"

#: whose own part of a charge was paid by a driver of that address
MAILED = """
create function door_own_part(p_code text, p_email text)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, null::uuid, s.id
  from charging_session s join driver_charge_paid paid on paid.session_id = s.id join driver d on d.id = paid.driver_id
  where s.code = upper(p_code) and s.state = 'rated' and lower(d.email) = lower(p_email)
$$;
revoke all on function door_own_part(text, text) from public;
grant execute on function door_own_part(text, text) to voltpact_web, voltpact_worker;
"""

_HEAD = """
create or replace function door_receipt(p_label text, p_number integer, p_day date, p_last4 text)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
"""
_WHERE = """
  where st.label = upper(p_label) and s.state = 'rated' and p.card_last4 = p_last4
    and s.ended_at >= (p_day::timestamp at time zone s.time_zone) and s.started_at < ((p_day + 1)::timestamp at time zone s.time_zone)
  limit 2
$$;
"""
#: by the card of the session's own hold, or by the one its driver paid the own part with
BY_CARD = f"""{_HEAD}
  select s.operator_id, case when s.payment_id is null then null else s.partner_id end, s.id
  from station st join evse e on e.station_id = st.id and e.number = p_number
    join charging_session s on s.evse_id = e.id left join driver_charge_paid paid on paid.session_id = s.id
    join payment p on p.id = coalesce(s.payment_id, paid.payment_id)
{_WHERE}"""
BEFORE = f"""{_HEAD}
  select s.operator_id, s.partner_id, s.id
  from station st join evse e on e.station_id = st.id and e.number = p_number
    join charging_session s on s.evse_id = e.id join payment p on p.id = s.payment_id
{_WHERE}"""


def upgrade() -> None:
    """The kind of paper, and two doors."""
    run = op.get_bind().connection.cursor().execute
    run("alter table document drop constraint ck_document_kind")
    run(f"alter table document add constraint ck_document_kind check (kind in ({KINDS}, 'own_part'))")
    run(MAILED)
    run(BY_CARD)


def downgrade() -> None:
    """Papers that were issued cannot be taken back; without any, the kind goes."""
    run = op.get_bind().connection.cursor().execute
    run(BEFORE)
    run("drop function door_own_part(text, text)")
    run("alter table document drop constraint ck_document_kind")
    run(f"alter table document add constraint ck_document_kind check (kind in ({KINDS}))")
