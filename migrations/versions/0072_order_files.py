"""0072: files of change orders, never changed; a wish sent twice is one wish."""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLE = """
alter table change_order add column key text;
alter table change_order add constraint uq_change_order_asked_by_key unique (asked_by, key);
comment on column change_order.key is 'one time key of the form: the same key is the same wish';

create table change_order_file (
    order_id uuid not null constraint fk_change_order_file_order_id references change_order (id),
    number integer not null,
    operator_id uuid not null,
    partner_id uuid,
    file_name text not null,
    media_type text not null,
    body bytea not null,
    body_size integer not null,
    body_hash text not null,
    constraint pk_change_order_file primary key (order_id, number),
    constraint ck_change_order_file_size check (octet_length(body) = body_size and body_size between 1 and 10485760)
);
create trigger append_only before update or delete on change_order_file for each row execute function voltpact_refuse();
alter table change_order_file enable row level security;
alter table change_order_file force row level security;
create policy worker on change_order_file to voltpact_worker using (true) with check (true);
grant select, insert on change_order_file to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table, and the key of a wish."""
    run = op.get_bind().connection.cursor().execute
    run(TABLE)
    run(f"create policy tenant on change_order_file to voltpact_web using ({OWN}) with check ({OWN})")


def downgrade() -> None:
    """Forget them."""
    run = op.get_bind().connection.cursor().execute
    run("drop table change_order_file; alter table change_order drop column key")
