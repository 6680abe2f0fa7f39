"""The closed lists of codes that intake knows (DOMAIN 8.1, 8.2); an unknown one is refused."""

CHANNELS = frozenset(["window", "phone", "online", "hotline", "community", "agent", "staff", "letter"])  # I-01
SCOPES = frozenset(
    ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "C1", "C2", "C3", "D1", "D2", "E1", "E2", "E3"]
)  # fmt: skip
URGENT_SCOPES = frozenset(["C2", "C3"])
BATCH_SCOPES = frozenset(["D1", "D2"])
NEEDS = frozenset(
    ["hearing", "sight", "sign_language", "language", "wheelchair", "stairs", "dogs", "infectious_disease", "alone"]
)  # fmt: skip

# N04 (withdrawn) and N05 (lapsed) are no answers of the center.
DECLINES = frozenset(f"N{n:02}" for n in range(1, 17)) - {"N04", "N05"}
NOT_COMPETENT, UNREACHABLE = "N01", "N06"
REMEDIES = frozenset(["RM-COMPLAINT", "RM-REVIEW", "RM-LAWSUIT", "RM-REAPPLY"])
REDIRECTS = frozenset(["RD-ONLINE", "RD-STATION", "RD-EXPRESS", "RD-AGENT", "RD-COUNTER", "RD-REMOTE"])

READ_BACK = ("identity", "phone", "address", "matter", "materials", "persons", "fee", "recording")
