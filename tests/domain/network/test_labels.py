"""Labels as they are said on the phone."""

from __future__ import annotations

import pytest

from app.domain.network.labels import LABEL, Spoken, bare, is_evse_uid, spoken_label


@pytest.mark.parametrize(
    ("typed", "label", "evse"),
    [
        ("nl 417", "NL-0417", None),
        ("NL-0417", "NL-0417", None),
        ("nl0417/2", "NL-0417", 2),
        (" nl 0417 2 ", "NL-0417", 2),
        ("NL-0417-2", "NL-0417", 2),
        ("nl 417-2", "NL-0417", 2),
        ("nl 417 / 2", "NL-0417", 2),
        ("nl 0 4 1 7", "NL-0417", None),
        ("NL 12345", "NL-12345", None),
    ],
)
def test_spoken_forms_mean_the_label(typed: str, label: str, evse: int | None) -> None:
    found = spoken_label(typed)
    assert found is not None
    assert (found.label, found.evse) == (label, evse)


def test_digits_alone_leave_the_letters_open() -> None:
    assert spoken_label("0417") == Spoken(None, "417", None)
    assert spoken_label("417/2") == Spoken(None, "417", 2)


@pytest.mark.parametrize("typed", ["", "sommer", "S-7KQ2M4", "DE*NLT*E0417*2", "nl", "123456789", "nl-0417-2-3", "+49 171 2345678"])
def test_other_words_are_no_label(typed: str) -> None:
    assert spoken_label(typed) is None


def test_evse_ids_with_and_without_stars() -> None:
    assert is_evse_uid("DE*NLT*E0417*2")
    assert is_evse_uid("denlte04172")
    assert not is_evse_uid("nl-0417")
    assert bare("de*nlt*e0417*2") == "DENLTE04172"


def test_the_form_of_fresh_labels() -> None:
    assert LABEL.fullmatch("NL-0417")
    assert not LABEL.fullmatch("nl-0417")
    assert not LABEL.fullmatch("NL-0417/2")
    assert not LABEL.fullmatch("0417")
