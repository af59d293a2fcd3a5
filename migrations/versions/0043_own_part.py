"""0043: a driver pays the own part of charges by card; who has not paid it starts no other."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
alter table payment alter column session_id drop not null,
  add column driver_id uuid constraint fk_payment_driver_id references driver (id),
  add constraint ck_payment_whose check (num_nonnulls(session_id, driver_id) = 1);
create index ix_payment_driver_id on payment (driver_id) where driver_id is not null;
comment on column payment.driver_id is 'pays the own part of this driver''s charges; null: the hold of one session';

create table driver_charge_paid (
    session_id uuid not null constraint pk_driver_charge_paid primary key
      constraint fk_driver_charge_paid_session_id references driver_charge (session_id),
    operator_id uuid not null constraint fk_driver_charge_paid_operator_id references operator (id),
    partner_id uuid constraint fk_driver_charge_paid_partner_id references partner (id),
    driver_id uuid not null constraint fk_driver_charge_paid_driver_id references driver (id),
    payment_id uuid not null constraint fk_driver_charge_paid_payment_id references payment (id),
    minor bigint not null,
    paid_at timestamptz not null,
    constraint ck_driver_charge_paid_minor check (minor > 0)
);
create index ix_driver_charge_paid_payment_id on driver_charge_paid (payment_id);
create index ix_driver_charge_paid_partner_id on driver_charge_paid (partner_id);
create index ix_driver_charge_own on driver_charge (driver_id) where own_minor > 0;
create trigger append_only before update or delete on driver_charge_paid for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on driver_charge_paid for each statement execute function voltpact_refuse();
"""

#: what a driver still has to pay of the own parts, gross minor units, by session; with the caller's own sight
DEBT = """
create function voltpact_open_parts(p_driver uuid) returns table (session_id uuid, currency varchar, minor bigint)
  language sql stable set search_path = public, pg_temp
as $$
  select c.session_id, c.currency, c.own_minor from driver_charge c
  where c.driver_id = p_driver and c.own_minor > 0 and not exists (select from driver_charge_paid d where d.session_id = c.session_id)
$$;
"""

#: a driver's card at a charge point, as 0033 made it; refused while the own part of an earlier charge is open
CARD = """
create or replace function voltpact_card(p_driver uuid, p_station uuid, p_at timestamptz)
  returns table (standing text, channel text, payer_id uuid) language sql stable set search_path = public, pg_temp
as $$
  with person as (
    select d.id, d.operator_id, d.state, d.corporate, d.company_state, d.limit_minor, d.partner_id, p.currency,
      date_trunc('month', p_at at time zone p.time_zone)::date as month
    from driver d join partner p on p.id = d.partner_id where d.id = p_driver
  ), terms as (
    select c.* from partner_corporate c, person where c.partner_id = person.partner_id and c.valid_from <= p_at
    order by c.number desc limit 1
  ), judged as (
    select person.*, person.corporate and terms.enabled
        and (not terms.own_points_only or exists (select from station s where s.id = p_station and s.partner_id = person.partner_id))
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

#: the same as 0033 made it
BEFORE = """
create or replace function voltpact_card(p_driver uuid, p_station uuid, p_at timestamptz)
  returns table (standing text, channel text, payer_id uuid) language sql stable set search_path = public, pg_temp
as $$
  with person as (
    select d.id, d.operator_id, d.state, d.corporate, d.company_state, d.limit_minor, d.partner_id, p.currency,
      date_trunc('month', p_at at time zone p.time_zone)::date as month
    from driver d join partner p on p.id = d.partner_id where d.id = p_driver
  ), terms as (
    select c.* from partner_corporate c, person where c.partner_id = person.partner_id and c.valid_from <= p_at
    order by c.number desc limit 1
  ), judged as (
    select person.*, person.corporate and terms.enabled
        and (not terms.own_points_only or exists (select from station s where s.id = p_station and s.partner_id = person.partner_id))
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
              when c.offered and c.company_state = 'invited' then 'blocked'
              when c.agreed and c.used_up and c.balance <= 0 then 'blocked'
              else 'accepted' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then 'corporate' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then c.partner_id end
  from counted c
$$;
"""


def upgrade() -> None:
    """Payments of drivers, what they paid, the debt, and cards that ask for it."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table driver_charge_paid enable row level security; alter table driver_charge_paid force row level security")
    run(f"create policy tenant on driver_charge_paid to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on driver_charge_paid to voltpact_worker using (true) with check (true)")
    run("grant select, insert on driver_charge_paid to voltpact_web, voltpact_worker")
    run(DEBT)
    run(CARD)


def downgrade() -> None:
    """Forget who paid; holds of drivers cannot stay without a session."""
    run = op.get_bind().connection.cursor().execute
    run(BEFORE)
    run(
        """
        drop function voltpact_open_parts(uuid);
        drop table driver_charge_paid;
        drop index ix_driver_charge_own;
        alter table payment drop constraint ck_payment_whose, drop column driver_id, alter column session_id set not null;
        """
    )
