"""0048: which statement asked a company for its part of a driver's session, and when that was netted (settlement.md rule 18)."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table company_bill (
    id uuid not null constraint pk_company_bill primary key,
    operator_id uuid not null constraint fk_company_bill_operator_id references operator (id),
    partner_id uuid constraint fk_company_bill_partner_id references partner (id),
    statement_id uuid not null constraint fk_company_bill_statement_id references statement (id),
    session_id uuid not null constraint fk_company_bill_session_id references charging_session (id),
    refund_id uuid constraint fk_company_bill_refund_id references session_refund (id),
    minor bigint not null,
    netted_at timestamptz,
    constraint uq_company_bill_session_id_refund_id unique nulls not distinct (session_id, refund_id)
);
create index ix_company_bill_partner_id on company_bill (partner_id);
create index ix_company_bill_waiting on company_bill (partner_id, statement_id) where netted_at is null;
comment on column company_bill.partner_id is 'the company that pays';
comment on column company_bill.minor is 'its part, gross; negative: of a refund';
comment on column company_bill.netted_at is 'when a statement that leaves no debt covered it; null: the operator waits for it';

create function voltpact_frozen_bill() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.netted_at is not null
      or (new.id, new.partner_id, new.statement_id, new.session_id, new.refund_id, new.minor)
        is distinct from (old.id, old.partner_id, old.statement_id, old.session_id, old.refund_id, old.minor) then
    raise exception 'what a company was asked for stays' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update or delete on company_bill for each row execute function voltpact_frozen_bill();
create trigger no_truncate before truncate on company_bill for each statement execute function voltpact_refuse();
"""

#: statements issued so far; whether they were netted is decided with the next one
BEFORE = """
insert into company_bill (id, operator_id, partner_id, statement_id, session_id, minor)
select uuidv7(), s.operator_id, s.partner_id, s.id, c.id, sum(round((e ->> 'gross')::numeric * 100))::bigint
from statement s cross join lateral jsonb_array_elements(s.answer -> 'expenses') e
join charging_session c on c.operator_id = s.operator_id and c.code = e ->> 'session'
where s.state <> 'draft' and e ->> 'kind' = 'corporate_session'
group by s.id, c.id
on conflict do nothing
"""


def upgrade() -> None:
    """The table with its guards, filled from what was issued."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run(BEFORE)
    run("alter table company_bill enable row level security; alter table company_bill force row level security")
    run(f"create policy tenant on company_bill to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on company_bill to voltpact_worker using (true) with check (true)")
    run("grant select, insert, update on company_bill to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("drop table company_bill; drop function voltpact_frozen_bill()")
