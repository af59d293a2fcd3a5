"""0085: the change prepared for an order: what was and is wanted, who planned it, who agreed as the second person, when it ran."""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)
STATES = """
alter table change_order drop constraint ck_change_order_state, drop constraint ck_change_order_decided,
  add constraint ck_change_order_state check (state in ('received', 'checked', 'question', 'waiting', 'scheduled', 'done', 'undone', 'refused')),
  add constraint ck_change_order_decided check ((state in ('done', 'undone', 'refused')) = (decided_at is not null));
"""

PLAN = """
create table change_order_plan (
    id uuid not null constraint pk_change_order_plan primary key,
    order_id uuid not null constraint fk_change_order_plan_order_id references change_order (id),
    number integer not null,
    operator_id uuid not null,
    partner_id uuid,
    kind text not null,
    thing text not null,
    thing_name text not null,
    before jsonb not null,
    after jsonb not null,
    starts_at timestamptz,
    second_person boolean not null,
    state text not null,
    planned_at timestamptz not null,
    planned_by uuid not null,
    planned_name text not null,
    approved_at timestamptz,
    approved_by uuid,
    approved_name text,
    ran_at timestamptz,
    took_effect_at timestamptz,
    undone_at timestamptz,
    undone_by uuid,
    undone_name text,
    reason text not null default '',
    constraint uq_change_order_plan_order_id_number unique (order_id, number),
    constraint ck_change_order_plan_kind check (kind in ('price', 'sheet', 'access', 'contact')),
    constraint ck_change_order_plan_state check (state in ('waiting', 'scheduled', 'done', 'undone', 'dropped')),
    constraint ck_change_order_plan_second check (approved_by is null or approved_by is distinct from planned_by),
    constraint ck_change_order_plan_money check (second_person or kind not in ('price', 'sheet')),
    constraint ck_change_order_plan_approved check (approved_by is not null or not second_person or state in ('waiting', 'dropped')),
    constraint ck_change_order_plan_ran check ((state in ('done', 'undone')) = (ran_at is not null))
);
create unique index uq_change_order_plan_open on change_order_plan (order_id) where state in ('waiting', 'scheduled', 'done');
comment on column change_order_plan.thing is 'what is changed: a code, a label, a key';
comment on column change_order_plan.thing_name is 'as people call it';
comment on column change_order_plan.starts_at is 'from when; null: at once';
comment on column change_order_plan.second_person is 'somebody else than who planned it agrees before it runs: money moves, or the planner may not make it alone';
comment on column change_order_plan.took_effect_at is 'since when it counts; prices begin at a quarter hour';
comment on column change_order_plan.reason is 'why it was dropped';
alter table change_order_plan enable row level security;
alter table change_order_plan force row level security;
grant select, insert on change_order_plan to voltpact_web, voltpact_worker;
grant update (state, approved_at, approved_by, approved_name, ran_at, took_effect_at, undone_at, undone_by, undone_name, reason)
  on change_order_plan to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """The table, and the states that come with it."""
    run = op.get_bind().connection.cursor().execute
    run(STATES)
    run(PLAN)
    run(f"create policy tenant on change_order_plan to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on change_order_plan to voltpact_worker using (true) with check (true)")


def downgrade() -> None:
    """Orders go on as before: what waits is looked at again, what was taken back is done."""
    run = op.get_bind().connection.cursor().execute
    run("drop table change_order_plan")
    run("alter table change_order drop constraint ck_change_order_state, drop constraint ck_change_order_decided")
    run("update change_order set state = 'checked' where state in ('waiting', 'scheduled')")
    run("update change_order set state = 'done' where state = 'undone'")
    run(
        "alter table change_order "
        "add constraint ck_change_order_state check (state in ('received', 'checked', 'question', 'done', 'refused')), "
        "add constraint ck_change_order_decided check ((state in ('done', 'refused')) = (decided_at is not null))"
    )
