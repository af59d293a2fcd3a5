"""0017: invitations, password resets, second factors, network limits of a membership; letters with a secret link."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = """
create table invitation (
    token_hash bytea not null,
    email text not null,
    name text not null,
    role text not null,
    language text not null,
    location_ids uuid[],
    networks text[],
    invited_by uuid,
    invited_by_name text not null,
    created_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    accepted_at timestamp with time zone,
    declined_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    id uuid not null,
    operator_id uuid not null,
    partner_id uuid,
    constraint pk_invitation primary key (id),
    constraint uq_invitation_token_hash unique (token_hash),
    constraint fk_invitation_operator_id foreign key(operator_id) references operator (id),
    constraint fk_invitation_partner_id foreign key(partner_id) references partner (id)
);
create index ix_invitation_partner_id on invitation (partner_id);
create unique index uq_invitation_open on invitation (operator_id, partner_id, lower(email)) nulls not distinct
  where accepted_at is null and declined_at is null and withdrawn_at is null;

create table password_reset (
    user_id uuid not null,
    token_hash bytea not null,
    created_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    used_at timestamp with time zone,
    id uuid not null,
    constraint pk_password_reset primary key (id),
    constraint uq_password_reset_token_hash unique (token_hash),
    constraint fk_password_reset_user_id foreign key(user_id) references user_account (id)
);
create index ix_password_reset_user_id on password_reset (user_id);

create table user_factor (
    user_id uuid not null,
    kind text not null,
    label text not null,
    secret bytea not null,
    credential_id bytea,
    last_count bigint not null,
    created_at timestamp with time zone not null,
    last_used_at timestamp with time zone,
    id uuid not null,
    constraint pk_user_factor primary key (id),
    constraint uq_user_factor_credential_id unique (credential_id),
    constraint ck_user_factor_kind check (kind in ('totp', 'passkey')),
    constraint fk_user_factor_user_id foreign key(user_id) references user_account (id)
);
create index ix_user_factor_user_id on user_factor (user_id);

create table recovery_code (
    user_id uuid not null,
    code_hash bytea not null,
    created_at timestamp with time zone not null,
    used_at timestamp with time zone,
    id uuid not null,
    constraint pk_recovery_code primary key (id),
    constraint uq_recovery_code_user_id_code_hash unique (user_id, code_hash),
    constraint fk_recovery_code_user_id foreign key(user_id) references user_account (id)
);

alter table membership add column networks text[];
alter table user_account add column second_factor_at timestamp with time zone;
alter table mail_message add column is_secret boolean not null default false;
alter table mail_message alter column is_secret drop default;
comment on column membership.networks is 'addresses (CIDR) from which the role may be used; null: from anywhere';
comment on column user_account.second_factor_at is 'since when a second factor is asked for; null: none is set up';
comment on column mail_message.is_secret is 'holds a link that lets its reader in: staff read it only where no mail server is set';
comment on column user_factor.secret is 'totp: the shared secret, sealed with the installation''s key; passkey: the public key';
comment on column user_factor.last_count is 'totp: the last time step used; passkey: the counter of the authenticator';
"""

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)
PERSONAL = ("password_reset", "user_factor", "recovery_code")

DOORS = """
create function door_invitation(p_token_hash bytea)
  returns table (operator_id uuid, partner_id uuid, invitation_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select i.operator_id, i.partner_id, i.id from invitation i where i.token_hash = p_token_hash
$$;
create function door_reset(p_token_hash bytea)
  returns table (user_id uuid, reset_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select r.user_id, r.id from password_reset r where r.token_hash = p_token_hash
$$;
"""


def upgrade() -> None:
    """Tables with row-level security, and the two doors for whoever holds a link."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    for table in ("invitation", *PERSONAL):
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(f"grant select, insert, update, delete on {table} to voltpact_web, voltpact_worker")
    run(f"create policy tenant on invitation to voltpact_web using ({OWN}) with check ({OWN})")
    for table in PERSONAL:
        run(
            f"create policy mine on {table} to voltpact_web "
            "using (user_id = (select voltpact_user())) with check (user_id = (select voltpact_user()))"
        )
    run(DOORS)


def downgrade() -> None:
    """Take them off again."""
    run = op.get_bind().connection.cursor().execute
    run("drop function door_invitation(bytea); drop function door_reset(bytea)")
    run("drop table recovery_code, user_factor, password_reset, invitation")
    run("alter table membership drop column networks; alter table user_account drop column second_factor_at")
    run("alter table mail_message drop column is_secret")
