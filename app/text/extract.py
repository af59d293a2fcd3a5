"""Finds every string of code and templates that people read, and what no catalogue translates yet.

``python -m app.text.extract de templates/cpo/partners app/portal_cpo/partners.py`` prints entries to append to
``app/translations/partners.de.po``; without paths, everything that is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_python
from jinja2.ext import babel_extract

from app.text.words import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy": None, "mark": None, "ngettext": (1, 2)}
_OPTIONS = {"extensions": "jinja2.ext.do", "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}


@dataclass(frozen=True)
class Found:
    """A string where it stands; ``many`` is its plural."""

    place: str
    line: int
    one: str
    many: str | None = None


def strings(paths: list[Path] | None = None) -> Iterator[Found]:
    """Every marked string of the files (folders are walked); by default of all of ``app`` and ``templates``."""
    for path in sorted(_files(paths or [ROOT / "app", ROOT / "templates"])):
        place = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
        with path.open("rb") as file:
            found = (
                babel_extract(file, list(KEYWORDS), [], _OPTIONS)
                if path.suffix == ".html"
                else extract_python(file, KEYWORDS, [], {"encoding": "utf-8"})
            )
            for line, keyword, message, _ in found:
                texts = message if isinstance(message, tuple) else (message,)
                if texts and isinstance(texts[0], str) and texts[0]:
                    many = texts[1] if keyword == "ngettext" and len(texts) > 1 and isinstance(texts[1], str) else None
                    yield Found(place, line, texts[0], many)


def missing(language: str, read: Iterable[Found]) -> list[Found]:
    """Of what people read, what the language has no translation for, each once."""
    known = catalogue(language)
    seen: dict[tuple[str, str | None], Found] = {}
    for found in read:
        if found.one not in (known.plural if found.many else known.singular):
            seen.setdefault((found.one, found.many), found)
    return list(seen.values())


def unread(language: str, read: Iterable[Found]) -> list[str]:
    """Translations of what people do not read any more, by the English."""
    known, every = catalogue(language), list(read)
    ones, several = ({found.one for found in every if bool(found.many) is many} for many in (False, True))
    return sorted({*known.singular} - ones | {*known.plural} - several)


def entry(found: Found) -> str:
    """The string as an entry of a catalogue, to be filled in."""
    lines = [f"#: {found.place}:{found.line}", *(["#, python-format"] if "%(" in found.one else []), f"msgid {_quoted(found.one)}"]
    if found.many is None:
        return "\n".join([*lines, 'msgstr ""', ""])
    return "\n".join([*lines, f"msgid_plural {_quoted(found.many)}", 'msgstr[0] ""', 'msgstr[1] ""', ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (p for p in path.rglob("*") if p.suffix in {".py", ".html"})
        else:
            yield path


if __name__ == "__main__":
    wanted = [Path(p).resolve() for p in sys.argv[2:]]
    for one in missing(sys.argv[1], strings(wanted or None)):
        sys.stdout.write(entry(one) + "\n")
