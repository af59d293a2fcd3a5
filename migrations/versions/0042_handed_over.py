"""0042: what crosses a handover: receipts by their label, electricity rates with the place, and points on their way to both sides."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

#: a driver knows label, day and card, not who held the charge point on that day
RECEIPT = """
create function door_receipt(p_label text, p_number integer, p_day date, p_last4 text)
  returns table (operator_id uuid, partner_id uuid, session_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.operator_id, s.partner_id, s.id
  from station st join evse e on e.station_id = st.id and e.number = p_number
    join charging_session s on s.evse_id = e.id join payment p on p.id = s.payment_id
  where st.label = upper(p_label) and s.state = 'rated' and p.card_last4 = p_last4
    and s.ended_at >= (p_day::timestamp at time zone s.time_zone) and s.started_at < ((p_day + 1)::timestamp at time zone s.time_zone)
  limit 2
$$;
"""

#: a rate belongs to whoever holds its place; of its prices a holder sees those that counted in the own time
RATES = """
create or replace function voltpact_station_holder() returns trigger language plpgsql as $$
begin
  update evse set partner_id = new.partner_id where station_id = new.id;
  update connector set partner_id = new.partner_id where station_id = new.id;
  update station_state set partner_id = new.partner_id where station_id = new.id;
  update electricity_rate set partner_id = new.partner_id where station_id = new.id;
  update tariff_assignment t set partner_id = new.partner_id from evse e
    where e.station_id = new.id and t.evse_id = e.id
      and t.valid_from >= coalesce(
        (select max(u.valid_from) from tariff_assignment u where u.evse_id = e.id and u.valid_from <= now()), t.valid_from);
  return null;
end $$;
create function voltpact_site_holder() returns trigger language plpgsql as $$
begin
  update electricity_rate set partner_id = new.partner_id where location_id = new.id;
  return null;
end $$;
create trigger holder after update of partner_id on location for each row when (old.partner_id is distinct from new.partner_id)
  execute function voltpact_site_holder();

create function voltpact_rate_counted(p_rate uuid, p_first_day date) returns boolean
  language sql stable security definer cost 50 set search_path = public, pg_temp
as $$
  select exists (
    select from electricity_rate r where r.id = p_rate and r.partner_id = any (voltpact_partners())
      and not exists (
        select from electricity_rate_version n
        where n.rate_id = p_rate and n.first_day > p_first_day and n.first_day <= (
          select min(a.valid_from) from assignment a join station s on s.id = a.station_id
          where (s.id = r.station_id or s.location_id = r.location_id) and a.partner_id = r.partner_id
            and (a.valid_until is null or a.valid_until > current_date))))
$$;
alter policy tenant on electricity_rate_version
  using (operator_id = (select voltpact_operator()) and ((select voltpact_all_partners()) or voltpact_rate_counted(rate_id, first_day)));

update electricity_rate r set partner_id = s.partner_id from station s where s.id = r.station_id and r.partner_id is distinct from s.partner_id;
update electricity_rate r set partner_id = l.partner_id from location l
  where l.id = r.location_id and r.partner_id is distinct from l.partner_id;
"""

#: charge points that change hands, for the giver and for the receiver, who does not see them yet
MOVES = """
create function moving_stations(p_partner uuid, p_now timestamptz)
  returns table (label text, place text, day date, coming boolean)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.label, coalesce(l.name, ''), m.day, m.coming
  from (select a.station_id, a.valid_from as day, true as coming, c.time_zone
        from assignment a join contract c on c.id = a.contract_id
        where a.partner_id = p_partner and not exists (
          select from assignment b where b.station_id = a.station_id and b.partner_id = p_partner and b.valid_until = a.valid_from)
        union all
        select a.station_id, a.valid_until, false, c.time_zone
        from assignment a join contract c on c.id = a.contract_id
        where a.partner_id = p_partner and a.valid_until is not null and not exists (
          select from assignment b where b.station_id = a.station_id and b.partner_id = p_partner and b.valid_from = a.valid_until)) m
  join station s on s.id = m.station_id and s.retired_at is null
  left join location l on l.id = s.location_id
  where m.day > (p_now at time zone m.time_zone)::date and s.operator_id = voltpact_operator()
    and (voltpact_all_partners() or p_partner = any (voltpact_partners()))
    and (voltpact_all_sites() or s.location_id = any (voltpact_sites()))
  order by m.day, m.coming desc, s.label
$$;
"""


def upgrade() -> None:
    """Doors, triggers, and rates put where their places are."""
    run = op.get_bind().connection.cursor().execute
    for block in (RECEIPT, RATES, MOVES):
        run(block)
    for name in ("door_receipt(text, integer, date, text)", "voltpact_rate_counted(uuid, date)", "moving_stations(uuid, timestamptz)"):
        run(f"revoke all on function {name} from public; grant execute on function {name} to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Rates stay where they are now; restore a backup instead."""
    raise RuntimeError("0042 cannot be undone")
