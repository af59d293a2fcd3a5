"""0035: partners are told of price changes by mail unless they do not want to be."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A switch more; it is on for everybody."""
    run = op.get_bind().connection.cursor().execute
    run("alter table partner_features add column price_mail boolean not null default true")
    run("alter table partner_features alter column price_mail drop default")


def downgrade() -> None:
    """One less."""
    op.get_bind().connection.cursor().execute("alter table partner_features drop column price_mail")
