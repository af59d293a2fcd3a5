"""The words of the glossary (ux.md 3.13) and no others: what people read is called the same on every page."""

from __future__ import annotations

import re

import pytest

from app.text.words import catalogue

#: language -> words that say what the glossary has another word for
SYNONYMS = {
    "de": {
        r"\bFahrer(?!/in)": "Fahrer/in",
        r"Lades(äule|itzung)|\bSitzung": "Ladestation, Ladevorgang",
        r"(Preis|Tarif)blatt": "Tarif",
        r"\bUSt\b(?!-IdNr)|Umsatzsteuer": "MwSt.",
        r"(Verbindungs|Anschluss|Grund)gebühr": "Startgebühr",
        r"(Park|Stand|Standzeit)gebühr": "Blockiergebühr",
        r"Umsatzanteil|Erlösbeteiligung": "Umsatzbeteiligung",
        r"Vertragsversion|\bVersion(?!snummer)": "Fassung",
        r"Sub-?[Bb]etreiber|Subunternehmer": "Unterbetreiber",
        r"RFID-Karte|Ladechip": "Ladekarte",
        r"Vier-Augen": "zweite Person",
    },
    "fr": {
        r"[Dd]euxième personne": "seconde personne",
        r"\b[Cc]hargeurs?\b|station de (re)?charge": "borne",
        r"points? de charge\b": "point de recharge",
        r"sessions? de charge\b": "session de recharge",
        r"[Cc]hauffeur": "conducteur",
        r"frais de (démarrage|départ)": "frais de connexion",
        r"frais de stationnement": "frais d’occupation",
        r"sous-exploitant": "sous-opérateur",
        r"\b[Ee]xploitant": "opérateur",
    },
}


@pytest.mark.parametrize("language", SYNONYMS)
def test_one_thing_has_one_word(language: str) -> None:
    known = catalogue(language)
    texts = [*known.singular.values(), *(form for forms in known.plural.values() for form in forms)]
    found = [f"{text!r}: say {word}" for text in texts for pattern, word in SYNONYMS[language].items() if re.search(pattern, text)]
    assert found == []
