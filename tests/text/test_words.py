"""Catalogues: complete, with equal placeholders, and one voice for one string."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.text import extract
from app.text.locales import speaking
from app.text.messages import EVENTS, NOTES, REFUSALS, event_word, note, of_code
from app.text.states import KINDS, ROLES, state
from app.text.words import FOLDER, catalogue, gettext, lazy, ngettext

PLACE = re.compile(r"%(?:\([a-z_]+\)[sd]|%)")


#: sentences of the library of forms, which asks for them by itself
OF_WTFORMS = {
    "Field cannot be longer than %(max)d character.", "Field must be at least %(min)d character long.", "Not a valid choice.",
    "'%(value)s' is not a valid choice for this field.",
}  # fmt: skip


def test_everything_that_people_read_is_translated_and_nothing_else() -> None:
    read = list(extract.strings())
    for language in ("de", "fr"):
        assert [f"{f.place}:{f.line}: {f.one}" for f in extract.missing(language, read)] == [], language
        assert [one for one in extract.unread(language, read) if one not in OF_WTFORMS] == [], language


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda p: p.name)
def test_placeholders_are_the_same_and_nothing_is_left_empty(path: Path) -> None:
    with path.open("rb") as file:
        for message in read_po(file):
            if not message.id:
                continue
            assert not message.fuzzy, message.id
            sources = message.id if isinstance(message.id, tuple) else (message.id,)
            targets = message.string if isinstance(message.string, tuple) else (message.string,)
            for target in targets:
                assert target, message.id
                wanted = set(PLACE.findall(sources[-1]))
                assert set(PLACE.findall(target)) - {"%%"} == wanted - {"%%"}, message.id
                assert re.sub(PLACE, "", target).count("%") == 0, message.id


@pytest.mark.parametrize("language", ["de", "fr"])
def test_one_string_has_one_translation(language: str) -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for path in FOLDER.glob(f"*.{language}.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and isinstance(message.id, str):
                    said[message.id].add(str(message.string))
    assert {k: v for k, v in said.items() if len(v) > 1} == {}


def test_values_and_plurals_are_filled_in() -> None:
    with speaking("de"):
        assert gettext("At least %(least)s.", least=5) == "Mindestens 5."
        assert str(lazy("Save")) == "Speichern"
        one, many = "Field cannot be longer than %(max)d character.", "Field cannot be longer than %(max)d characters."
        assert ngettext(one, many, 2, max=2) == "Höchstens 2 Zeichen."
    assert ngettext("%(num)s row", "%(num)s rows", 1) == "1 row"
    with speaking("fr"):
        assert catalogue("fr").ngettext("%(num)s row", "%(num)s rows", 0) == "%(num)s row"


def test_a_missing_value_shows_a_dash_and_an_unknown_code_itself() -> None:
    assert of_code("account_paused", name="Sommer") == "The account Sommer is paused. Call –."
    assert of_code("never_heard") == "This was refused (never_heard)."
    assert note("never-heard") == ""
    assert event_word("NeverHeardOf") == "Never heard of"


def test_every_refusal_of_the_house_has_a_sentence() -> None:
    raised = set()
    for path in (extract.ROOT / "app").rglob("*.py"):
        if "money" in path.parts or path.name.startswith("cli"):
            continue
        raised |= set(re.findall(r"(?:NotFound|NotAllowed|Invalid|Conflict|Unavailable)\(\s*\"([a-z_]+)\"", path.read_text("utf-8")))
    assert sorted(raised - set(REFUSALS)) == []


def test_every_state_has_a_word_a_shape_and_a_role() -> None:
    shapes = set(re.findall(r'<symbol id="([a-z-]+)"', (extract.ROOT / "static/img/states.svg").read_text("utf-8")))
    for kind, states in KINDS.items():
        for name, one in states.items():
            assert one.role in ROLES, (kind, name)
            assert one.icon in shapes, (kind, name)
    with speaking("fr"):
        assert str(state("SuspendedEV").word) == "Pause véhicule"


def test_tables_of_sentences_are_not_empty() -> None:
    assert len(REFUSALS) > 30
    assert NOTES
    assert EVENTS


def test_german_calls_vat_by_one_name() -> None:
    """``MwSt.`` everywhere; the words of law and registers keep their own (USt-IdNr., UStG)."""
    other = re.compile(r"\bUSt\b(?!-IdNr\.)|Umsatzsteuer")
    said = [str(text) for path in FOLDER.glob("*.de.po") for text in re.findall(other, path.read_text("utf-8"))]
    assert said == []
