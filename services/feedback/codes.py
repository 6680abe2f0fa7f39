"""The closed lists of codes that feedback knows (DOMAIN 8.5, 8.6, 8.7); an unknown one is refused."""

# National reasons by level: the range in use, and the older ones that are reserved but no longer given.
_IN_USE = {5: (510, 517), 4: (406, 413), 3: (307, 314), 2: (207, 214), 1: (108, 115)}
_RESERVED = {5: (501, 509), 4: (401, 405), 3: (301, 306), 2: (201, 206), 1: (101, 107)}


def _level_of(ranges: dict[int, tuple[int, int]]) -> dict[str, int]:
    return {str(code): level for level, (first, last) in ranges.items() for code in range(first, last + 1)}


REASONS = _level_of(_IN_USE)  # code -> the level that it belongs to
RESERVED_REASONS = _level_of(_RESERVED)
LOCAL_REASONS = frozenset([*(f"H{n:02}" for n in range(1, 9)), *(f"P{n:02}" for n in range(1, 4))])  # of any level

CLASSIFICATIONS = frozenset(f"RB{n}" for n in range(1, 8))
DISPUTED = frozenset(["RB4", "RB5"])  # mistaken, malicious: not for the window rated to decide (E-10)

CATEGORIES = frozenset([*(f"CT{n:02}" for n in range(1, 17)), "CT99"])
INTEGRITY = "CT06"
CHANNELS = frozenset(
    ["window", "on_site", "online", "phone", "letter", "email", "box", "hotline", "return_visit", "superior"]
)
NOT_ACCEPTED = frozenset(f"NA{n}" for n in range(1, 7))
FINDINGS = frozenset(f"FD{n}" for n in range(1, 6))
SUBSTANTIATED = frozenset(["FD1", "FD2"])
MEASURES = frozenset(
    [
        "apology", "correction", "refund", "training", "interview", "circular", "deduction", "moved_off_window",
        "referral_to_discipline", "process_change", "explanation",
    ]
)  # fmt: skip
