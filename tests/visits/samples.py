"""Sample history and a case played over all the streams of the service, with no name of anybody."""

from dataclasses import replace
from datetime import date

from services.visits.app import VISITS
from services.visits.closing import CLOSING
from services.visits.events import CredentialsShown, IdentityVerified, TeamArrived, TeamDeparted, VisitPlanned
from services.visits.events_door import (
    CommunicationRecorded,
    ConductDeclared,
    EntryGranted,
    IntegrityDeclared,
    PurposeExplained,
    ServiceRecordSigned,
)
from services.visits.events_matters import NextStepTold
from services.visits.events_preparation import (
    ChecklistItemDone,
    DeviceChecked,
    HealthScreened,
    RiskAssessed,
    StaffChecked,
    TransferListClosed,
)
from services.visits.lists import obligatory
from services.visits.next_step import NEXT_STEP
from services.visits.preparation import PREPARATION
from shared.clock_time import next_moment
from shared.contracts.common import Item, Period
from shared.contracts.visits import ArriveTeam, DepartTeam, HandInRecords, PlanVisit, ShowCredentials, VerifyIdentity
from shared.contracts.visits_door import (
    AnswerHealth,
    AssessRisk,
    CheckDevice,
    CheckItem,
    CheckSelf,
    DeclareConduct,
    ExplainPurpose,
    IssueMaterials,
    RecordCommunication,
    RecordEntry,
    SignServiceRecord,
)
from shared.deadlines import DEADLINE_FACTS, TickClock
from shared.decider import Context, To
from shared.deviation import RuleDeviated
from tests.given import When, anning, at

NUMBER = "SMFW-620105-20260302-0001-8"
ACCEPTED_AT, NINE, TEN = at("2026-03-02 17:00"), at("2026-03-04 09:00"), at("2026-03-04 10:00")
PLAN = {
    "lead": "A04", "members": ("A08",), "matter": "MT-OLDAGE", "urgent": False, "person_ref": "a" * 32,
    "age_band": "80_plus", "accepted_at": ACCEPTED_AT, "round": 1,
}  # fmt: skip
PLANNED = VisitPlanned(starts_at=NINE, ends_at=TEN, **PLAN)
ARRIVED = (PLANNED, TeamDeparted(), TeamArrived(round=1, planned_end=TEN))
POINTS = ("purpose", "process", "time", "fee", "rights", "phone", "card")
INSIDE = (*ARRIVED, CredentialsShown(), EntryGranted(announced=True), PurposeExplained(points=POINTS))
SHOWN = (*INSIDE, IdentityVerified())
LEDGER = {"origin": "ledger", "actor": "importer:ledger"}
REGISTER = Item(code="household_register", copies=1, original=True)
CERTIFICATE = Item(code="medical_certificate", copies=1)


def ask(kind, actor="visitor:A04", **fields):
    return kind(id=f"{kind.__name__}-1", case=NUMBER, actor=actor, **fields)


def plan(day="2026-03-04", start="09:00", end="10:00", **changed):
    return ask(PlanVisit, "system:reaction", period=Period(day=day, start=start, end=end), **(PLAN | changed))


def planned(**changed):
    return VisitPlanned(**(PLANNED.model_dump() | changed))


def requiring_recording(matter):
    rules = anning()
    return replace(rules, matters={**rules.matters, matter: replace(rules.matters[matter], recording_required=True)})


def streams(*instead):
    """Every stream of the case as it is before anything is said of it; `instead` are those that know something."""
    nothing = {f"{decider.name}/{NUMBER}": decider.initial for decider in VISITS.deciders}
    return nothing | {stream: state for known in instead for stream, state in known.items()}


class Own(When):
    """Looks at the visit's own facts; what it says to other streams has tests of its own."""

    def then(self, *expected):
        hidden = (*DEADLINE_FACTS, RuleDeviated, To)
        assert [fact for fact in self.facts() if not isinstance(fact, hidden)] == list(expected)


def told(round_=1, step="visit_again"):
    """What comes next was told before leaving."""
    day = date(2026, 3, 6)
    return stated("next_step", NEXT_STEP, NextStepTold(round=round_, step=step, day=day))


def hand_in(**fields):
    """Record, list and kit, counted by somebody of the center; nothing was recorded."""
    return ask(HandInRecords, parts=anning().lists["V-20.parts"], recordings=(), received_by="F02", **fields)


def stated(noun, decider, *facts):
    """A further stream's situation, as a decision finds it."""
    return {f"{noun}/{NUMBER}": decider.state_after(facts)}


LISTS = ("precheck", "kit", "papers")


