"""0022: the log is chained per operator, anchored daily; roles limited to locations see only those, whatever a query forgets."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = """
alter table audit_entry add column address text;
create table audit_link (
    operator_id uuid not null,
    seq bigint not null,
    entry_id uuid not null,
    prev_hash bytea not null,
    row_hash bytea not null,
    constraint pk_audit_link primary key (operator_id, seq),
    constraint uq_audit_link_entry_id unique (entry_id),
    constraint fk_audit_link_operator_id foreign key(operator_id) references operator (id),
    constraint fk_audit_link_entry_id foreign key(entry_id) references audit_entry (id)
);
create table audit_anchor (
    at timestamp with time zone not null,
    seq bigint not null,
    row_hash bytea not null,
    checked bigint not null,
    broken_seq bigint,
    id uuid not null,
    operator_id uuid not null,
    constraint pk_audit_anchor primary key (id),
    constraint fk_audit_anchor_operator_id foreign key(operator_id) references operator (id)
);
create index ix_audit_anchor_at on audit_anchor (operator_id, at);
comment on column audit_entry.address is 'network address the act came from; null: not from a browser';
comment on column audit_link.row_hash is 'SHA-256 of the hash before and of the entry in its canonical form';
comment on column audit_anchor.broken_seq is 'the first link that did not fit; null: the chain was whole';
"""

# The link is written when the transaction commits, one transaction of an operator after the other: only then is the order final. The lock is
# taken last, so it never waits behind a row's lock.
CHAIN = """
create function voltpact_audit_digest(e audit_entry) returns bytea language sql stable as $$
  select convert_to(jsonb_build_array(e.id, e.operator_id, e.partner_id, extract(epoch from e.at), e.act, e.actor_kind, e.actor_id,
    e.actor_name, e.on_behalf_of, e.subject_kind, e.subject_id, e.facts, e.work_id, e.address)::text, 'UTF8')
$$;

create function voltpact_audit_link(e audit_entry) returns void language plpgsql as $$
declare
  last audit_link;
  prev bytea;
begin
  select * into last from audit_link l where l.operator_id = e.operator_id order by l.seq desc limit 1;
  prev := coalesce(last.row_hash, sha256(convert_to(e.operator_id::text, 'UTF8')));
  insert into audit_link (operator_id, seq, entry_id, prev_hash, row_hash)
  values (e.operator_id, coalesce(last.seq, 0) + 1, e.id, prev, sha256(prev || voltpact_audit_digest(e)));
end $$;

create function voltpact_audit_chain() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('audit:' || new.operator_id, 0));
  perform voltpact_audit_link(new);
  return null;
end $$;

do $$
declare e audit_entry;
begin
  for e in select * from audit_entry a order by a.operator_id, a.at, a.id loop
    perform voltpact_audit_link(e);
  end loop;
end $$;

create constraint trigger chain after insert on audit_entry deferrable initially deferred
  for each row execute function voltpact_audit_chain();
create trigger append_only before update or delete on audit_link for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on audit_link for each statement execute function voltpact_refuse();
create trigger append_only before update or delete on audit_anchor for each row execute function voltpact_refuse();
create trigger no_truncate before truncate on audit_anchor for each statement execute function voltpact_refuse();

create function voltpact_audit_check(p_operator uuid, p_after bigint, p_hash bytea)
  returns table (checked bigint, last_seq bigint, last_hash bytea, broken_seq bigint) language sql stable as $$
  with link as (
    select l.seq, l.prev_hash, l.row_hash, e as entry, e.id as entry_id,
      lag(l.row_hash, 1, coalesce(p_hash, sha256(convert_to(p_operator::text, 'UTF8')))) over (order by l.seq) as hash_before,
      lag(l.seq, 1, p_after) over (order by l.seq) as seq_before
    from audit_link l left join audit_entry e on e.id = l.entry_id
    where l.operator_id = p_operator and l.seq > p_after
  )
  select count(*), coalesce(max(seq), p_after),
    coalesce((select row_hash from link order by seq desc limit 1), p_hash),
    min(seq) filter (where entry_id is null or seq <> seq_before + 1 or prev_hash <> hash_before
      or row_hash <> sha256(prev_hash || voltpact_audit_digest(entry)))
  from link
$$;
"""

SITES = """
create function voltpact_all_sites() returns boolean language sql stable parallel safe
  return coalesce(current_setting('voltpact.sites', true), '') in ('', '*');
create function voltpact_sites() returns uuid[] language sql stable parallel safe
  return case when coalesce(current_setting('voltpact.sites', true), '') in ('', '*') then '{}'::uuid[]
              else current_setting('voltpact.sites', true)::uuid[] end;
"""
BY_SITE = {"location": "id", "station": "location_id", "charging_session": "location_id"}
BY_STATION = "evse connector station_state station_command status_change message_log assignment orphan_message meter_reading".split()
BY_SESSION = "session_phase session_line payment statement_row document".split()


def _limited() -> dict[str, str]:
    """Table -> which of its rows belong to the locations of the actor. A restrictive policy: it only takes away."""
    found = {table: f"{column} = any ((select voltpact_sites())::uuid[])" for table, column in BY_SITE.items()}
    found |= dict.fromkeys(BY_STATION, "station_id in (select s.id from station s)")
    found |= dict.fromkeys(BY_SESSION, "session_id is null or session_id in (select s.id from charging_session s)")
    found["tariff_assignment"] = "evse_id is null or evse_id in (select e.id from evse e)"
    return found


def upgrade() -> None:
    """Chain, anchors, and the policies of roles limited to locations."""
    run = op.get_bind().connection.cursor().execute
    run(TABLES)
    run(CHAIN)
    for table in ("audit_link", "audit_anchor"):
        run(f"alter table {table} enable row level security; alter table {table} force row level security;")
        run(f"create policy worker on {table} to voltpact_worker using (true) with check (true)")
        run(
            f"create policy tenant on {table} to voltpact_web "
            "using (operator_id = (select voltpact_operator())) with check (operator_id = (select voltpact_operator()))"
        )
        run(
            f"grant select on {table} to voltpact_web, voltpact_worker; revoke update, delete on {table} from voltpact_web, voltpact_worker"
        )
    run("revoke insert on audit_link from voltpact_web, voltpact_worker; grant insert on audit_anchor to voltpact_web")
    run("revoke all on function voltpact_audit_link(audit_entry), voltpact_audit_chain() from public")
    run(SITES)
    for table, mine in _limited().items():
        run(f"create policy sites on {table} as restrictive to voltpact_web using ((select voltpact_all_sites()) or {mine})")


def downgrade() -> None:
    """Take them off again."""
    run = op.get_bind().connection.cursor().execute
    for table in _limited():
        run(f"drop policy sites on {table}")
    run("drop function voltpact_sites(); drop function voltpact_all_sites()")
    run("drop trigger chain on audit_entry; drop function voltpact_audit_chain()")
    run("drop function voltpact_audit_check(uuid, bigint, bytea)")
    run("drop function voltpact_audit_link(audit_entry); drop function voltpact_audit_digest(audit_entry)")
    run("drop table audit_anchor, audit_link; alter table audit_entry drop column address")
