"""0076: whether a charge point has a card terminal."""

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; of the charge points there are nobody has said yet."""
    op.get_bind().connection.cursor().execute(
        """
        alter table station add column card_terminal boolean;
        comment on column station.card_terminal is 'null: nobody knows';
        """
    )


def downgrade() -> None:
    """Forget it."""
    op.get_bind().connection.cursor().execute("alter table station drop column card_terminal")
