"""The database checks the tenant again: a forgotten filter returns nothing, and no table or view misses its policy."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.access.actor import NOBODY, system
from app.demo import builders as make
from app.domain.network.models import Location, Station
from app.domain.people.models import Contact, Operator, Partner, User
from app.domain.tariffs.models import Tariff, TariffVersion
from tests.cast import World

EVERYTHING_OWNED = (Partner, Contact, Location, Station, Tariff, TariffVersion)


def labels(session: Session) -> set[str]:
    return set(session.scalars(select(Station.label)))


def test_without_a_tenant_every_table_is_empty(world: World) -> None:
    with Session(world.database.web) as session:
        for model in (*EVERYTHING_OWNED, Operator, User):
            assert session.scalars(select(model)).all() == [], model.__tablename__


def test_an_actor_of_nobody_sees_nothing(world: World) -> None:
    with world.tenant(NOBODY) as session:
        assert labels(session) == set()


def test_a_partner_sees_its_own_rows_only(world: World) -> None:
    with world.tenant(world.actor("moritz")) as session:
        assert labels(session) == {"NL-0417", "NL-0418", "NL-0450"}
        assert {p.name for p in session.scalars(select(Partner))} == {"Sommer"}
    with world.tenant(world.actor("willi")) as session:
        assert labels(session) == {"NL-0501"}


def test_a_partner_reads_the_operators_tariff_only_where_it_is_priced_with_it(world: World) -> None:
    with world.tenant(world.actor("willi")) as session:
        assert {t.name for t in session.scalars(select(Tariff))} == {"AC standard"}
    with world.tenant(world.actor("moritz")) as session:
        assert {t.name for t in session.scalars(select(Tariff))} == {"AC standard", "DC fast"}


def test_another_operator_is_another_world(world: World) -> None:
    with world.owner() as session:
        other = make.operator(session, datetime(2026, 1, 1, tzinfo=UTC), code="SUD", name="Südlicht")
    with world.tenant(system(other.id)) as session:
        assert labels(session) == set()
        assert [o.name for o in session.scalars(select(Operator))] == ["Südlicht"]


def test_a_foreign_row_cannot_be_written(world: World) -> None:
    winter = world.cast.partners["winter"]
    foreign = Contact(
        operator_id=winter.operator_id, partner_id=winter.id, kind="billing", person="x", email="x@example.org", language="en"
    )
    with world.tenant(world.actor("moritz")) as session:
        session.add(foreign)
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.flush()


def test_the_tenant_ends_with_the_transaction(world: World) -> None:
    with world.tenant(world.actor("moritz")) as session:
        assert labels(session)
        session.commit()
        assert labels(session) == set()


def test_every_table_forces_row_level_security_with_a_policy_for_each_role(world: World) -> None:
    with world.database.owner.connect() as connection:
        rows = connection.execute(
            text(
                """
                select c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,
                       (select count(distinct r) from pg_policy p, unnest(p.polroles) r
                        where p.polrelid = c.oid and r in ('voltpact_web'::regrole, 'voltpact_worker'::regrole)) as roles
                from pg_class c
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                """
            )
        ).all()
    bare = sorted(r.relname for r in rows if r.relname != "alembic_version" and not (r.forced and r.roles == 2))
    assert bare == []


def test_every_view_looks_with_the_eyes_of_its_reader(world: World) -> None:
    with world.database.owner.connect() as connection:
        views = connection.execute(
            text("select relname, reloptions from pg_class where relkind in ('v', 'm') and relnamespace = 'public'::regnamespace")
        ).all()
    assert [v.relname for v in views if "security_invoker=true" not in (v.reloptions or [])] == []


def test_partitions_cannot_be_read_around_their_parent(world: World) -> None:
    with world.database.owner.connect() as connection:
        leaks = connection.execute(
            text(
                """
                select c.relname from pg_class c
                where c.relispartition and (has_table_privilege('voltpact_web', c.oid, 'select')
                                            or has_table_privilege('voltpact_worker', c.oid, 'select'))
                """
            )
        ).all()
    assert leaks == []


def test_the_web_role_cannot_get_around_it(world: World) -> None:
    with world.database.owner.connect() as connection:
        roles = connection.execute(
            text("select rolname from pg_roles where rolname like 'voltpact_w%' and (rolsuper or rolbypassrls)")
        ).all()
        owned = connection.execute(
            text("select relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname like 'voltpact_w%'")
        )
        assert roles == []
        assert owned.all() == []
    with world.tenant(world.actor("moritz")) as session, pytest.raises(ProgrammingError):
        session.execute(text("alter table station disable row level security"))


def test_doors_tell_the_tenant_and_nothing_else(world: World) -> None:
    with Session(world.database.web) as session:
        found = session.execute(text("select * from door_evse('nl-0417', 2)")).one()
        assert found.operator_id == world.cast.operator.id
        assert found.partner_id == world.cast.partners["sommer"].id
        assert session.execute(text("select * from door_evse('nl-9999', 1)")).all() == []
        assert session.execute(text("select * from door_session(:h)"), {"h": uuid4().bytes}).all() == []


def test_nothing_with_wider_eyes_is_open_to_everybody(world: World) -> None:
    with world.database.owner.connect() as connection:
        found = connection.execute(
            text(
                """
                select p.proname, coalesce(p.proconfig::text, '') like '%search_path%' as fixed,
                  has_function_privilege('public', p.oid, 'execute') as everybody
                from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
                """
            )
        ).all()
    assert len(found) > 20
    assert [row.proname for row in found if row.everybody or not row.fixed] == []


def test_programs_cannot_delete_what_they_never_delete(world: World) -> None:
    kept = {"operator", "partner", "user_account", "payment", "statement", "ledger_account", "number_series", "alembic_version", "document"}
    with world.database.owner.connect() as connection:
        may = connection.execute(
            text(
                """
                select c.relname from pg_class c, unnest(array['voltpact_web', 'voltpact_worker']) r
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege(r, c.oid, 'delete')
                """
            )
        ).scalars()
        assert kept & set(may) == set()
        writes = "select has_table_privilege('voltpact_web', 'alembic_version', 'insert, update')"
        assert connection.execute(text(writes)).scalar() is False
