"""0079: questions about change orders and their answers; while one waits for an answer its clock stands."""

from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)
ORDER = """
alter table change_order add column asked_back_at timestamptz, add column waited_s integer not null default 0;
comment on column change_order.asked_back_at is 'since when it waits for the partner''s answer';
comment on column change_order.waited_s is 'seconds that it waited for answers, without the present one';
alter table change_order drop constraint ck_change_order_state,
  add constraint ck_change_order_state check (state in ('received', 'checked', 'question', 'done', 'refused')),
  add constraint ck_change_order_asked_back check ((state = 'question') = (asked_back_at is not null));
grant update (asked_back_at, waited_s) on change_order to voltpact_web, voltpact_worker;
"""

MESSAGE = """
create table change_order_message (
    order_id uuid not null constraint fk_change_order_message_order_id references change_order (id),
    number integer not null,
    operator_id uuid not null,
    partner_id uuid,
    kind text not null,
    said_at timestamptz not null,
    said_by uuid,
    said_name text not null,
    body text not null,
    constraint pk_change_order_message primary key (order_id, number),
    constraint ck_change_order_message_kind check (kind in ('question', 'answer')),
    constraint ck_change_order_message_body check (body <> '')
);
comment on column change_order_message.kind is 'question: the operator''s; answer: the partner''s';
create trigger append_only before update or delete on change_order_message for each row execute function voltpact_refuse();
alter table change_order_message enable row level security;
alter table change_order_message force row level security;
grant select, insert on change_order_message to voltpact_web, voltpact_worker;

alter table change_order_file add column message integer;
comment on column change_order_file.message is 'number of the answer that it came with; null: with the order';
alter table change_order_file add constraint fk_change_order_file_order_id_message foreign key (order_id, message)
  references change_order_message (order_id, number);
"""


def upgrade() -> None:
    """The table, and the state in which an order waits for its partner."""
    run = op.get_bind().connection.cursor().execute
    run(ORDER)
    run(MESSAGE)
    run(f"create policy tenant on change_order_message to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on change_order_message to voltpact_worker using (true) with check (true)")


def downgrade() -> None:
    """Forget what was said; what waits for an answer is looked at again."""
    run = op.get_bind().connection.cursor().execute
    run("alter table change_order_file drop column message")
    run("drop table change_order_message")
    run("alter table change_order drop constraint ck_change_order_state, drop constraint ck_change_order_asked_back")
    run("update change_order set state = 'checked' where state = 'question'")
    run(
        "alter table change_order drop column asked_back_at, drop column waited_s, "
        "add constraint ck_change_order_state check (state in ('received', 'checked', 'done', 'refused'))"
    )
