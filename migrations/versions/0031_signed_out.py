"""0031: since when a person's earlier sign-ins are over: another person took a lost second factor away."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CHANGES = """
alter table user_account add column signed_out_at timestamp with time zone;
comment on column user_account.signed_out_at is 'sign-ins made before are over; null: none were ended so';
"""


def upgrade() -> None:
    """A column."""
    op.get_bind().connection.cursor().execute(CHANGES)


def downgrade() -> None:
    """Take it off again."""
    op.get_bind().connection.cursor().execute("alter table user_account drop column signed_out_at")
