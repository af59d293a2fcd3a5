"""A price per unit, as people say it: decimal, currency, and what it is for. Amounts come out of ``pricing``, not from here."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from app.kernel.errors import Invalid
from app.money.amount import decimals
from app.money.fields import nano
from app.money.rounding import half_away

_SHOWN = 5


class Per(StrEnum):
    """What one unit of a price is."""

    KWH = "kwh"
    MINUTE = "minute"
    HOUR = "hour"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Rate:
    """A price: ``Rate(Decimal("0.49"), "EUR", Per.KWH)`` is 0.49 euro per kWh. Never negative."""

    amount: Decimal
    currency: str
    per: Per

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite() or self.amount < 0:
            raise ValueError(f"not a price: {self.amount!r}")
        decimals(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str, per: Per, field: str = "price") -> Rate:
        """Read ``0.49``: refuses what is no number, is negative, or has more than nine decimals."""
        try:
            amount = Decimal(text.strip())
            if not amount.is_finite():
                raise InvalidOperation
            nano(amount)
        except InvalidOperation as error:
            raise Invalid("not_a_number", field=field, value=text) from error
        except ValueError as error:
            raise Invalid(str(error), field=field, value=text) from error
        if amount < 0:
            raise Invalid("negative_number", field=field, value=text)
        return cls(amount, currency, per)

    def per_minute(self) -> Rate:
        """An hourly price told per minute (AFIR Art. 5), to five decimals where it does not come out even."""
        if self.per is not Per.HOUR:
            return self
        return Rate(rounded(Fraction(self.amount) / 60), self.currency, Per.MINUTE)

    def per_hour(self) -> Rate:
        """A price per minute as OCPI wants it, per hour; exact."""
        return Rate(self.amount * 60, self.currency, Per.HOUR) if self.per is Per.MINUTE else self

    def with_tax(self, pct: Decimal | None) -> Rate:
        """The gross price of a net one; exact, as percentages are decimals."""
        return self if pct is None else Rate(self.amount * (100 + pct) / 100, self.currency, self.per)

    def without_tax(self, pct: Decimal | None) -> Rate:
        """The net price of a gross one, to five decimals where it does not come out even."""
        if not pct:
            return self
        return Rate(rounded(Fraction(self.amount) * 100 / (100 + Fraction(pct))), self.currency, self.per)


def rounded(value: Fraction, places: int = _SHOWN) -> Decimal:
    """A fraction as a decimal of so many places, half away from zero, without trailing zeros beyond two."""
    number = Decimal(half_away(value * 10**places)).scaleb(-places)
    short = number.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else short


__all__ = ["Per", "Rate", "rounded"]
