"""0044: access keys of programs, by their hash, with a door for those who bring one."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table api_key (
    id uuid not null constraint pk_api_key primary key,
    operator_id uuid not null constraint fk_api_key_operator_id references operator (id),
    partner_id uuid constraint fk_api_key_partner_id references partner (id),
    name text not null,
    prefix text not null,
    key_hash bytea not null constraint uq_api_key_key_hash unique,
    scopes text[] not null,
    created_at timestamptz not null,
    created_by uuid,
    created_name text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_name text,
    calls integer not null,
    calls_since timestamptz,
    constraint ck_api_key_scopes check (cardinality(scopes) > 0 and scopes <@ array['curves'])
);
create index ix_api_key_list on api_key (operator_id, created_at, id);
create index ix_api_key_partner_id on api_key (partner_id);
comment on column api_key.prefix is 'the first characters, to tell keys apart';
comment on column api_key.key_hash is 'SHA-256 of the key, which has 160 random bits';

create function door_api_key(p_key_hash bytea, p_now timestamptz)
  returns table (key_id uuid, operator_id uuid, name text, scopes text[])
  language sql stable security definer set search_path = public, pg_temp
as $$
  select k.id, k.operator_id, k.name, k.scopes from api_key k
  where k.key_hash = p_key_hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > p_now)
$$;
"""


def upgrade() -> None:
    """Table with its guards, and the door; what a key may do and its hash never change."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run("alter table api_key enable row level security; alter table api_key force row level security")
    run(f"create policy tenant on api_key to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on api_key to voltpact_worker using (true) with check (true)")
    run("grant select, insert on api_key to voltpact_web, voltpact_worker")
    run("grant update (last_used_at, calls, calls_since, revoked_at, revoked_name) on api_key to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("drop function door_api_key(bytea, timestamptz); drop table api_key")
