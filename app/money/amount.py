"""Money: an integer number of minor units and a currency (ISO 4217). Different currencies do not add."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.kernel.errors import Invalid
from app.money.rounding import Exact, half_away

_THREE = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_ZERO = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
_FOUR = {"CLF", "UYW"}
_TWO = set(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR "
    "KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN "
    "PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD "
    "TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG".split()
)


def decimals(currency: str, field: str = "currency") -> int:
    """How many decimals a currency has (ISO 4217); refuses ``unknown_currency``."""
    if currency in _TWO:
        return 2
    if currency in _ZERO:
        return 0
    if currency in _THREE:
        return 3
    if currency in _FOUR:
        return 4
    raise Invalid("unknown_currency", field=field, currency=currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units: ``Money(1208, "EUR")`` is 12.08 euro."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def round(cls, exact: Exact, currency: str) -> Money:
        """An exact amount in major units, rounded half away from zero to the currency's minor unit."""
        return cls(half_away(exact * 10 ** decimals(currency)), currency)

    @classmethod
    def parse(cls, text: str, currency: str, field: str = "amount") -> Money:
        """Read ``12.08``; more decimals than the currency has, or no number, are refused."""
        try:
            value = Decimal(text).scaleb(decimals(currency))
        except InvalidOperation as error:
            raise Invalid("bad_value", field=field, value=text) from error
        if not value.is_finite() or value != value.to_integral_value():
            raise Invalid("too_many_decimals", field=field, value=text)
        return cls(int(value), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def _other(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._other(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._other(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._other(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._other(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return to_text(self.minor, decimals(self.currency))


def to_text(minor: int, places: int) -> str:
    """Minor units as a decimal string: ``1208, 2`` -> ``12.08``; never ``-0.00``."""
    if places == 0:
        return str(minor)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
