"""gettext over the catalogues of ``app/translations``: one file per topic and language, merged here, read as they are.

English is the source: its strings stand in code and templates. ``<topic>.<language>.po`` files are parsed once per process, so there is
nothing to compile. Every string is a format string, as in templates: ``%(name)s`` for a value, ``%%`` for a per cent sign.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from app.text.locales import SOURCE, current

FOLDER = Path(__file__).resolve().parent.parent / "translations"


@dataclass
class Catalogue:
    """All translations of one language."""

    language: str
    singular: dict[str, str] = field(default_factory=dict)
    plural: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def gettext(self, message: str) -> str:
        """The message in this language, or as it is."""
        return self.singular.get(message, message)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The form that fits the number (French counts 0 as one)."""
        forms = self.plural.get(one)
        is_one = abs(number) < 2 if self.language == "fr" else number == 1
        if forms is None:
            return one if is_one else many
        return forms[0 if is_one else 1]


@lru_cache(maxsize=8)
def catalogue(language: str, folder: Path = FOLDER) -> Catalogue:
    """The merged catalogue of a language; a string translated differently in two topics is an error found by the tests."""
    merged = Catalogue(language)
    if language == SOURCE:
        return merged
    for path in sorted(folder.glob(f"*.{language}.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id or message.fuzzy:
                    continue
                said = message.string or ""
                if isinstance(message.id, list | tuple):
                    if all(said):
                        merged.plural[message.id[0]] = tuple(said)
                elif said:
                    merged.singular[message.id] = str(said)
    return merged


def gettext(message: str, **values: Any) -> str:
    """The message in the language spoken now, with its values."""
    return catalogue(current().language).gettext(message) % values


def ngettext(one: str, many: str, number: int, **values: Any) -> str:
    """The form for a number; ``%(num)s`` is the number, with groups."""
    shown = format_decimal(number, format="#,##0", locale=current().babel)
    return catalogue(current().language).ngettext(one, many, number) % {"num": shown, **values}


class Lazy:
    """A message translated when it is read: labels of forms, tables of sentences."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __mod__(self, values: Any) -> str:
        return catalogue(current().language).gettext(self.message) % values

    def __repr__(self) -> str:
        return f"Lazy({self.message!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lazy) and other.message == self.message

    def __hash__(self) -> int:
        return hash(self.message)


def lazy(message: str) -> Any:
    """Mark a message for the catalogues and translate it when shown. Typed Any because WTForms wants a str."""
    return Lazy(message)


def mark(message: str) -> str:
    """Mark a message for the catalogues and leave it as it is."""
    return message


__all__ = ["Catalogue", "Lazy", "catalogue", "gettext", "lazy", "mark", "ngettext"]
