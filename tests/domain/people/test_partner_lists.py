"""The list of partners: filters, search, pages by keyset, and a constant number of statements."""

from __future__ import annotations

import pytest

from app.demo import builders as make
from app.domain.people.queries import partner_by_code, partners
from app.domain.people.rows import PartnerFilter
from app.kernel.errors import NotFound
from tests.cast import NOW, World, counting


def names(world: World, who: str, **wanted: str) -> list[str]:
    with world.work(who) as work:
        return [row.name for row in partners(work, PartnerFilter(**wanted)).rows]


def test_staff_see_all_a_host_itself_a_sub_operator_those_in_its_care(world: World) -> None:
    assert names(world, "theo") == ["Küste", "Sommer", "Winter"]
    assert names(world, "olga") == ["Sommer"]
    assert names(world, "silke") == ["Küste", "Sommer"]
    assert names(world, "toni") == [], "a technician of the partner has no right to set-up pages"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "kuste"}, ["Küste"]),
        ({"text": "KÜSTE husum"}, ["Küste"]),
        ({"text": "hotel winter"}, ["Winter"]),
        ({"text": "ham"}, ["Sommer"]),
        ({"text": "%"}, []),
        ({"kind": "sub_operator"}, ["Küste"]),
        ({"state": "draft"}, []),
        # in no word's beginning; codes know no O, so none of them begins so by chance
        ({"text": "ommer"}, []),
        ({"country": "de", "text": "wi"}, ["Winter"]),
    ],
)
def test_filters(world: World, wanted: dict[str, str], found: list[str]) -> None:
    assert names(world, "carla", **wanted) == found


def test_filter_by_parent_and_search_by_code(world: World) -> None:
    assert names(world, "carla", parent_code=world.cast.partners["kueste"].code) == ["Sommer"]
    code = world.cast.partners["winter"].code
    assert names(world, "carla", text=code.lower().replace("-", "- ")) == ["Winter"]
    assert names(world, "olga", text=code) == [], "a foreign hit never shows up"


def test_a_code_is_read_as_people_type_it_and_a_foreign_one_is_not_found(world: World) -> None:
    code = world.cast.partners["sommer"].code
    with world.work("olga") as work:
        assert partner_by_code(work, code.lower()).parent_name is None, "the sub-operator's row is not the partner's to see"
        for foreign in (world.cast.partners["winter"].code, "P-000001", "S-xx", ""):
            with pytest.raises(NotFound):
                partner_by_code(work, foreign)
    with world.work("carla") as work:
        assert partner_by_code(work, code).parent_name == "Küste"


def test_pages_go_forth_and_back_without_losing_a_row(world: World) -> None:
    with world.owner() as session:
        for number in range(7):
            make.partner(session, world.cast.operator, f"Kunde {number}", NOW)
    seen: list[str] = []
    cursor = None
    with world.work("carla") as work:
        while True:
            page = partners(work, PartnerFilter(), cursor=cursor, limit=4)
            seen += [row.name for row in page.rows]
            assert page.total == 10
            if page.after is None:
                break
            cursor = page.after
        assert seen == [*(f"Kunde {n}" for n in range(7)), "Küste", "Sommer", "Winter"]
        assert page.before is not None
        back = partners(work, PartnerFilter(), cursor=page.before, limit=4)
        assert [row.name for row in back.rows] == seen[4:8]
        first = partners(work, PartnerFilter(), cursor=back.before, limit=4)
        assert [row.name for row in first.rows] == seen[:4]
        assert first.before is None
        assert partners(work, PartnerFilter(), cursor="damaged!", limit=4).rows == first.rows


def test_the_number_of_statements_does_not_grow_with_the_rows(world: World) -> None:
    with counting(world.database) as few:
        names(world, "carla")
    with world.owner() as session:
        for number in range(30):
            make.partner(session, world.cast.operator, f"Kunde {number}", NOW, parent_id=world.cast.partners["kueste"].id)
    with counting(world.database) as many:
        assert len(names(world, "carla")) == 33
    assert len(many) == len(few)
