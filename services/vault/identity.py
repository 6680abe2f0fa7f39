"""What was said about a person, checked and made even, and the little of it that rules need to know."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal
from unicodedata import normalize

from pydantic import StringConstraints

from shared.contracts.common import AgeBand
from shared.decider import Refused
from shared.identifiers import InvalidIdentifier, check_citizen_id, check_credit_code
from shared.messages import Message

CITIZEN = ("id_card", "residence_permit")  # the permit of Hong Kong, Macao and Taiwan residents follows the same rule
PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?")
BANDS: tuple[tuple[int, AgeBand], ...] = ((18, "under_18"), (60, "18_59"), (80, "60_79"), (1000, "80_plus"))


class Said(Message):
    """What an envelope holds, as it was typed."""

    name: str
    id_kind: str
    id_number: str = ""
    phone: str = ""
    address: str = ""


class SaidText(Message):
    text: str


class SaidTail(Message):
    tail: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


@dataclass(frozen=True)
class Identity:
    """`fields` is what will be sealed; the rest may be known."""

    fields: dict[str, str] = field(repr=False)
    age_band: AgeBand = "unknown"
    sex: Literal["f", "m", ""] = ""
    area: str = ""


def check(said: Said, on: date) -> Identity:
    """Raises `Refused` (I-03) with the field and the kind of flaw, never the value. What is empty is not recorded."""
    name, address = " ".join(said.name.split()), " ".join(said.address.split())
    number, phone = _even(said.id_number).upper(), _even(said.phone)
    if not 0 < len(name) <= 100:
        raise Refused("I-03", "name_missing", field="name")
    if phone and not PHONE.fullmatch(phone):
        raise Refused("I-03", "phone_wrong", field="phone")
    if len(address) > 300:
        raise Refused("I-03", "address_too_long", field="address")
    given = {"name": name, "id_kind": said.id_kind, "id_number": number, "phone": phone, "address": address}
    fields = {key: value for key, value in given.items() if value}
    try:
        match said.id_kind:
            case kind if kind in CITIZEN:
                citizen = check_citizen_id(number, on)
                return Identity(fields, _band(citizen.age_on(on)), "m" if citizen.sex == "male" else "f", citizen.area)
            case "credit_code":
                return Identity(fields, area=check_credit_code(number).region)
            case "passport" if PASSPORT.fullmatch(number):
                return Identity(fields)
            case "passport":
                raise Refused("I-03", "id_number_wrong", field="id_number", flaw="characters")
            case "none" if not number:
                return Identity(fields)
    except InvalidIdentifier as wrong:
        raise Refused("I-03", "id_number_wrong", field="id_number", flaw=str(wrong.flaw)) from None
    raise Refused("I-03", "id_kind_unknown", field="id_kind")


def _even(text: str) -> str:
    """Full-width digits and letters narrow, no spaces."""
    return "".join(normalize("NFKC", text).split())


def _band(age: int) -> AgeBand:
    return next(band for below, band in BANDS if age < below)
