"""0034: a partner's tax status from a day on; the partner's own two codes stand for the time before the first of them."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLE = """
create table tax_status (
    id uuid not null constraint pk_tax_status primary key,
    operator_id uuid not null constraint fk_tax_status_operator_id references operator (id),
    partner_id uuid constraint fk_tax_status_partner_id references partner (id),
    number integer not null,
    valid_from date not null,
    tax_credit text not null,
    tax_fees text not null,
    evidence text not null,
    entered_at timestamptz not null,
    entered_by uuid,
    entered_name text not null,
    constraint uq_tax_status_partner_id_number unique (partner_id, number)
);
create index ix_tax_status_partner_id on tax_status (partner_id);
comment on column tax_status.valid_from is 'first local day on which a supply counts under it; of two from one day the later number';
create trigger append_only before update or delete on tax_status for each row execute function voltpact_refuse();
"""


def upgrade() -> None:
    """The table, append-only."""
    run = op.get_bind().connection.cursor().execute
    run(TABLE)
    run("alter table tax_status enable row level security; alter table tax_status force row level security")
    run(f"create policy tenant on tax_status to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on tax_status to voltpact_worker using (true) with check (true)")
    run("grant select, insert on tax_status to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("drop table tax_status")
