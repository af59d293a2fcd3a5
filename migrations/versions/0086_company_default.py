"""0086: whether a company's drivers charge on its account by themselves, charge point by charge point; elsewhere the driver's choice counts."""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

COLUMNS = """
alter table station add column company_default boolean not null default true;
comment on column station.company_default is 'a company''s driver charges on its account without saying so; false: only who chose it';
alter table driver add column company_choice boolean not null default false;
comment on column driver.company_choice is 'charges on the company''s account also where a charge point does not by itself';
alter table station_access add column company boolean not null default true, add column before_company boolean not null default true;
alter table station_access alter column company drop default, alter column before_company drop default;
"""

#: a driver's card at a charge point, as 0043 and 0045 made it; the company pays where the charge point or the driver says so
CARD = """
create or replace function voltpact_card(p_driver uuid, p_station uuid, p_at timestamptz)
  returns table (standing text, channel text, payer_id uuid) language sql stable strict set search_path = public, pg_temp
as $$
  with person as (
    select d.id, d.operator_id, d.state, d.corporate, d.company_state, d.limit_minor, d.partner_id, d.company_choice, p.currency,
      date_trunc('month', p_at at time zone p.time_zone)::date as month
    from driver d join partner p on p.id = d.partner_id where d.id = p_driver
  ), terms as (
    select c.* from partner_corporate c, person where c.partner_id = person.partner_id and c.valid_from <= p_at
    order by c.number desc limit 1
  ), judged as (
    select person.*, person.corporate and terms.enabled
        and (not terms.own_points_only or exists (select from station s where s.id = p_station and s.partner_id = person.partner_id))
        CHOSEN
        as offered,
      terms.monthly_limit_minor as all_limit, coalesce(person.limit_minor, terms.driver_limit_minor) as own_limit
    from person left join terms on true
  ), counted as (
    select j.*, j.offered and j.company_state = 'accepted' as agreed,
      j.all_limit is not null and j.all_limit <= (
        select coalesce(sum(c.company_minor), 0) from driver_charge c where c.partner_id = j.partner_id and c.month = j.month) + (
        select coalesce(sum(s.running_gross_minor), 0) from charging_session s
        where s.payer_id = j.partner_id and s.state in ('charging', 'stopped'))
      or j.own_limit is not null and j.own_limit <= (
        select coalesce(sum(c.company_minor), 0) from driver_charge c
        where c.driver_id = j.id and c.on_account and c.month = j.month) + (
        select coalesce(sum(s.running_gross_minor), 0) from charging_session s
        where s.driver_id = j.id and s.payer_id = j.partner_id and s.state in ('charging', 'stopped')) as used_up,
      (select coalesce(-sum(p.amount_minor), 0) from ledger_account a join ledger_posting p on p.account_id = a.id
        where a.operator_id = j.operator_id and a.currency = j.currency
          and a.code = 'driver_balance:' || j.partner_id || ':' || j.id) as balance
    from judged j
  )
  select case when c.state <> 'active' then 'blocked'
              when exists (select from voltpact_open_parts(p_driver)) then 'blocked'
              when c.offered and c.company_state = 'invited' then 'blocked'
              when c.agreed and c.used_up and c.balance <= 0 then 'blocked'
              else 'accepted' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then 'corporate' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then c.partner_id end
  from counted c
$$;
"""
CHOSEN = "and (person.company_choice or coalesce((select s.company_default from station s where s.id = p_station), true))"


def upgrade() -> None:
    """Everywhere by default, as before, until somebody says otherwise."""
    run = op.get_bind().connection.cursor().execute
    run(COLUMNS)
    run(CARD.replace("CHOSEN", CHOSEN))


def downgrade() -> None:
    """Everywhere again."""
    run = op.get_bind().connection.cursor().execute
    run(CARD.replace("d.company_choice, ", "").replace("        CHOSEN\n", ""))
    run("alter table station drop column company_default")
    run("alter table driver drop column company_choice")
    run("alter table station_access drop column company, drop column before_company")
