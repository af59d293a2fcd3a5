"""0041: partners, sites and charge points are found by the beginnings of their words, from an index."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# No index may serve "@@" beneath row-level security, since the operator could tell what it sees. So functions that see past it answer with
# keys, of the caller's operator and accounts alone, and the query that asks them shows rows under its own policies as always.
SEARCH = r"""
create function voltpact_words(p_text text) returns tsvector language sql immutable parallel safe
  return array_to_tsvector(array_remove(regexp_split_to_array(
    regexp_replace(normalize(lower(p_text), NFD), E'[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+'), ''));

create index ix_partner_words on partner using gin (voltpact_words(
  name || ' ' || legal_name || ' ' || city || ' ' || code || ' ' || coalesce(external_id, '')));
create index ix_location_words on location using gin (voltpact_words(name || ' ' || street || ' ' || city || ' ' || code));
create index ix_station_words on station using gin (voltpact_words(label || ' ' || serial || ' ' || identity));

create index ix_charging_session_label on charging_session (station_label);

create function found_partners(p_query text) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select p.id from partner p
  where voltpact_words(p.name || ' ' || p.legal_name || ' ' || p.city || ' ' || p.code || ' ' || coalesce(p.external_id, ''))
        @@ p_query::tsquery
    and p.operator_id = voltpact_operator() and (voltpact_all_partners() or p.id = any (voltpact_partners()))
$$;
create function found_locations(p_query text) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select l.id from location l
  where voltpact_words(l.name || ' ' || l.street || ' ' || l.city || ' ' || l.code) @@ p_query::tsquery
    and l.operator_id = voltpact_operator() and (voltpact_all_partners() or l.partner_id = any (voltpact_partners()))
$$;
create function found_stations(p_query text) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select s.id from station s
  where voltpact_words(s.label || ' ' || s.serial || ' ' || s.identity) @@ p_query::tsquery
    and s.operator_id = voltpact_operator() and (voltpact_all_partners() or s.partner_id = any (voltpact_partners()))
  union
  select s.id from station s where s.location_id in (select found_locations(p_query))
    and s.operator_id = voltpact_operator() and (voltpact_all_partners() or s.partner_id = any (voltpact_partners()))
  union
  select s.id from station s where s.partner_id in (select found_partners(p_query)) and s.operator_id = voltpact_operator()
$$;
revoke all on function found_partners(text), found_locations(text), found_stations(text) from public;
grant execute on function found_partners(text), found_locations(text), found_stations(text) to voltpact_web, voltpact_worker;
"""


#: policies ask these for each row they see; where there is nothing to look up they need not run
STRICT = """
alter function voltpact_station_seen(uuid) strict;
alter function voltpact_session_seen(uuid) strict;
alter function voltpact_evse_seen(uuid) strict;
alter function voltpact_site_used(uuid) strict;
alter function voltpact_group_version_seen(uuid) strict;
"""


def upgrade() -> None:
    """Indexes over words, and the functions that ask them."""
    op.get_bind().connection.cursor().execute(SEARCH)
    op.get_bind().connection.cursor().execute(STRICT)


def downgrade() -> None:
    """Take them off again."""
    op.get_bind().connection.cursor().execute(
        """
        drop function found_stations(text), found_locations(text), found_partners(text);
        drop index ix_charging_session_label; drop index ix_station_words; drop index ix_location_words; drop index ix_partner_words;
        drop function voltpact_words(text);
        """
    )
