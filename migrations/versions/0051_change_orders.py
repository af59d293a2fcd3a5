"""0051: what partners ask to be changed; what they wrote stays as it was written."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)
#: how an order goes; the rest of a row is never changed
MOVES = "state, taken_at, taken_by, taken_name, decided_at, decided_name, note"

TABLE = """
create table change_order (
    id uuid not null constraint pk_change_order primary key,
    operator_id uuid not null constraint fk_change_order_operator_id references operator (id),
    partner_id uuid constraint fk_change_order_partner_id references partner (id),
    code text not null,
    topic text not null,
    thing text not null,
    present text not null,
    wanted text not null,
    wanted_on date,
    asked_at timestamptz not null,
    asked_by uuid,
    asked_name text not null,
    state text not null,
    taken_at timestamptz,
    taken_by uuid,
    taken_name text,
    decided_at timestamptz,
    decided_name text,
    note text not null,
    constraint uq_change_order_code unique (code),
    constraint ck_change_order_topic check (topic in ('prices', 'access', 'technical', 'contract', 'bank', 'data')),
    constraint ck_change_order_state check (state in ('received', 'checked', 'done', 'refused')),
    constraint ck_change_order_decided check ((state in ('done', 'refused')) = (decided_at is not null)),
    constraint ck_change_order_reason check (state <> 'refused' or note <> '')
);
create index ix_change_order_list on change_order (operator_id, asked_at, id);
create index ix_change_order_partner_id on change_order (partner_id);
comment on column change_order.thing is 'what it is about, in the partner''s words, such as a label; empty: the account';
comment on column change_order.present is 'how it is now';
comment on column change_order.wanted_on is 'from when; null: as soon as possible';
comment on column change_order.note is 'what was done, or why not; the partner reads it';
"""


def upgrade() -> None:
    """The table; a row may be moved on and is never written anew."""
    run = op.get_bind().connection.cursor().execute
    run(TABLE)
    run("alter table change_order enable row level security; alter table change_order force row level security")
    run(f"create policy tenant on change_order to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on change_order to voltpact_worker using (true) with check (true)")
    run("grant select, insert on change_order to voltpact_web, voltpact_worker")
    run(f"grant update ({MOVES}) on change_order to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop table change_order")
