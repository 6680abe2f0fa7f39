"""Citizens that do not exist: what must be found nowhere."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.identifiers import citizen_id_check

SURNAMES, GIVEN = "亓仉佴佘冼厍呙宓郗庹", "昶翀赟彧晗珺婳旻煊祎骁甯"


@dataclass(frozen=True)
class Citizen:
    name: str = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


def citizen(chance: random.Random) -> Citizen:
    """Of an age at which they need not come to the center."""
    born = f"19{chance.randrange(30, 50)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    first = f"620105{born}{chance.randrange(1000):03}"
    return Citizen(
        name=chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2)),
        number=first + citizen_id_check(first),
        phone=f"139{chance.randrange(10**8):08}",
        address=f"兰州市安宁区桃林巷{chance.randrange(10, 99)}号{chance.randrange(100, 999)}室",
    )


def needles(citizens: list[Citizen]) -> Mapping[str, set[str]]:
    """For the detector of personal data: kind -> values."""
    return {kind: {getattr(each, kind) for each in citizens} for kind in ("name", "number", "phone", "address")}
