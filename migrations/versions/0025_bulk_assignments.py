"""0025: prices given to many EVSEs at once: what was wanted, what became of each EVSE, and the one undo."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = r"""
CREATE TABLE bulk_assignment (
    code TEXT NOT NULL,
    source TEXT NOT NULL,
    tariff_id UUID,
    group_id UUID,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    total INTEGER NOT NULL,
    undo_of UUID,
    problems JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    created_name TEXT NOT NULL,
    id UUID NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    CONSTRAINT pk_bulk_assignment PRIMARY KEY (id),
    CONSTRAINT uq_bulk_assignment_code UNIQUE (code),
    CONSTRAINT uq_bulk_assignment_undo_of UNIQUE (undo_of),
    CONSTRAINT ck_bulk_assignment_source CHECK (source in ('filter', 'csv', 'undo')),
    CONSTRAINT fk_bulk_assignment_tariff_id FOREIGN KEY(tariff_id) REFERENCES tariff (id),
    CONSTRAINT fk_bulk_assignment_group_id FOREIGN KEY(group_id) REFERENCES tariff_group (id),
    CONSTRAINT fk_bulk_assignment_undo_of FOREIGN KEY(undo_of) REFERENCES bulk_assignment (id),
    CONSTRAINT fk_bulk_assignment_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_bulk_assignment_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_bulk_assignment_list ON bulk_assignment (operator_id, created_at);
CREATE INDEX ix_bulk_assignment_partner_id ON bulk_assignment (partner_id);

CREATE TABLE bulk_assignment_item (
    bulk_id UUID NOT NULL,
    place INTEGER NOT NULL,
    operator_id UUID NOT NULL,
    partner_id UUID,
    evse_id UUID NOT NULL,
    label TEXT NOT NULL,
    tariff_id UUID,
    group_id UUID,
    before_tariff_id UUID,
    before_group_id UUID,
    result TEXT,
    reason TEXT,
    CONSTRAINT pk_bulk_assignment_item PRIMARY KEY (bulk_id, place),
    CONSTRAINT ck_bulk_assignment_item_result CHECK (result in ('done', 'skipped')),
    CONSTRAINT fk_bulk_assignment_item_bulk_id FOREIGN KEY(bulk_id) REFERENCES bulk_assignment (id),
    CONSTRAINT fk_bulk_assignment_item_evse_id FOREIGN KEY(evse_id) REFERENCES evse (id) ON DELETE CASCADE,
    CONSTRAINT fk_bulk_assignment_item_operator_id FOREIGN KEY(operator_id) REFERENCES operator (id),
    CONSTRAINT fk_bulk_assignment_item_partner_id FOREIGN KEY(partner_id) REFERENCES partner (id)
);
CREATE INDEX ix_bulk_assignment_item_evse ON bulk_assignment_item (evse_id);
comment on column bulk_assignment_item.result is 'null: waits for its job; then done or skipped with a reason';
"""

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

#: what was done to an EVSE is not rewritten
GUARD = """
create function voltpact_bulk_item_done() returns trigger language plpgsql as $$
begin
  if old.result is not null and tg_op = 'UPDATE' then
    raise exception 'item % of this assignment is settled', old.place using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger settled before update on bulk_assignment_item for each row execute function voltpact_bulk_item_done();
"""


def upgrade() -> None:
    """Tables, policies, guard."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("bulk_assignment", "bulk_assignment_item"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"create policy tenant on {table} to voltpact_web using ({OWN}) with check ({OWN})")
        run(f"grant select, insert, update on {table} to voltpact_web, voltpact_worker")
    run(GUARD)


def downgrade() -> None:
    """Forget what was done at once; the prices themselves stay."""
    run = op.get_bind().connection.cursor().execute
    run("drop table bulk_assignment_item; drop table bulk_assignment; drop function voltpact_bulk_item_done()")
