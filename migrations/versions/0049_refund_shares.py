"""0049: to whom refunds of drivers' charges went back; what a driver owes is less by them."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table driver_charge_refund (
    refund_id uuid not null constraint pk_driver_charge_refund primary key
      constraint fk_driver_charge_refund_refund_id references session_refund (id),
    operator_id uuid not null constraint fk_driver_charge_refund_operator_id references operator (id),
    partner_id uuid constraint fk_driver_charge_refund_partner_id references partner (id),
    session_id uuid not null constraint fk_driver_charge_refund_session_id references driver_charge (session_id),
    driver_id uuid not null constraint fk_driver_charge_refund_driver_id references driver (id),
    company_minor bigint not null,
    balance_minor bigint not null,
    own_minor bigint not null,
    constraint ck_driver_charge_refund_parts check (least(company_minor, balance_minor, own_minor) >= 0)
);
create index ix_driver_charge_refund_session_id on driver_charge_refund (session_id);
create index ix_driver_charge_refund_partner_id on driver_charge_refund (partner_id);
comment on column driver_charge_refund.own_minor is 'to the card, or taken off what the driver still owed';
create trigger append_only before update or delete on driver_charge_refund for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on driver_charge_refund for each statement execute function voltpact_refuse();
"""

_HEAD = """
create or replace function voltpact_open_parts(p_driver uuid) returns table (session_id uuid, currency varchar, minor bigint)
  language sql stable set search_path = public, pg_temp
"""
DEBT = f"""{_HEAD}as $$
  select c.session_id, c.currency, c.own_minor - b.own
  from driver_charge c, lateral (
    select coalesce(sum(r.own_minor), 0)::bigint as own from driver_charge_refund r where r.session_id = c.session_id) b
  where c.driver_id = p_driver and c.own_minor > 0 and c.own_minor > b.own
    and not exists (select from driver_charge_paid d where d.session_id = c.session_id)
$$;
"""
BEFORE = f"""{_HEAD}as $$
  select c.session_id, c.currency, c.own_minor from driver_charge c
  where c.driver_id = p_driver and c.own_minor > 0 and not exists (select from driver_charge_paid d where d.session_id = c.session_id)
$$;
"""


def upgrade() -> None:
    """The table with its guards; the debt looks at it."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table driver_charge_refund enable row level security; alter table driver_charge_refund force row level security")
    run(f"create policy tenant on driver_charge_refund to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on driver_charge_refund to voltpact_worker using (true) with check (true)")
    run("grant select, insert on driver_charge_refund to voltpact_web, voltpact_worker")
    run(DEBT)


def downgrade() -> None:
    """Forget them."""
    run = op.get_bind().connection.cursor().execute
    run(BEFORE)
    run("drop table driver_charge_refund")
