"""What both portals say and give of the papers of a partner: the words of their kinds, and an uploaded file as it came."""

from __future__ import annotations

import io

from flask import Response, send_file

from app.domain.people.uploads import UploadedFile
from app.text.words import lazy as _l

_KINDS = {
    "contract": _l("Signed contract"),
    "certificate": _l("Certificate"),
    "authority": _l("Power of attorney"),
    "identity": _l("Identity paper"),
    "plan": _l("Plan of the site"),
    "other": _l("Other"),
}


def paper_kind(kind: str) -> str:
    """The kind of a paper in words."""
    return str(_KINDS[kind])


def uploaded_file(file: UploadedFile) -> Response:
    """The file to keep, never to be opened inside our own pages."""
    answer = send_file(io.BytesIO(file.body), mimetype=file.media_type, as_attachment=True, download_name=file.name)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
