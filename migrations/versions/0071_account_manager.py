"""0071: who of the operator's staff looks after a partner, and by which phone they are reached."""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

MANAGER = """
alter table user_account add column phone text not null default '';
alter table user_account alter column phone drop default;
alter table partner add column manager_id uuid references user_account (id);
create index ix_partner_manager_id on partner (manager_id) where manager_id is not null;
comment on column user_account.phone is 'under which others reach this person; empty: not said';
comment on column partner.manager_id is 'who of the operator''s staff looks after it';

create function partner_manager(p_partner uuid)
  returns table (user_id uuid, name text, email text, phone text, is_staff boolean)
  language sql stable security definer set search_path = public, pg_temp
as $$
  select u.id, u.name, u.email, u.phone, u.disabled_at is null and exists (select from membership m
    where m.user_id = u.id and m.operator_id = p.operator_id and m.partner_id is null and m.ended_at is null)
  from partner p join user_account u on u.id = p.manager_id
  where p.id = p_partner and p.operator_id = voltpact_operator()
    and (voltpact_all_partners() or p.id = any (voltpact_partners()))
$$;
"""


def upgrade() -> None:
    """Columns, and a function through which a partner sees who looks after it, and of that person no more."""
    op.get_bind().connection.cursor().execute(MANAGER)


def downgrade() -> None:
    """Forget them."""
    run = op.get_bind().connection.cursor().execute
    run("drop function partner_manager(uuid)")
    run("alter table partner drop column manager_id")
    run("alter table user_account drop column phone")
