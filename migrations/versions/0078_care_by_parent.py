"""0078: whom a sub-operator looked after is found from its side."""

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The key of the sub-operator, with when."""
    op.get_bind().connection.cursor().execute("create index ix_partner_care_parent_id on partner_care (parent_id, since)")


def downgrade() -> None:
    """Without it."""
    op.get_bind().connection.cursor().execute("drop index ix_partner_care_parent_id")
