"""0029: a session keeps the label of where it took place; a former holder's month still knows the charge points it held."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

#: row-level security hides a charge point from whoever held it before, but the session stays theirs
PLACES = """
alter table charging_session add column station_label text not null default '', add column evse_number integer;
comment on column charging_session.station_label is 'of the charge point when it was written, kept for whoever held it then';
comment on column charging_session.evse_number is 'of the EVSE, kept like the label';

update charging_session s set station_label = t.label from station t where t.id = s.station_id;
update charging_session s set evse_number = e.number from evse e where e.id = s.evse_id;

create function voltpact_session_place() returns trigger language plpgsql as $$
begin
  new.station_label := coalesce((select t.label from station t where t.id = new.station_id), new.station_label);
  new.evse_number := coalesce((select e.number from evse e where e.id = new.evse_id), new.evse_number);
  return new;
end $$;
create trigger place before insert or update of station_id, evse_id on charging_session
  for each row execute function voltpact_session_place();
"""

#: what the settlement of a partner reads of charge points it ever held, or at which its drivers charged: whoever holds them now
HELD = """
create function settled_stations(p_partner uuid, p_elsewhere uuid[]) returns table (id uuid, label text)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select t.id, t.label from station t
  where t.operator_id = voltpact_operator() and (voltpact_all_partners() or p_partner = any (voltpact_partners()))
    and (exists (select from assignment a where a.station_id = t.id and a.partner_id = p_partner)
         or (t.id = any (p_elsewhere) and exists (select from charging_session s where s.station_id = t.id and s.payer_id = p_partner)))
$$;
create function settled_evses(p_partner uuid, p_elsewhere uuid[])
  returns table (station_id uuid, evse_uid text, current text, status text)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select e.station_id, e.evse_uid, e.current,
    case when count(c.status) = 0 then 'never_connected' when bool_or(c.status = 'Faulted') then 'faulted' else 'in_service' end
  from settled_stations(p_partner, p_elsewhere) t join evse e on e.station_id = t.id join connector c on c.evse_id = e.id
  group by e.id order by e.station_id, e.number
$$;
create function settled_holders(p_partner uuid, p_elsewhere uuid[])
  returns table (station_id uuid, partner_id uuid, contract_id uuid, valid_from date, valid_until date)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select a.station_id, a.partner_id, a.contract_id, a.valid_from, a.valid_until
  from settled_stations(p_partner, p_elsewhere) t join assignment a on a.station_id = t.id order by a.station_id, a.valid_from
$$;
"""

FUNCTIONS = ("settled_evses(uuid, uuid[])", "settled_holders(uuid, uuid[])", "settled_stations(uuid, uuid[])")


def upgrade() -> None:
    """Columns with their trigger, and three narrow ways to read."""
    run = op.get_bind().connection.cursor().execute
    run(PLACES)
    run(HELD)
    for name in FUNCTIONS:
        run(f"revoke all on function {name} from public; grant execute on function {name} to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    run = op.get_bind().connection.cursor().execute
    for name in FUNCTIONS:
        run(f"drop function {name}")
    run("drop trigger place on charging_session; drop function voltpact_session_place()")
    run("alter table charging_session drop column station_label, drop column evse_number")
