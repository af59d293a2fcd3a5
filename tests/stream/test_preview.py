"""A preview hears what the person shown hears, and nothing once it is over."""

from __future__ import annotations

from datetime import timedelta

from tests.cast import World
from tests.pages import Pages
from tests.stream.conftest import NOW, House, changed, listening, status_of
from tests.stream.test_with_pages import _cookie


async def test_a_preview_hears_the_partner_until_it_is_ended(pages: Pages, house: House, world: World) -> None:
    carla, sommer = pages.as_("carla"), world.cast.partners["sommer"]
    stream = f"/live/partner/{sommer.code}"
    assert await status_of(house, stream, _cookie(carla)) == 403
    carla.post(f"/cpo/partners/{sommer.code}/see-as", {"role": "manager"})
    assert carla.get(f"/partner/{sommer.code}/").status == 200
    async with listening(house, f"{stream}?watch=chip", _cookie(carla)) as ear:
        house.bus.publish([changed(partner_id=sommer.id, operator_id=world.cast.operator.id)])
        assert "chip-NL-0417-1" in await ear.html()
    carla.post("/cpo/see-as/end")
    assert await status_of(house, stream, _cookie(carla)) == 403


async def test_a_stream_of_a_preview_ends_with_its_time(house: House) -> None:
    later, over = (NOW + timedelta(minutes=1)).isoformat(), NOW.isoformat()
    assert await status_of(house, "/live/partner/P-SOMMER", house.host("carla", until=later)) == 200
    assert await status_of(house, "/live/partner/P-SOMMER", house.host("carla", until=over)) == 403
