"""0037: a driver's ways in: links by mail that work once."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table driver_link (
    id uuid not null constraint pk_driver_link primary key,
    operator_id uuid not null constraint fk_driver_link_operator_id references operator (id),
    partner_id uuid constraint fk_driver_link_partner_id references partner (id),
    driver_id uuid not null constraint fk_driver_link_driver_id references driver (id),
    token_hash bytea not null constraint uq_driver_link_token_hash unique,
    purpose text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint ck_driver_link_purpose check (purpose in ('company', 'sign_in'))
);
create index ix_driver_link_partner_id on driver_link (partner_id);
create index ix_driver_link_driver_id on driver_link (driver_id);
comment on column driver_link.token_hash is 'SHA-256 of the secret in the link';
create index ix_driver_email on driver (lower(email));
create index ix_driver_operator on driver (operator_id, name, id);

create function door_driver_link(p_token_hash bytea)
  returns table (operator_id uuid, partner_id uuid, driver_id uuid, link_id uuid, purpose text)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select l.operator_id, l.partner_id, l.driver_id, l.id, l.purpose from driver_link l where l.token_hash = p_token_hash
$$;
"""


def upgrade() -> None:
    """Table with its guards, a door, two indexes."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table driver_link enable row level security; alter table driver_link force row level security")
    run(f"create policy tenant on driver_link to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on driver_link to voltpact_worker using (true) with check (true)")
    run("grant select, insert, update on driver_link to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute(
        "drop function door_driver_link(bytea); drop table driver_link; drop index ix_driver_email; drop index ix_driver_operator"
    )
