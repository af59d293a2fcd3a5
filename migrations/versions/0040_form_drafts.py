"""0040: what people type into long forms is kept in one place, for tariffs and contracts alike."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

#: a draft is its writer's alone
MINE = (
    "operator_id = (select voltpact_operator()) and user_id = (select voltpact_user()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)


def table(name: str, columns: str, keys: str, unique: str) -> str:
    """A table of drafts with its guards."""
    return f"""
    create table {name} (
        user_id uuid not null,
        {columns}
        typed jsonb not null,
        saved_at timestamptz not null,
        id uuid not null,
        operator_id uuid not null,
        partner_id uuid,
        {keys}
        constraint pk_{name} primary key (id),
        constraint fk_{name}_user_id foreign key (user_id) references user_account (id) on delete cascade,
        constraint fk_{name}_operator_id foreign key (operator_id) references operator (id),
        constraint fk_{name}_partner_id foreign key (partner_id) references partner (id)
    );
    create unique index uq_{name} on {name} (user_id, operator_id, partner_id, {unique}) nulls not distinct;
    create index ix_{name}_partner_id on {name} (partner_id);
    comment on column {name}.typed is '(field, value) pairs of the form, right or wrong';
    alter table {name} enable row level security;
    alter table {name} force row level security;
    create policy worker on {name} to voltpact_worker using (true) with check (true);
    create policy tenant on {name} to voltpact_web using ({MINE}) with check ({MINE});
    grant select, insert, update, delete on {name} to voltpact_web, voltpact_worker;
    """


def upgrade() -> None:
    """The tariff editor's drafts move into it."""
    run = op.get_bind().connection.cursor().execute
    run(table("form_draft", "form text not null, subject_id uuid,", "", "form, subject_id"))
    run("comment on column form_draft.form is 'which form: tariff, contract.fees …'")
    run("comment on column form_draft.subject_id is 'what the form changes'")
    run(
        "insert into form_draft (id, operator_id, partner_id, user_id, form, subject_id, typed, saved_at) "
        "select id, operator_id, partner_id, user_id, 'tariff', tariff_id, typed, saved_at from tariff_draft"
    )
    run("drop table tariff_draft")


def downgrade() -> None:
    """Back; what was typed into contracts is forgotten."""
    run = op.get_bind().connection.cursor().execute
    keys = "constraint fk_tariff_draft_tariff_id foreign key (tariff_id) references tariff (id) on delete cascade,"
    run(table("tariff_draft", "tariff_id uuid,", keys, "tariff_id"))
    run(
        "insert into tariff_draft (id, operator_id, partner_id, user_id, tariff_id, typed, saved_at) "
        "select id, operator_id, partner_id, user_id, subject_id, typed, saved_at from form_draft where form = 'tariff'"
    )
    run("drop table form_draft")
