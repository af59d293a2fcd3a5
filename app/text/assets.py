"""Addresses of files under ``static/``: each carries a piece of its content's hash, so browsers may keep it for a year.

A bundle is one address for several style sheets; the vendored one lies in a cascade layer, so our own rules win without tricks.
"""

from __future__ import annotations

import hashlib
import time
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent.parent / "static"

#: bundle -> (file, its layer or None)
BUNDLES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "bundle/portal.css": (
        ("vendor/tabler.min.css", "tabler"),
        ("css/tokens.css", None),
        ("css/base.css", None),
        ("css/frame.css", None),
        ("css/forms.css", None),
        ("css/components.css", None),
        ("css/lists.css", None),
        ("css/print.css", None),
    ),
    "bundle/driver.css": (("css/tokens.css", None), ("css/driver.css", None)),
}


def asset_url(name: str) -> str:
    """``/static/css/base.css?v=1f0c9a7d22``; a file that is not there has no version. Files are looked at again each second."""
    return _url(name, int(time.monotonic()))


@lru_cache(maxsize=512)
def _url(name: str, _second: int) -> str:
    stamp = changed(name)
    return f"/static/{name}?v={_version(name, stamp)}" if stamp else f"/static/{name}"


def changed(name: str) -> tuple[int, ...]:
    """When the file (or each file of the bundle) was last changed; empty if it is not there."""
    try:
        return tuple((STATIC / part).stat().st_mtime_ns for part, _ in BUNDLES.get(name, ((name, None),)))
    except OSError:
        return ()


def content(name: str) -> bytes:
    """The file, or the files of the bundle one after the other."""
    if name not in BUNDLES:
        return (STATIC / name).read_bytes()
    parts = []
    for part, layer in BUNDLES[name]:
        text = (STATIC / part).read_text("utf-8").removeprefix('@charset "UTF-8";')
        parts.append(f"@layer {layer}{{{text}}}" if layer else text)
    return "\n".join(parts).encode()


@lru_cache(maxsize=512)
def _version(name: str, _changed: tuple[int, ...]) -> str:
    return hashlib.sha256(content(name)).hexdigest()[:10]


__all__ = ["BUNDLES", "STATIC", "asset_url", "changed", "content"]
