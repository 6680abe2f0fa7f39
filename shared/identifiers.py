"""Numbers that carry their own check: citizen ID, unified social credit code, case number.

Errors name the rule and the flaw, never the number: they end up in logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal, Self


class Flaw(StrEnum):
    """What is wrong with a number, in the order in which it is looked for."""

    LENGTH = "length"
    CHARACTERS = "characters"
    DATE = "date"
    FUTURE = "future"
    CHECK = "check"


class InvalidIdentifier(ValueError):
    """A number that cannot be right; `rule` is the standard it breaks."""

    rule: ClassVar[str] = "DOMAIN 9"

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"{self.rule}: {flaw}")
        self.flaw = flaw


class InvalidCitizenId(InvalidIdentifier):
    rule = "GB 11643"


class InvalidCreditCode(InvalidIdentifier):
    rule = "GB 32100"


class InvalidCaseNumber(InvalidIdentifier):
    rule = "DOMAIN 9.4"


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


# --- citizen ID, GB 11643-1999 (DOMAIN 9.1)

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class CitizenId:
    """A checked ID number; also a residence permit of Hong Kong, Macao and Taiwan residents, which follows the rule."""

    number: str = field(repr=False)
    born: date = field(repr=False)

    @property
    def area(self) -> str:
        """GB/T 2260 code of the first registration; abolished codes stay valid."""
        return self.number[:6]

    @property
    def sex(self) -> Literal["male", "female"]:
        return "male" if int(self.number[16]) % 2 else "female"

    def age_on(self, day: date) -> int:
        """Full years; who was born on 29 February is a year older on 1 March."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))

    @property
    def masked(self) -> str:
        return mask_citizen_id(self.number)


def citizen_id_check(first_17: str) -> str:
    """The 18th character, ISO 7064 MOD 11-2."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _ID_WEIGHTS, strict=True)) % 11]


def check_citizen_id(number: str, today: date) -> CitizenId:
    """Raise InvalidCitizenId unless the number can exist on `today`. The caller has made full-width digits narrow."""
    if len(number) != 18:
        raise InvalidCitizenId(Flaw.LENGTH)
    if not _digits(number[:17]) or not (_digits(number[17]) or number[17] == "X"):
        raise InvalidCitizenId(Flaw.CHARACTERS)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidCitizenId(Flaw.DATE) from None
    if born > today:
        raise InvalidCitizenId(Flaw.FUTURE)
    if citizen_id_check(number[:17]) != number[17]:
        raise InvalidCitizenId(Flaw.CHECK)
    return CitizenId(number, born)


def mask_citizen_id(number: str) -> str:
    """`620105********3191`; what does not look like an ID number may be anything, and shows nothing at all."""
    return number[:6] + "*" * 8 + number[14:] if len(number) == 18 and _digits(number[:17]) else "*" * 8


# --- unified social credit code, GB 32100-2015 (DOMAIN 9.2)

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT_AUTHORITIES = "123456789ANY"


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A checked code of an organisation. Not personal, but a sole trader's leads to a person: hidden as well."""

    code: str = field(repr=False)

    @property
    def authority(self) -> str:
        return self.code[0]

    @property
    def region(self) -> str:
        return self.code[2:8]


def credit_code_check(first_17: str) -> str:
    total = sum(_CREDIT_ALPHABET.index(char) * weight for char, weight in zip(first_17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def check_credit_code(code: str) -> CreditCode:
    """Raise InvalidCreditCode unless alphabet, authority, region and check character fit."""
    if len(code) != 18:
        raise InvalidCreditCode(Flaw.LENGTH)
    if any(char not in _CREDIT_ALPHABET for char in code):
        raise InvalidCreditCode(Flaw.CHARACTERS)
    if code[0] not in _CREDIT_AUTHORITIES or not _digits(code[2:8]):
        raise InvalidCreditCode(Flaw.CHARACTERS)
    if credit_code_check(code[:17]) != code[17]:
        raise InvalidCreditCode(Flaw.CHECK)
    return CreditCode(code)


# --- case number, SMFW-620105-20260311-0007-<check> (DOMAIN 9.4)

_ALPHABET_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CASE_LENGTHS = (6, 8, 4, 1)


def mod_37_36_check(text: str) -> str:
    """ISO 7064 MOD 37-36, the hybrid system: every single wrong character is noticed."""
    product = 36
    for char in text:
        product = ((product + _ALPHABET_36.index(char)) % 36 or 36) * 2 % 37
    return _ALPHABET_36[(1 - product) % 36]


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """`kind` is SMFW for the case itself; papers of the case use the other prefixes of DOMAIN 9.4 (GZ, YY, TS ...)."""

    division: str
    day: date
    serial: int
    kind: str = "SMFW"

    def __post_init__(self) -> None:
        if not 2 <= len(self.kind) <= 4 or len(self.division) != 6 or not 1 <= self.serial <= 9999:
            raise InvalidCaseNumber(Flaw.LENGTH)
        if not (self.kind.isascii() and self.kind.isalpha() and self.kind.isupper()) or not _digits(self.division):
            raise InvalidCaseNumber(Flaw.CHARACTERS)

    @property
    def _parts(self) -> Sequence[str]:
        return self.kind, self.division, f"{self.day:%Y%m%d}", f"{self.serial:04}"

    def __str__(self) -> str:
        return "-".join((*self._parts, mod_37_36_check("".join(self._parts))))

    @classmethod
    def parse(cls, text: str) -> Self:
        kind, *rest = text.split("-")
        if tuple(map(len, rest)) != _CASE_LENGTHS:
            raise InvalidCaseNumber(Flaw.LENGTH)
        division, day, serial, _ = rest
        if not _digits(day) or not _digits(serial):
            raise InvalidCaseNumber(Flaw.CHARACTERS)
        try:
            on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        except ValueError:
            raise InvalidCaseNumber(Flaw.DATE) from None
        number = cls(division, on, int(serial), kind)
        if str(number) != text:
            raise InvalidCaseNumber(Flaw.CHECK)
        return number


def make_case_number(division: str, day: date, serial: int, kind: str = "SMFW") -> str:
    """The number of the `serial`-th case (1..9999) of a day and division, with its check character."""
    return str(CaseNumber(division, day, serial, kind))


def parse_case_number(text: str) -> CaseNumber:
    """Raise InvalidCaseNumber unless the text is exactly what `make_case_number` writes."""
    return CaseNumber.parse(text)
