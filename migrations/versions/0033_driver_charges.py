"""0033: who paid what of drivers' sessions: company, balance, driver; a driver's word about the company; a card goes on with the balance."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table driver_charge (
    session_id uuid not null constraint pk_driver_charge primary key
      constraint fk_driver_charge_session_id references charging_session (id),
    operator_id uuid not null constraint fk_driver_charge_operator_id references operator (id),
    partner_id uuid constraint fk_driver_charge_partner_id references partner (id),
    driver_id uuid not null constraint fk_driver_charge_driver_id references driver (id),
    month date not null,
    currency varchar(3) not null,
    on_account boolean not null,
    gross_minor bigint not null,
    company_minor bigint not null,
    balance_minor bigint not null,
    own_minor bigint not null,
    constraint ck_driver_charge_parts check (
      gross_minor = company_minor + balance_minor + own_minor and least(company_minor, balance_minor, own_minor) >= 0)
);
create index ix_driver_charge_driver on driver_charge (driver_id, month);
create index ix_driver_charge_account on driver_charge (partner_id, month);
comment on column driver_charge.month is 'of the end, by the partner''s zone; neither place nor time is kept for the partner';
comment on column driver_charge.on_account is 'began on the partner''s account';
create trigger append_only before update or delete on driver_charge for each row execute function voltpact_refuse();

alter table charging_session add column paid_with text,
  add constraint ck_charging_session_paid_with check (paid_with in ('balance'));
comment on column charging_session.paid_with is 'balance: wholly paid from a driver''s balance, so the operator sells; null: card or invoice';

alter table driver add column company_state text, add column company_at timestamptz,
  add constraint ck_driver_company_state check (company_state in ('invited', 'accepted', 'declined', 'left'));
comment on column driver.company_state is 'what the driver said to charging on the partner''s account; null: not offered';
update driver set company_state = 'accepted', company_at = created_at where corporate;
"""

#: a driver's card at a charge point: its standing, and the account it charges on. Gross, by calendar month of the partner
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
              when c.offered and c.company_state = 'invited' then 'blocked'
              when c.agreed and c.used_up and c.balance <= 0 then 'blocked'
              else 'accepted' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then 'corporate' end,
    case when c.agreed and not (c.used_up and c.balance > 0) then c.partner_id end
  from counted c
$$;
"""


#: the same as 0024 made it
BEFORE = """
create or replace function voltpact_card(p_driver uuid, p_station uuid, p_at timestamptz)
  returns table (standing text, channel text, payer_id uuid) language sql stable set search_path = public, pg_temp
as $$
  with person as (
    select d.id, d.state, d.corporate, d.limit_minor, d.partner_id,
      date_trunc('month', p_at at time zone p.time_zone) at time zone p.time_zone as since
    from driver d join partner p on p.id = d.partner_id where d.id = p_driver
  ), terms as (
    select c.* from partner_corporate c, person where c.partner_id = person.partner_id and c.valid_from <= p_at
    order by c.number desc limit 1
  ), judged as (
    select person.*, person.corporate and terms.enabled
        and (not terms.own_points_only or exists (select from station s where s.id = p_station and s.partner_id = person.partner_id))
        as on_account,
      terms.monthly_limit_minor as all_limit, coalesce(person.limit_minor, terms.driver_limit_minor) as own_limit
    from person left join terms on true
  )
  select case when j.state <> 'active' then 'blocked'
              when j.on_account and j.all_limit is not null and j.all_limit <= (
                select coalesce(sum(coalesce(s.gross_minor, s.running_gross_minor)), 0) from charging_session s
                where s.payer_id = j.partner_id and s.started_at >= j.since) then 'blocked'
              when j.on_account and j.own_limit is not null and j.own_limit <= (
                select coalesce(sum(coalesce(s.gross_minor, s.running_gross_minor)), 0) from charging_session s
                where s.driver_id = j.id and s.payer_id = j.partner_id and s.started_at >= j.since) then 'blocked'
              else 'accepted' end,
    case when j.on_account then 'corporate' end,
    case when j.on_account then j.partner_id end
  from judged j
$$;
"""


def upgrade() -> None:
    """Table with its guards, columns, the card's function anew."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table driver_charge enable row level security; alter table driver_charge force row level security")
    run(f"create policy tenant on driver_charge to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on driver_charge to voltpact_worker using (true) with check (true)")
    run("grant select, insert on driver_charge to voltpact_web, voltpact_worker")
    run(CARD)


def downgrade() -> None:
    """Forget them; the card's function counts sessions again."""
    run = op.get_bind().connection.cursor().execute
    run(BEFORE)
    run(
        """
        alter table driver drop constraint ck_driver_company_state, drop column company_state, drop column company_at;
        alter table charging_session drop constraint ck_charging_session_paid_with, drop column paid_with;
        drop table driver_charge;
        """
    )
