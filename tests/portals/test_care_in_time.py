"""Care is dated: the time machine, see-as and the history say who looked after a partner then; a sub-operator reads its own time alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.access.permissions import Permission
from app.access.roles import Role
from app.demo import builders as make
from app.domain.contracts.care import in_own_care
from app.domain.contracts.seeing import Eyes, load_preview
from app.domain.people.models import Partner
from app.kernel.errors import NotAllowed
from tests.cast import NOW, World
from tests.pages import _HASH, Pages, Seen
from tests.portals.cpo.test_sub_operators import CHANGED, deich, given_to
from tests.portals.test_time_machine import ask, line

BEFORE, AFTER = datetime(2026, 10, 9, 10, tzinfo=UTC), datetime(2026, 10, 13, 10, tzinfo=UTC)


@pytest.fixture
def moved(world: World) -> Partner:
    """Sommer was Küste's until noon of 10 October, since then it is Deich's; Dora works for Deich."""
    with world.owner() as session:
        other = deich(session, world)
        dora = make.user(session, "Dora Deich", "dora@deich.example", NOW, _HASH, language="de", region="de_DE")
        make.member(session, dora, Role.SUB_OPERATOR, NOW, owner=world.cast.operator, account=other)
        world.cast.people["dora"] = dora
    given_to(world, "sommer", "deich")
    return other


def rows(seen: Seen) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in seen.soup.select("#history tbody tr")]


def test_streams_of_both_sub_operators_are_opened_anew(world: World, moved: Partner) -> None:
    """Küste's people hear no more of Sommer's charge points on a page that is open, Deich's do."""
    told = {message.facts["user_id"] for message in world.bus.messages if message.name == "AccessChanged"}
    assert told == {str(world.cast.people[who].id) for who in ("silke", "dora")}


def test_the_time_machine_names_who_looked_after_it(pages: Pages, world: World, moved: Partner) -> None:
    code = world.cast.partners["sommer"].code
    aylin = pages.as_("aylin")
    for what in (code, "NL-0417"):
        first, second = line(ask(aylin, what, BEFORE, second=AFTER.isoformat()), "Betreut von")
        assert first == "Küste seit 01.07.2026, 02:00 · bis 10.10.2026, 12:00", what
        assert second == "Deich seit 10.10.2026, 12:00 · Carla Möller", what
    assert line(ask(aylin, moved.code, BEFORE, second=AFTER.isoformat()), "Betreute Partner") == ["niemand", "Sommer"]
    again = aylin.get(str(ask(aylin, code, AFTER).one("a[href*='as=csv']")["href"]))
    assert "Deich" in again.text, "the page's own link to its file"
    given_to(world, "sommer", "", datetime(2026, 10, 12, 10, tzinfo=UTC))
    assert line(ask(aylin, code, AFTER), "Betreut von") == ["niemand seit 12.10.2026, 12:00 · Carla Möller"]
    with pytest.raises(AssertionError, match="no line"):
        line(ask(aylin, world.cast.partners["winter"].code, AFTER), "Betreut von")


def test_neither_level_is_told_who_the_other_was(pages: Pages, world: World, moved: Partner) -> None:
    code = world.cast.partners["sommer"].code
    for who in ("olga", "dora"):
        with pytest.raises(AssertionError, match="no line"):
            line(ask(pages.as_(who), code, AFTER, base=f"/partner/{code}"), "Betreut von")


