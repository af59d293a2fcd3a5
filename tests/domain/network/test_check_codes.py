"""Check codes are short: chance draws one that is taken now and then, and nobody notices."""

from __future__ import annotations

import secrets
from itertools import chain, repeat

import pytest
from sqlalchemy import select

from app.domain.network.check_codes import fresh_check_codes
from app.domain.network.models import Evse
from app.kernel.ids import read_code
from tests.cast import World


def test_a_code_that_is_taken_is_drawn_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.owner() as session:
        taken = session.scalars(select(Evse.check_code).limit(1)).one()
        drawn = chain(taken[:-1], "AAAAA", "AAAAA", "BBBBB", repeat("C"))
        monkeypatch.setattr(secrets, "choice", lambda _: next(drawn))
        found = list(fresh_check_codes(session, 2))
    assert sorted(code[:5] for code in found) == ["AAAAA", "BBBBB"]
    assert all(read_code("K", f"K-{code}") for code in found)
