"""Is it a case for a visit, and may this person ask? Ground (G-03, I-07), capacity (I-08), authority (I-04)."""

from collections.abc import Sequence

from services.intake.codes import AUTHORITY, PROOFS, SCOPES
from services.intake.events import RequestRegistered, SupplementReceived
from services.intake.events_request import (
    CapacityAssessed,
    EligibilityProofWaived,
    PowerOfAttorneyRecorded,
    PriorityGiven,
    ScopeClassified,
)
from services.intake.situations import AwaitingSupplement, Request
from shared.contracts.common import LOCAL
from shared.contracts.intake_request import AssessCapacity, ClassifyScope, RecordPowerOfAttorney, WaiveProof
from shared.decider import Context, Decision, Refused
from shared.deviation import Breach, forbid
from shared.rules import Rules

YOUNGEST = {"under_18": 0, "18_59": 18, "60_79": 60, "80_plus": 80}
UNIT = "credit_code"
OLD, DIFFICULTY = "A3", "mobility_difficulty"


def priority(registered: RequestRegistered, rules: Rules) -> Sequence[PriorityGiven]:
    """The old and the disabled (G-07); which ages, grounds and needs count as such is the center's list."""
    marks = (registered.scope, registered.age_band, *registered.needs)
    grounds = tuple(mark for mark in marks if mark in rules.lists["intake.priority"])
    return [PriorityGiven(grounds=grounds, channel=registered.channel)] if grounds else []


def classify(command: ClassifyScope, request: Request, context: Context) -> Decision:
    scope, rules = command.scope, context.rules
    unknown = next(
        (ground for ground in command.grounds if ground not in rules.lists.get(f"grounds.{scope}", ())), None
    )
    forbid(
        context,
        None if scope in SCOPES else Breach("G-03", "unknown_scope", {"scope": scope}),
        Breach("G-03", "ground_does_not_fit", {"scope": scope, "grounds": unknown}) if unknown else None,
        _too_young(request, scope, command.grounds, rules),
    )
    classified = ScopeClassified(scope=scope, grounds=command.grounds)
    return [] if request.classified == classified else [classified]


def _too_young(request: Request, scope: str, grounds: Sequence[str], rules: Rules) -> Breach | None:
    youngest = YOUNGEST.get(request.asked.age_band)
    if scope != OLD or youngest is None:
        return None
    eased = DIFFICULTY in grounds
    least = rules.numbers["scope.A3.age_with_difficulty" if eased else "scope.A3.age"]
    return Breach("G-03", "not_old_enough", {"age": least}) if youngest < least else None


def evident(request: Request, rules: Rules) -> bool:
    """The age that the document shows is ground enough."""
    return request.scope == OLD and YOUNGEST.get(request.asked.age_band, 0) >= rules.numbers["scope.A3.age"]


def no_ground(request: Request, rules: Rules) -> Breach | None:
    if request.classified or evident(request, rules):
        return None
    return Breach("G-03", "ground_not_stated", {"scope": request.scope}, in_ledger=False)


def proof_not_due(request: Request, proof: Sequence[str], doubt: str | None, rules: Rules) -> Sequence[Breach | None]:
    """Proof of the ground is asked for in doubt only, and once (I-07)."""
    if not proof:
        return ()
    if unknown := [piece for piece in proof if piece not in PROOFS]:
        raise Refused("I-07", "unknown_proof", proof=unknown[0])
    return (
        Breach("I-07", "proof_asked_already") if request.proof != "none" else None,
        Breach("I-07", "doubt_not_stated", in_ledger=False) if not doubt else None,
        Breach("I-07", "ground_evident", {"scope": request.scope}) if evident(request, rules) else None,
    )


def waive(command: WaiveProof, request: AwaitingSupplement, context: Context) -> Decision:
    waived = request.missing & request.proofs
    if not waived:
        raise Refused("I-07", "no_proof_asked_for")
    facts = [EligibilityProofWaived(proof=tuple(sorted(waived)), reason=command.reason)]
    if request.missing - waived:
        return facts
    return [*facts, SupplementReceived(received_at=context.happened, defects=())]


def assess(command: AssessCapacity, request: Request) -> Decision:
    speaks = command.representative
    assessed = CapacityAssessed(capacity=command.result, representative=speaks.sealed if speaks else None,
                                representative_ref=speaks.ref if speaks else None)  # fmt: skip
    same = request.capacity == command.result and request.represented == bool(speaks)
    return [] if same else [assessed]


def incapable(request: Request) -> Breach | None:
    """Nobody's will is asked for whom the law does not know as able; a minor needs a representative (I-08)."""
    if request.asked.document == UNIT or request.represented:
        return None
    if request.asked.age_band == "under_18":
        return Breach("I-08", "representative_missing", in_ledger=False)
    if request.capacity is None:
        return Breach("I-08", "capacity_not_assessed", in_ledger=False)
    return None if request.capacity == "able" else Breach("I-08", "representative_missing", in_ledger=False)


def record_authority(command: RecordPowerOfAttorney, request: Request, context: Context) -> Decision:
    if not request.asked.agent:
        raise Refused("I-04", "no_agent")
    if unknown := [each for each in command.authority if each not in AUTHORITY]:
        raise Refused("I-04", "unknown_authority", authority=unknown[0])
    known = context.rules.matters
    own = next((m for m in command.matters if m in known and not known[m].delegable), None)
    forbid(
        context,
        None if command.signed else Breach("I-04", "authority_not_signed"),
        None if {"principal", "agent"} <= set(command.papers) else Breach("I-04", "identity_papers_missing"),
        Breach("I-04", "term_wrong") if command.valid_to < command.valid_from else None,
        Breach("I-04", "matter_not_delegable", {"matter": own}) if own and set(command.authority) - {"apply"} else None,
    )
    recorded = PowerOfAttorneyRecorded(
        matters=command.matters, authority=command.authority, valid_from=command.valid_from, valid_to=command.valid_to,
        papers=command.papers, image=command.image,
    )  # fmt: skip
    return [] if request.authority == recorded else [recorded]


def unauthorised(request: Request, context: Context) -> Breach | None:
    """An agent's authority names this matter, lets apply for it and is valid on the day (I-04)."""
    if not request.asked.agent:
        return None
    paper, day = request.authority, context.happened.astimezone(LOCAL).date()
    if not paper:
        return Breach("I-04", "power_of_attorney_missing", in_ledger=False)
    if request.asked.matter not in paper.matters or "apply" not in paper.authority:
        return Breach("I-04", "authority_does_not_cover", {"matter": request.asked.matter}, in_ledger=False)
    valid = paper.valid_from <= day <= paper.valid_to
    return None if valid else Breach("I-04", "authority_expired", in_ledger=False)
