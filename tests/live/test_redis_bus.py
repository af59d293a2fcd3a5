"""The bus over a real Redis: order, cap, wishes for the worker, and that it never raises."""

from __future__ import annotations

import orjson
import pytest
import redis

from app.kernel.ids import uuid7
from app.live.messages import COMMANDS_TOPIC, LiveMessage, operator_topic
from app.live.redis_bus import COMMANDS_CHANNEL, STREAM, AsyncRedisBus, RedisBus, decode, encode
from app.settings import Settings

TOPIC = operator_topic(uuid7())


def _messages(count: int) -> list[LiveMessage]:
    return [LiveMessage("ConnectorChanged", f"connector:{n}", (TOPIC,), {"seq": n}) for n in range(count)]


def test_messages_lie_in_the_stream_in_order(redis_client: redis.Redis, settings: Settings) -> None:
    RedisBus.connect(settings.redis_url).publish(_messages(3))
    assert [decode(entry[b"m"]) for _, entry in redis_client.xrange(STREAM)] == _messages(3)


async def test_the_workers_bus_writes_the_same(redis_client: redis.Redis, settings: Settings) -> None:
    bus = AsyncRedisBus.connect(settings.redis_url)
    await bus.publish(_messages(2))
    await bus.close()
    assert [decode(entry[b"m"]) for _, entry in redis_client.xrange(STREAM)] == _messages(2)


def test_wishes_for_the_worker_go_to_its_channel_only(redis_client: redis.Redis, settings: Settings) -> None:
    with redis_client.pubsub() as ear:
        ear.subscribe(COMMANDS_CHANNEL)
        ear.get_message(timeout=1)
        RedisBus.connect(settings.redis_url).publish(
            [LiveMessage("CommandWanted", "command:1", (TOPIC, COMMANDS_TOPIC), {"station_id": "x"})]
        )
        heard = ear.get_message(timeout=1)
    assert heard is not None
    assert orjson.loads(heard["data"]) == {"station_id": "x"}
    assert redis_client.xlen(STREAM) == 0


def test_a_dead_redis_is_counted_and_never_raised() -> None:
    bus = RedisBus.connect("redis://127.0.0.1:1/0")
    bus.publish(_messages(2))
    bus.publish(_messages(3))
    assert bus.failures == 5


async def test_a_dead_redis_is_counted_by_the_worker_too() -> None:
    bus = AsyncRedisBus.connect("redis://127.0.0.1:1/0")
    await bus.publish(_messages(2))
    assert bus.failures == 2
    await bus.close()


def test_what_is_no_message_is_refused_by_name() -> None:
    assert decode(encode(_messages(1)[0])) == _messages(1)[0]
    with pytest.raises(ValueError, match="not a live message"):
        decode(b"[]")
