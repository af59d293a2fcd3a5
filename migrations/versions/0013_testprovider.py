"""0013: the test provider's own memory: holds, refunds, events. No tenant owns it; both programs may use it."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
create table testprovider_hold (
    id uuid not null constraint pk_testprovider_hold primary key,
    ref text not null constraint uq_testprovider_hold_ref unique,
    key text not null constraint uq_testprovider_hold_key unique,
    state text not null,
    amount_minor bigint not null,
    currency varchar(3) not null,
    seller text not null,
    description text not null,
    language text not null,
    return_url text not null,
    captured_minor bigint not null,
    capture_key text,
    refunded_minor bigint not null,
    card_brand text,
    card_last4 text,
    behaviour text,
    failure text,
    created_at timestamptz not null,
    constraint ck_testprovider_hold_state check (state in ('open', 'to_confirm', 'reserved', 'captured', 'voided', 'expired')),
    constraint ck_testprovider_hold_captured check (amount_minor > 0 and captured_minor between 0 and amount_minor),
    constraint ck_testprovider_hold_refunded check (refunded_minor between 0 and captured_minor)
);
create table testprovider_refund (
    id uuid not null constraint pk_testprovider_refund primary key,
    hold_id uuid not null constraint fk_testprovider_refund_hold_id references testprovider_hold (id),
    key text not null constraint uq_testprovider_refund_key unique,
    amount_minor bigint not null,
    created_at timestamptz not null
);
create table testprovider_event (
    id uuid not null constraint pk_testprovider_event primary key,
    event_id text not null constraint uq_testprovider_event_event_id unique,
    hold_id uuid not null constraint fk_testprovider_event_hold_id references testprovider_hold (id),
    kind text not null,
    body jsonb not null,
    due_at timestamptz not null,
    copies integer not null,
    sent integer not null,
    attempts integer not null
);
create index ix_testprovider_event_due on testprovider_event (due_at) where sent < copies;
comment on column testprovider_hold.ref is 'unguessable; also the address of the card page';
comment on column testprovider_hold.behaviour is 'what the card number asks for: late, duplicate';
comment on column testprovider_event.copies is '2: the same event is delivered twice';
"""


def upgrade() -> None:
    """Tables, policies, grants."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("testprovider_hold", "testprovider_refund", "testprovider_event"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security")
        run(f"create policy own on {table} to voltpact_web using (true) with check (true)")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert, update on {table} to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("drop table testprovider_event, testprovider_refund, testprovider_hold")
