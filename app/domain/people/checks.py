"""What may be entered about partners and people: each check gives the value as it is kept, or refuses and names the field. Pure.

The libraries are read when the first check needs them: they know every country, and most processes check nothing.
"""

from __future__ import annotations

from app.domain.people.rows import LANGUAGES
from app.kernel.errors import Invalid
from app.kernel.periods import zone
from app.kernel.plain import readable
from app.money.amount import decimals

_LONGEST = 200
_SHORTEST_PHONE = 5
#: Greece writes EL in VAT ids
_VAT_PREFIX = {"GR": "EL"}


def text(value: str, field: str, *, longest: int = _LONGEST, required: bool = True) -> str:
    """One line that can be read, without blanks around; refuses ``missing`` and ``too_long``."""
    line = " ".join(readable(value).split())
    if required and not line:
        raise Invalid("missing", field=field)
    if len(line) > longest:
        raise Invalid("too_long", field=field, longest=longest)
    return line


def notes(value: str, field: str, *, longest: int = 4000) -> str:
    """Several lines."""
    body = readable(value).strip()
    if len(body) > longest:
        raise Invalid("too_long", field=field, longest=longest)
    return body


def one_of(value: str, words: tuple[str, ...], field: str) -> str:
    """One of the words; refuses ``unknown_choice``."""
    if value not in words:
        raise Invalid("unknown_choice", field=field, value=value)
    return value


def country(value: str, field: str = "country") -> str:
    """ISO 3166 code of a country that has telephones; refuses ``unknown_country``."""
    from phonenumbers import SUPPORTED_REGIONS

    code = value.strip().upper()
    if code not in SUPPORTED_REGIONS:
        raise Invalid("unknown_country", field=field, value=value)
    return code


def language(value: str, field: str = "language") -> str:
    """A language that Voltpact speaks."""
    return one_of(value, LANGUAGES, field)


def time_zone(value: str, field: str = "time_zone") -> str:
    """An IANA zone; refuses ``unknown_time_zone``."""
    zone(value.strip(), field)
    return value.strip()


def currency(value: str, field: str = "currency") -> str:
    """An ISO 4217 currency; refuses ``unknown_currency``."""
    code = value.strip().upper()
    decimals(code, field)
    return code


def vat_id(value: str, of_country: str, field: str = "vat_id") -> str | None:
    """The VAT id with its country prefix and valid check digits, None if there is none; refuses ``bad_vat_id``.

    The country's own rules hold; where none are known, 4 to 20 letters and digits.
    """
    from stdnum import get_cc_module
    from stdnum.eu import vat as eu_vat
    from stdnum.exceptions import ValidationError

    typed = "".join(c for c in value if c not in " .-/").upper()
    if not typed:
        return None
    prefix = _VAT_PREFIX.get(of_country, of_country)
    try:
        if of_country.lower() in eu_vat.MEMBER_STATES:
            return str(eu_vat.validate(typed if typed.startswith(prefix) else prefix + typed))
        rules = get_cc_module(of_country.lower(), "vat")
        if rules is not None:
            return str(rules.validate(typed))
    except ValidationError as error:
        raise Invalid("bad_vat_id", field=field, value=value, country=of_country) from error
    if not (typed.isascii() and typed.isalnum() and 4 <= len(typed) <= 20):
        raise Invalid("bad_vat_id", field=field, value=value, country=of_country)
    return typed


def email(value: str, field: str = "email") -> str:
    """An address that every mail server takes; refuses ``bad_email``. Whether anybody reads it only a mail can tell.

    Letters of all languages may stand behind the @ (``on_the_wire`` is how they travel); before it they would need a server of our days.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(value.strip(), check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as error:
        raise Invalid("bad_email", field=field, value=value) from error


def on_the_wire(address: str) -> str:
    """An address that was checked before, as mail servers know it: ``info@xn--bcher-kva.example``."""
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).ascii_email or address
    except EmailNotValidError:
        return address


def phone(value: str, of_country: str, field: str = "phone") -> str:
    """A number with country code, grouped; empty stays empty; national numbers get the country's code; refuses ``bad_phone``."""
    import phonenumbers

    if not value.strip():
        return ""
    try:
        number = phonenumbers.parse(value, of_country)
    except phonenumbers.NumberParseException as error:
        raise Invalid("bad_phone", field=field, value=value) from error
    if not phonenumbers.is_possible_number(number) or len(str(number.national_number)) < _SHORTEST_PHONE:
        raise Invalid("bad_phone", field=field, value=value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
