"""A site's photo as an answer, for all three portals. Its address changes with the photo, so browsers may keep it."""

from __future__ import annotations

from flask import Response

_DAY_S = 24 * 3600


def photo_answer(jpeg: bytes) -> Response:
    """The picture, kept by the browser alone."""
    answer = Response(jpeg, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = f"private, max-age={_DAY_S}"
    return answer
