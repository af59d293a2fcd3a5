"""Two texts word by word beside each other: what is in one alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

#: texts that share less than this have nothing to compare: marking every word helps nobody
_ALIKE = 0.3
#: words of both texts together, above which nothing is marked: comparing takes the square of them
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words with their blanks; ``only``: the other text does not have it here."""

    text: str
    only: bool


def beside(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, each in its own order; texts that have little in common are one piece each, unmarked."""
    old, new = _words(left), _words(right)
    plain = ([Piece(left, only=False)], [Piece(right, only=False)])
    if len(old) + len(new) > _MOST:
        return plain
    found = SequenceMatcher(a=[word.strip() for word in old], b=[word.strip() for word in new], autojunk=False)
    if found.ratio() < _ALIKE:
        return plain
    ours, theirs = [], []
    for word, a, b, c, d in found.get_opcodes():
        if b > a:
            ours.append(Piece("".join(old[a:b]), word != "equal"))
        if d > c:
            theirs.append(Piece("".join(new[c:d]), word != "equal"))
    return ours, theirs


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|^\s+", text)
