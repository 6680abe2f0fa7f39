"""Which completed cases are called back where a day brings many (F-01): by bands of volume, as the rules have them.

The volume is the case's own serial of its day, so that nothing has to be counted; who is of the sample is drawn from a
digest of the case number: the same for whoever asks, and nothing that a team could choose.
"""

from hashlib import sha256

from shared.identifiers import InvalidCaseNumber, parse_case_number
from shared.rules import Rules

BAND = "F-01.percent_from_"
WHOLE = 100


def percent(case: str, rules: Rules) -> int:
    """How many of a hundred cases like this one are called back."""
    if not rules.in_force("F-01"):
        return 0
    try:
        volume = parse_case_number(case).serial
    except InvalidCaseNumber:
        return WHOLE
    bands = {int(name.removeprefix(BAND)): share for name, share in rules.numbers.items() if name.startswith(BAND)}
    reached = [start for start in bands if start <= volume]
    return bands[max(reached)] if reached else WHOLE


def is_sampled(case: str, share: int) -> bool:
    return int.from_bytes(sha256(case.encode()).digest()[:4], "big") % WHOLE < share
