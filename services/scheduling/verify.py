"""The code by which an applicant knows who stands at the door (S-07, X-12)."""

from hashlib import sha256

from shared.contracts.common import Period

DIGITS = 6


def verify_code(case: str, person_ref: str, period: Period, visit: int) -> str:
    """Nobody can compute it who does not hold the keyed reference of the applicant; another time has another code."""
    text = f"{case}|{person_ref}|{period.day}|{period.start}|{visit}"
    return f"{int.from_bytes(sha256(text.encode()).digest()[:8]) % 10**DIGITS:0{DIGITS}}"
