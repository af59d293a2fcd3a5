"""Copies the browser files of npm packages into ``static/vendor`` and draws one sprite of the icons listed in ``static/icons.txt``.

Run by ``./voltpact`` after ``npm ci``; a running portal needs no Node. Third-party files are never committed.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "node_modules"
TARGET = ROOT / "static" / "vendor"
ICON_LIST = ROOT / "static" / "icons.txt"

#: file in a package -> name in static/vendor
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/dist/ext/hx-sse.min.js": "hx-sse.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/icons/LICENSE": "tabler.LICENSE.txt",
}
_SVG = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_OUTLINE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
_FILLED = 'fill="currentColor"'
_EMPTY_SQUARE = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
_SOURCE_MAP = re.compile(r"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")


class VendorError(Exception):
    """A browser file is missing. The text is one sentence."""


def copy_all(packages: Path = PACKAGES, target: Path = TARGET, icon_list: Path = ICON_LIST) -> None:
    """Fill ``static/vendor`` anew, all or nothing. A link in its place, as worktrees have one, becomes a folder of this tree's own."""
    draft = target.with_name("vendor.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for source, name in FILES.items():
        if not (packages / source).is_file():
            raise VendorError(f"{source} is missing among the npm packages; run npm ci --ignore-scripts.")
        # their maps are not served, and a browser's console would say so
        (draft / name).write_text(_SOURCE_MAP.sub("\n", (packages / source).read_text("utf-8")), "utf-8")
    (draft / "icons.svg").write_text(sprite(packages / "@tabler" / "icons" / "icons", icon_names(icon_list)), "utf-8")
    if target.is_symlink():
        target.unlink()
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def icon_names(listing: Path) -> list[str]:
    """The wanted icons, without comments, each once, in order."""
    lines = (line.split("#")[0].strip() for line in listing.read_text("utf-8").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG of symbols; ``<use href="…/icons.svg#name">`` draws one in the colour of the text."""
    symbols = []
    for name in names:
        filled = name.startswith("filled/")
        path = icons / (f"{name}.svg" if filled else f"outline/{name}.svg")
        found = _SVG.search(path.read_text("utf-8")) if path.is_file() else None
        if found is None:
            raise VendorError(f"static/icons.txt names {name}, which Tabler Icons does not have.")
        identity = f"{name.removeprefix('filled/')}-filled" if filled else name
        drawing = re.sub(r"\s*\n\s*", "", found.group(1)).replace(_EMPTY_SQUARE, "")
        symbols.append(f'<symbol id="{identity}" viewBox="0 0 24 24" {_FILLED if filled else _OUTLINE}>{drawing}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    try:
        copy_all()
    except VendorError as error:
        sys.exit(f"voltpact: {error}")
