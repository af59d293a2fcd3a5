"""Two people at the same form (ux 3.1): what only one changed stays, what both changed is asked, nothing is taken back unseen."""

from __future__ import annotations

from typing import Any

from tests.cast import World
from tests.pages import Pages, Seen, Visitor
from tests.portals.test_driver_data import acts
from tests.portals.test_driver_pages import path, somebody
from tests.web.test_invitations import confirm, member_id, team


def opened(visitor: Visitor, address: str) -> dict[str, Any]:
    """What a browser would send of a form just opened."""
    form = visitor.get(address).one("form#form")
    sent = {f["name"]: f.get("value", "") for f in form.select("input[name]") if f.get("type") not in {"checkbox", "radio"}}
    sent |= {f["name"]: f["value"] for f in form.select("input[type=checkbox][checked]")}
    sent |= {f["name"]: f.select_one("option[selected]")["value"] for f in form.select("select") if f.select_one("option[selected]")}
    sent |= {f["name"]: f.get_text() for f in form.select("textarea")}
    del sent["csrf_token"]
    return sent


def table(seen: Seen) -> list[list[str]]:
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in seen.soup.select("#clash tbody tr")]


def test_a_driver_edited_by_two(pages: Pages, world: World) -> None:
    d = somebody(world, card="")
    here = f"{path(world)}/{d.code}/edit"
    moritz, olga = pages.as_("moritz"), pages.as_("olga")
    first, second = opened(moritz, here), opened(olga, here)
    assert moritz.post(here, first | {"phone": "+49 40 123456", "limit": "50"}).status == 303
    assert olga.post(here, second | {"name": "Dora Neu"}).status == 303
    now = opened(olga, here)
    assert (now["name"], now["phone"], now["limit"]) == ("Dora Neu", "+49 40 123456", "50,00"), "neither took back the other's"

    third = opened(moritz, here)
    assert olga.post(here, now | {"name": "Dora Olga", "limit": "60"}).status == 303
    asked = moritz.post(here, third | {"name": "Dora Moritz", "email": "dora.m@sommer.example"})
    assert asked.status == 409
    assert table(asked) == [["Name", "Dora Neu", "Dora Olga", "Dora Moritz"]]
    assert "Olga Sommer hat das gespeichert" in asked.words
    assert opened(olga, here)["email"] == "dora@sommer.example", "nothing of it is saved yet"
    again = third | {"name": "Dora Moritz", "email": "dora.m@sommer.example", "seen": asked.one("#seen")["value"], "limit": "60"}
    wrong = moritz.post(here, again | {"limit": "x", "keep_name": "theirs"})
    assert (wrong.status, wrong.one("#name")["value"]) == (422, "Dora Olga"), "what was chosen counts whatever stands below"
    assert moritz.post(here, again | {"keep_name": "theirs"}).status == 303
    kept = opened(olga, here)
    assert (kept["name"], kept["email"], kept["limit"]) == ("Dora Olga", "dora.m@sommer.example", "60,00")
    assert moritz.post(here, again | {"keep_name": "yours"}).status == 303
    assert opened(olga, here)["name"] == "Dora Moritz"


def test_what_staff_learn_of_a_driver_by_a_clash_is_noted(pages: Pages, world: World) -> None:
    d = somebody(world, card="")
    partner, staff = f"{path(world)}/{d.code}", f"/cpo/partners/{world.cast.partners['sommer'].code}/drivers/{d.code}"
    moritz, carla = pages.as_("moritz"), pages.as_("carla")
    first = opened(carla, f"{staff}/edit")
    assert acts(world, "ContactShown") == [world.cast.people["carla"].name]
    assert moritz.post(f"{partner}/edit", opened(moritz, f"{partner}/edit") | {"phone": "+49 40 123456"}).status == 303
    assert pages.as_("olga").post(f"{partner}/block").status == 303
    asked = carla.post(f"{staff}/edit", first | {"phone": "+49 40 999999"})
    assert (asked.status, table(asked)[0][2]) == (409, "+49 40 123456")
    assert f"{world.cast.people['moritz'].name} hat das gespeichert" in asked.words, "not who blocked the driver since"
    assert len(acts(world, "ContactShown")) == 2
    assert carla.post(f"{staff}/edit", first | {"name": "Dora Neu"}).status == 303
    assert len(acts(world, "ContactShown")) == 3, "the number that only they changed was taken over"


def test_a_contact_edited_by_staff_and_by_the_partner(pages: Pages, world: World) -> None:
    code = world.cast.partners["sommer"].code
    ours, theirs = f"/cpo/partners/{code}/contacts/technical", f"/partner/{code}/settings/contacts/technical"
    carla, olga = pages.as_("carla"), pages.as_("olga")
    address = str(olga.get(theirs).one("form#form")["action"])
    key = address.partition("?")[2]
    first, second = opened(carla, f"{ours}?{key}"), opened(olga, address)
    assert carla.post(f"{ours}?{key}", first | {"hours": "Mo-Fr", "phone": "+49 40 1111111"}).status == 303
    asked = olga.post(address, second | {"hours": "immer", "person": "Tine"})
    assert (asked.status, [row[0] for row in table(asked)]) == (409, ["Erreichbar"])
    assert "Carla" in asked.words
    assert olga.post(address, second | {"person": "Tine"}).status == 303
    now = opened(olga, address)
    assert (now["person"], now["hours"], now["phone"]) == ("Tine", "Mo-Fr", "+49 40 1111111")
    assert carla.post(f"{ours}?{key}", opened(carla, f"{ours}?{key}") | {"orders": ["prices", "bank"]}).status == 303
    asked = olga.post(address, now | {"orders": ["access"]})
    assert table(asked)[0][2:] == ["Preise, Bankkonto", "Zugang"]


def test_a_role_changed_by_two(pages: Pages, world: World) -> None:
    vera = member_id(world, "vera")
    ours, theirs = f"/cpo/partners/{world.cast.partners['sommer'].code}/people/{vera}", f"{team(world)}/{vera}"
    carla, olga = pages.as_("carla"), pages.as_("olga")
    confirm(carla)
    confirm(olga)
    first, second = opened(carla, ours), opened(olga, theirs)
    assert carla.post(ours, first | {"role": "accountant", "networks": "10.0.0.0/8\r\n10.1.0.0/16"}).status == 303
    asked = olga.post(theirs, second | {"role": "manager"})
    assert (asked.status, len(table(asked))) == (409, 1)
    assert olga.post(theirs, second | {"role": "manager", "keep_role": "theirs"}).status == 303
    now = opened(olga, theirs)
    assert (now["role"], now["networks"].split()) == ("accountant", ["10.0.0.0/8", "10.1.0.0/16"])
