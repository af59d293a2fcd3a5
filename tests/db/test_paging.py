"""Pages by keyset: what a list says of itself."""

from __future__ import annotations

from sqlalchemy import select

from app.db.paging import take_page
from app.domain.people.models import User
from tests.cast import World


def test_a_list_without_a_filter_is_counted_whole(world: World) -> None:
    with world.owner() as session:
        everybody = len(session.scalars(select(User.id)).all())
        page = take_page(session, select(User), (User.email,), lambda row: (row.User.email,), limit=2)
    assert everybody > 2
    assert (len(page.rows), page.total) == (2, everybody)
