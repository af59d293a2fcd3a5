"""0066: several contacts of a kind, what each may order, and whether somebody there answered a mail."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

CONTACTS = """
alter table contact add column orders text[] not null default '{}';
alter table contact alter column orders drop default;
alter table contact add column confirmed_at timestamptz;
alter table contact add column token_hash bytea;
alter table contact add column token_until timestamptz;
alter table contact drop constraint uq_contact_partner_id_kind;
create unique index uq_contact_one on contact (partner_id, kind, lower(email));
create unique index uq_contact_token_hash on contact (token_hash);
comment on column contact.orders is 'what it may order changes about';
comment on column contact.confirmed_at is 'since when its address is known to be read by it; null: nobody answered';
comment on column contact.token_hash is 'of the link in the last mail that asks; null: none is open';

create function door_contact(p_token_hash bytea)
  returns table (operator_id uuid, partner_id uuid, contact_id uuid)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select c.operator_id, c.partner_id, c.id from contact c where c.token_hash = p_token_hash
$$;
"""


def upgrade() -> None:
    """Columns, and a door for whoever holds a link."""
    op.get_bind().connection.cursor().execute(CONTACTS)


def downgrade() -> None:
    """One contact of each kind again: the first named stays."""
    run = op.get_bind().connection.cursor().execute
    run("drop function door_contact(bytea)")
    run("delete from contact c using contact o where o.partner_id = c.partner_id and o.kind = c.kind and o.id < c.id")
    run("drop index uq_contact_one")
    run("alter table contact add constraint uq_contact_partner_id_kind unique (partner_id, kind)")
    run("alter table contact drop column orders, drop column confirmed_at, drop column token_hash, drop column token_until")
