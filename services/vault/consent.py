"""Separate consent to the use of sensitive data (H-02), and the assessment of what its use may do to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.vault.events import (
    DataConsentGiven,
    DataConsentRefused,
    DataConsentWithdrawn,
    ImpactAssessed,
    ImpactAssessmentDue,
)
from shared.contracts.vault import AnswerDataConsent, RecordImpactAssessment, WithdrawDataConsent
from shared.deadlines import Clock, with_clocks
from shared.decider import Context, Decider, Decision, Refused
from shared.deviation import Breach, forbid
from shared.messages import Command, Fact
from shared.situation import replace


@dataclass(frozen=True)
class Consents:
    """What this case's person said, by scope; a scope that is not there was never asked for."""

    said: tuple[tuple[str, bool], ...] = ()

    def given(self, scope: str) -> bool:
        return dict(self.said).get(scope, False)

    def asked(self, scope: str) -> bool:
        return scope in dict(self.said)


def decide_consent(command: Command, consents: Consents, context: Context) -> Decision:
    match command:
        case AnswerDataConsent(given=True):
            forbid(context, None if command.necessity_told else Breach("H-02", "necessity_not_told"))
            if consents.given(command.scope):
                return []
            return [DataConsentGiven(data_scope=command.scope, notice=command.notice, guardian=command.guardian)]
        case AnswerDataConsent():
            return [DataConsentRefused(data_scope=command.scope, notice=command.notice)]
        case WithdrawDataConsent() if consents.given(command.scope):
            return [DataConsentWithdrawn(data_scope=command.scope)]
        case WithdrawDataConsent():
            raise Refused("H-02", "no_data_consent", data_scope=command.scope)
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(consents).__name__)


def evolve_consent(consents: Consents, fact: Fact) -> Consents:
    match fact:
        case DataConsentGiven() | DataConsentRefused() | DataConsentWithdrawn():
            said = dict(consents.said) | {fact.data_scope: isinstance(fact, DataConsentGiven)}
            return replace(consents, said=tuple(said.items()))
    return consents


CONSENT: Decider[Any, Consents] = Decider(
    name="consent",
    commands=(AnswerDataConsent, WithdrawDataConsent),
    facts=(DataConsentGiven, DataConsentRefused, DataConsentWithdrawn),
    initial=Consents(),
    decide=decide_consent,
    evolve=evolve_consent,
)


@dataclass(frozen=True)
class Assessment:
    """`version` of the last one; `due`: it is to be done again."""

    version: str = ""
    due: bool = False


def decide_assessment(command: Command, last: Assessment, _context: Context) -> Decision:
    match command:
        case RecordImpactAssessment(version=version) if version == last.version and not last.due:
            return []
        case RecordImpactAssessment():
            return [ImpactAssessed(version=command.version, covers=command.covers, measures=command.measures)]
    raise Refused("state", "not_provided_for", command=type(command).__name__, situation=type(last).__name__)


def evolve_assessment(last: Assessment, fact: Fact) -> Assessment:
    match fact:
        case ImpactAssessed():
            return Assessment(fact.version)
        case ImpactAssessmentDue():
            return replace(last, due=True)
    return last


def _due(_last: Assessment) -> Sequence[Fact]:
    return [ImpactAssessmentDue()]


IMPACT_ASSESSMENT = with_clocks(
    Decider[Any, Any](
        name="impact_assessment",
        commands=(RecordImpactAssessment,),
        facts=(ImpactAssessed, ImpactAssessmentDue),
        initial=Assessment(),
        decide=decide_assessment,
        evolve=evolve_assessment,
    ),
    [Clock("H-02", starts={ImpactAssessed: None}, stops=[ImpactAssessed], expiry=_due)],
)
