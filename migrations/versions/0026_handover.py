"""0026: charge points that go to another partner on a day: asked for by one person, decided by another."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table handover (
    id uuid not null constraint pk_handover primary key,
    operator_id uuid not null constraint fk_handover_operator_id references operator (id),
    partner_id uuid constraint fk_handover_partner_id references partner (id),
    contract_id uuid not null constraint fk_handover_contract_id references contract (id),
    station_ids uuid[] not null,
    day date not null,
    reason text not null,
    state text not null,
    asked_at timestamptz not null,
    asked_by uuid,
    asked_name text not null,
    decided_at timestamptz,
    decided_by uuid,
    decided_name text,
    constraint ck_handover_state check (state in ('waiting', 'agreed', 'refused')),
    constraint ck_handover_points check (cardinality(station_ids) > 0),
    constraint ck_handover_two check (state <> 'agreed' or (decided_by is not null and decided_by is distinct from asked_by))
);
create index ix_handover_partner_id on handover (partner_id);
comment on column handover.contract_id is 'under which the receiver takes';
comment on column handover.day is 'local day of the giving contract; from its midnight the receiver counts';
"""


def upgrade() -> None:
    """The table."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table handover enable row level security; alter table handover force row level security")
    run(f"create policy tenant on handover to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on handover to voltpact_worker using (true) with check (true)")
    run("grant select, insert, update on handover to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("drop table handover")
