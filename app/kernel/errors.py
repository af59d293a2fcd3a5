"""Refusals: every expected "no" of the house.

A refusal has a stable ``code`` and parameters, never a sentence; ``app.text.messages`` owns the sentences and each
entrance translates the class (web: 404, 403, 422, 409, 503; OCPP: status words; tasks: retry or stop). Anything else that
is raised is a bug and is caught nowhere in between.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An expected "no": stable code, parameters for the sentence, optionally the field it is about."""

    def __init__(self, code: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params

    def __str__(self) -> str:
        where = f" at {self.field}" if self.field else ""
        return f"{self.code}{where} {self.params or ''}".strip()


class NotFound(Refusal):
    """Unknown, or foreign: the two must not be told apart."""

    def __init__(self, code: str = "not_found", **params: object) -> None:
        super().__init__(code, field=None, **params)


class NotAllowed(Refusal):
    """Known to the actor, but this act is not theirs."""

    def __init__(self, code: str = "not_allowed", **params: object) -> None:
        super().__init__(code, field=None, **params)


class Invalid(Refusal):
    """The input means something that cannot be; names the field (a path such as ``elements[2].price``)."""

    def __init__(self, code: str, *, field: str, **params: object) -> None:
        super().__init__(code, field=field, **params)


class Conflict(Refusal):
    """The object changed meanwhile, or the act was already done in another way."""


class Unavailable(Refusal):
    """Something needed is out of reach now; trying later may work."""