def prepared(day=date(2026, 3, 4), round_=1, staff=("A04", "A08"), matter="MT-OLDAGE", **instead):
    """The facts of a whole preparation; `instead` replaces those of one kind, or leaves them out."""
    of = {"round": round_, "day": day}
    lists = [*LISTS, *(f"{name}:{matter}" for name in LISTS)]
    kinds = {
        "risk": [RiskAssessed(**of, level="low", on=day)],
        "items": [ChecklistItemDone(**of, item=item, by="A08") for item in obligatory(anning(), *lists)],
        "device": [DeviceChecked(**of, device="REC-1", clock_set=True, charged=True, storage_free=True)],
        "staff": [StaffChecked(**of, staff=who, badge=True, dress=True, work_certificate=True, fit=True)
                  for who in staff],
        "transfer": [TransferListClosed(**of)],
        "health": [HealthScreened(**of, answer="well", protected=False, on=day)],
    }  # fmt: skip
    return [fact for facts in (kinds | instead).values() for fact in facts]


def ready(**changed):
    """What a departure reads."""
    return stated("preparation", PREPARATION, *prepared(**changed))


def closed(round_=1, **instead):
    """What a check-out and a hand-in read."""
    kinds = {
        "phrases": [CommunicationRecorded(round=round_, phrases=("L-05", "L-07"))],
        "record": [ServiceRecordSigned(round=round_, number="FW-1", summary=("done", "next", "when"), card_left=True)],
        "integrity": [IntegrityDeclared(round=round_)],
        "conduct": [ConductDeclared(round=round_)],
    }
    return stated("closing", CLOSING, *(fact for facts in (kinds | instead).values() for fact in facts))


class Case:
    """One case over all streams, as the command handler keeps it: only what a decider needs is at hand."""

    def __init__(self):
        self.deciders = {decider.name: decider for decider in VISITS.deciders}
        self.states = {name: decider.initial for name, decider in self.deciders.items()}
        self.log = []

    def does(self, command, now):
        name = next(name for name, decider in self.deciders.items() if type(command) in decider.commands)
        return self._decide(name, command, now)

    def prepares(self, now, staff=("A04", "A08")):
        """All that has to be so before they leave."""
        items = obligatory(anning(), *LISTS)
        for command in (
            ask(AssessRisk, level="low"), ask(CheckItem, items=items), ask(IssueMaterials),
            ask(AnswerHealth, answer="well"),
            ask(CheckDevice, device="REC-1", clock_set=True, charged=True, storage_free=True),
        ):  # fmt: skip
            self.does(command, now)
        for who in staff:
            self.does(ask(CheckSelf, f"visitor:{who}", badge=True, dress=True, work_certificate=True, fit=True), now)

    def departs(self, prepared, now):
        self.prepares(prepared)
        self.does(ask(DepartTeam), now)

    def arrives(self, now):
        self.does(ask(ArriveTeam, distance="at_place"), now)

    def enters(self, now):
        """Credentials, entry, explanation, identity."""
        for command in (
            ask(ShowCredentials), ask(RecordEntry, answer="granted", announced=True),
            ask(ExplainPurpose, points=POINTS), ask(VerifyIdentity),
        ):  # fmt: skip
            self.does(command, now)

    def closes(self, now):
        """The talk at the end, and the team's word on it."""
        for command in (
            ask(RecordCommunication, phrases=("L-05", "L-07")), ask(DeclareConduct),
            ask(SignServiceRecord, by_applicant=True, by_team=True, summary=("done", "next", "when"), card_left=True),
        ):  # fmt: skip
            self.does(command, now)

    def tick(self, noun, clock, moment):
        """All that the clock says until then, its warnings first."""
        said = []
        while (running := self.states[noun].running.get(clock)) and (due := next_moment(anning(), running)):
            if due > moment:
                break
            command = TickClock(id="t", case=NUMBER, actor="system:clock", stream=f"{noun}/{NUMBER}", clock=clock,
                                moment=due)  # fmt: skip
            said += self._decide(noun, command, due)
        return said

    def _decide(self, name, command, now):
        decider, state = self.deciders[name], self.states[name]
        needed = {stream: self.states[stream.partition("/")[0]] for stream in decider.needs(command, state)}
        facts = decider.decide(command, state, Context(now, now, anning(), needed))
        for addressed in facts:
            stream, fact = addressed if isinstance(addressed, To) else (f"{name}/{NUMBER}", addressed)
            noun = stream.partition("/")[0]
            assert noun == name or stream in needed, "a stream that is written to must be guarded"
            assert type(fact) in self.deciders[noun].facts
            self.states[noun] = self.deciders[noun].evolve(self.states[noun], fact)
            self.log.append((noun, fact))
        return facts

    def types(self, noun):
        return [fact.type for name, fact in self.log if name == noun]

    def deviated(self):
        return [fact.rule for _, fact in self.log if isinstance(fact, RuleDeviated)]

    def clocks(self, noun):
        return set(self.states[noun].running)
