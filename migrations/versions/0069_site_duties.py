"""0069: who is responsible for what at a site, and the way to it."""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns."""
    op.get_bind().connection.cursor().execute(
        """
        alter table location add column directions text not null default '', add column duties jsonb not null default '{}'::jsonb;
        comment on column location.directions is 'how drivers and technicians find the charge points';
        comment on column location.duties is 'what (price, hours, parking …) -> who (operator, host, other) and contact';
        """
    )


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("alter table location drop column directions, drop column duties")
