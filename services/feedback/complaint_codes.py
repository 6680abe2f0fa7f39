"""The closed lists of codes that complaints and improvements use; an unknown one is refused."""

from shared.rules import Rules

# DOMAIN 8.6: the numbers of public systems; the box is the center's own.
CHANNEL_NUMBERS = {
    "1": "window", "2": "online", "3": "phone", "4": "letter", "5": "email", "6": "hotline", "7": "return_visit",
    "8": "superior", "9": "on_site",
}  # fmt: skip
RETALIATION = "CT15"
OPINION = "CT16"  # there is nobody to hear against it
RIGHT_CHANNELS = frozenset(
    ["administrative_review", "court", "petition", "hotline", "discipline", "police", "other_body", "in_progress"]
)
ELSEWHERE = frozenset(["NA3", "NA4", "NA6"])  # not for us: for whom, is said
FURTHER_WAYS = frozenset(["petition", "administrative_review"])
RETURN_REASONS = frozenset(["not_our_duty", "other_department_leads", "no_such_case"])
OFFERED = frozenset(["recording", "document", "photo", "witness", "receipt", "message", "other"])
SIDES = {
    "complainant": frozenset(["complainant_heard", "complainant_unheard"]),
    "respondent": frozenset(["respondent_heard", "respondent_unheard"]),
}
PAPERS = {
    "visit_record": frozenset(["visit_record", "no_visit_record"]),
    "recording": frozenset(["recording", "no_recording"]),
}
EVIDENCE = frozenset([*SIDES["complainant"], *SIDES["respondent"], *PAPERS["visit_record"], *PAPERS["recording"],
                      "witness_heard", "document", "call_record", "rating"])  # fmt: skip
EXTENSION_REASONS = frozenset(["expert_opinion", "several_departments", "facts_unclear", "waiting_for_documents"])
SUSPENSION_REASONS = frozenset(["complainant_unavailable", "third_party", "expert_opinion", "other_procedure"])

CHANGES = frozenset(["list", "guide", "training", "limits", "none"])
CAUSES = frozenset(
    ["rule_unclear", "guide_wrong", "skill_missing", "attitude", "staffing", "scheduling", "system", "materials",
     "communication", "department_slow", "other"]
)  # fmt: skip
IMPROVEMENTS = frozenset(["list", "guide", "training", "limits", "process", "equipment", "staffing", "template"])


def is_integrity(category: str, rules: Rules) -> bool:
    """Which categories go to discipline inspection is the center's data."""
    return bool(rules.numbers.get(f"C-12.{category}"))


def is_serious(category: str, rules: Rules) -> bool:
    return is_integrity(category, rules) or bool(rules.numbers.get(f"C-09.{category}"))
