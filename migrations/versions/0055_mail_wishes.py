"""0055: which mails a person wants, at once or in one summary a day; mails that wait for a summary."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLE = """
create table mail_wish (
    user_id uuid not null,
    event text not null,
    way text not null,
    id uuid not null,
    constraint pk_mail_wish primary key (id),
    constraint uq_mail_wish_user_id_event unique (user_id, event),
    constraint ck_mail_wish_way check (way in ('now', 'daily')),
    constraint fk_mail_wish_user_id foreign key (user_id) references user_account (id)
);
alter table mail_wish enable row level security;
alter table mail_wish force row level security;
create policy worker on mail_wish to voltpact_worker using (true) with check (true);
create policy mine on mail_wish to voltpact_web
  using (user_id = (select voltpact_user())) with check (user_id = (select voltpact_user()));
create policy members on mail_wish for select to voltpact_web
  using (exists (select from membership m where m.user_id = mail_wish.user_id));
grant select, insert, update, delete on mail_wish to voltpact_web, voltpact_worker;

alter table user_account add column time_zone text;
comment on column user_account.time_zone is 'whose morning the daily summary comes in; null: the operator''s';

alter table mail_message add column waits_for uuid;
alter table mail_message add column event text;
alter table mail_message add constraint fk_mail_message_waits_for foreign key (waits_for) references user_account (id);
alter table mail_message drop constraint ck_mail_message_state;
alter table mail_message add constraint ck_mail_message_state
  check (state in ('queued', 'sent', 'kept', 'failed', 'waiting', 'gathered', 'dropped'));
comment on column mail_message.waits_for is 'whose daily summary it goes into; null: a mail of its own';
comment on column mail_message.event is 'what it is about, of those a person chooses; null: not to be chosen';
create index ix_mail_message_waiting on mail_message (operator_id, waits_for) where state = 'waiting';
"""


def upgrade() -> None:
    """A table, and columns of mails and people."""
    op.get_bind().connection.cursor().execute(TABLE)


def downgrade() -> None:
    """Take them off again; what waits is kept for staff to read."""
    run = op.get_bind().connection.cursor().execute
    run("drop index ix_mail_message_waiting")
    run("update mail_message set state = case state when 'waiting' then 'kept' else 'sent' end where waits_for is not null")
    run("alter table mail_message drop constraint ck_mail_message_state")
    run("alter table mail_message add constraint ck_mail_message_state check (state in ('queued', 'sent', 'kept', 'failed'))")
    run("alter table mail_message drop column waits_for, drop column event")
    run("alter table user_account drop column time_zone")
    run("drop table mail_wish")
