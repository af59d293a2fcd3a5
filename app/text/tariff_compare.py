"""Two tariffs compared sentence by sentence: what changed, and both beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from app.money.terms import Tariff
from app.text.tariff_words import sentences


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence of a comparison; ``sign``: "+" new, "−" gone, "=" as before."""

    sign: str
    text: str


def changes(before: Tariff | None, after: Tariff) -> list[Change]:
    """Two versions compared, sentence by sentence, in order."""
    found: list[Change] = []
    for old, new in _parts(before, after):
        if old == new:
            found += (Change("=", text) for text in new)
        else:
            found += [*(Change("−", text) for text in old), *(Change("+", text) for text in new)]
    return found


def side_by_side(left: Tariff | None, right: Tariff | None) -> list[tuple[str, str, bool]]:
    """Two tariffs sentence by sentence beside each other: left, right (either may be empty), and whether they say the same."""
    return [(one, other, old == new) for old, new in _parts(left, right) for one, other in zip_longest(old, new, fillvalue="")]


def _parts(before: Tariff | None, after: Tariff | None) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The sentences of both in pieces that are equal, or stand in each other's place."""
    old, new = (sentences(tariff) if tariff else [] for tariff in (before, after))
    for _word, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        yield old[a:b], new[c:d]
