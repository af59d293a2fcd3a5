"""Files under ``/static``: compressed once per process, kept by browsers for a year when their address carries a version."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import PurePosixPath

import brotli
from flask import Flask, Response, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from app.text.assets import BUNDLES, STATIC, asset_url, changed, content

_TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt"})
_YEAR = "public, max-age=31536000, immutable"
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")


def install(app: Flask) -> None:
    """Serve the folder instead of Flask's own static view."""
    app.add_url_rule("/static/<path:filename>", "static", static_file)
    app.add_url_rule("/favicon.ico", "favicon", lambda: redirect(asset_url("img/favicon.svg")))


def static_file(filename: str) -> Response:
    """One file, in the encoding that the browser likes best."""
    known = filename in BUNDLES or (safe_join(str(STATIC), filename) and (STATIC / filename).is_file())
    stamp = changed(filename) if known else ()
    if not stamp:
        raise NotFound
    encoding = _encoding(filename)
    response = Response(_body(filename, encoding, stamp), mimetype=mimetypes.guess_type(filename)[0] or "application/octet-stream")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _YEAR if "v" in request.args else "public, max-age=300"
    response.set_etag(f"{max(stamp):x}-{len(stamp)}-{encoding or 'plain'}")
    response.make_conditional(request)
    return response


def _encoding(name: str) -> str:
    if PurePosixPath(name).suffix not in _TEXT:
        return ""
    return next((one for one in ("br", "gzip") if request.accept_encodings[one] > 0), "")


@lru_cache(maxsize=256)
def _body(name: str, encoding: str, _changed: tuple[int, ...]) -> bytes:
    raw = content(name)
    if encoding == "br":
        return bytes(brotli.compress(raw, quality=9))
    return gzip.compress(raw, 9) if encoding == "gzip" else raw
