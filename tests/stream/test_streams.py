"""Who hears what: staff and host hear it, the stranger nothing; replay, overflow, sign-out, rights, one rendering for all."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import redis

from app.kernel.ids import uuid7
from app.live.messages import LiveMessage, operator_topic, session_topic, user_topic
from app.live.redis_bus import STREAM
from app.live.secrets import open_to_stream
from app.settings import Settings
from app.stream.server import Times
from tests.stream.conftest import NOW, OPERATOR, SOMMER, WINTER, House, changed, listening, running, status_of


async def test_staff_and_host_hear_it_and_the_stranger_nothing(house: House) -> None:
    async with (
        listening(house, "/live/cpo", house.staff()) as staff,
        listening(house, "/live/partner/P-SOMMER", house.host()) as host,
        listening(house, "/live/partner/P-WINTER", house.host("willi", WINTER, "P-WINTER")) as stranger,
    ):
        house.bus.publish([changed()])
        seen = await staff.html()
        assert 'id="connector-NL-0417-1" hx-swap-oob="outerMorph"' in seen
        assert 'id="chip-NL-0417-1"' in seen
        assert "Charging" in seen
        assert 'href="/cpo/sessions/S-7KQ2M4"' in seen
        assert "\n" not in seen
        own = await host.html()
        assert 'href="/partner/P-SOMMER/sessions/S-7KQ2M4"' in own
        assert await stranger.silent()


async def test_amounts_are_for_those_with_the_right(house: House) -> None:
    async with (
        listening(house, "/live/cpo", house.staff("theo", rights=["network.view"])) as technician,
        listening(house, "/live/cpo", house.staff("fiona")) as finance,
        listening(house, "/live/partner/P-SOMMER", house.host("pia", rights=["session.view"])) as accountant,
    ):
        house.bus.publish([changed()])
        assert "€2.06" in await finance.html()
        assert "€2.06" not in await technician.html()
        assert await accountant.silent()


async def test_each_reader_in_the_own_language_and_rendered_once_per_language(house: House) -> None:
    german = {"language": "de", "region": "de_DE"}
    async with (
        listening(house, "/live/cpo?watch=chip", house.staff("a")) as one,
        listening(house, "/live/cpo?watch=chip", house.staff("b")) as two,
        listening(house, "/live/cpo?watch=chip", house.staff("c", **german)) as three,
        listening(house, "/live/cpo?watch=chip", house.staff("d", **german)) as four,
    ):
        house.bus.publish([changed()])
        pages = [await ear.html() for ear in (one, two, three, four)]
    assert "10.8" in pages[0]
    assert pages[0] == pages[1]
    assert "10,8" in pages[2]
    assert pages[2] == pages[3]
    assert house.hub.renderer.count == 2


async def test_a_page_is_sent_only_what_it_shows(house: House) -> None:
    async with (
        listening(house, "/live/cpo?watch=chip", house.staff("a")) as chips,
        listening(house, "/live/cpo?of=NL-0501", house.staff("b")) as other,
    ):
        house.bus.publish([changed()])
        seen = await chips.html()
        assert "chip-NL-0417-1" in seen
        assert "connector-NL-0417-1" not in seen
        assert await other.silent()


async def test_somebody_limited_to_sites_hears_only_those(house: House) -> None:
    async with (
        listening(house, "/live/cpo", house.staff("here", locations=[str(UUID(int=7))])) as here,
        listening(house, "/live/cpo", house.staff("there", locations=[str(UUID(int=8))])) as there,
    ):
        house.bus.publish([changed()])
        assert "NL-0417-1" in await here.html()
        assert await there.silent()


async def test_gathered_messages_leave_together_and_the_newest_wins(house: House) -> None:
    async with listening(house, "/live/cpo?watch=chip", house.staff()) as ear:
        house.bus.publish([changed(1, power_w=watts) for watts in (1_000, 2_000, 3_000)] + [changed(2)])
        seen = await ear.html()
    assert seen.count('id="chip-NL-0417-1"') == 1
    assert "3.0" in seen
    assert "1.0" not in seen
    assert 'id="chip-NL-0417-2"' in seen
    assert house.hub.renderer.count == 2


async def test_what_was_missed_is_replayed_from_the_last_id(house: House) -> None:
    cookies = house.staff()
    async with listening(house, "/live/cpo?watch=chip", cookies) as ear:
        house.bus.publish([changed(1)])
        await ear.html()
        last = house.hub.last_id
    house.bus.publish([changed(2, power_w=7_000), changed(2, power_w=8_000), changed(3)])
    async with listening(house, "/live/cpo?watch=chip", cookies, Last_Event_ID=last) as ear:
        seen = await ear.html()
    assert "chip-NL-0417-1" not in seen
    assert "8.0" in seen
    assert "7.0" not in seen
    assert "chip-NL-0417-3" in seen


async def test_an_id_that_is_no_longer_known_means_read_anew(house: House, redis_client: redis.Redis) -> None:
    house.bus.publish([changed()])
    await asyncio.sleep(0.2)
    for last in ("1-0", "99999999999999-0", "nonsense"):
        async with listening(house, "/live/cpo", house.staff(), Last_Event_ID=last) as ear:
            assert (await ear.event())[0] == "resync"
    assert redis_client.xlen(STREAM) == 1


async def test_a_browser_that_reads_too_slowly_is_told_to_read_anew(house: House) -> None:
    async with listening(house, "/live/cpo?watch=chip", house.staff()) as ear:
        client = house.hub.clients[0]
        client.mailbox.limit = 5
        house.bus.publish([changed(n, slug=f"NL-0417-{n}") for n in range(1, 20)])
        assert (await ear.event())[0] == "resync"
        house.bus.publish([changed(1)])
        assert "chip-NL-0417-1" in await ear.html()


async def test_regions_are_told_to_read_anew_but_not_too_often(house: House) -> None:
    async with listening(house, "/live/cpo?watch=none", house.staff()) as ear:
        house.bus.publish([changed(1)])
        assert await ear.event() == ("connectors", "1")
        started = asyncio.get_running_loop().time()
        for number in (2, 3, 4):
            house.bus.publish([changed(number)])
            await asyncio.sleep(0.02)
        assert await ear.event() == ("connectors", "1")
        assert asyncio.get_running_loop().time() - started > 0.25
        assert await ear.silent()


async def test_signing_out_ends_the_stream_at_once_and_for_good(house: House) -> None:
    cookies = house.staff()
    async with listening(house, "/live/cpo", cookies) as ear, listening(house, "/live/cpo", house.staff("carla")) as other:
        user = house.users["theo"]
        message = LiveMessage("SignedOut", "user", (user_topic(user),), {"session": cookies["voltpact_session"]})
        house.bus.publish([message])
        assert await ear.event() == ("bye", "1")
        assert (await ear.event())[0] == "closed"
        assert await other.silent()


async def test_a_browser_session_that_is_gone_ends_its_stream(house: House, redis_client: redis.Redis) -> None:
    cookies = house.staff()
    async with listening(house, "/live/cpo", cookies) as ear:
        redis_client.delete(f"voltpact:session:{cookies['voltpact_session']}")
        assert await ear.event() == ("bye", "1")
    assert await status_of(house, "/live/cpo", cookies) == 401


async def test_changed_rights_end_the_stream_until_a_page_has_read_them(house: House) -> None:
    cookies = house.staff()
    async with listening(house, "/live/cpo", cookies) as ear:
        house.bus.publish([LiveMessage("AccessChanged", "m", (operator_topic(OPERATOR), user_topic(house.users["theo"])), {})])
        assert (await ear.event())[0] == "closed"
    assert await status_of(house, "/live/cpo", cookies) == 403
    assert await status_of(house, "/live/cpo", house.staff(at=(NOW + timedelta(seconds=1)).isoformat())) == 200


async def test_nobody_and_strangers_do_not_get_in(house: House) -> None:
    assert await status_of(house, "/live/cpo") == 401
    assert await status_of(house, "/live/cpo", {"voltpact_session": "made-up-0123456789abcdef"}) == 401
    assert await status_of(house, "/live/cpo", {"voltpact_session": "../../etc"}) == 401
    assert await status_of(house, "/live/cpo", house.host()) == 403
    assert await status_of(house, "/live/partner/P-WINTER", house.host()) == 403
    assert await status_of(house, "/live/partner/cpo", house.host()) == 403
    assert await status_of(house, "/live/nothing", house.staff()) == 404


async def test_only_pages_of_ours_may_ask(house: House) -> None:
    cookies = house.staff()
    assert await status_of(house, "/live/cpo", cookies, Sec_Fetch_Site="same-origin") == 200
    assert await status_of(house, "/live/cpo", cookies, Sec_Fetch_Site="cross-site") == 403
    assert await status_of(house, "/live/cpo", cookies, Sec_Fetch_Site="same-site") == 403
    assert await status_of(house, "/live/cpo", cookies, Origin="https://evil.example") == 403
    assert await status_of(house, "/live/cpo", cookies, Origin=house.url) == 200


async def test_a_driver_hears_the_one_session_behind_the_secret(house: House, redis_client: redis.Redis) -> None:
    session_id = uuid7()
    assert await status_of(house, "/live/session/guessed-secret") == 404
    open_to_stream(redis_client, "the-secret", session_id)
    async with listening(house, "/live/session/the-secret") as ear:
        assert house.hub.clients[0].view.topics == {session_topic(session_id)}
        house.bus.publish([changed()])
        assert await ear.silent()


async def test_a_quiet_stream_stays_alive_and_ends_in_time(settings: Settings, redis_client: redis.Redis) -> None:
    async with (
        running(settings, redis_client, Times(keep_alive=0.1, lifetime=0.5, recheck=5)) as house,
        listening(house, "/live/cpo", house.staff()) as ear,
    ):
        lines = [line async for line in ear._lines if line]
        assert 3 <= lines.count("event: alive") <= 5
        assert house.hub.clients == []


async def test_after_the_bus_was_emptied_everybody_reads_anew(house: House, redis_client: redis.Redis) -> None:
    async with listening(house, "/live/cpo?watch=chip", house.staff()) as ear:
        house.bus.publish([changed()])
        await ear.html()
        redis_client.delete(STREAM)
        redis_client.client_kill_filter(_type="normal", skipme=True)
        assert (await ear.event(5.0))[0] in {"resync", "connectors"}
        await asyncio.sleep(0.5)
        house.bus.publish([changed(2)])
        assert "chip-NL-0417-2" in await ear.html()


async def test_a_message_that_cannot_be_shown_does_not_silence_the_others(house: House) -> None:
    broken = changed(1)
    async with listening(house, "/live/cpo?watch=chip", house.staff()) as ear:
        house.bus.publish([LiveMessage(broken.name, broken.key, broken.topics, {"slug": "x"}), changed(2)])
        assert "chip-NL-0417-2" in await ear.html()


async def test_topics_of_the_view_are_those_of_the_session(house: House) -> None:
    async with listening(house, "/live/partner/P-SOMMER", house.host()):
        topics = house.hub.clients[0].view.topics
    assert topics == {f"partner:{SOMMER}", user_topic(house.users["moritz"])}


async def test_what_happens_between_the_reading_of_a_page_and_its_stream_is_not_lost(house: House) -> None:
    house.bus.publish([changed(2)])
    await asyncio.sleep(0.01)
    seconds, micros = house.redis.time()
    house.bus.publish([changed()])
    began = seconds * 1000 + micros // 1000
    async with listening(house, f"/live/cpo?since={began}", house.staff()) as late, listening(house, "/live/cpo", house.staff()) as unaware:
        seen = await late.html()
        assert "connector-NL-0417-1" in seen
        assert "connector-NL-0417-2" not in seen
        assert await unaware.silent()


async def test_a_page_read_after_the_last_message_misses_nothing(house: House) -> None:
    house.bus.publish([changed()])
    while house.hub.heard == 0:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    seconds, _ = house.redis.time()
    async with (
        listening(house, f"/live/cpo?since={(seconds + 2) * 1000}", house.staff()) as ear,
        listening(house, "/live/cpo?since=1e9", house.staff("odd")) as odd,
    ):
        assert await ear.silent()
        assert await odd.silent()
