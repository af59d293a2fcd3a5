"""Who may charge at a charge point, at the charge point itself: a good card at the wrong place is refused, in each protocol's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.ocpp.conftest import V16, V201, Charger, House, ago, stamp

OWN = "update station set access = 'own' where label = 'NL-0417'"


async def asked(charger: Charger, protocol: str, card: str) -> str:
    if protocol == V16:
        answer = await charger.call("Authorize", {"idTag": card})
        return str(answer["idTagInfo"]["status"])
    answer = await charger.call("Authorize", {"idToken": {"idToken": card, "type": "ISO14443"}})
    return str(answer["idTokenInfo"]["status"])


def home(house: House, card: str, partner: str) -> None:
    house.base.run("update id_token set partner_id = :p where value = :v", p=house.base.cast.partners[partner].id, v=card)


@pytest.mark.parametrize(("protocol", "refused"), [(V16, "Blocked"), (V201, "NotAtThisLocation")])
async def test_own_drivers_alone(house: House, protocol: str, refused: str) -> None:
    home(house, "CARD1", "sommer")
    home(house, "CARD2", "winter")
    house.base.run(OWN)
    async with house.charger(protocol=protocol) as charger:
        assert await asked(charger, protocol, "card1") == "Accepted"
        assert await asked(charger, protocol, "CARD2") == refused
        house.base.run("update id_token set partner_id = null where value = 'CARD2'")
        assert await asked(charger, protocol, "CARD2") == refused, "a card of nobody's is not the partner's"
        house.base.run("update station set access = 'public' where label = 'NL-0417'")
        assert await asked(charger, protocol, "CARD2") == "Accepted"


async def test_groups_count_while_a_card_is_in_them(house: House) -> None:
    cast = house.base.cast
    group: dict[str, Any] = {"o": cast.operator.id, "p": cast.partners["sommer"].id}
    key = "'00000000-0000-7000-8000-000000000001'"
    columns = "id, operator_id, partner_id, code, name, created_at"
    house.base.run(f"insert into user_group ({columns}) values ({key}, :o, :p, 'U-GROUP1', 'Personal', now())", **group)
    columns = "group_id, token_id, since, operator_id, partner_id"
    member = f"select {key}, id, now() - interval '1 day', :o, :p from id_token where value = 'CARD1'"
    house.base.run(f"insert into user_group_token ({columns}) {member}", **group)
    house.base.run(f"update station set access = 'groups', access_groups = array[{key}::uuid] where label = 'NL-0417'")
    async with house.charger() as charger:
        assert await asked(charger, V16, "CARD1") == "Accepted"
        assert await asked(charger, V16, "CARD2") == "Blocked"
        house.base.run("update user_group_token set until = now() - interval '1 minute'")
        assert await asked(charger, V16, "CARD1") == "Blocked"


async def test_a_charge_that_began_all_the_same_is_kept_with_its_reason_and_nobodys_price(house: House) -> None:
    house.base.run(OWN)
    async with house.charger() as charger:
        payload = {"connectorId": 1, "idTag": "CARD2", "meterStart": 0, "timestamp": stamp(ago(minutes=1))}
        answer = await charger.call("StartTransaction", payload)
    assert (answer["transactionId"] > 0, answer["idTagInfo"]["status"]) == (True, "Blocked")
    assert "not_here_tag" in house.base.sessions()[0]["flags"]


async def test_who_starts_it_against_the_access_lets_the_card_in_for_ten_minutes(house: House) -> None:
    house.base.run(OWN)
    wish = (
        "insert into station_command (id, operator_id, partner_id, station_id, action, params, state, one_time_key, requested_name, "
        "created_at, expires_at) select uuidv7(), operator_id, partner_id, id, 'remote_start', cast(:params as jsonb), 'accepted', :key, "
        "'Theo', :at, now() from station where label = 'NL-0417'"
    )
    plain, anyway = '{"id_token": "card2"}', '{"id_token": "card2", "anyway": true}'
    async with house.charger() as charger:
        for key, params, at, said in (
            ("a", plain, ago(minutes=1), "Blocked"),
            ("b", anyway, ago(minutes=11), "Blocked"),
            ("c", anyway, ago(minutes=9), "Accepted"),
        ):
            house.base.run(wish, params=params, key=key, at=at)
            assert await asked(charger, V16, "CARD2") == said
        assert await asked(charger, V16, "CARD1") == "Blocked", "for that card alone"
        number = await charger.start(ago(seconds=30), tag="CARD2")
        await charger.stop(number, ago(seconds=30) + timedelta(seconds=20), 1500)
    assert "not_here_tag" not in house.base.sessions()[0]["flags"]
