"""0054: drivers whose personal data was erased; what they charged and paid stays."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column."""
    op.get_bind().connection.cursor().execute(
        """
        alter table driver add column erased_at timestamptz;
        comment on column driver.erased_at is 'name, address, phone and card numbers are gone; sums stay for the books';
        """
    )


def downgrade() -> None:
    """Forget it; what was erased does not come back."""
    op.get_bind().connection.cursor().execute("alter table driver drop column erased_at")
