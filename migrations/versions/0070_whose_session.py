"""0070: a session keeps its driver's groups and provider, so that prices and contract lines that name them count."""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; sessions of before were priced and shared without them and stay so."""
    op.get_bind().connection.cursor().execute(
        """
        alter table charging_session add column provider text, add column user_groups text[] not null default '{}';
        comment on column charging_session.provider is 'roaming partner of the card at the start';
        comment on column charging_session.user_groups is 'codes and names of the groups the card was in at the start';
        """
    )


def downgrade() -> None:
    """Forget them; what was billed stays with its price."""
    op.get_bind().connection.cursor().execute("alter table charging_session drop column provider, drop column user_groups")
