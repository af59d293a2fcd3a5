"""Text as people can see it: characters that show nothing, or turn the text around them, are left out wherever somebody types or pastes."""

from __future__ import annotations

import unicodedata

#: soft hyphen, marks of direction, blanks without width, byte order mark, joins of words
_UNSEEN = (0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x206A), 0xFEFF)
_CONTROLS = (c for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\t\n\r")
_LEFT_OUT: dict[int, str | None] = dict.fromkeys((*_CONTROLS, *_UNSEEN, 0xFFF9, 0xFFFA, 0xFFFB)) | {0x2028: "\n", 0x2029: "\n"}


def readable(typed: str) -> str:
    """The text without what cannot be seen, letters and their accents put together (NFC); line ends and tabs stay."""
    return unicodedata.normalize("NFC", typed).translate(_LEFT_OUT)
