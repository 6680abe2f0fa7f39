"""What `doorstep doctor` found at one place."""

from typing import Literal, NamedTuple

State = Literal["good", "warn", "bad"]


class Found(NamedTuple):
    """`check`: names the check; `check_<check>` and `do_<check>` of [care] say what it looks at and what to do."""

    check: str
    state: State
    found: str
    floor: str = ""


def judged(check: str, bad: object, found: str, floor: str = "", *, only_warn: bool = False) -> Found:
    return Found(check, ("warn" if only_warn else "bad") if bad else "good", found, floor)
