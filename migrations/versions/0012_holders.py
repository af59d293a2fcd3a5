"""0012: sub-operators see the partners in their care; what hangs on a charge point changes hands with it; issued months are closed."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CARE = """
create policy care on partner for select to voltpact_web
  using (parent_id in (select m.partner_id from membership m
                       where m.user_id = (select voltpact_user()) and m.ended_at is null and m.role = 'sub_operator'));
"""

#: one place knows what belongs to a charge point's holder: its EVSEs, plugs, state row, and the price that counts now and later
HOLDERS = """
create function voltpact_station_holder() returns trigger language plpgsql as $$
begin
  update evse set partner_id = new.partner_id where station_id = new.id;
  update connector set partner_id = new.partner_id where station_id = new.id;
  update station_state set partner_id = new.partner_id where station_id = new.id;
  update tariff_assignment t set partner_id = new.partner_id from evse e
    where e.station_id = new.id and t.evse_id = e.id
      and t.valid_from >= coalesce(
        (select max(u.valid_from) from tariff_assignment u where u.evse_id = e.id and u.valid_from <= now()), t.valid_from);
  return null;
end $$;
create trigger holder after update of partner_id on station for each row when (old.partner_id is distinct from new.partner_id)
  execute function voltpact_station_holder();
"""

#: an issued statement keeps the months it was built from: no version may begin, and no assignment may be cut, inside them
CLOSED = """
create function voltpact_last_issued(p_partner uuid) returns date language sql stable security definer set search_path = public, pg_temp
as $$
  select max(s.month) from statement s where s.partner_id = p_partner and s.state <> 'draft'
$$;

create function voltpact_version_open() returns trigger language plpgsql as $$
declare
  issued date := voltpact_last_issued(new.partner_id);
begin
  if new.state = 'draft' or issued is null then
    return new;
  end if;
  if (tg_op = 'INSERT' or old.state = 'draft') and new.first_month <= issued then
    raise exception 'the month % is issued', issued using errcode = 'exclusion_violation', constraint = 'month_issued';
  end if;
  if tg_op = 'UPDATE' and new.last_month is distinct from old.last_month and new.last_month < issued then
    raise exception 'the month % is issued', issued using errcode = 'exclusion_violation', constraint = 'month_issued';
  end if;
  return new;
end $$;
create trigger month_open before insert or update on contract_version for each row execute function voltpact_version_open();

create function voltpact_assignment_open() returns trigger language plpgsql as $$
declare
  touched assignment := coalesce(new, old);
  issued date := voltpact_last_issued(touched.partner_id);
  changed date := case tg_op when 'UPDATE' then least(coalesce(new.valid_until, 'infinity'), coalesce(old.valid_until, 'infinity'))
                             else touched.valid_from end;
begin
  if issued is not null and changed < issued + interval '1 month' then
    raise exception 'the month % is issued', issued using errcode = 'exclusion_violation', constraint = 'month_issued';
  end if;
  return touched;
end $$;
create trigger month_open before insert or delete or update of valid_from, valid_until on assignment
  for each row execute function voltpact_assignment_open();
"""


def upgrade() -> None:
    """Policy, trigger of holders, closed months."""
    run = op.get_bind().connection.cursor().execute
    for block in (CARE, HOLDERS, CLOSED):
        run(block)
    run("revoke all on function voltpact_last_issued(uuid) from public")
    run("grant execute on function voltpact_last_issued(uuid) to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Take them off again."""
    run = op.get_bind().connection.cursor().execute
    run("drop trigger month_open on assignment; drop trigger month_open on contract_version; drop trigger holder on station")
    run("drop function voltpact_assignment_open(); drop function voltpact_version_open(); drop function voltpact_last_issued(uuid)")
    run("drop function voltpact_station_holder()")
    run("drop policy care on partner")
