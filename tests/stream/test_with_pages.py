"""Web and stream meet in the browser's session: what a page leaves there opens the stream, and nothing else does."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.live.messages import operator_topic, partner_topic
from tests.cast import World
from tests.pages import Pages, Visitor
from tests.stream.conftest import House, changed, listening, status_of


def _cookie(visitor: Visitor) -> dict[str, str]:
    found = visitor.client.get_cookie("voltpact_session")
    assert found is not None
    return {"voltpact_session": found.value}


def _entry(house: House, visitor: Visitor, key: str) -> dict[str, Any]:
    raw = house.redis.get(f"voltpact:session:{_cookie(visitor)['voltpact_session']}")
    assert isinstance(raw, bytes)
    return dict(orjson.loads(raw)["live"][key])


async def test_the_page_of_a_host_opens_its_stream_and_the_strangers_page_does_not(pages: Pages, house: House, world: World) -> None:
    sommer, winter = world.cast.partners["sommer"], world.cast.partners["winter"]
    moritz, willi = pages.as_("moritz"), pages.as_("willi")
    assert moritz.get(f"/partner/{sommer.code}/").status == 200
    willi.get(f"/partner/{winter.code}/")
    assert await status_of(house, f"/live/partner/{sommer.code}", _cookie(willi)) == 403
    message = changed(partner_id=sommer.id, operator_id=world.cast.operator.id)
    async with (
        listening(house, f"/live/partner/{sommer.code}?watch=chip", _cookie(moritz)) as host,
        listening(house, f"/live/partner/{winter.code}", _cookie(willi)) as stranger,
    ):
        house.bus.publish([message])
        assert "chip-NL-0417-1" in await host.html()
        assert await stranger.silent()


async def test_the_entry_says_whom_what_and_how(pages: Pages, house: House, world: World) -> None:
    theo, silke = pages.as_("theo"), pages.as_("silke")
    theo.get("/cpo/charge-points")
    silke.get(f"/partner/{world.cast.partners['kueste'].code}/")
    staff = _entry(house, theo, "cpo")
    assert operator_topic(world.cast.operator.id) in staff["topics"]
    assert ("network.view" in staff["rights"], "session.amounts" in staff["rights"]) == (True, False)
    assert (staff["language"], staff["region"], staff["basis"]) == ("de", "de_DE", "site")
    carer = _entry(house, silke, world.cast.partners["kueste"].code)
    assert {partner_topic(world.cast.partners[name].id) for name in ("kueste", "sommer")} <= set(carer["topics"])
    assert partner_topic(world.cast.partners["winter"].id) not in carer["topics"]


async def test_the_entry_is_written_anew_when_it_grows_old_not_with_every_page(pages: Pages, house: House, world: World) -> None:
    theo = pages.as_("theo")
    theo.get("/cpo/charge-points")
    first = _entry(house, theo, "cpo")["at"]
    world.clock.move(seconds=10)
    theo.get("/cpo/charge-points")
    assert _entry(house, theo, "cpo")["at"] == first
    world.clock.move(seconds=10)
    theo.get("/cpo/charge-points")
    assert _entry(house, theo, "cpo")["at"] == world.clock().isoformat()


async def test_signing_out_through_the_page_ends_the_stream(pages: Pages, house: House) -> None:
    theo = pages.as_("theo")
    theo.get("/cpo/charge-points")
    async with listening(house, "/live/cpo?watch=none", _cookie(theo)) as ear:
        assert theo.post("/sign-out").status == 303
        assert await ear.event() == ("bye", "1")
    assert [m.name for m in pages.world.bus.messages] == ["SignedOut"]


@pytest.mark.parametrize("path", ["/live/cpo", "/live/partner/P-NOBODY"])
async def test_nobody_hears_nothing(house: House, path: str) -> None:
    assert await status_of(house, path) == 401
