"""Which roles somebody may have who signs in, and which may not be one person's (DOMAIN 11)."""

from collections.abc import Iterable

from shared.decider import Refused
from shared.rights import STAFF

ALONE = frozenset({"auditor"})  # who looks at the others' work has no other


def checked(roles: Iterable[str]) -> tuple[str, ...]:
    """Sorted. Raises `Refused`."""
    wanted = frozenset(roles)
    if not wanted or (unknown := sorted(wanted - STAFF)):
        raise Refused("ROLE", "role_unknown", names=", ".join(unknown) if wanted else "-")
    if len(wanted) > 1 and (apart := wanted & ALONE):
        raise Refused("ROLE", "role_apart", role=min(apart))
    return tuple(sorted(wanted))
