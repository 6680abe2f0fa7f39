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
UNREACHABLE, AGENT_UNAUTHORISED, NO_CAPACITY, ONLINE_AGREED = "N06", "N08", "N09", "N15"
ELSEWHERE = frozenset(["N01", "N11"])  # another body, which is named (I-09)
REMEDIES = frozenset(["RM-COMPLAINT", "RM-REVIEW", "RM-LAWSUIT", "RM-REAPPLY"])
REDIRECTS = frozenset(["RD-ONLINE", "RD-STATION", "RD-EXPRESS", "RD-AGENT", "RD-COUNTER", "RD-REMOTE"])
REMOTE = frozenset(["RD-ONLINE", "RD-REMOTE"])
AUTHORITY = frozenset(["apply", "submit", "sign", "receive"])  # I-04
PROOFS = frozenset(
    ["disability_card", "medical_record", "hospital_certificate", "community_certificate", "unit_letter"]
)  # I-07

# What is wrong -> the piece of the guide's list that it is wrong with; else the code is the piece itself.
DEFECT_OF = {
    "photo_unfit": "photo", "household_register_copy": "household_register",
    "application_signature": "application_form", "power_of_attorney_original": "power_of_attorney",
}  # fmt: skip

READ_BACK = ("identity", "phone", "address", "matter", "materials", "persons", "fee", "recording")
