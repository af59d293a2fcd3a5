"""0061: how close a person's pages stand, and whether single keys do something there."""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two habits."""
    op.get_bind().connection.cursor().execute(
        """
        alter table user_account add column density text not null default 'usual';
        alter table user_account alter column density drop default;
        alter table user_account add constraint ck_user_account_density check (density in ('usual', 'normal', 'compact'));
        alter table user_account add column shortcuts boolean not null default true;
        alter table user_account alter column shortcuts drop default;
        comment on column user_account.density is 'usual: as the portal has it';
        """
    )


def downgrade() -> None:
    """Forget them."""
    op.get_bind().connection.cursor().execute("alter table user_account drop column density, drop column shortcuts")
