"""0038: refunds of sessions, the papers that correct receipts, and their rows in statements."""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

OWN = (
    "operator_id = (select voltpact_operator()) "
    "and ((select voltpact_all_partners()) or partner_id = any ((select voltpact_partners())::uuid[]))"
)

TABLES = """
create table session_refund (
    id uuid not null constraint pk_session_refund primary key,
    operator_id uuid not null constraint fk_session_refund_operator_id references operator (id),
    partner_id uuid constraint fk_session_refund_partner_id references partner (id),
    session_id uuid not null constraint fk_session_refund_session_id references charging_session (id),
    code text not null constraint uq_session_refund_code unique,
    number integer not null,
    key text not null,
    booked_on date not null,
    reason text not null,
    note text not null,
    currency varchar(3) not null,
    gross_minor bigint not null,
    net_minor bigint not null,
    vat_minor bigint not null,
    partner_minor bigint not null,
    sub_operator_minor bigint not null,
    operator_minor bigint not null,
    payback_minor bigint not null,
    lines jsonb,
    made_at timestamptz not null,
    made_by uuid,
    made_name text not null,
    constraint uq_session_refund_session_id_number unique (session_id, number),
    constraint uq_session_refund_operator_id_key unique (operator_id, key),
    constraint ck_session_refund_mirrored check (gross_minor < 0 and gross_minor = net_minor + vat_minor),
    constraint ck_session_refund_parts check (net_minor = partner_minor + sub_operator_minor + operator_minor),
    constraint ck_session_refund_payback check (payback_minor between 0 and - gross_minor)
);
create index ix_session_refund_partner_id on session_refund (partner_id);
comment on column session_refund.number is 'first, second … of its session';
comment on column session_refund.booked_on is 'local day of the partner; its month has the row';
comment on column session_refund.payback_minor is 'what goes back to the card';
comment on column session_refund.lines is 'price lines as corrected, as the settlement reads them; null: the whole session is cancelled';

alter table document add column refund_id uuid constraint fk_document_refund_id references session_refund (id);
alter table document add column corrects_id uuid constraint fk_document_corrects_id references document (id);
alter table document drop constraint uq_document_kind_session_id;
alter table document drop constraint ck_document_kind;
alter table document add constraint ck_document_kind check (kind in ('receipt', 'correction', 'statement', 'self_billing', 'invoice'));
alter table document add constraint ck_document_correction check ((kind = 'correction') = (corrects_id is not null));
alter table document add constraint uq_document_refund_id unique (refund_id);
create unique index uq_document_kind_session_id on document (kind, session_id) where refund_id is null;
create index ix_document_corrects_id on document (corrects_id) where corrects_id is not null;
create index ix_document_session_id on document (session_id) where session_id is not null;
comment on column document.corrects_id is 'the paper that this one corrects; both stay as they are';

alter table statement_row add column refund_id uuid constraint fk_statement_row_refund_id references session_refund (id);
create index ix_statement_row_refund_id on statement_row (refund_id) where refund_id is not null;
"""

#: whoever inserts holds the session, so that two refunds together never give back more than was paid
GUARDS = """
create trigger append_only before update or delete on session_refund for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on session_refund for each statement execute function voltpact_refuse();

create function voltpact_refund_fits() returns trigger language plpgsql as $$
declare
  paid bigint;
begin
  select s.gross_minor into paid from charging_session s where s.id = new.session_id and s.state = 'rated' for update;
  if coalesce(paid, 0) + new.gross_minor
      + coalesce((select sum(r.gross_minor) from session_refund r where r.session_id = new.session_id), 0) < 0 then
    raise exception 'more is given back than the session cost' using errcode = 'check_violation', constraint = 'refund_fits';
  end if;
  return new;
end $$;
create trigger fits before insert on session_refund for each row execute function voltpact_refund_fits();
"""


def upgrade() -> None:
    """The table with its guards; papers and rows may belong to a refund."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run(GUARDS)
    run("alter table session_refund enable row level security; alter table session_refund force row level security")
    run(f"create policy tenant on session_refund to voltpact_web using ({OWN}) with check ({OWN})")
    run("create policy worker on session_refund to voltpact_worker using (true) with check (true)")
    run("grant select, insert on session_refund to voltpact_web, voltpact_worker")


def downgrade() -> None:
    """Forget them; papers that correct others cannot be unwritten."""
    run = op.get_bind().connection.cursor().execute
    run("alter table statement_row drop column refund_id")
    run("drop index ix_document_session_id; drop index ix_document_corrects_id; drop index uq_document_kind_session_id")
    run(
        "alter table document drop constraint uq_document_refund_id, drop constraint ck_document_correction, drop constraint ck_document_kind"
    )
    run("alter table document add constraint ck_document_kind check (kind in ('receipt', 'statement', 'self_billing', 'invoice'))")
    run("alter table document add constraint uq_document_kind_session_id unique (kind, session_id)")
    run("alter table document drop column corrects_id, drop column refund_id")
    run("drop table session_refund; drop function voltpact_refund_fits()")
