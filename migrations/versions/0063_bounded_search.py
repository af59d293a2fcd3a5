"""0063: contracts are found by the beginnings of words too, and of words that very many charge points have no more than some keys."""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

#: as 0041: past row-level security, for the caller's operator and accounts alone, and only keys
SEARCH = """
create index ix_contract_words on contract using gin (voltpact_words(name || ' ' || code));

create function found_contracts(p_query text) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp
as $$
  select c.id from contract c
  where voltpact_words(c.name || ' ' || c.code) @@ p_query::tsquery
    and c.operator_id = voltpact_operator() and (voltpact_all_partners() or c.partner_id = any (voltpact_partners()))
$$;

drop function found_stations(text);
create function found_stations(p_query text, p_most integer) returns table (id uuid, own boolean)
  language sql stable security definer set search_path = public, pg_temp
as $$
  (select s.id, true from station s
   where voltpact_words(s.label || ' ' || s.serial || ' ' || s.identity) @@ p_query::tsquery
     and s.operator_id = voltpact_operator() and (voltpact_all_partners() or s.partner_id = any (voltpact_partners()))
   limit p_most)
  union all
  (select s.id, false from station s where s.location_id = any (array(select found_locations(p_query)))
     and s.operator_id = voltpact_operator() and (voltpact_all_partners() or s.partner_id = any (voltpact_partners()))
   limit p_most)
  union all
  (select s.id, false from station s where s.partner_id = any (array(select found_partners(p_query))) and s.operator_id = voltpact_operator()
   limit p_most)
$$;
revoke all on function found_contracts(text), found_stations(text, integer) from public;
grant execute on function found_contracts(text), found_stations(text, integer) to voltpact_web, voltpact_worker;
"""


def upgrade() -> None:
    """An index over contracts' words, and the functions that ask."""
    op.get_bind().connection.cursor().execute(SEARCH)


def downgrade() -> None:
    """As in 0041."""
    op.get_bind().connection.cursor().execute(
        """
        drop function found_stations(text, integer);
        drop function found_contracts(text);
        drop index ix_contract_words;
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
        revoke all on function found_stations(text) from public;
        grant execute on function found_stations(text) to voltpact_web, voltpact_worker;
        """
    )
