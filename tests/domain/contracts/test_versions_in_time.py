"""Versions beside each other: none overlaps another, whatever is taken back or ended in which order; how long a term is that renews."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.documents.contract import contract_html
from app.domain.contracts.accepting import accept, contract_paper, unaccepted
from app.domain.contracts.actions import edit_draft, new_version
from app.domain.contracts.agreeing import ask_agreement, end_contract, take_back
from app.domain.contracts.models import ContractVersion
from app.domain.contracts.parts import PermissionsPart, TermPart
from app.domain.contracts.renewing import remind_due
from app.kernel.errors import Conflict, Invalid
from app.kernel.periods import Month
from app.work.jobs import Job
from tests.cast import World
from tests.domain.contracts.test_contract_actions import DEC, NOV, code_of, row_of
from tests.domain.contracts.test_renewing import at, renewed, term, versions

JAN = Month(2027, 1)
Shown = list[tuple[int, str, str, str | None]]


def months(world: World, code: str) -> Shown:
    """Number, state, first and last month of each version, oldest number first."""
    found = reversed(row_of(world, code).versions)
    return [(v.number, v.state, str(v.first), None if v.last is None else str(v.last)) for v in found]


def agreed(world: World, code: str, first: Month, last: Month | None = None) -> None:
    """A version with the same terms of money, so that one person is enough."""
    with world.work("carla") as work:
        draft = edit_draft(work, code, TermPart("Sommer", first, last), new_version(work, code).version)
        assert not ask_agreement(work, code, draft.version).waiting


def back(world: World, code: str, number: int) -> None:
    with world.work("carla") as work:
        take_back(work, code, number, "vertippt")


def test_taking_back_one_in_the_middle_leaves_the_later_one_alone(world: World) -> None:
    """v1 open, v2 from November, v3 from January: without v2, v1 has November and December; without v3 too, everything again."""
    code = code_of(world, "sommer")
    agreed(world, code, NOV)
    agreed(world, code, JAN)
    back(world, code, 2)
    assert months(world, code) == [
        (1, "active", "2026-08", "2026-12"), (2, "draft", "2026-11", None), (3, "scheduled", "2027-01", None),
    ]  # fmt: skip
    with world.work("carla") as work, pytest.raises(Invalid, match="version_overlap"):
        ask_agreement(work, code, row_of(world, code).versions[1].version)
    with world.work("carla") as work:
        draft = row_of(world, code).draft
        assert draft is not None
        ask_agreement(work, code, edit_draft(work, code, TermPart("Sommer", NOV, DEC), draft.version).version)
    assert months(world, code)[:2] == [(1, "active", "2026-08", "2026-10"), (2, "scheduled", "2026-11", "2026-12")]
    back(world, code, 2)
    with world.work("carla") as work:
        discard = row_of(world, code).draft
        assert discard is not None
        work.session.delete(work.session.get_one(ContractVersion, discard.id))
    back(world, code, 3)
    assert months(world, code) == [(1, "active", "2026-08", None), (3, "draft", "2027-01", None)]


def test_one_that_stands_in_its_place_goes_first(world: World) -> None:
    """v2 from December, then v3 for November alone: taking back v2 would give v1 the November of v3."""
    code = code_of(world, "sommer")
    agreed(world, code, DEC)
    agreed(world, code, NOV, NOV)
    with world.work("carla") as work, pytest.raises(Conflict, match="version_between") as refusal:
        take_back(work, code, 2, "vertippt")
    assert refusal.value.params == {"number": 3}
    back(world, code, 3)
    assert months(world, code)[:2] == [(1, "active", "2026-08", "2026-11"), (2, "scheduled", "2026-12", None)]


def test_a_contract_that_was_ended_has_its_months_back_too(world: World) -> None:
    code = code_of(world, "sommer")
    with world.work("carla") as work:
        end_contract(work, code, Month(2027, 6), "verkauft")
    agreed(world, code, NOV)
    back(world, code, 2)
    assert months(world, code)[0] == (1, "terminated", "2026-08", "2027-06")


def test_ending_before_a_scheduled_version_names_it(world: World) -> None:
    code = code_of(world, "sommer")
    agreed(world, code, JAN)
    with world.work("carla") as work, pytest.raises(Invalid, match="version_coming") as refusal:
        end_contract(work, code, NOV, "verkauft")
    assert (refusal.value.field, refusal.value.params) == ("last_month", {"number": 2, "month": JAN})
    assert months(world, code)[0] == (1, "active", "2026-08", "2026-12")
    with world.work("carla") as work:
        end_contract(work, code, JAN, "verkauft")
    back(world, code, 2)
    assert months(world, code) == [(1, "active", "2026-08", None), (2, "draft", "2027-01", "2027-01")], "one that never began can go"


def test_the_database_refuses_versions_that_overlap(world: World) -> None:
    code = code_of(world, "sommer")
    agreed(world, code, JAN)
    first = update(ContractVersion).where(ContractVersion.id == world.cast.contracts["sommer"].id)
    with pytest.raises(IntegrityError, match="another version"), world.owner() as session:
        session.execute(first.values(last_month=date(2027, 1, 1)))
    with world.owner() as session:
        session.execute(first.values(last_month=date(2027, 1, 1)))
        session.execute(first.values(last_month=date(2026, 12, 1)))


def test_terms_changed_within_a_term_renew_by_the_whole_term(world: World) -> None:
    """August to December are five months; new terms from November keep the end, so January to May follow, not January and February."""
    code = code_of(world, "winter")
    term(world)
    with world.work("carla") as work:
        draft = new_version(work, code)
        assert (draft.first, draft.last, draft.months) == (NOV, DEC, 5)
        ask_agreement(work, code, draft.version)
        paper = contract_html(contract_paper(work, code, 2), draft=False)
    assert "Verlängert sich um 5 Monate" in paper
    at(world, 2026, 12, 31, 12)
    assert renewed(world) == 1
    assert versions(world) == [(1, "2026-08", "2026-10", False), (2, "2026-11", "2026-12", False), (3, "2027-01", "2027-05", True)]


def test_another_end_is_another_term(world: World) -> None:
    """November to March are five months of their own, whatever was before; a leap year's February is a month like others."""
    code = code_of(world, "winter")
    term(world)
    with world.work("carla") as work:
        draft = new_version(work, code)
        edited = edit_draft(work, code, TermPart("Winter", NOV, Month(2028, 2), auto_renewal=True), draft.version)
        assert edited.months == 16
        ask_agreement(work, code, edited.version)
    at(world, 2028, 2, 28, 12)
    assert renewed(world) == 0, "29 February is the last day"
    at(world, 2028, 2, 29, 12)
    assert renewed(world) == 1
    assert versions(world)[-1] == (3, "2028-03", "2029-06", True)


