"""Addresses of files under ``static/``: each carries a piece of its content's hash, so browsers may keep it for a year."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


def asset_url(name: str) -> str:
    """``/static/css/base.css?v=1f0c9a7d22``; a file that is not there has no version."""
    path = STATIC / name
    try:
        stamp = path.stat()
    except OSError:
        return f"/static/{name}"
    return f"/static/{name}?v={_version(path, stamp.st_mtime_ns, stamp.st_size)}"


@lru_cache(maxsize=256)
def _version(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]
