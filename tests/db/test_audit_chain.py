"""The log's chain: every committed entry is linked, and a change behind the programs' back is found."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, ProgrammingError

from app.domain.people.audit_log import LogFilter, anchor, audit_log, chain_state
from app.domain.people.contacting import save_contact
from app.domain.people.rows import ContactInput
from app.kernel.errors import NotAllowed
from app.kernel.ids import uuid7
from tests.cast import World


def acts(world: World, count: int = 3) -> None:
    """So many entries, each in a transaction of its own."""
    for number in range(count):
        with world.work("carla") as work:
            contact = ContactInput(f"Ida {number}", f"ida.{uuid7()}@sommer.example")
            save_contact(work, world.cast.partners["sommer"].code, "billing", contact)


def state(world: World, *, whole: bool = True) -> Any:
    with world.work("anke") as work:
        return chain_state(work, whole=whole)


def tamper(world: World, statement: str) -> None:
    """What somebody with the database's keys could do: guards asleep."""
    with world.owner() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text(statement))


def test_a_chain_of_committed_entries_is_whole(world: World) -> None:
    acts(world)
    found = state(world)
    assert (found.checked, found.last_seq, found.broken_seq, found.loose, found.is_whole) == (3, 3, None, 0, True)
    with world.work("anke") as work:
        assert [row.seq for row in audit_log(work, LogFilter()).rows] == [3, 2, 1]


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("update audit_entry set actor_name = 'Mallory' where id = (select entry_id from audit_link where seq = 2)", 2),
        ("update audit_entry set facts = '{}' where id = (select entry_id from audit_link where seq = 1)", 1),
        ("update audit_entry set at = at + interval '1 microsecond' where id = (select entry_id from audit_link where seq = 3)", 3),
        ("delete from audit_link where seq = 2", 3),
        ("delete from audit_entry where id = (select entry_id from audit_link where seq = 2)", 2),
    ],
)
def test_what_is_changed_behind_the_programs_back_is_found(world: World, statement: str, seq: int) -> None:
    acts(world)
    tamper(world, statement)
    found = state(world)
    assert found.broken_seq == seq
    assert not found.is_whole


def test_a_chain_cut_at_its_end_is_found_by_the_anchor(world: World) -> None:
    acts(world)
    with world.work(world.system()) as work:
        kept = anchor(work)
    assert kept is not None
    assert (kept.seq, kept.checked, kept.broken_seq) == (3, 3, None)
    acts(world, 1)
    assert state(world, whole=False).checked == 1, "only what came after the anchor"
    tamper(world, "delete from audit_link where seq >= 3")
    found = state(world, whole=False)
    assert (found.broken_seq, found.is_whole) == (3, False)


def test_an_entry_slipped_in_has_no_place(world: World) -> None:
    acts(world, 1)
    tamper(world, "insert into audit_entry select (jsonb_populate_record(e, jsonb_build_object('id', uuidv7()))).* from audit_entry e")
    assert (state(world).loose, state(world).is_whole) == (1, False)


def test_many_at_once_still_make_one_chain(world: World) -> None:
    def one(kind: str) -> None:
        for number in range(4):
            with world.work("carla") as work:
                save_contact(work, world.cast.partners["winter"].code, kind, ContactInput(f"Ida {number}", f"ida{number}@winter.example"))

    threads = [threading.Thread(target=one, args=(kind,)) for kind in ("billing", "technical", "administrative")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = state(world)
    assert (found.checked, found.last_seq, found.is_whole) == (12, 12, True)


@pytest.mark.parametrize("statement", ["update audit_link set seq = 9", "delete from audit_link", "truncate audit_anchor"])
def test_links_are_append_only_even_for_their_owner(world: World, statement: str) -> None:
    acts(world, 1)
    with pytest.raises(DatabaseError, match="append-only"), world.owner() as session:
        session.execute(text(statement))


def test_the_programs_cannot_write_links_themselves(world: World) -> None:
    acts(world, 1)
    for statement in ("insert into audit_link select operator_id, 9, entry_id, prev_hash, row_hash from audit_link",):
        with pytest.raises(ProgrammingError, match="permission denied"), world.tenant(world.actor("anke")) as session:
            session.execute(text(statement))


def test_who_reads_the_log_and_finance_what_is_about_money(world: World) -> None:
    acts(world, 1)
    with world.work("fiona") as work:
        assert audit_log(work, LogFilter()).rows == []
    for who in ("carla", "theo", "olga"):
        with pytest.raises(NotAllowed), world.work(who) as work:
            audit_log(work, LogFilter())
    for wanted, count in ((LogFilter(who="möller"), 1), (LogFilter(text="ida 0"), 1), (LogFilter(act="SignedIn"), 0)):
        with world.work("anke") as work:
            assert len(audit_log(work, wanted).rows) == count
