"""Constraints of the database as refusals: what only the database knows for sure (uniqueness, overlaps), in the house's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal


@contextmanager
def refusing(session: Session, refusals: Mapping[str, Refusal]) -> Iterator[None]:
    """Write what is changed inside; a broken constraint of one of these names is raised as its refusal.

    Nothing of the block stays then, and the session can still read (a page shows the form again). Other errors pass through.
    """
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        refusal = refusals.get(str(name))
        if refusal is None:
            raise
        raise refusal from error
