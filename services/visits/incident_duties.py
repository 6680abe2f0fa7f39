"""What has to be done for persons and things before an incident may be closed (X-03 … X-06, X-08 … X-10)."""

from collections.abc import Iterator
from typing import Any

from shared.deviation import Breach
from shared.rules import Rules

# DOMAIN 8.8
CLASSES = {"SE": 5, "PH": 4, "AC": 5, "ND": 4, "IN": 4, "CW": 3}
CATEGORIES = frozenset(f"{name}{number}" for name, most in CLASSES.items() for number in range(1, most + 1))
HURT = frozenset({"PH2", "PH3", "PH4", "AC3", "AC4"})
THREAT = frozenset({"SE1", "SE2", "SE3", "SE4"})
FIRE = frozenset({"AC1", "AC2", "ND1"})
INFECTION = frozenset({"PH1"})
LOSSES = frozenset({"IN1", "IN2", "IN3"})

AID = ("called_120", "centre_told", "family_told", "handed_over")
POLICE = ("withdrawn", "called_110", "evidence_kept")
EVACUATION = ("withdrawn", "called_119")
HEALTH = ("distance_kept", "cdc_told")
CONTAINMENT = ("blocked", "persons_told")
LEAK = "authority_told"
HANDED_OVER = AID[-1]
STEPS = frozenset({*AID, *POLICE, *EVACUATION, *HEALTH, *CONTAINMENT, LEAK, "first_aid"})


def numbered(step: str, number: str | None) -> Breach | None:
    """Who calls the police is given a number, by which they are found again."""
    return Breach("X-04", "report_number_missing", in_ledger=False) if step == "called_110" and not number else None


def due_before_closing(incident: Any) -> Iterator[Breach | None]:
    """Of an open incident, whatever is still owed; a paper ledger has columns for none of it."""
    found, done = incident.categories, incident.steps

    def missing(*steps: str) -> dict[str, tuple[str, ...]]:
        return {"steps": tuple(step for step in steps if step not in done)}

    if found & HURT and not done.issuperset(AID):
        yield Breach("X-03", "aid_incomplete", missing(*AID), in_ledger=False)
    if found & THREAT and not done.issuperset(POLICE):
        yield Breach("X-04", "threat_steps_missing", missing(*POLICE), in_ledger=False)
    if found & FIRE and not done.issuperset(EVACUATION):
        yield Breach("X-05", "evacuation_incomplete", missing(*EVACUATION), in_ledger=False)
    if found & INFECTION and not done.issuperset(HEALTH):
        yield Breach("X-06", "infection_not_reported", missing(*HEALTH), in_ledger=False)
    contain = (*CONTAINMENT, LEAK) if "IN3" in found else CONTAINMENT
    if found & LOSSES and not (done.issuperset(contain) and incident.loss_reported):
        yield Breach("X-08", "loss_not_contained", missing(*contain), in_ledger=False)
    if incident.serious and not incident.phoned:
        yield Breach("X-09", "supervisor_not_phoned", in_ledger=False)
    if not incident.written:
        yield Breach("X-09", "no_written_report", in_ledger=False)
    if incident.measure is None:
        yield Breach("X-10", "incident_not_decided", in_ledger=False)


def measure_too_mild(level: str, measure: str, rules: Rules) -> Breach | None:
    enough = rules.lists[f"X-10.{level}"]
    return None if measure in enough else Breach("X-10", "measure_too_mild", {"level": level, "measure": enough})