def test_who_was_told_of_a_renewal_is_told_of_the_end(world: World) -> None:
    term(world)
    at(world, 2026, 12, 5, 12)
    with world.work(world.system()) as work:
        remind_due(work)
    with world.work("carla") as work:
        end_contract(work, code_of(world, "winter"), DEC, "verkauft")
    for _ in range(2):
        with world.work(world.system()) as work:
            remind_due(work)
    with world.owner() as session:
        jobs = session.scalars(select(Job).where(Job.name == "contracts.remind")).all()
    assert [job.args["days"] for job in jobs] == [30, 30]


def test_a_longer_term_or_other_terms_are_accepted_anew(world: World) -> None:
    code, sommer = code_of(world, "sommer"), world.cast.partners["sommer"].id

    def open_tasks() -> list[int]:
        with world.work("olga") as work:
            return [number for _, _, number in unaccepted(work, sommer)]

    def say_yes(number: int) -> None:
        with world.work("olga") as work:
            accept(work, code, number, contract_paper(work, code, number).content_hash)

    say_yes(1)
    agreed(world, code, NOV, JAN)
    say_yes(2)
    assert open_tasks() == [], "that v1 ends earlier now changes nothing"
    for part, expected in ((TermPart("Sommer", NOV, DEC), []), (TermPart("Sommer", NOV), [2]), (PermissionsPart(()), [2])):
        with world.work("carla") as work:
            draft = take_back(work, code, 2, "vertippt")
            ask_agreement(work, code, edit_draft(work, code, part, draft.version).version)
        assert open_tasks() == expected, part
    at(world, 2027, 2, 1, 12)
    say_yes(2)
    assert open_tasks() == [], "what is over asks for nothing"
