"""0050: refunds above a limit wait for a second person."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table refund_wish (
    id uuid not null constraint pk_refund_wish primary key,
    operator_id uuid not null constraint fk_refund_wish_operator_id references operator (id),
    partner_id uuid constraint fk_refund_wish_partner_id references partner (id),
    session_id uuid not null constraint fk_refund_wish_session_id references charging_session (id),
    key text not null,
    minor bigint not null,
    part integer,
    reason text not null,
    note text not null,
    currency varchar(3) not null,
    state text not null,
    asked_at timestamptz not null,
    asked_by uuid,
    asked_name text not null,
    decided_at timestamptz,
    decided_by uuid,
    decided_name text,
    constraint uq_refund_wish_operator_id_key unique (operator_id, key),
    constraint ck_refund_wish_state check (state in ('waiting', 'done', 'refused')),
    constraint ck_refund_wish_minor check (minor > 0),
    constraint ck_refund_wish_two check (state = 'waiting' or decided_by is not null and decided_by is distinct from asked_by)
);
create index ix_refund_wish_partner_id on refund_wish (partner_id);
create unique index uq_refund_wish_waiting on refund_wish (session_id) where state = 'waiting';

create function voltpact_frozen_refund_wish() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.state <> 'waiting'
      or (new.id, new.session_id, new.key, new.minor, new.part, new.reason, new.note, new.currency, new.asked_by)
        is distinct from (old.id, old.session_id, old.key, old.minor, old.part, old.reason, old.note, old.currency, old.asked_by) then
    raise exception 'a refund that was asked for stays as it was asked' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger frozen before update or delete on refund_wish for each row execute function voltpact_frozen_refund_wish();
create trigger no_truncate before truncate on refund_wish for each statement execute function voltpact_refuse();
"""


def upgrade() -> None:
    """The table with its guards."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table refund_wish enable row level security; alter table refund_wish force row level security")
    run(f"create policy tenant on refund_wish to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on refund_wish to voltpact_worker using (true) with check (true)")
    run("grant select, insert, update on refund_wish to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("drop table refund_wish; drop function voltpact_frozen_refund_wish()")