def test_a_sub_operator_reads_its_own_time_of_care_alone(pages: Pages, world: World, moved: Partner) -> None:
    code = world.cast.partners["sommer"].code
    dora, base = pages.as_("dora"), f"/partner/{code}"
    for what, name in ((code, "Sommer"), ("NL-0417", "NL-0417"), ("NL-0417/1", "NL-0417/1")):
        assert f"{name} gehörte zu dieser Zeit nicht zu Ihrem Konto" in ask(dora, what, BEFORE, base=base).words, what
        assert "nicht zu Ihrem Konto" in ask(dora, what, AFTER, base=base, second=BEFORE.isoformat()).words
    (held,) = line(ask(dora, "NL-0417", AFTER, base=base), "Inhaber")
    assert held == "Sommer seit 10.10.2026, 12:00", "held since August; nothing before the care is told"
    assert pages.as_("silke").get(f"{base}/time-machine?what={code}").status == 404, "Küste looks after it no more"
    (own,) = line(ask(pages.as_("olga"), "NL-0417", BEFORE, base=base), "Inhaber")
    assert own.startswith("Sommer seit 01.08.2026"), "its own people read all of it"


def test_the_history_of_both_levels_has_the_change(pages: Pages, world: World, moved: Partner) -> None:
    """Sommer is Deich's from the 10th to the 11th and from the 12th on: what was between the two its people do not read."""
    code, kueste = world.cast.partners["sommer"].code, world.cast.partners["kueste"].code
    given_to(world, "sommer", "", datetime(2026, 10, 11, 10, tzinfo=UTC))
    given_to(world, "sommer", "deich", datetime(2026, 10, 12, 10, tzinfo=UTC))
    carla = pages.as_("carla")
    assert any("Betreut von" in row and f"{kueste} → {moved.code}" in row for row in rows(carla.get(f"/cpo/partners/{code}/history")))
    (ended,) = [row for row in rows(carla.get(f"/cpo/partners/{kueste}/history")) if "Betreuung" in row]
    for part in ("10.10.2026, 12:00", "Betreuung eines Standortpartners beendet", f"{code} , Sommer", "Carla Möller"):
        assert part in ended, part
    began = [row for row in rows(carla.get(f"/cpo/partners/{moved.code}/history")) if "Betreuung" in row]
    assert [row.split(" ", 2)[0] for row in began] == ["12.10.2026,", "11.10.2026,", "10.10.2026,"]
    assert "Care of a partner ended" in rows(pages.as_("silke").get(f"/partner/{kueste}/history"))[0]
    dora = rows(pages.as_("dora").get(f"/partner/{code}/history"))
    olga = rows(pages.as_("olga").get(f"/partner/{code}/history"))
    assert [row[:10] for row in dora] == ["12.10.2026", "10.10.2026"], "what ended its care is of the time after it"
    assert [row[:10] for row in olga][:3] == ["12.10.2026", "11.10.2026", "10.10.2026"]


def test_see_as_at_an_instant_has_the_care_of_then(world: World, moved: Partner) -> None:
    sommer = world.cast.partners["sommer"].id

    def cared(code: str, at: datetime | None) -> tuple[frozenset[object], list[str]]:
        with world.room.session(world.actor("carla")) as work:
            actor, _account = load_preview(
                work.session, world.cast.people["carla"].id, Eyes(code, "sub_operator", at=at), operator_id=world.cast.operator.id,
                now=world.clock(), address=None,
            )  # fmt: skip
        with world.work(actor) as work:
            names = [line.own.partner.name for line in in_own_care(work).rows]
        return frozenset(actor.grants[Permission.SESSION_VIEW]) & {sommer}, names  # type: ignore[arg-type]

    kueste = world.cast.partners["kueste"].code
    assert cared(kueste, BEFORE) == ({sommer}, ["Sommer"])
    assert cared(kueste, None) == (frozenset(), [])
    assert cared(moved.code, BEFORE) == (frozenset(), [])
    assert cared(moved.code, CHANGED) == ({sommer}, ["Sommer"])


def test_the_own_list_says_since_when(pages: Pages, world: World, moved: Partner) -> None:
    seen = pages.as_("dora").get(f"/partner/{moved.code}/partners")
    assert "10.10.2026, 12:00" in seen.one("main tbody tr").get_text(" ")
    with pytest.raises(NotAllowed), world.work("moritz") as work:
        in_own_care(work)
